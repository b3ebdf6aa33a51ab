"""Turn XuetangX's raw JSON into events: Parquet that the preset xuetangx reads.

The raw files are arrays of [course, {user: {session: [[action, "YYYY-MM-DDTHH:MM:SS"],
...]}}]. They are streamed: memory does not grow with them. Each action becomes a row of
user_id (whole number), item_id (the course), created_at (UTC) and action, in the order
of the file. Give --keep for each action to keep; without, all are kept.

Exit codes: 0 written, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
"""

import gzip
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from mooc_episodes.base.errors import UserError
from mooc_episodes.cli import command

with command.exit_on_error():
    import ijson
    import pyarrow as pa
    import pyarrow.parquet as pq

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

# Where values stand, by how many arrays and objects are open around them; the array
# of a course has two parts.
COURSE, USER, SESSION, ACTION = 2, 3, 4, 6


def read_events(source: BinaryIO) -> Iterator[Event]:
    """The events of a raw file, one at a time.

    Raises:
        ValueError: It is not of the shape; the message says what stands where.
    """
    depth = n_parts = user = 0
    course = ""
    pair: list[str] = []
    for kind, value in ijson.basic_parse(source):
        if kind in ("start_array", "start_map"):
            depth += 1
            if depth == COURSE:
                course, n_parts = "", 0
            elif depth == USER:
                n_parts += 1
            is_map = depth in (USER, SESSION)
            fits = is_map == (kind == "start_map") and (n_parts == 2 or not is_map)
            if depth > ACTION or not fits:
                raise ValueError(f"{kind} where none belongs, in course {course!r}")
            pair = []
        elif kind in ("end_array", "end_map"):
            if depth == ACTION:
                yield event(user, course, pair)
            elif depth == COURSE and n_parts != 2:
                raise ValueError(f"course {course!r} has no users")
            depth -= 1
        elif kind == "map_key":
            user = user_id(value, course) if depth == USER else user
        elif kind == "string" and depth == ACTION:
            pair.append(value)
        elif kind == "string" and depth == COURSE and value and n_parts == 0:
            course, n_parts = value, 1
        else:
            raise ValueError(
                f"{kind} {value!r} where none belongs, in course {course!r}"
            )


def user_id(text: str, course: str) -> int:
    """A user as a number.

    Raises:
        ValueError: It is none, or too large.
    """
    if re.fullmatch("0*[0-9]{1,19}", text) and int(text) <= MAX_USER:
        return int(text)
    raise ValueError(f"user {text!r} of course {course!r} is no whole number of int64")


def event(user: int, course: str, pair: list[str]) -> Event:
    """An event of its texts.

    Raises:
        ValueError: One of them cannot be read.
    """
    try:
        if len(pair) != 2:
            raise ValueError(f"{pair} is no [action, time]")
        action, time = pair
        if not TIME.fullmatch(time):
            raise ValueError(f"{time!r} is no time")
        return user, course, datetime.fromisoformat(time), action
    except ValueError as error:
        raise ValueError(f"{error}, user '{user}' of course {course!r}") from None


def groups(
    events: Iterator[Event], keep: set[str], told: dict[str, int]
) -> Iterator[pa.Table]:
    """The events kept, as tables; told counts those of each action."""
    rows: list[Event] = []
    for row in events:
        told[row[-1]] = told.get(row[-1], 0) + 1
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


def convert(sources: list[Path], target: Path, keep: set[str]) -> dict[str, int]:
    """Write the events of raw files, .json or .json.gz; whole or not at all.

    Returns:
        How many events there were of each action, kept or not.

    Raises:
        UserError: A file cannot be read or is not of the shape, or an action to keep
            is in none of them.
    """
    told: dict[str, int] = {}
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for source in sources:
                opened = gzip.open if source.suffix == ".gz" else open
                try:
                    with opened(source, "rb") as raw:
                        for group in groups(read_events(raw), keep, told):
                            writer.write_table(group)
                except (ijson.JSONError, ValueError, EOFError, zlib.error) as error:
                    why = str(error).splitlines()[0]
                    raise UserError(f"{source}: {why}; expected {SHAPE}") from None
        missing = sorted(keep - told.keys())
        if missing:
            raise UserError(
                f"no action {', '.join(missing)}; there are {', '.join(sorted(told))}"
            )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return told


def main() -> int:
    """Run the command and return its exit code."""
    parser = command.Parser(__doc__)
    parser.add_argument("target", type=Path, help="the Parquet file to write")
    parser.add_argument("sources", type=Path, nargs="+", help=".json or .json.gz files")
    parser.add_argument(
        "--keep", action="append", default=[], metavar="ACTION", help="keep this action"
    )
    given = parser.parse_args()
    with command.exit_on_error(left="nothing was written"):
        told = convert(given.sources, given.target, {*given.keep})
    for action, n_events in sorted(told.items()):
        kept = "kept" if not given.keep or action in given.keep else "left out"
        command.tell(f"{action:<24} {n_events:>13,} {kept}")
    build = f"make run DATASET=xuetangx RAW_EVENTS={given.target}"
    command.tell(f"{given.target}: written; build it: {build}")
    return command.DONE


if __name__ == "__main__":
    sys.exit(main())
