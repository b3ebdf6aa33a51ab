"""Every form of time_format: each text is read, or not, as the reference reads it.

The texts of a format go into one build. What they must come to is worked out by
reference.py, which shares no code with the SQL, and by hand where this is the promise.
"""

import csv
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reference
from conftest import Workspace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = 3000 if "TORTURE" in os.environ else 600

ZONES = [
    *("", "", "Z", "z", "UTC", "GMT", "+02:00", "-0430", "+05", "-00:00", "+14:59"),
    *("+15:00", "PST", "utc", "+2", "Zulu", "+02:0", " +02:00"),
]
FRACTIONS = ["", "", ".5", ",25", ".999999", ".0000009", ".1234567890123", ".", ";5"]
BLANKS = ["", "", "", " ", "\t", "  ", "\n", "\v", "\f", "\r", "\u00a0"]
NEVER_GUESSED = [
    *("0", "-1", "1", "-0", "00", "20210806", "202108061030", "20210806103059"),
    *("44414", "44414.5", "2021", "17", "-10", "01/02/2024", "1/2/24", "06.08.2021"),
    *("1e9", "1.7e9", "+1700000000", "01700000000", "-1700000000", "nan", "inf"),
    *("1700000000,5", "1 700 000 000", "1700000000s", "1_700_000_000", "0x65538900"),
    *("2021-08/06", "2021/08-06", "2021-8-6", "21-08-06", "2021-08", "2021-218"),
    *("2021-08-06Z", "2021-08-06 UTC", "2021-08-06T", "2021-08-06 10", "10:00:00"),
    *("2021-08-06  10:00:00", "2021-08-06_10:00:00", "2021-08-06 10:00:00  Z"),
    *("2021-08-06 10:00:60", "2021-08-06 24:00:00", "2021-02-29", "2020-02-29"),
    *("0000-01-01", "0001-01-01", "9999-12-31 23:59:59.999999", "10000-01-01"),
    *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "infinity", "now"),
    *("631151999", "631151999.999999", "631152000", "4102444799.999999", "4102444800"),
    *("631151999999", "631152000000", "4102444799999", "4102444800000", "999999999999"),
    *("631151999999999", "631152000000000", "4102444799999999", "4102444800000000"),
    *("631151999999999999", "631152000000000000", "4102444799999999999"),
    *("4102444800000000000", "9223372036854775807", "9999999999999999999", "9" * 30),
    *("1700000000.", "1700000000.9999999", "1700000000000.0009", ".5", "-.5", "5."),
    *("9" * 21, "999.5", "-0.5"),  # of nanoseconds the most digits, and parts of one
]


def iso_text(draw: random.Random) -> str:
    """Something like an ISO date and time, right or nearly so."""
    dash = draw.choice("--/")
    year, month, day = draw.randint(1, 9999), draw.randint(0, 13), draw.randint(0, 31)
    text = f"{year:04d}{dash}{month:02d}{dash}{day:02d}"
    if draw.random() < 0.7:
        hour, minute = draw.randint(0, 24), draw.randint(0, 60)
        text += f"{draw.choice(' Tt ')}{hour:02d}:{minute:02d}"
        if draw.random() < 0.7:
            text += f":{draw.randint(0, 60):02d}{draw.choice(FRACTIONS)}"
        text += draw.choice(["", " "]) + draw.choice(ZONES)
    return text


def number_text(draw: random.Random) -> str:
    """A number of any size, now and then with signs and zeros in front."""
    digits = draw.randint(1, 20)
    whole = draw.randint(0, 10**digits - 1)
    text = str(whole).zfill(draw.choice([0, 0, 0, digits, digits + 2]))
    point = draw.choice(["", "", ".", ".5", ".123456", ".9999999999999"])
    return draw.choice(["", "", "", "-", "+", "--"]) + text + point


def some(make: Callable[[random.Random], str]) -> list[str]:
    """Many of a kind, with what may be around them in a file."""
    draw = random.Random(None if "TORTURE" in os.environ else 7)
    return [
        draw.choice(BLANKS) + make(draw) + draw.choice(BLANKS) for _ in range(TEXTS)
    ]


def read_by_sql(
    place: Workspace, texts: list[str], **settings: str
) -> dict[str, int | None]:
    """What base_events reads, in microseconds."""
    log = place.root / "log.csv"
    with log.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["user_id", "item_id", "created_at"])
        writer.writerows([number, 1, text] for number, text in enumerate(texts))
    return dict(zip(texts, read_file(place, log, **settings), strict=True))


def read_file(place: Workspace, path: Path, **settings: str) -> list[int | None]:
    """The times of base_events by user, in microseconds; none if rejected."""
    place.build(
        *("run", "--select", "+base_events"),
        raw_events=str(path),
        columns={"watch_percentage": None, "rating": None},
        **settings,
    )
    with duckdb.connect(str(place.database), read_only=True) as connection:
        found = connection.execute(
            "select case when reason is null then epoch_us(ts) end"
            " from sample.base_events"
            " order by coalesce(user_id, cast(user_id_given as bigint))"
        ).fetchall()
    return [time for (time,) in found]


def read_by_reference(text: str, **settings: str) -> int | None:
    if reference.is_missing(text):
        return None
    return reference.read_instant(text, reference.Settings(**settings))


def assert_read_alike(place: Workspace, texts: list[str], **settings: str) -> set[str]:
    """Compare all; return those that are read."""
    found = read_by_sql(place, texts, **settings)
    expected = {text: read_by_reference(text, **settings) for text in texts}
    wrong = {text: (found[text], expected[text]) for text in texts
             if found[text] != expected[text]}  # fmt: skip
    assert wrong == {}
    return {text for text in texts if found[text] is not None}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("times"))


def test_auto_reads_what_the_reference_reads(place: Workspace) -> None:
    isos, numbers = some(iso_text), some(number_text)
    texts = list(dict.fromkeys([*NEVER_GUESSED, *isos, *numbers]))
    read = assert_read_alike(place, texts)
    assert len(read & set(isos)) > TEXTS / 20
    assert read & set(numbers)


@pytest.mark.parametrize("unit", reference.UNITS)
def test_numbers_in_a_unit_are_read_as_the_reference_reads_them(
    place: Workspace, unit: str
) -> None:
    texts = list(dict.fromkeys([*NEVER_GUESSED, *some(number_text)]))
    read = assert_read_alike(
        place, texts, time_format=unit, time_origin="2014-02-01 08:30:00"
    )
    assert {"0", "-1", "44414.5"} <= read
    assert "2021-08-06" not in read


PATTERNS = [
    *("%Y%m%d", "%Y%m%d%H%M%S", "%d.%m.%Y", "%m/%d/%Y %I:%M:%S %p", "%d-%b-%y"),
    *("%Y-%m-%dT%H:%M:%S.%f%z", "%B %d %Y", "%Y-%j"),
    *("%a %b %d %H:%M:%S %Y", "day %d of %m in %Y (100%%)"),
]
BY_HAND = {
    "%Y%m%d": {"2021806": None, "20210806": "2021-08-06"},
    "%d.%m.%Y": {"6.8.2021": "2021-08-06", "06.08.21": None, "6.8.2021 10:00": None},
    "%m/%d/%Y %I:%M:%S %p": {"8/6/2021 12:00:00 am": "2021-08-06"},
    "%d-%b-%y": {"06-AUG-21": "2021-08-06", "6-aug-99": "1999-08-06"},
    "%Y-%m-%dT%H:%M:%S.%f%z": {
        "2021-08-06T01:00:00.5+02": "2021-08-05 23:00:00.500000",
        "2021-08-06T01:00:00.5-04:30": "2021-08-06 05:30:00.500000",
        "2021-08-06T01:00:00.5": None,
    },
    "%F %R %Z": {
        "2021-08-06 9:05 GMT": "2021-08-06 09:05:00",
        "2021-08-06 09:05 CST": None,
    },
    "%-m/%-d/%Y %T": {"08/06/2021 9:05:07": "2021-08-06 09:05:07"},
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_reads_what_python_reads(place: Workspace, pattern: str) -> None:
    draw = random.Random(pattern)
    moments = [
        datetime(1970, 1, 1)
        + timedelta(microseconds=draw.randrange(98 * 31_556 * 10**9))
        for _ in range(50)
    ]
    written = {
        moment.replace(tzinfo=UTC).strftime(pattern): moment for moment in moments
    }
    wrong = [
        *("", "yesterday", "2021-02-30", "20210230", "30.02.2021", "2021-366", "0"),
        *("2021080", "202108061", "2021-08-06", "13/01/2021 13:00:00 PM", "%Y"),
    ]
    texts = list(dict.fromkeys([*written, *(f" {one}\t" for one in written), *wrong]))
    read = assert_read_alike(place, texts, time_format=pattern)
    assert set(written) <= read


@pytest.mark.parametrize("pattern", BY_HAND)
def test_a_pattern_reads_what_it_says(place: Workspace, pattern: str) -> None:
    found = read_by_sql(place, [*BY_HAND[pattern]], time_format=pattern)
    assert {
        text: None if at is None else str(datetime(1970, 1, 1) + timedelta(0, 0, at))
        for text, at in found.items()
    } == {
        text: expected and str(datetime.fromisoformat(expected))
        for text, expected in BY_HAND[pattern].items()
    }


COLUMNS_OF_TIMES = {
    "doubles in seconds": pa.array([1628255872.123456, 1628255872.0], pa.float64()),
    "doubles in milliseconds": pa.array([1628255872123.456, 1628255872000.0]),
    "whole seconds": pa.array([1628255872, 1628255872], pa.int64()),
    "short whole seconds": pa.array([1628255872, 1628255872], pa.int32()),
    "unsigned nanoseconds": pa.array(
        [1628255872123456789, 1628255872000000000], pa.uint64()
    ),
    "decimals": pa.array(["1628255872.123456", "1628255872"]).cast(
        pa.decimal128(20, 6)
    ),
    "timestamp[s]": pa.array([1628255872] * 2, pa.timestamp("s")),
    "timestamp[ms]": pa.array([1628255872123, 1628255872000], pa.timestamp("ms")),
    "timestamp[us]": pa.array([1628255872123456, 1628255872000000], pa.timestamp("us")),
    "timestamp[ns]": pa.array(
        [1628255872123456999, 1628255872000000000], pa.timestamp("ns")
    ),
    "timestamp[us, tz]": pa.array(
        [1628255872123456, 1628255872000000], pa.timestamp("us", "Asia/Tokyo")
    ),
    "timestamp[ns, UTC]": pa.array(
        [1628255872123456999, 1628255872000000000], pa.timestamp("ns", "UTC")
    ),
}


@pytest.mark.parametrize("kind", COLUMNS_OF_TIMES)
def test_a_parquet_column_of_times_is_read_exactly(place: Workspace, kind: str) -> None:
    column = COLUMNS_OF_TIMES[kind]
    path = place.root / "events.parquet"
    ids = pa.array([1, 2])
    pq.write_table(
        pa.table({"user_id": ids, "item_id": ids, "created_at": column}), path
    )
    digits = {"timestamp[ms]": 123_000}.get(kind, 123_456)
    if kind in ("whole seconds", "short whole seconds", "timestamp[s]"):
        digits = 0
    expected = [1628255872 * 10**6 + digits, 1628255872 * 10**6]
    # timestamps are what they are, whatever the format of text would be
    chosen = {"time_format": "%d.%m.%Y"} if "timestamp" in kind else {}
    assert read_file(place, path, **chosen) == expected


def test_a_double_keeps_its_digits_under_any_format(place: Workspace) -> None:
    path = place.root / "events.parquet"
    ids = pa.array([1, 2])
    for values, chosen, expected in [
        ([20210801.0, None], "%Y%m%d", [1627776000 * 10**6, None]),
        ([0.0, -1.5], "days", [0, -129_600 * 10**6]),
        ([1.7e18, 1.7e18], "ns", [17 * 10**14] * 2),
        # floored, not rounded first to some places
        ([9.1234569999999, 0.5], "s", [9_123_456, 500_000]),
    ]:
        column = pa.array(values, pa.float64())
        pq.write_table(
            pa.table({"user_id": ids, "item_id": ids, "created_at": column}), path
        )
        assert read_file(place, path, time_format=chosen) == expected
