"""What happened to a user."""

from typing import Any

from mooc_episodes.contract import SPLITS
from mooc_episodes.explain.explanation import Step
from mooc_episodes.explain.reader import Reader
from mooc_episodes.explain.text import counted, outside_times, printable

HOW_SPLIT = {
    "exact": ": users are ordered by key; the first are train, the next val, the rest "
    "test. {keys}",
    "pinned": ": as {pinned_splits} says.",
    "new_users": ": by the time of its first event, {first_ts}.",
}
BY_KEY = ": by the key only. {keys}"  # a method without an entry
KEYS = (
    "The key of this one is {split_key}, from md5 of '{split_seed}:{user}'; "
    "{n_smaller_keys:,} of the {n_users:,} users have a smaller one."
)


def user_steps(reader: Reader, user: Any) -> list[Step]:
    """The steps a user went through.

    Raises:
        UserError: The user has no input row.
    """
    events, rejected = reader.table("events", user), reader.table("rejected", user)
    if not events.n_rows + rejected.n_rows:
        raise reader.unknown("user", user)
    needed = reader.settings["min_interactions"]
    found = reader.one("is_eligible", user)
    is_eligible, n_events = found.get("is_eligible", False), found.get("n_events", 0)
    if is_eligible:
        why = f"Eligible: has {counted(n_events, 'event')}, {needed:,} are needed."
    else:
        why = f"Not eligible: has {n_events:,} of {needed:,} events. Left out."
    facts = {
        "is_eligible": is_eligible,
        "n_events": n_events,
        "min_interactions": needed,
    }
    steps = [
        Step("events", f"{counted(events.n_rows, 'row')} accepted.", {}, events),
        Step("rejected", f"{counted(rejected.n_rows, 'row')} rejected.", {}, rejected),
        *left_out_steps(reader, user),
        Step("eligibility", why, facts),
    ]
    return [*steps, *eligible_steps(reader, user)] if is_eligible else steps


def left_out_steps(reader: Reader, user: Any) -> list[Step]:
    """The events left out before users are counted, if a setting asks for that."""
    settings = reader.settings
    has_times = settings["time_from"] or settings["time_until"]
    rules = [f"those {outside_times(settings)}"] if has_times else []
    if settings["min_item_users"] > 1:
        rules.append(
            f"those of courses with fewer than {settings['min_item_users']:,} users "
            "(min_item_users)"
        )
    if not rules:
        return []
    events = reader.table("left_out", user)
    said = f"{counted(events.n_rows, 'event')} left out: {' and '.join(rules)} are."
    return [Step("left out", said, {"n_left_out": events.n_rows}, events)]


def eligible_steps(reader: Reader, user: Any) -> list[Step]:
    """The steps that only an eligible user goes through."""
    counts = reader.one("counts", user)
    return [
        split_step(reader, user),
        *cut_steps(reader, user),
        vocabulary_step(reader, user, counts),
        sessions_step(reader, user),
        sequence_step(reader, user, counts),
        pairs_step(reader, user, counts),
        episodes_step(reader, user, counts),
    ]


def split_step(reader: Reader, user: Any) -> Step:
    """Which split the user is in, and where its key ranks among the others."""
    settings, found = reader.settings, reader.one("split", user)
    method = settings["split_method"]
    keys = KEYS.format_map({**settings, **found, "user": printable(str(user))})
    begin = reader.one("begin", user)
    how = HOW_SPLIT.get(method, BY_KEY).format_map({**settings, **begin, "keys": keys})
    summary = f"In {found['split']}, by split_method {method}{how}"
    facts = {"split_method": method, **found}
    name = "splits"
    if method == "new_users":
        facts["first_ts"] = begin["first_ts"]
        name = "splits_by_time"
    return Step("split", summary, facts, reader.table(name, list(SPLITS)))


def cut_steps(reader: Reader, user: Any) -> list[Step]:
    """Which events are cut, and why; under new_users only."""
    if reader.settings["split_method"] != "new_users":
        return []
    cut_ts, events = reader.one("begin", user)["cut_ts"], reader.table("cut", user)
    split = reader.one("split", user)["split"]
    if cut_ts is None:
        why = f"users of {split} keep all events; no split begins after it."
    else:
        after, time = {"train": ("val", "T_val"), "val": ("test", "T_test")}[split]
        why = f"{split} ends where {after} begins, at {time} = {cut_ts}."
    facts = {"cut_ts": cut_ts, "n_cut": events.n_rows}
    return [Step("cut", f"{counted(events.n_rows, 'event')} cut: {why}", facts, events)]


def vocabulary_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """The items of the user's courses."""
    courses = reader.table("vocabulary", user)
    if not reader.has_names:
        for row in courses.rows:
            del row["name"]
    summary = f"{courses.n_rows:,} of {counted(counts['n_vocabulary'], 'course')}."
    return Step("vocabulary", summary, {}, courses)


def sessions_step(reader: Reader, user: Any) -> Step:
    """Where sessions start, and the gap before each."""
    sessions = reader.table("sessions", user)
    gap = reader.settings["session_gap_seconds"]
    summary = (
        f"{counted(sessions.n_rows, 'session')}: the first event starts one, and each "
        f"after a gap of more than {gap:,} s."
    )
    return Step("sessions", summary, {"session_gap_seconds": gap}, sessions)


def sequence_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """Which event is which item of the sequence, and which are collapsed."""
    events = reader.table("sequence", user)
    facts = {
        "deduplicate_consecutive": reader.settings["deduplicate_consecutive"],
        "n_items": counts["n_items"],
        "n_collapsed": events.n_rows - counts["n_items"],
    }
    repeats = "repeats are kept."
    if facts["deduplicate_consecutive"]:
        repeats = f"{counted(facts['n_collapsed'], 'repeat')} collapsed."
    summary = (
        f"{counted(events.n_rows, 'event')}, in order, make "
        f"{counted(counts['n_items'], 'item')}; {repeats}"
    )
    return Step("sequence", summary, facts, events)


def pairs_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """Each position's prefix, or why it is not a label."""
    longest = reader.settings["max_prefix_len"]
    summary = (
        f"{counted(counts['n_pairs'], 'pair')}. Not a label: the first item, and a "
        "tie, an item at the same time as the one before it."
    )
    if longest:
        summary += f" A prefix is the last {counted(longest, 'item')} before the label."
    facts = {"n_pairs": counts["n_pairs"], "max_prefix_len": longest}
    return Step("pairs", summary, facts, reader.table("pairs", user))


def episodes_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """The pairs of each episode, or why there is none."""
    k, q = reader.settings["episode_k"], reader.settings["episode_q"]
    if counts["n_episodes"]:
        summary = (
            f"{counted(counts['n_episodes'], 'episode')} of {k:,} support and {q:,} "
            "query pairs. n_known: the items before the first support label."
        )
    else:
        summary = (
            f"No episode: has {counted(counts['n_pairs'], 'pair')}, "
            f"K + Q = {k:,} + {q:,} = {k + q:,} are needed."
        )
    facts = {"n_episodes": counts["n_episodes"], "episode_k": k, "episode_q": q}
    return Step("episodes", summary, facts, reader.table("episodes", user))
