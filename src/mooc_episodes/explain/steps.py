"""What became of one learner, or one course: every step, as it stands in the warehouse.

No rule is applied here once more: each fact is a row of a model, or that a row is not
there. An event without a position in its user's sequence was collapsed; a position
without a pair, not the first, is a tie.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.warehouse.build_record import check_build, read_settings
from mooc_episodes.warehouse.connection import rows

SHOWN = 20  # rows of a table, unless all are asked for
NARROWEST = 20  # characters of the last column, the one that is wrapped

# by the id as it was read; rejected_events has it as it was given
REJECTED = """
    select
        user_id_given as user_id,
        item_id_given as item_id,
        created_at_given as created_at,
        watch_percentage_given as watch_percentage,
        rating_given as rating,
        reason
    from base_events
    where user_id = $1 and reason is not null
    order by all
"""
EVENTS = """
    select ts, course_id, watch_percentage, rating
    from stg_events
    where user_id = $1
    order by all
"""
SPLIT = """
    select
        own.split,
        own.split_key,
        count(*) as n_users,
        count(*) filter (others.split_key < own.split_key) as n_smaller_keys
    from user_splits as own
    cross join user_splits as others
    where own.user_id = $1
    group by all
"""
SPLITS = """
    select
        split,
        count(*) as n_users,
        min(split_key) as lowest_key,
        max(split_key) as highest_key
    from user_splits
    group by split
    order by list_position(['train', 'val', 'test'], split)
"""
VOCABULARY = """
    select item_id, count(*) as n_events, course_id
    from events_sessionized
    where user_id = $1
    group by all
    order by item_id
"""
SESSIONS = """
    select
        sessions.session_id,
        events.event_number as first_event,
        events.gap_seconds as gap_before,
        sessions.n_events,
        sessions.duration_sec,
        sessions.course_id
    from sessions
    inner join int_user_events as events
        on
            sessions.user_id = events.user_id
            and sessions.session_start = events.event_number
    where sessions.user_id = $1
    order by sessions.session_number
"""
# events alike in second and item follow each other, as the items made of them do
SEQUENCE = """
    with events as (
        select
            *,
            row_number() over (
                partition by ts_epoch, item_id order by event_number
            ) as copy
        from int_user_events
        where user_id = $1
    ),
    items as (
        select
            *,
            row_number() over (partition by ts_epoch, item_id order by position) as copy
        from int_sequence_items
        where user_id = $1
    )
    select
        events.event_number,
        events.ts,
        events.gap_seconds,
        events.item_id,
        items.position,
        case when items.position is null then 'a repeat' end as collapsed
    from events
    left join items using (ts_epoch, item_id, copy)
    order by events.event_number
"""
PAIRS = """
    select
        items.position,
        pairs.pair_id,
        pairs.label,
        case
            when pairs.pair_id is not null then null
            when items.position = 0 then 'first item'
            else 'tie'
        end as skipped,
        pairs.prefix
    from int_sequence_items as items
    left join pairs
        on items.user_id = pairs.user_id and items.position = pairs.position
    where items.user_id = $1
    order by items.position
"""
EPISODES = """
    with labels as (
        select
            episode_id,
            'support' as part,
            unnest(support_label_positions) as position
        from episode_offsets
        where user_id = $1
        union all
        select
            episode_id,
            'query' as part,
            unnest(query_label_positions) as position
        from episode_offsets
        where user_id = $1
    )
    select labels.episode_id, labels.part, pairs.pair_id, pairs.label, pairs.prefix
    from labels
    left join pairs on labels.position = pairs.position and pairs.user_id = $1
    order by labels.episode_id, labels.position
"""
COUNTS = """
    select
        n_pairs,
        (select count(*) from int_sequence_items where user_id = $1) as n_items,
        (select count(*) from int_episode_windows where user_id = $1) as n_episodes,
        (select count(*) from vocab) as n_vocabulary
    from int_user_totals
    where user_id = $1
"""
COURSE = """
    select
        count(*) as n_events,
        count(distinct user_id) as n_users,
        (select item_id from vocab where course_id = $1) as item_id
    from stg_events
    where course_id = $1
"""
COURSE_SPLITS = """
    select
        users.split,
        count(distinct events.user_id) as n_users,
        count(*) as n_events
    from int_user_events as events
    inner join user_splits as users using (user_id)
    where events.item_id = $1
    group by users.split
    order by list_position(['train', 'val', 'test'], users.split)
"""
HOW_SPLIT = {
    "exact": "users stand in the order of their keys; the first are train, the next "
    "val, the rest test. {keys}",
    "stable": "by the key alone. {keys}",
    "pinned": "as {pinned_splits} says.",
}
KEYS = (
    "The key of this one is {split_key}, from md5 of '{split_seed}:{user}'; "
    "{n_smaller_keys:,} of the {n_users:,} users have a smaller one."
)


@dataclass(frozen=True)
class Table:
    """The rows of a query; the first of n_rows where not all were asked for."""

    rows: list[dict[str, Any]]
    n_rows: int


@dataclass(frozen=True)
class Step:
    """A step of the pipeline.

    Attributes:
        name: What it is called.
        told: What it did, in a sentence or two.
        facts: The same as values, by name.
        table: What came of it.
    """

    name: str
    told: str
    facts: dict[str, Any]
    table: Table = Table([], 0)


@dataclass(frozen=True)
class Explanation:
    """What became of a user or a course.

    Attributes:
        dataset: The data set.
        kind: `user` or `course`.
        id: Its id, as in the input.
        steps: The steps it went through, the last that which left it out.
        warning: Why the build is not fit to publish, where it is not.
    """

    dataset: str
    kind: str
    id: Any
    steps: list[Step]
    warning: str | None

    def facts(self) -> dict[str, Any]:
        """All of it as one object."""
        steps = {
            step.name: {"told": step.told, **step.facts, "rows": step.table.rows}
            for step in self.steps
        }
        return {"dataset": self.dataset, f"{self.kind}_id": self.id, **steps}


@dataclass(frozen=True)
class Reader:
    """Reads the models of one data set.

    Attributes:
        connection: The warehouse; the data set's schema is in use.
        settings: The settings of the build.
        limit: How many rows of a table to read; None for all.
    """

    connection: duckdb.DuckDBPyConnection
    settings: dict[str, Any]
    limit: int | None

    def one(self, query: str, *values: Any) -> dict[str, Any]:
        """The first row of a query; empty where there is none."""
        found = rows(self.connection, query, *values)
        return found[0] if found else {}

    def table(self, query: str, *values: Any) -> Table:
        """The rows of a query that ends in its order."""
        n_rows = self.one(f"select count(*) as n from ({query})", *values)["n"]
        limit = f" limit {self.limit}" if self.limit else ""
        return Table(rows(self.connection, query + limit, *values), n_rows)

    def id(self, kind: str, text: str) -> Any:
        """An id of the data set's type.

        Raises:
            UserError: The text is no such id.
        """
        setting = {"user": "user_id_type", "course": "item_id_type"}[kind]
        if self.settings[setting] == "varchar":
            return text
        number = self.one(
            "select try_cast($1 as bigint) as id"
            " where regexp_matches($1, '^[+-]?[0-9]+$')",
            text,
        ).get("id")
        if number is None:
            raise UserError(
                f"{kind} '{printable(text)}': {self.settings['dataset']} was built "
                f"with {setting} bigint; give a whole number below 2^63"
            )
        return number

    def unknown(self, kind: str, own: Any, ids: str) -> UserError:
        """What to tell of an id that is none of those a query gives."""
        known = self.connection.execute(
            f"select id, count(*) over () from ({ids}) as known (id)"
            " order by levenshtein(cast(id as varchar), $1), id limit 3",
            [str(own)],
        ).fetchall()
        near = ", ".join(printable(str(other)) for other, _ in known)
        n_known = known[0][1] if known else 0
        return UserError(
            f"{kind} '{printable(str(own))}': not among the {n_known:,} {kind}s of "
            f"{self.settings['dataset']}; the nearest ids are {near or 'none'}"
        )


def explain(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    kind: str,
    text: str,
    limit: int | None = None,
) -> Explanation:
    """Tell what became of a user or a course.

    Args:
        connection: The warehouse.
        dataset: The data set.
        kind: `user` or `course`.
        text: Its id.
        limit: How many rows of a table to read; None for all.

    Raises:
        UserError: There is none with that id, or the data set is not built.
    """
    warning = None
    try:
        check_build(connection, dataset)
    except UserError as error:
        warning = str(error)
    try:
        settings = read_settings(connection, dataset)
        use(connection, dataset)
        reader = Reader(connection, settings, limit)
        own = reader.id(kind, text)
        steps = {"user": user_steps, "course": course_steps}[kind](reader, own)
    except duckdb.CatalogException:
        raise UserError(warning or f"{dataset}: not built; run dbt build") from None
    return Explanation(dataset, kind, own, steps, warning)


def use(connection: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Let queries name the data set's models alone."""
    (path,) = connection.execute(
        'select format(\'"{}"."{}"\', replace(current_database(), \'"\', \'""\'), $1)',
        [dataset],
    ).fetchall()[0]
    connection.execute(f"use {path}")


def user_steps(reader: Reader, user: Any) -> list[Step]:
    """The steps a user went through.

    Raises:
        UserError: No row of the input is this user's.
    """
    events, rejected = reader.table(EVENTS, user), reader.table(REJECTED, user)
    if not events.n_rows + rejected.n_rows:
        raise reader.unknown("user", user, "select user_id from int_users")
    needed = reader.settings["min_interactions"]
    decided = reader.one("select is_eligible from int_users where user_id = $1", user)
    is_eligible = decided.get("is_eligible", False)
    if is_eligible:
        why = f"Eligible: has {counted(events.n_rows, 'event')}, {needed:,} are needed."
    else:
        why = f"Not eligible: has {events.n_rows:,} of {needed:,} events. Left out."
    facts = {
        "is_eligible": is_eligible,
        "n_events": events.n_rows,
        "min_interactions": needed,
    }
    steps = [
        Step("events", f"{counted(events.n_rows, 'row')} accepted.", {}, events),
        Step("rejected", f"{counted(rejected.n_rows, 'row')} rejected.", {}, rejected),
        Step("eligibility", why, facts),
    ]
    return [*steps, *eligible_steps(reader, user)] if is_eligible else steps


def eligible_steps(reader: Reader, user: Any) -> list[Step]:
    """The steps that only an eligible user goes through."""
    counts = reader.one(COUNTS, user)
    return [
        split_step(reader, user),
        vocabulary_step(reader, user, counts),
        sessions_step(reader, user),
        sequence_step(reader, user, counts),
        pairs_step(reader, user, counts),
        episodes_step(reader, user, counts),
    ]


def split_step(reader: Reader, user: Any) -> Step:
    """Which split the user is in, and where its key stands among the others."""
    settings, found = reader.settings, reader.one(SPLIT, user)
    keys = KEYS.format_map({**settings, **found, "user": printable(str(user))})
    how = HOW_SPLIT[settings["split_method"]].format_map({**settings, "keys": keys})
    told = f"In {found['split']}, by split_method {settings['split_method']}: {how}"
    facts = {"split_method": settings["split_method"], **found}
    return Step("split", told, facts, reader.table(SPLITS))


def vocabulary_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """The items that the user's courses are."""
    courses = reader.table(VOCABULARY, user)
    told = f"{courses.n_rows:,} of {counted(counts['n_vocabulary'], 'course')}."
    return Step("vocabulary", told, {}, courses)


def sessions_step(reader: Reader, user: Any) -> Step:
    """Where sessions start, and the gap that made each."""
    sessions = reader.table(SESSIONS, user)
    gap = reader.settings["session_gap_seconds"]
    told = (
        f"{counted(sessions.n_rows, 'session')}: the first event starts one, and each "
        f"after a gap of more than {gap:,} s."
    )
    return Step("sessions", told, {"session_gap_seconds": gap}, sessions)


def sequence_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """Which event is which item of the sequence, and which are collapsed."""
    events = reader.table(SEQUENCE, user)
    facts = {
        "deduplicate_consecutive": reader.settings["deduplicate_consecutive"],
        "n_items": counts["n_items"],
        "n_collapsed": events.n_rows - counts["n_items"],
    }
    told = (
        f"{counted(events.n_rows, 'event')}, in order, make "
        f"{counted(counts['n_items'], 'item')}; "
    )
    if facts["deduplicate_consecutive"]:
        told += f"{counted(facts['n_collapsed'], 'repeat')} collapsed."
    else:
        told += "repeats are kept."
    return Step("sequence", told, facts, events)


def pairs_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """Each position's prefix, or why it is no label."""
    longest = reader.settings["max_prefix_len"]
    told = (
        f"{counted(counts['n_pairs'], 'pair')}. Not a label: the first item, and a "
        "tie, an item in the same second as the one before it."
    )
    if longest:
        told += f" A prefix is the last {counted(longest, 'item')} before the label."
    facts = {"n_pairs": counts["n_pairs"], "max_prefix_len": longest}
    return Step("pairs", told, facts, reader.table(PAIRS, user))


def episodes_step(reader: Reader, user: Any, counts: dict[str, int]) -> Step:
    """The pairs of each episode, or why there is none."""
    k, q = reader.settings["episode_k"], reader.settings["episode_q"]
    if counts["n_episodes"]:
        told = (
            f"{counted(counts['n_episodes'], 'episode')} of {k:,} support and {q:,} "
            "query pairs."
        )
    else:
        told = (
            f"No episode: has {counted(counts['n_pairs'], 'pair')}, "
            f"K + Q = {k:,} + {q:,} = {k + q:,} are needed."
        )
    facts = {"n_episodes": counts["n_episodes"], "episode_k": k, "episode_q": q}
    return Step("episodes", told, facts, reader.table(EPISODES, user))


def course_steps(reader: Reader, course: Any) -> list[Step]:
    """How often a course is taken, and which item it is.

    Raises:
        UserError: No accepted event is of this course.
    """
    found = reader.one(COURSE, course)
    if not found["n_events"]:
        raise reader.unknown(
            "course", course, "select distinct course_id from stg_events"
        )
    told = (
        f"{counted(found['n_events'], 'event')} of {counted(found['n_users'], 'user')}."
    )
    item = found.pop("item_id")
    if item is None:
        where = "Not in the vocabulary: none of its users is eligible."
    else:
        where = f"Item {item}; its events of eligible users are in these splits."
    splits = reader.table(COURSE_SPLITS, item)
    return [
        Step("popularity", told, found),
        Step("vocabulary", where, {"item_id": item}, splits),
    ]


def lines(explanation: Explanation, width: int) -> Iterator[str]:
    """The explanation as text.

    Args:
        explanation: What to tell.
        width: Characters of a line, where a table's columns leave the choice.
    """
    own = printable(str(explanation.id))
    yield f"{explanation.kind.capitalize()} {own} of {explanation.dataset}"
    for step in explanation.steps:
        yield ""
        yield step.name.capitalize()
        yield from textwrap.wrap(
            step.told, width, initial_indent="  ", subsequent_indent="  "
        )
        yield from table_lines(step.table.rows, width)
        more = step.table.n_rows - len(step.table.rows)
        if more:
            yield f"    … and {more:,} more; --all tells all"


def table_lines(found: list[dict[str, Any]], width: int) -> Iterator[str]:
    """Rows under the names of their columns; the last column is wrapped."""
    if not found:
        return
    texts = [
        list(found[0]),
        *([cell(value) for value in row.values()] for row in found),
    ]
    columns = []
    for name, column in zip(found[0], zip(*texts, strict=True), strict=True):
        is_number = all(isinstance(row[name], int | float | None) for row in found)
        is_last = len(columns) + 1 == len(found[0])
        room = max(map(len, column)) if is_number or not is_last else 0
        columns.append([f"{text:{'>' if is_number else '<'}{room}}" for text in column])
    *first, last = columns
    starts = ["".join(f"{text}  " for text in row) for row in zip(*first, strict=True)]
    room = max(width - 4 - len(starts[0]), NARROWEST)
    for start, text in zip(starts, last, strict=True):
        parts = textwrap.wrap(
            text, room, break_long_words=False, break_on_hyphens=False
        )
        for number, part in enumerate(parts or [""]):
            before = start if number == 0 else " " * len(start)
            yield f"    {before}{part}".rstrip()


def cell(value: Any) -> str:
    """A value as text, for people."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return printable(str(value))


def printable(text: str) -> str:
    """A text that stays in its line: what cannot be seen is escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def counted(n: int, noun: str) -> str:
    """A count with its noun: '1 row', '2 rows'."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
