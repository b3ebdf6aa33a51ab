"""The contract of DESIGN §2-§4 once more, in plain Python, to hold the SQL against.

Slow and obvious on purpose: one function a rule, in the order of §3. It shares no
code and no engine with the dbt models, so an agreement value by value means something.
"""

import csv
import gzip
import hashlib
import io
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

Row = dict[str, str | None]
Id = int | str

SPLITS = ("train", "val", "test")

WHITESPACE = " \t\n\v\f\r"
BIGINT = re.compile(r"(?P<sign>[+-]?)0*(?P<digits>[0-9]+)")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NUMBER_OF_UNITS = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]+)(\.(?P<fraction>[0-9]*))?"
)
ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>[-/])(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"([ Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(:(?P<second>[0-9]{2})([.,](?P<fraction>[0-9]+))?)?"
    r"( ?(?P<zone>[Zz]|UTC|GMT|"
    r"(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(:?(?P<zone_minute>[0-9]{2}))?))?"
    r")?"
)

MICROSECONDS = 1_000_000
# how many microseconds a unit of numbers is
UNITS = {
    "s": Fraction(1_000_000),
    "ms": Fraction(1000),
    "us": Fraction(1),
    "ns": Fraction(1, 1000),
    "days": Fraction(86_400_000_000),
}
AUTO_UNITS = ("s", "ms", "us", "ns")
DAYS_IN_400_YEARS = 146_097


@dataclass(frozen=True)
class Settings:
    """The vars of §2 that decide what is computed."""

    user_id_type: str = "bigint"
    item_id_type: str = "bigint"
    time_format: str = "auto"
    time_origin: str = "1970-01-01"
    min_interactions: int | None = None
    split_ratios: tuple[str | int | float | Decimal, ...] = ("0.70", "0.15", "0.15")
    split_seed: int | str = 20260112
    split_method: str = "exact"
    pinned: Mapping[Id, str] | None = None
    split_times: tuple[str, str] | None = None
    vocab_order: str = "course"
    pinned_vocab: Mapping[Id, int] | None = None
    min_item_users: int = 1
    time_from: str | None = None
    time_until: str | None = None
    deduplicate_consecutive: bool = True
    session_gap_seconds: int = 1800
    episode_k: int = 2
    episode_q: int = 3
    max_prefix_len: int | None = None
    evaluation_budget: int = 5_000_000

    @property
    def events_needed(self) -> int:
        """`min_interactions`, where null means K + Q."""
        if self.min_interactions is None:
            return self.episode_k + self.episode_q
        return self.min_interactions

    @property
    def ratios(self) -> tuple[Fraction, ...]:
        """The split ratios as written, exactly: "0.7" and 0.7 are both 7/10."""
        return tuple(Fraction(Decimal(str(ratio))) for ratio in self.split_ratios)


@dataclass(frozen=True)
class Event:
    """One accepted row; `ts` is in microseconds since 1970 in UTC."""

    user_id: Id
    course_id: Id
    ts: int
    ts_epoch: int
    watch_percentage: float | None = None
    rating: float | None = None


@dataclass(frozen=True)
class Result:
    """Everything computed, with the column names of §4.

    `left_out` holds the accepted events that reach no later step, by what took them:
    `time`, `course`, `ineligible`, `cut`. Pairs also have `label_ts` in microseconds
    and `n_known`, the items of the sequence before the label; they are not published.
    """

    rejected: list[tuple[Row, str]] = field(default_factory=list)
    splits: dict[Id, str] = field(default_factory=dict)
    vocab: dict[Id, int] = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)
    sessions: list[dict] = field(default_factory=list)
    pairs: list[dict] = field(default_factory=list)
    episodes: dict[str, list[dict]] = field(default_factory=dict)
    left_out: dict[str, list[Event]] = field(default_factory=dict)
    sequences: dict[Id, list[Event]] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """The setting `csv`: how a text file is written."""

    delimiter: str = ","
    header: bool = True
    quote: str = '"'
    escape: str = '"'
    null_values: tuple[str, ...] = ()


csv.field_size_limit(2**24)  # as long as the longest line that is read

COLUMNS = ("user_id", "item_id", "created_at", "watch_percentage", "rating")


def read_text(path: Path) -> str:
    """A file's text, unpacked."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return data.decode("utf-8-sig")


def read_rows(path: str | Path, written: Format | None = None) -> list[Row]:
    """Every row of a CSV as text; an empty value is None.

    Without a header the columns are called 1, 2, 3 ...
    """
    written = written or Format()
    text = read_text(Path(path))
    delimiter = written.delimiter
    if len(delimiter) > 1:
        text, delimiter = text.replace(delimiter, "\x1f"), "\x1f"
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if written.quote else csv.QUOTE_NONE,
        quotechar=written.quote or None,
        doublequote=written.escape == written.quote,
        escapechar=None if written.escape in ("", written.quote) else written.escape,
    )
    found = [line for line in lines if line]
    names = (
        found.pop(0) if written.header else [str(n + 1) for n in range(len(found[0]))]
    )
    empty = {"", *written.null_values}
    rows = []
    for line in found:
        if len(line) > len(names):
            raise ValueError(f"{path}: more values than columns in {line}")
        values = [None if value in empty else value for value in line]
        rows.append(dict(zip(names, values, strict=False)))
    return rows


def read_objects(path: str | Path) -> list[Row]:
    """Every line of JSON lines as text; a key in an object is `outer.inner`."""
    rows: list[Row] = []
    for line in read_text(Path(path)).splitlines():
        row: Row = {}
        for key, value in json.loads(line, parse_int=str, parse_float=str).items():
            inner = value if isinstance(value, dict) else {}
            row |= {f"{key}.{name}": text for name, text in inner.items()}
            row[key] = value
        rows.append(row)
    return rows


def with_our_columns(
    rows: Iterable[Row], columns: Mapping[str, str | list[str] | None]
) -> list[Row]:
    """The rows under our names; two columns are joined by a blank if both are there."""
    renamed = []
    for row in rows:
        ours: Row = {}
        for name in COLUMNS:
            source = columns.get(name, name)
            parts = source if isinstance(source, list) else [source]
            values = [row.get(str(part)) for part in parts]
            whole = None if None in values else " ".join(str(value) for value in values)
            ours[name] = whole
        renamed.append(ours)
    return renamed


# --- 1. Events ---------------------------------------------------------------


def is_missing(text: str | None) -> bool:
    """Missing: null, or nothing but whitespace."""
    return text is None or text.strip(WHITESPACE) == ""


def read_id(text: str, id_type: str) -> Id | None:
    """An id: as it is under varchar; whitespace, sign, digits in int64 under bigint."""
    if id_type == "varchar":
        return text
    match = BIGINT.fullmatch(text.strip(WHITESPACE))
    if match is None or len(match["digits"]) > 19:
        return None
    number = int(match["sign"] + match["digits"])
    return number if -(2**63) <= number < 2**63 else None


def read_number(text: str | None) -> float | None:
    """A plain decimal or e-notation number between whitespace, else null."""
    text = (text or "").strip(WHITESPACE)
    if not NUMBER.fullmatch(text):
        return None
    number = float(text) + 0.0  # -0.0 becomes 0.0: one zero, so one order
    return number if math.isfinite(number) else None


def read_microseconds(fraction: str | None) -> int:
    """The digits after the point as microseconds; digits beyond the sixth are cut."""
    return int((fraction or "")[:6].ljust(6, "0"))


def days_since_1970(year: int, month: int, day: int) -> int | None:
    """Days from 1970-01-01, or null for an impossible date.

    The calendar repeats every 400 years, so each year, 0 too, is looked up as its
    twin in 2000-2399.
    """
    cycles, year_in_cycle = divmod(year, 400)
    try:
        twin = date(2000 + year_in_cycle, month, day)
    except ValueError:
        return None
    shift = (cycles - 5) * DAYS_IN_400_YEARS
    return twin.toordinal() - date(1970, 1, 1).toordinal() + shift


def read_iso(text: str) -> int | None:
    """An ISO date, or date and time, as microseconds; without a zone it is UTC."""
    match = ISO.fullmatch(text)
    if match is None:
        return None
    days = days_since_1970(*(int(match[part]) for part in ("year", "month", "day")))
    hour, minute, second, zone_hour, zone_minute = (
        int(match[part] or 0)
        for part in ("hour", "minute", "second", "zone_hour", "zone_minute")
    )
    if days is None or hour > 23 or minute > 59 or second > 59:
        return None
    if zone_hour > 14 or zone_minute > 59:
        return None
    east = -1 if match["sign"] == "-" else 1
    offset = east * (zone_hour * 3600 + zone_minute * 60)
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    return seconds * MICROSECONDS + read_microseconds(match["fraction"])


def read_units(text: str, unit: str) -> int | None:
    """A number of units as microseconds, floored; 12 digits after the point count."""
    match = NUMBER_OF_UNITS.fullmatch(text)
    if match is None:
        return None
    fraction = (match["fraction"] or "")[:12]
    number = Fraction(int(match["whole"] + fraction), 10 ** len(fraction))
    return math.floor((-number if match["sign"] == "-" else number) * UNITS[unit])


def read_epoch(text: str) -> int | None:
    """A number without sign or leading zeros, in the unit that makes it 1990-2100."""
    if not text[:1].isdigit() or text.startswith("0"):
        return None
    first, end = (
        days_since_1970(year, 1, 1) * 86_400 * MICROSECONDS for year in (1990, 2100)
    )
    for unit in AUTO_UNITS:
        instant = read_units(text, unit)
        if instant is not None and first <= instant < end:
            return instant
    return None


def read_as_written(text: str, pattern: str) -> int | None:
    """Text of a strptime pattern as microseconds; without a zone it is UTC."""
    try:
        moment = datetime.strptime(text, pattern)
    except ValueError:
        return None
    # Python reads day 366 of a shorter year as the next year's first
    numbers = [re.findall("[0-9]+", one) for one in (text, moment.strftime(pattern))]
    if "%j" in pattern and [*map(int, numbers[0])] != [*map(int, numbers[1])]:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read_instant(text: str, settings: Settings) -> int | None:
    """`created_at` by `time_format`, if its UTC instant lies in the years 1 to 9999."""
    text = text.strip(WHITESPACE)
    if settings.time_format == "auto":
        instant = read_iso(text)
        if instant is None:
            instant = read_epoch(text)
    elif settings.time_format in UNITS:
        instant = read_units(text, settings.time_format)
        if instant is not None:
            instant += read_iso(settings.time_origin)
    else:
        instant = read_as_written(text, settings.time_format)
    first = days_since_1970(1, 1, 1) * 86_400 * MICROSECONDS
    end = days_since_1970(10_000, 1, 1) * 86_400 * MICROSECONDS
    return instant if instant is not None and first <= instant < end else None


def read_event(row: Row, settings: Settings) -> Event | str:
    """An event, or the reasons its user, item or time is missing or unreadable."""
    readers = {
        "user_id": lambda text: read_id(text, settings.user_id_type),
        "item_id": lambda text: read_id(text, settings.item_id_type),
        "created_at": lambda text: read_instant(text, settings),
    }
    values, reasons = {}, []
    for column, read in readers.items():
        text = row.get(column)
        if is_missing(text):
            reasons.append(f"missing {column}")
            continue
        values[column] = read(text)
        if values[column] is None:
            reasons.append(f"unreadable {column}")
    if reasons:
        return "; ".join(reasons)
    return Event(
        user_id=values["user_id"],
        course_id=values["item_id"],
        ts=values["created_at"],
        ts_epoch=values["created_at"] // MICROSECONDS,
        watch_percentage=read_number(row.get("watch_percentage")),
        rating=read_number(row.get("rating")),
    )


# --- 2. Users ----------------------------------------------------------------


def instant_of(setting: str) -> int:
    """A time given in the settings, read as `created_at` is under `auto`."""
    instant = read_instant(setting, Settings())
    if instant is None:
        raise ValueError(f"{setting!r} is not a time")
    return instant


def within_time(event: Event, settings: Settings) -> bool:
    """Not before `time_from`, and before `time_until`."""
    if settings.time_from is not None and event.ts < instant_of(settings.time_from):
        return False
    return settings.time_until is None or event.ts < instant_of(settings.time_until)


def courses_with_users(events: Iterable[Event], settings: Settings) -> set[Id]:
    """Courses with >= `min_item_users` distinct users among these events.

    Counted once, over the events that `time_from` and `time_until` leave: a course
    is not counted again after users have gone.
    """
    users = defaultdict(set)
    for event in events:
        users[event.course_id].add(event.user_id)
    return {course for course in users if len(users[course]) >= settings.min_item_users}


def id_order(value: Id) -> int | bytes:
    """Numbers compare as numbers, strings by their UTF-8 bytes."""
    return value.encode("utf-8") if isinstance(value, str) else value


def eligible_users(events: Iterable[Event], settings: Settings) -> list[Id]:
    """Users with >= `min_interactions` accepted events, repeats too, ascending."""
    counts = Counter(event.user_id for event in events)
    users = [user for user, count in counts.items() if count >= settings.events_needed]
    return sorted(users, key=id_order)


# --- 3. Split ----------------------------------------------------------------


def split_key(of: Id, seed: int | str) -> int:
    """First 13 hex digits of md5(`<seed>:<user or course>`) as an integer."""
    return int(hashlib.md5(f"{seed}:{of}".encode()).hexdigest()[:13], 16)


def split_exactly(users: Iterable[Id], settings: Settings) -> dict[Id, str]:
    """By (h, id): first floor(n·train), next floor(n·val), the rest test."""
    ordered = sorted(
        users, key=lambda user: (split_key(user, settings.split_seed), id_order(user))
    )
    train, val, _ = settings.ratios
    n_train = math.floor(len(ordered) * train)
    n_val = math.floor(len(ordered) * val)
    splits = {}
    for position, user in enumerate(ordered):
        if position < n_train:
            splits[user] = "train"
        elif position < n_train + n_val:
            splits[user] = "val"
        else:
            splits[user] = "test"
    return splits


def stable_split(key: int, settings: Settings) -> str:
    """Train if h < floor(train·2^52), val if h < floor((train+val)·2^52), else test."""
    train, val, _ = settings.ratios
    if key < math.floor(train * 2**52):
        return "train"
    if key < math.floor((train + val) * 2**52):
        return "val"
    return "test"


def split_stably(users: Iterable[Id], settings: Settings) -> dict[Id, str]:
    """Each user by its own key alone, so that it never moves."""
    return {
        user: stable_split(split_key(user, settings.split_seed), settings)
        for user in users
    }


def split_as_pinned(users: Iterable[Id], settings: Settings) -> dict[Id, str]:
    """As given; a user without a split is an error that names some."""
    pinned = settings.pinned or {}
    users = list(users)
    missing = [user for user in users if pinned.get(user) not in SPLITS]
    if missing:
        raise ValueError(f"{len(missing)} users without a split, e.g. {missing[:5]}")
    return {user: pinned[user] for user in users}


def first_times(events: Iterable[Event]) -> dict[Id, int]:
    """The time of each user's first event, in microseconds."""
    first: dict[Id, int] = {}
    for event in events:
        first[event.user_id] = min(event.ts, first.get(event.user_id, event.ts))
    return first


def new_user_times(first: Mapping[Id, int], settings: Settings) -> tuple[float, float]:
    """T_val and T_test: as set, or from the ratios; no user at a place: infinity."""
    if settings.split_times is not None:
        t_val, t_test = settings.split_times
        return instant_of(t_val), instant_of(t_test)
    times = [
        first[user] for user in sorted(first, key=lambda u: (first[u], id_order(u)))
    ]
    train, val, _ = settings.ratios
    n_train = math.floor(len(times) * train)
    n_val = math.floor(len(times) * val)
    # places count from 1, so the one at floor(n·train)+1 is times[floor(n·train)]
    return (
        times[n_train] if n_train < len(times) else math.inf,
        times[n_train + n_val] if n_train + n_val < len(times) else math.inf,
    )


def split_by_first_event(events: Iterable[Event], settings: Settings) -> dict[Id, str]:
    """First event before T_val: train; before T_test: val; else test."""
    first = first_times(events)
    t_val, t_test = new_user_times(first, settings)
    return {
        user: "train" if time < t_val else "val" if time < t_test else "test"
        for user, time in first.items()
    }


def is_cut(event: Event, split: str, times: tuple[float, float]) -> bool:
    """Train users' events at or after T_val, val users' at or after T_test."""
    t_val, t_test = times
    return (split == "train" and event.ts >= t_val) or (
        split == "val" and event.ts >= t_test
    )


def split_new_users(
    events: list[Event], settings: Settings
) -> tuple[dict[Id, str], list[Event], list[Event]]:
    """Of eligible users' events: the splits, the events kept and those cut."""
    splits = split_by_first_event(events, settings)
    times = new_user_times(first_times(events), settings)
    kept, cut = [], []
    for event in events:
        (cut if is_cut(event, splits[event.user_id], times) else kept).append(event)
    return {user: splits[user] for user in sorted(splits, key=id_order)}, kept, cut


def split_users(users: Iterable[Id], settings: Settings) -> dict[Id, str]:
    """The split of each user by `split_method`, users ascending."""
    methods = {
        "exact": split_exactly,
        "stable": split_stably,
        "pinned": split_as_pinned,
    }
    if settings.split_method not in methods:
        known = [*methods, "new_users"]
        raise ValueError(f"split_method {settings.split_method!r}: not in {known}")
    splits = methods[settings.split_method](users, settings)
    return {user: splits[user] for user in sorted(splits, key=id_order)}


# --- 4. Vocabulary -----------------------------------------------------------


def course_order(course: Id, settings: Settings) -> tuple:
    """Ascending under `course`; by (split key, id) under `shuffled`."""
    if settings.vocab_order == "shuffled":
        return split_key(course, settings.split_seed), id_order(course)
    return (id_order(course),)


def build_vocabulary(events: Iterable[Event], settings: Settings) -> dict[Id, int]:
    """Courses of eligible users' events, numbered from 0 by `vocab_order`.

    Those of `pinned_vocab` come first and keep their ids, with events or without.
    """
    pinned = dict(settings.pinned_vocab or {})
    courses = {event.course_id for event in events} - pinned.keys()
    ordered = sorted(pinned, key=pinned.get)
    ordered += sorted(courses, key=lambda course: course_order(course, settings))
    return {course: item_id for item_id, course in enumerate(ordered)}


# --- 5. Order within a user --------------------------------------------------


def nulls_first(value: float | None) -> tuple[bool, float]:
    """A sort key that puts null before every number."""
    return (value is not None, 0.0 if value is None else value)


def tie_key(event: Event, seed: int | str) -> int:
    """The user's split key xor the one of `<seed>:<course_id>`."""
    return split_key(event.user_id, seed) ^ split_key(event.course_id, seed)


def event_order(event: Event, seed: int | str) -> tuple:
    """Order: (ts, tie key, course id, watch_percentage, rating), nulls first."""
    return (
        event.ts,
        tie_key(event, seed),
        id_order(event.course_id),
        nulls_first(event.watch_percentage),
        nulls_first(event.rating),
    )


def group_by_user(events: Iterable[Event], settings: Settings) -> dict[Id, list[Event]]:
    """Users ascending, the events of each in their order."""
    by_user = defaultdict(list)
    for event in events:
        by_user[event.user_id].append(event)
    return {
        user: sorted(
            by_user[user], key=lambda event: event_order(event, settings.split_seed)
        )
        for user in sorted(by_user, key=id_order)
    }


# --- 6. Sessions -------------------------------------------------------------


def cut_sessions(ordered: list[Event], settings: Settings) -> list[list[Event]]:
    """New at the first event and where the gap from the previous one is too long."""
    sessions = []
    previous = None
    for event in ordered:
        if (
            previous is None
            or event.ts - previous.ts > settings.session_gap_seconds * MICROSECONDS
        ):
            sessions.append([])
        sessions[-1].append(event)
        previous = event
    return sessions


def session_id(user_id: Id, number: int) -> str:
    """`<user_id>_<n>`, zero-padded to 4 digits, longer numbers whole."""
    return f"{user_id}_{number:04d}"


def session_course(session: list[Event]) -> Id:
    """The most frequent course of a session, smallest on ties."""
    counts = Counter(event.course_id for event in session)
    return min(counts, key=lambda course: (-counts[course], id_order(course)))


def session_row(session: list[Event], number: int) -> dict:
    """One row of sessions.parquet; times are whole epoch seconds."""
    start, end = session[0].ts_epoch, session[-1].ts_epoch
    return {
        "session_id": session_id(session[0].user_id, number),
        "user_id": session[0].user_id,
        "course_id": session_course(session),
        "start_ts": start,
        "end_ts": end,
        "n_events": len(session),
        "duration_sec": end - start,
    }


def event_rows(
    session: list[Event], number: int, vocab: Mapping[Id, int], split: str
) -> list[dict]:
    """The rows of events_sessionized.parquet of one session, and their split."""
    return [
        {
            "user_id": event.user_id,
            "course_id": event.course_id,
            "session_id": session_id(event.user_id, number),
            "ts": event.ts,
            "ts_epoch": event.ts_epoch,
            "pos_in_sess": position,
            "sess_len": len(session),
            "item_id": vocab[event.course_id],
            "watch_percentage": event.watch_percentage,
            "rating": event.rating,
            "split": split,
        }
        for position, event in enumerate(session, start=1)
    ]


# --- 7. Pairs ----------------------------------------------------------------


def build_sequence(ordered: list[Event], settings: Settings) -> list[Event]:
    """A user's items, consecutive repeats removed (first kept) if so set."""
    sequence = []
    for event in ordered:
        repeats = sequence and sequence[-1].course_id == event.course_id
        if not (repeats and settings.deduplicate_consecutive):
            sequence.append(event)
    return sequence


def build_pairs(
    sequence: list[Event], vocab: Mapping[Id, int], settings: Settings
) -> list[dict]:
    """Each t >= 1: prefix before t, label t; skipped where t-1 is not before t."""
    items = [vocab[event.course_id] for event in sequence]
    pairs = []
    for t in range(1, len(sequence)):
        if sequence[t - 1].ts >= sequence[t].ts:
            continue
        prefix = items[:t]
        if settings.max_prefix_len is not None:
            prefix = prefix[max(0, t - settings.max_prefix_len) :]
        pairs.append(
            {
                "user_id": sequence[t].user_id,
                "prefix": prefix,
                "label": items[t],
                "label_ts_epoch": sequence[t].ts_epoch,
                "prefix_len": len(prefix),
                "label_ts": sequence[t].ts,
                "n_known": t,
            }
        )
    return pairs


# --- 8. Episodes -------------------------------------------------------------


def window_columns(
    number: int, support: list[dict], query: list[dict]
) -> dict[str, int | list[int]]:
    """Which window of the user it is, what came before, its labels' microseconds."""
    return {
        "window": number,
        "n_known": support[0]["n_known"],
        "support_label_ts": [pair["label_ts"] for pair in support],
        "query_label_ts": [pair["label_ts"] for pair in query],
    }


def build_episodes(pairs: list[dict], settings: Settings) -> list[dict]:
    """Of one user's pairs: full windows at 0, Q, 2Q...; K support, then Q query."""
    k, q = settings.episode_k, settings.episode_q
    episodes = []
    for start in range(0, len(pairs), q):
        window = pairs[start : start + k + q]
        if len(window) < k + q:
            break
        support, query = window[:k], window[k:]
        episodes.append(
            {
                "user_id": window[0]["user_id"],
                "support_prefixes": [pair["prefix"] for pair in support],
                "support_labels": [pair["label"] for pair in support],
                "query_prefixes": [pair["prefix"] for pair in query],
                "query_labels": [pair["label"] for pair in query],
                "n_support": len(support),
                "n_query": len(query),
                **window_columns(len(episodes), support, query),
            }
        )
    return episodes


# --- All of it ---------------------------------------------------------------


def leave_out(
    accepted: list[Event], settings: Settings
) -> tuple[dict[Id, str], list[Event], dict[str, list[Event]]]:
    """Splits, events kept, events left out: by time, course, eligibility, the cut."""
    in_time = [event for event in accepted if within_time(event, settings)]
    courses = courses_with_users(in_time, settings)
    counted = [event for event in in_time if event.course_id in courses]
    users = eligible_users(counted, settings)
    eligible = set(users)
    kept, cut = [event for event in counted if event.user_id in eligible], []
    if settings.split_method == "new_users":
        splits, kept, cut = split_new_users(kept, settings)
    else:
        splits = split_users(users, settings)
    left_out = {
        "time": [event for event in accepted if not within_time(event, settings)],
        "course": [event for event in in_time if event.course_id not in courses],
        "ineligible": [event for event in counted if event.user_id not in eligible],
        "cut": cut,
    }
    return splits, kept, left_out


def compute(rows: Iterable[Row], settings: Settings) -> Result:
    """Apply §3.1 to §3.8; pairs are numbered over all, episodes within a split."""
    rejected, accepted = [], []
    for row in rows:
        event = read_event(row, settings)
        if isinstance(event, str):
            rejected.append((row, event))
        else:
            accepted.append(event)

    splits, kept, left_out = leave_out(accepted, settings)
    vocab = build_vocabulary(kept, settings)

    events, sessions, pairs, sequences = [], [], [], {}
    episodes = {split: [] for split in SPLITS}
    for user, ordered in group_by_user(kept, settings).items():
        split = splits[user]
        for number, session in enumerate(cut_sessions(ordered, settings), start=1):
            sessions.append(session_row(session, number))
            events.extend(event_rows(session, number, vocab, split))

        sequences[user] = build_sequence(ordered, settings)
        user_pairs = build_pairs(sequences[user], vocab, settings)
        for pair in user_pairs:
            pairs.append({"pair_id": len(pairs), **pair, "split": split})
        for episode in build_episodes(user_pairs, settings):
            episodes[split].append({"episode_id": len(episodes[split]), **episode})

    return Result(
        rejected,
        splits,
        vocab,
        events,
        sessions,
        pairs,
        episodes,
        left_out,
        sequences,
    )
