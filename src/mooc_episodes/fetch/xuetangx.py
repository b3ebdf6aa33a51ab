"""XuetangX's raw JSON as events in Parquet.

ijson yields one user of a course at a time, so memory does not grow with the file.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import pyarrow as pa
import pyarrow.parquet as pq

from mooc_episodes.base.errors import UserError, reason

ROWS_PER_GROUP = 1_000_000
SCHEMA = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("created_at", pa.timestamp("us"), nullable=False),
        pa.field("action", pa.string(), nullable=False),
    ]
)
SHAPE = '[course, {user: {session: [[action, "YYYY-MM-DDTHH:MM:SS"], …]}}]'
MAX_USER = 2**63 - 1
TIME = re.compile("[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}")

Event = tuple[int, str, datetime, str]

# around the users of a course: by the place and kind of an event of ijson's, the next
USERS = [("item.item", "map_key"), ("item.item", "end_map")]
FOLLOWS = {
    ("", ""): [("", "start_array")],
    ("", "start_array"): [("item", "start_array"), ("", "end_array")],
    ("item", "start_array"): [("item.item", "string")],
    ("item.item", "string"): [("item.item", "start_map")],
    ("item.item", "start_map"): USERS,
    ("item.item", "map_key"): USERS,
    ("item.item", "end_map"): [("item", "end_array")],
    ("item", "end_array"): [("item", "start_array"), ("", "end_array")],
}


class Pairs:
    """A JSON object as written: a dict would lose the values of a repeated key."""

    def __init__(self) -> None:
        """Start empty; ijson adds each key with its value."""
        self.items: list[tuple[str, Any]] = []

    def __setitem__(self, key: str, value: Any) -> None:
        """Add a key."""
        self.items.append((key, value))

    def __repr__(self) -> str:
        """As in the file, about."""
        return f"{{{', '.join(f'{key!r}: {value!r}' for key, value in self.items)}}}"


class Courses:
    """ijson's events of a raw file, passed on with the course they belong to.

    ijson yields one user at a time and does not check that the structure around the
    users is [[course, users], …]; this does.

    Attributes:
        course: The course of the last event.
    """

    def __init__(self, source: BinaryIO) -> None:
        """Start before the first course."""
        self.source = source
        self.course = ""

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        """Pass on the events.

        Raises:
            ValueError: One is not where it should be.
        """
        last, n_whole = ("", ""), 0
        for place, event, value in ijson.parse(self.source):
            if place in {"", "item", "item.item"}:
                if (place, event) not in FOLLOWS[last] or (event, value) == (
                    "string",
                    "",
                ):
                    if last == ("", ""):
                        raise ValueError("not a list of courses")
                    raise ValueError(f"not [course, users], at {n_whole} of the list")
                last = (place, event)
                n_whole += last == ("item", "end_array")
                if event == "string":
                    self.course = value
            yield place, event, value


def read_events(source: BinaryIO) -> Iterator[Event]:
    """The events of a raw file, one at a time.

    Raises:
        ValueError: It does not have the shape; the message says what is where.
    """
    courses = Courses(source)
    for user, sessions in ijson.kvitems(iter(courses), "item.item", map_type=Pairs):
        try:
            user_id = whole_number(user)
            for _, actions in pairs(sessions):
                if not isinstance(actions, list):
                    raise ValueError(f"{shown(actions)} is not a list of actions")
                for action in actions:
                    name, time = action_and_time(action)
                    yield user_id, courses.course, time, name
        except ValueError as error:
            where = f"user {shown(user)} of course {courses.course!r}"
            raise ValueError(f"{error}, {where}") from None


def pairs(sessions: Any) -> list[tuple[str, Any]]:
    """The sessions of a user; a ValueError if they are not an object."""
    if isinstance(sessions, Pairs):
        return sessions.items
    raise ValueError(f"{shown(sessions)} is not an object of sessions")


def whole_number(user: str) -> int:
    """A user's id; a ValueError if it is not a whole number of 64 bits."""
    if re.fullmatch("0*[0-9]{1,19}", user) and int(user) <= MAX_USER:
        return int(user)
    raise ValueError(f"{shown(user)} is not a whole number of int64")


def action_and_time(pair: Any) -> tuple[str, datetime]:
    """An action and its time; a ValueError if they are not that."""
    match pair:
        case [str(action), str(time)] if TIME.fullmatch(time):
            return action, datetime.fromisoformat(time)
    raise ValueError(f"{shown(pair)} is not [action, time]")


def shown(value: Any) -> str:
    """A value on one line and not too long."""
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + " …"


def groups(
    events: Iterator[Event], keep: set[str], counts: Counter[str]
) -> Iterator[pa.Table]:
    """The events kept, as tables; all are counted by their action."""
    rows: list[Event] = []
    for row in events:
        counts[row[-1]] += 1
        if not keep or row[-1] in keep:
            rows.append(row)
        if len(rows) == ROWS_PER_GROUP:
            yield table(rows)
            rows = []
    if rows:
        yield table(rows)


def table(rows: list[Event]) -> pa.Table:
    """Events as a table."""
    columns: list[Any] = [pa.array(column) for column in zip(*rows, strict=True)]
    return pa.table(columns, names=SCHEMA.names).cast(SCHEMA)


def convert(sources: list[Path], target: Path, keep: set[str]) -> Counter[str]:
    """Write the events of raw files, .json or .json.gz; all or nothing.

    Returns:
        The number of events per action, kept or not.

    Raises:
        UserError: A file cannot be read or is not of the shape, or an action to keep
            is in none of them.
    """
    counts: Counter[str] = Counter()
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for source in sources:
                opened = gzip.open if source.suffix == ".gz" else open
                try:
                    with opened(source, "rb") as raw:
                        for group in groups(read_events(raw), keep, counts):
                            writer.write_table(group)
                except (ijson.JSONError, ValueError, EOFError, zlib.error) as error:
                    why = reason(error)
                    raise UserError(f"{source}: {why}; expected {SHAPE}") from None
        missing = sorted(keep - counts.keys())
        if missing:
            raise UserError(
                f"no action {', '.join(missing)}; there are {', '.join(sorted(counts))}"
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return counts
