"""What docs/bad-input.md says of bad input, a test for each line of its tables.

A case has the name of its line. Rows are counted as they are written here.
"""

import csv
import gzip
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from conftest import PROJECT, TINY, TINY_SETTINGS, Invocation, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.build.messages import one_line
from mooc_episodes.publish.export import ExportPaths, export

COLUMNS = ["user_id", "item_id", "watch_percentage", "created_at", "rating"]
HEADER, *LINES = TINY.splitlines()
# more rows than DuckDB looks at to guess what a CSV is like
MANY = TINY + "7,510,100,1970-01-02 09:00:00,10\n" * 30_000
MANY_LINES = MANY.count("\n")


def query(place: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(place.database), read_only=True) as connection:
        connection.execute("use sample")
        return connection.execute(sql).fetchall()


def check_no_row_is_lost(place: Workspace, n_written: int) -> None:
    [(n_rejected, n_ineligible, n_kept, n_read)] = query(
        place,
        "select (select count(*) from rejected_events),"
        " (select coalesce(sum(n_events), 0) from int_users where not is_eligible),"
        " (select count(*) from events_sessionized),"
        " (select count(*) from base_events)",
    )
    assert n_rejected + n_ineligible + n_kept == n_written == n_read


# Rows


@dataclass(frozen=True)
class Row:
    """A row to write, and the reason it is rejected for or the values it is kept as."""

    given: dict[str, str]
    reason: str | None = None
    kept: tuple[tuple[str, Any], ...] = ()


def rejected(reason: str, **given: str) -> Row:
    return Row(given, reason)


def kept(given: dict[str, str], **values: Any) -> Row:
    return Row(given, None, tuple(values.items()))


def unreadable(column: str, *texts: str) -> list[Row]:
    return [rejected(f"unreadable {column}", **{column: text}) for text in texts]


def times(**readings: list[str]) -> list[Row]:
    return [
        kept({"created_at": text}, ts=datetime.fromisoformat(ts))
        for ts, texts in readings.items()
        for text in texts
    ]


WHOLE_NUMBER_IDS = {
    "an id that is empty or blank": [
        rejected("missing user_id", user_id=""),
        rejected("missing user_id", user_id=" "),
        rejected("missing user_id", user_id="\t\v\f\r\n "),
        rejected("missing item_id", item_id=""),
        rejected("missing item_id", item_id="  "),
    ],
    "a row of empty fields": [
        rejected(
            "missing user_id; missing item_id; missing created_at",
            user_id="",
            item_id="",
            created_at="",
        )
    ],
    "text for a bigint id": [
        *unreadable("user_id", "x", "NULL", "nan", "None", "#7", "7a", "7 8", "-", "+"),
        *unreadable("item_id", "course-v1:X", "\u00a07", "\u0661", "7\0", "0x10"),
    ],
    "a bigint id of 2^63 or more": [
        *unreadable("user_id", "9223372036854775808", "99999999999999999999999"),
        *unreadable("item_id", "-9223372036854775809"),
        kept({"user_id": "9223372036854775807"}, user_id=2**63 - 1),
        kept({"item_id": "-9223372036854775808"}, course_id=-(2**63)),
    ],
    "a bigint id like 12.0, 1e3 or 1_000": [
        *unreadable("user_id", "12.0", "12.7", "1e3", "1_000", "1,000", "1 000"),
        *unreadable("item_id", "12.", ".5", "1E3", "1_0"),
    ],
    "a bigint id with a sign, blanks or zeros around it": [
        kept({"user_id": " 7 "}, user_id=7),
        kept({"user_id": "+7"}, user_id=7),
        kept({"user_id": "007"}, user_id=7),
        kept({"item_id": "-0"}, course_id=0),
    ],
    "a missing time": [
        rejected("missing created_at", created_at=""),
        rejected("missing created_at", created_at="   "),
    ],
    "a time in an unknown format": unreadable(
        "created_at",
        "yesterday",
        "28/09/2018",
        "2018-9-8",
        "2018-09",
        "2018-W39-5",
        "16:18:29",
        "2018-09-28 16",
        "2018-09-28 16:18:29 Paris",
        "2018-09-28 04:18:29 PM",
        "infinity",
        "1.5e9",
        "'; drop table base_events; --",
    ),
    "a time that does not exist": unreadable(
        "created_at",
        "2018-02-30",
        "2019-02-29",
        "2018-13-01",
        "2018-00-10",
        "2018-09-28 24:00:00",
        "2018-09-28 23:60:00",
        "2018-12-31 23:59:60",
        "2018-09-28 16:18:29+15:00",
    ),
    "a time before the year 1 or after 9999": [
        *unreadable("created_at", "0000-01-01", "0001-01-01 00:00:00+01:00"),
        *unreadable("created_at", "10000-01-01", "9999-12-31 23:59:59-01:00"),
        *unreadable("created_at", "-0001-01-01", "0044-03-15 (BC)"),
        kept({"created_at": "0001-01-01"}, ts=datetime(1, 1, 1)),
        kept({"created_at": "9999-12-31"}, ts=datetime(9999, 12, 31)),
    ],
    "a number or a date that can be read in two ways": unreadable(
        "created_at",
        *("0", "-1", "20180928", "201809281618", "20180928161829", "43371", "43371.5"),
        *("2018", "17", "-10", "631151999", "4102444800", "01/02/2018"),
    ),
    "times in several formats and zones": times(
        **{
            "2018-09-28 16:18:29": [
                "2018-09-28 16:18:29",
                "2018-09-28T16:18:29Z",
                "2018-09-28T18:18:29+02:00",
                "2018-09-28 11:48:29-0430",
                "1538151509",
                "1538151509000",
                "1538151509.0",
                "1538151509000000",
                "1538151509000000000",
                "2018-09-28 16:18:29 UTC",
                "2018-09-28 16:18:29GMT",
                "2018-09-28 18:18:29 +0200",
                "2018-09-28t16:18:29z",
                "2018/09/28 16:18:29,0",
                " 2018-09-28 16:18:29\t",
            ],
            "2018-09-28": [
                "2018-09-28",
                "2018-09-28 00:00",
                "2018/09/28",
                " 2018-09-28",
            ],
        }
    ),
    "a watch_percentage or rating out of range": [
        kept({"watch_percentage": "-0.5"}, watch_percentage=-0.5),
        kept({"watch_percentage": "1e3"}, watch_percentage=1000.0),
        kept({"rating": "0"}, rating=0.0),
        kept({"rating": "11"}, rating=11.0),
        kept({"rating": "-1"}, rating=-1.0),
    ],
    "a watch_percentage or rating that is not a number": [
        kept({"watch_percentage": "5 %"}, watch_percentage=None),
        kept({"watch_percentage": "nan"}, watch_percentage=None),
        kept({"rating": "good"}, rating=None),
        kept({"rating": "4,5"}, rating=None),
        kept({"rating": "1e999"}, rating=None),
    ],
    "the same row again": [
        kept({"watch_percentage": "50", "rating": "4", "created_at": "2018-01-01"})
    ]
    * 3,
}

HOSTILE = [
    "'; drop table events_sessionized; --",
    '"; drop schema sample cascade; --',
    "../../etc/passwd",
    "/etc/passwd",
    '"}',
    '{"users": []}',
    "{{ 1/0 }}",
    "{% do exceptions.raise_compiler_error('x') %}",
    "$(touch x)",
    "`touch x`",
    "%s %04d {}",
    "\\",
    "\\u0041",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u202eevil \u05e9\u05dc\u05d5\u05dd",
    "e\u0301",
    "\u00e9",
    "<script>alert(1)</script>",
    "=1+1",
]

TEXT_IDS = {
    "quotes, commas and line breaks in a text id": [
        kept({"user_id": text}, user_id=text)
        for text in ['a"b', '"a"', "a,b", "a\nb", "a\r\nb", "a\rb", '",\n"']
    ],
    "blanks around a text id": [
        kept({"user_id": " a "}, user_id=" a "),
        kept({"item_id": "\ta"}, course_id="\ta"),
    ],
    "a blank text id": [
        rejected("missing user_id", user_id=" \t"),
        rejected("missing item_id", item_id="\n"),
    ],
    "a text id like null, NaN, 007 or 1e3": [
        kept({"user_id": text}, user_id=text)
        for text in ["null", "NULL", "NaN", "None", "NA", "-", "007", "1e3", "12.0"]
    ],
    "a NUL byte in a text id": [kept({"user_id": "a\0b"}, user_id="a\0b")],
    "a text id that begins with #": [kept({"user_id": "#7"}, user_id="#7")],
    "a text id that is code, a path, an emoji or right-to-left": [
        kept({"user_id": user, "item_id": item}, user_id=user, course_id=item)
        for user in HOSTILE
        for item in HOSTILE
    ],
}


@dataclass(frozen=True)
class Built:
    """A file built: where, its rows by case, and how many there are."""

    place: Workspace
    rows: dict[str, list[tuple[Row, list[str]]]]

    @property
    def n_written(self) -> int:
        return sum(len(rows) for rows in self.rows.values())


def build_rows(place: Workspace, cases: dict[str, list[Row]], **settings: Any) -> Built:
    """Build a file of all cases' rows, distinguished by its last two numbers."""
    written: dict[str, list[tuple[Row, list[str]]]] = {}
    number = 0
    for case, rows in cases.items():
        written[case] = []
        for row in rows:
            number += 1
            default = {
                "user_id": "1",
                "item_id": "1",
                "watch_percentage": f"{number / 1000:.3f}",
                "created_at": f"2018-01-01 {number // 60:02}:{number % 60:02}:00",
                "rating": f"{1 + number / 1000:.3f}",
            }
            texts = list((default | row.given).values())
            written[case].append((row, texts))
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for rows_written in written.values():
        writer.writerows(texts for _, texts in rows_written)
    events = place.root / "events.csv"
    events.write_bytes(lines.getvalue().encode())
    place.build(
        raw_events=str(events), max_rejected_fraction=1, **TINY_SETTINGS, **settings
    )
    return Built(place, written)


@pytest.fixture(scope="module")
def whole_number_ids(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_rows(Workspace(tmp_path_factory.mktemp("bigint")), WHOLE_NUMBER_IDS)


@pytest.fixture(scope="module")
def text_ids(tmp_path_factory: pytest.TempPathFactory) -> Built:
    built = build_rows(
        Workspace(tmp_path_factory.mktemp("varchar")),
        TEXT_IDS,
        user_id_type="varchar",
        item_id_type="varchar",
    )
    built.place.publish()
    return built


def check_rows(built: Built, case: str) -> None:
    set_aside = query(
        built.place, f"select {', '.join(COLUMNS)}, reason from rejected_events"
    )
    columns = ["user_id", "course_id", "ts", "watch_percentage", "rating"]
    events = [
        dict(zip(columns, values, strict=True))
        for values in query(built.place, f"select {', '.join(columns)} from stg_events")
    ]
    for row, texts in built.rows[case]:
        tag = 4 if "watch_percentage" in row.given else 2
        found_aside = [values for values in set_aside if values[tag] == texts[tag]]
        found = [event for event in events if event[COLUMNS[tag]] == float(texts[tag])]
        if row.reason:
            given = [text or None for text in texts]
            assert found_aside == [(*given, row.reason)]
            assert found == []
        else:
            assert found_aside == []
            assert len(found) == built.rows[case].count((row, texts))
            for event in found:
                assert event.items() >= dict(row.kept).items()


@pytest.mark.parametrize("case", WHOLE_NUMBER_IDS)
def test_a_row_is_kept_or_set_aside_as_given(
    case: str, whole_number_ids: Built
) -> None:
    check_rows(whole_number_ids, case)


@pytest.mark.parametrize("case", TEXT_IDS)
def test_a_row_of_text_ids_is_kept_or_set_aside_as_given(
    case: str, text_ids: Built
) -> None:
    check_rows(text_ids, case)


def test_no_row_is_lost(whole_number_ids: Built, text_ids: Built) -> None:
    check_no_row_is_lost(whole_number_ids.place, whole_number_ids.n_written)
    check_no_row_is_lost(text_ids.place, text_ids.n_written)


def test_values_out_of_range_or_no_numbers_are_counted(whole_number_ids: Built) -> None:
    assert query(
        whole_number_ids.place,
        "select n_watch_percentage_out_of_range, n_rating_out_of_range,"
        " n_watch_percentage_unreadable, n_rating_unreadable from report_input",
    ) == [(2, 3, 2, 3)]


def test_hostile_ids_are_published_unchanged(text_ids: Built) -> None:
    folder = text_ids.place.processed / "sample"
    written = Counter(
        (texts[0], texts[1])
        for rows in text_ids.rows.values()
        for row, texts in rows
        if not row.reason
    )
    events_of_user = Counter(user for user, _ in written.elements())
    eligible = {
        user
        for user, n_events in events_of_user.items()
        if n_events >= TINY_SETTINGS["min_interactions"]
    }
    assert set(HOSTILE) <= eligible

    users: list[str] = []
    for split in ("train", "val", "test"):
        listed = json.loads((folder / f"user_splits/users_{split}.json").read_text())
        assert listed["users"] == sorted(listed["users"], key=str.encode)
        users += listed["users"]
    assert sorted(users) == sorted(eligible)

    courses = sorted(
        {item for user, item in written if user in eligible}, key=str.encode
    )
    course2id = json.loads((folder / "vocab/course2id.json").read_text())
    id2course = json.loads((folder / "vocab/id2course.json").read_text())
    assert course2id == {course: number for number, course in enumerate(courses)}
    assert id2course == {str(number): course for number, course in enumerate(courses)}

    events = pq.read_table(folder / "sessions/events_sessionized.parquet").to_pylist()
    published = Counter((event["user_id"], event["course_id"]) for event in events)
    assert published == Counter(
        pair for pair in written.elements() if pair[0] in eligible
    )
    assert all(
        event["session_id"].startswith(event["user_id"] + "_") for event in events
    )
    assert not (PROJECT / "x").exists()


# Files that are read


@dataclass(frozen=True)
class File:
    """A path in the workspace and what to write there."""

    data: str | bytes
    name: str = "events.csv"

    def write(self, root: Path) -> None:
        path = root / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            self.data if isinstance(self.data, bytes) else self.data.encode()
        )


READ = {
    "a header in different case": TINY.replace("user_id", "User_ID", 1),
    "blanks around a name in the header": TINY.replace(",item_id,", ", item_id ,", 1),
    "unused columns, duplicated or unnamed": "\n".join(
        f"{line},{more}"
        for line, more in zip(
            TINY.splitlines(), ["note,note,"] + ["a,b,c"] * 7, strict=True
        )
    ),
    "a UTF-8 byte order mark": "\ufeff" + TINY,
    "blank lines in the middle and at the end": TINY.replace("\n", "\n\n") + "\n\n",
    "no line break after the last row": TINY.rstrip("\n"),
    "CRLF line breaks": TINY.replace("\n", "\r\n"),
    "CR line breaks": TINY.replace("\n", "\r"),
    "a comma after the last field of every row": "\n".join([HEADER, *LINES])
    .replace("\n", ",\n")
    .replace("rating,", "rating")
    + ",\n",
    "blanks between a comma and a quote": TINY.replace(",20,", ', "20" ,'),
}
TINY_ROWS = sorted(
    (int(user), int(item), datetime.fromisoformat(when))
    for user, item, _, when, _ in (line.split(",") for line in LINES)
)


@pytest.fixture(scope="module")
def csv_place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One workspace for many files: dbt need not parse the project for each."""
    return Workspace(tmp_path_factory.mktemp("csv"))


def run_models(
    place: Workspace,
    name: str = "events.csv",
    last: str = "events_sessionized pairs episodes",
    **settings: Any,
) -> Invocation:
    """Build up to a model. Where the settings are the last ones, dbt parses less."""
    settings = {
        "raw_events": str(place.root / name),
        "max_rejected_fraction": 0.3,
        **TINY_SETTINGS,
        **settings,
    }
    return place.dbt(
        "run", "--select", *(f"+{name}" for name in last.split()), **settings
    )


def check_tiny_is_read(place: Workspace) -> None:
    read = query(place, "select user_id, course_id, ts from stg_events order by all")
    assert read == TINY_ROWS
    check_no_row_is_lost(place, len(LINES))


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read_whole(case: str, csv_place: Workspace) -> None:
    File(READ[case]).write(csv_place.root)
    done = run_models(csv_place, last="events_sessionized")
    assert done.success, done.lines
    check_tiny_is_read(csv_place)


NULLS = "a Parquet file whose ratings are all null, next to one with numbers"
FOLDERS_LIKE_VALUES = "a folder named like a column (user_id=9/)"
HOSTILE_SETTINGS = "a path or a column name that is code"
BLANK_FIRST = "a blank line before the header"
ONE_USER = "one user"
ONE_COURSE = "one course"
NO_EPISODE = "K + Q larger than anyone has, and a lower min_interactions"
HUGE_USER = "one user with 150,000 events and uncapped prefixes"
AT_THE_LIMIT = "exactly max_rejected_fraction of the rows rejected"


def test_a_folder_named_like_a_column_changes_no_value(workspace: Workspace) -> None:
    File(TINY, "user_id=9/rating=1/events.csv").write(workspace.root)
    done = run_models(workspace, "*/*/*.csv")
    assert done.success, done.lines
    check_tiny_is_read(workspace)


def test_settings_that_are_code_are_names(workspace: Workspace) -> None:
    name = "'; drop table user_splits; -- $(touch x) \".csv"
    user, item = '"; drop table vocab; --', "' || {{ 1/0 }} || '"
    header = ",".join(
        f'"{text.replace(chr(34), chr(34) * 2)}"' for text in (user, item)
    )
    File(TINY.replace("user_id,item_id", header, 1), name).write(workspace.root)
    done = run_models(workspace, name, columns={"user_id": user, "item_id": item})
    assert done.success, done.lines
    check_tiny_is_read(workspace)


def test_a_header_after_a_blank_line_is_set_aside_as_a_row(
    csv_place: Workspace,
) -> None:
    File("\n" + TINY).write(csv_place.root)
    done = run_models(csv_place)
    assert done.success, done.lines
    assert query(csv_place, f"select {', '.join(COLUMNS)} from rejected_events") == [
        tuple(COLUMNS)
    ]
    check_no_row_is_lost(csv_place, len(LINES) + 1)


def test_one_user_has_a_split_and_episodes(csv_place: Workspace) -> None:
    File("\n".join([HEADER, *LINES[:6]])).write(csv_place.root)
    done = run_models(csv_place)
    assert done.success, done.lines
    assert query(csv_place, "select user_id, split from user_splits") == [(7, "test")]
    assert query(csv_place, "select count(*) from episodes") == [(1,)]
    check_no_row_is_lost(csv_place, 6)


def test_one_course_makes_no_pair(csv_place: Workspace) -> None:
    rows = [f"7,1,1,2018-01-0{day},1" for day in range(1, 10)]
    File("\n".join([HEADER, *rows])).write(csv_place.root)
    done = run_models(csv_place)
    assert done.success, done.lines
    assert query(csv_place, "select course_id, item_id from vocab") == [(1, 0)]
    assert query(csv_place, "select count(*) from pairs") == [(0,)]
    check_no_row_is_lost(csv_place, 9)


REJECTED = "x,1,1,2018-01-01,1\n,1,1,2018-01-01,1\n7,1,1,2018-02-30,1\n"


def test_rejected_rows_at_the_limit_are_allowed(csv_place: Workspace) -> None:
    File(TINY + REJECTED).write(csv_place.root)
    done = run_models(csv_place)
    assert done.success, done.lines
    check_no_row_is_lost(csv_place, len(LINES) + 3)


def test_episodes_larger_than_anyone_has_are_none(csv_place: Workspace) -> None:
    File(TINY).write(csv_place.root)
    done = run_models(csv_place, episode_k=50, episode_q=50)
    assert done.success, done.lines
    assert query(csv_place, "select count(*) from pairs") == [(3,)]
    assert query(csv_place, "select count(*) from episodes") == [(0,)]
    check_no_row_is_lost(csv_place, len(LINES))


@pytest.mark.parametrize(("n_rejected", "succeeds"), [(29, True), (30, False)])
def test_the_fraction_is_compared_as_a_decimal(
    n_rejected: int, succeeds: bool, csv_place: Workspace
) -> None:
    good = [f"7,{n % 5},1,{1538151509 + n},1" for n in range(100 - n_rejected)]
    bad = [",1,1,2018-01-01,1"] * n_rejected
    File("\n".join([HEADER, *good, *bad])).write(csv_place.root)
    done = run_models(csv_place, max_rejected_fraction=0.29)
    assert done.success == succeeds, done.lines


# Every hint about times, followed word by word: the time as given, whose build stops,
# and the time read once the settings named are pasted.
HINTS = {
    'set time_format: "%Y%m%d"': ("20240102", "2024-01-02"),
    'set time_format: "%Y%m%d%H%M"': ("202401021030", "2024-01-02 10:30"),
    'set time_format: "%Y%m%d%H%M%S"': ("20240102103059", "2024-01-02 10:30:59"),
    'set time_format: "%d.%m.%Y %H:%M"': ("31.1.2024 9:30", "2024-01-31 09:30"),
    'set time_format: "%m/%d/%Y %I:%M:%S %p"': (
        "1/31/2024 1:00:05 PM",
        "2024-01-31 13:00:05",
    ),
    'set time_format: "%d/%m/%Y", or time_format: "%m/%d/%Y", whichever is meant': (
        "01/02/2024",
        "2024-02-01",
    ),
    'set time_format: days with time_origin: "1899-12-30" (days of a spreadsheet)': (
        "45323.5",
        "2024-02-01 12:00",
    ),
    'set time_format: days with time_origin: "2014-02-01" (days of a course; give the '
    "date of its day 0)": ("-10", "2014-01-22"),
}


@pytest.mark.parametrize("hint", HINTS)
def test_following_the_hint_reads_the_times(hint: str, csv_place: Workspace) -> None:
    given, expected = HINTS[hint]
    rows = [f'7,{course},1,"{given}",1' for course in range(5)]
    File("\n".join([HEADER, *rows])).write(csv_place.root)
    settings = {"implausible_times": "stop"}
    done = run_models(csv_place, last="int_users", **settings)
    assert not done.success
    assert one_line(error_of(done)).endswith(hint)
    pasted = re.findall(r'(time_\w+): ("[^"]*"|\w+)', hint.split(", or")[0])
    settings |= {name: value.strip('"') for name, value in pasted}
    done = run_models(csv_place, last="int_users", **settings)
    assert done.success, done.lines
    assert query(csv_place, "select distinct ts from stg_events") == [
        (datetime.fromisoformat(expected),)
    ]


@dataclass(frozen=True)
class Advice:
    """Rows of user and time that stop a build, how its line ends, what follows from it.

    Attributes:
        rows: Each its own course.
        said: The end of the line.
        kept: Users and times once every setting of the line is pasted.
        settings: Those of the build that stops.
    """

    rows: list[str]
    said: str
    kept: list[tuple[Any, str]]
    settings: tuple[tuple[str, Any], ...] = ()


DAY = "2018-01-01"
IN_MICROSECONDS = ("time_format", "%Y-%m-%dT%H:%M:%S.%f%z")
ADVICE = {
    "missing users": Advice(
        [f"7,{DAY}", f",{DAY}", f"8,{DAY}"],
        "fix the input; to go on without these rows set max_rejected_fraction: 0.34",
        [(7, DAY), (8, DAY)],
    ),
    "a marker, with what is set under csv": Advice(
        [f"NA;{DAY}", f"7;{DAY}", f"NULL;{DAY}", f"NA;{DAY}", f"n;{DAY}"],
        'user_id is "NA" in 2 rows and user_id is "NULL" in 1 row, a missing value, it '
        'seems; set csv: {delimiter: ";", null_values: ["n", "NA", "NULL"]}; to go on '
        "without these rows set max_rejected_fraction: 0.80",
        [(7, DAY)],
        (("csv", {"delimiter": ";", "null_values": ["n"]}),),
    ),
    "users of letters": Advice(
        [f"a,{DAY}", f"学生,{DAY}", f"7,{DAY}", f"学生,{DAY}"],
        'user_id is "学生" in 2 rows; for ids that are not whole numbers set '
        "user_id_type: varchar",
        [("7", DAY), ("a", DAY), ("学生", DAY), ("学生", DAY)],
    ),
    "users of letters, and some missing": Advice(
        [f"a,{DAY}", f"NA,{DAY}", f",{DAY}", f"b,{DAY}"],
        'user_id is "NA" in 1 row, a missing value, it seems; set csv: {null_values: '
        '["NA"]}; user_id is "a" in 1 row; for ids that are not whole numbers set '
        "user_id_type: varchar; to go on without the other 2 rows set "
        "max_rejected_fraction: 0.50",
        [("a", DAY), ("b", DAY)],
    ),
    "times that auto reads": Advice(
        [f"7,{DAY}T09:00:00", f"8,{DAY}T09:00:00.5Z"],
        "are read; set time_format: auto, which reads them",
        [(7, f"{DAY} 09:00:00"), (8, f"{DAY} 09:00:00.5")],
        (("time_format", "ms"),),
    ),
    "times of which auto reads all, the pattern some": Advice(
        [f"7,{DAY}T09:00:00.5+00:00", f"8,{DAY}T09:00:00+01:00", f",{DAY}T09:00:00Z"],
        "are read; set time_format: auto, which reads them; to go on without the other "
        "1 row set max_rejected_fraction: 0.34",
        [(7, f"{DAY} 09:00:00.5"), (8, f"{DAY} 08:00:00")],
        (IN_MICROSECONDS,),
    ),
    "times that no setting reads together": Advice(
        ["7,31.12.2017", f"8,{DAY}", "9,30.12.2017"],
        'created_at is "2018-01-01", where times like %d.%m.%Y (time_format) are read; '
        "write all of them so; to go on without these rows set "
        "max_rejected_fraction: 0.34",
        [(7, "2017-12-31"), (9, "2017-12-30")],
        (("time_format", "%d.%m.%Y"),),
    ),
}


@pytest.mark.parametrize("case", ADVICE)
def test_following_the_advice_reads_the_rows(case: str, csv_place: Workspace) -> None:
    advice = ADVICE[case]
    settings = dict(advice.settings)
    between = settings.get("csv", {}).get("delimiter", ",")
    header = ["user_id", "created_at", "item_id"]
    lines = [f"{row}{between}{item}" for item, row in enumerate(advice.rows)]
    File("\n".join([between.join(header), *lines])).write(csv_place.root)
    settings |= {
        "columns": {"watch_percentage": None, "rating": None},
        "max_rejected_fraction": 0.01,
        "min_interactions": 1,
    }
    done = run_models(csv_place, last="stg_events", **settings)
    assert not done.success
    said = one_line(error_of(done))
    assert said.endswith(advice.said)
    pasted = re.findall(
        r"\b(csv|user_id_type|time_format|max_rejected_fraction): (\{.*?\}|[\w.]+)",
        advice.said,
    )
    settings |= {name: yaml.safe_load(value) for name, value in pasted}
    done = run_models(csv_place, last="stg_events", **settings)
    assert done.success, done.lines
    assert query(csv_place, "select user_id, ts from stg_events order by all") == [
        (user, datetime.fromisoformat(ts)) for user, ts in advice.kept
    ]


# Files that stop the build


@dataclass(frozen=True)
class Stop:
    """Files that stop a build, and what the one line says."""

    message: str
    files: list[File]
    path: str = "events.csv"
    settings: tuple[tuple[str, Any], ...] = ()


def csv_stop(data: str | bytes, message: str) -> Stop:
    return Stop(message, [File(data)])


MIXED = "events.csv': line ends of several kinds or a stray quote; end all lines alike"


def bad_row(line: int, why: str, row: str) -> str:
    """How a row near the start is named."""
    return f"events.csv' cannot be read at line {line}: {why}: '{row}'; "


ONE_MORE = "7,510,100,1970-01-02 09:00:00,10,1\n"
ONE_FEWER = "7,510,100,1970-01-02 09:00:00\n"
FIELDS = "Expected Number of Columns: 5 Found: "
UNCLOSED = "Value with unterminated quote found"

LONG = "7,510,100,1970-01-02," + "9" * 16_000_000
SHORTEN = (
    "a line may have 16 MB: shorten its longest field or remove that column; if a "
    "quote in it is never closed, close it"
)

LONG_TIMES = ("1" * 81 + "2", "1" * 81 + "3")  # alike in what is shown

OBJECT = (
    json.dumps(dict(zip(HEADER.split(","), LINES[0].split(","), strict=True))) + "\n"
)

CSV_STOPS = {
    "a used column twice": csv_stop(
        TINY.replace("rating", "user_id", 1), "has more than one column 'user_id'"
    ),
    "a used column twice, in different case or with blanks": csv_stop(
        TINY.replace("rating", " User_ID ", 1), "has more than one column 'user_id'"
    ),
    "no column with a used name": csv_stop(
        TINY.replace("item_id", "course", 1),
        "has no column 'item_id'; it has user_id, course, watch_percentage",
    ),
    "no columns of two used names": Stop(
        "has no columns 'watch_percentage', 'rating'; it has who, item_id, created_at; "
        "name yours in columns, or, if there is none, set columns: "
        '{user_id: "who", watch_percentage: null, rating: null}',
        [File("who,item_id,created_at\n7,1,2018-01-01\n")],
        settings=(("columns", {"user_id": "who"}),),
    ),
    "JSON lines, without a used key inside an object": Stop(
        "has no key 'userid' in 'context', for column 'context.userid', in its first "
        "10000 lines; 'context' has course, user_id (upper and lower case differ); ",
        [File('{"context": {"user_id": 7, "course": 1}}\n', "events.jsonl")],
        "events.jsonl",
        settings=(
            (
                "columns",
                {
                    "user_id": "context.userid",
                    "item_id": "context.course",
                    "created_at": "context",
                    "watch_percentage": None,
                    "rating": None,
                },
            ),
        ),
    ),
    # a line that is not UTF-8 is not among the first lines looked at
    "semicolons instead of commas": csv_stop(
        TINY.replace(",", ";").encode() + b"7;\xe9;1;1970-01-02;1\n",
        'is not separated by "," but by ";": '
        "line 1 is 'user_id;item_id;watch_percentage"
        ';created_at;rating\'; set csv: {delimiter: ";"}',
    ),
    "tabs instead of commas": csv_stop(
        f"{TINY}{LONG}\n{TINY}".replace(",", "\t"),
        'is not separated by "," but by "\\t": '
        "line 1 is 'user_id item_id watch_percentage"
        ' created_at rating\'; set csv: {delimiter: "\\t"}',
    ),
    "one column of the file for two of ours": Stop(
        "events.csv' has one column 'USER_ID' for two of ours, user_id and item_id; "
        "give each its own in columns",
        [File(TINY)],
        settings=(("columns", {"item_id": "USER_ID"}),),
    ),
    "UTF-16": csv_stop(
        TINY.encode("utf-16"),
        "events.csv' is UTF-16; save it as UTF-8: iconv -f UTF-16 -t UTF-8 ",
    ),
    "invalid UTF-8": csv_stop(
        TINY.encode() + b"7,\xe9,1,1970-01-02,1\n", "not utf-8 encoded"
    ),
    "invalid UTF-8, late": csv_stop(
        MANY.encode() + b"7,\xe9,1,1970-01-02,1\n",
        f"events.csv', line {MANY_LINES + 1}: Invalid unicode",
    ),
    "a row with more fields than the header": csv_stop(
        f'{TINY}7,"5\r10",1,1970-01-02,1\n{ONE_MORE}',
        bad_row(10, FIELDS + "6", ONE_MORE.strip()),
    ),
    "a row with more fields, late": csv_stop(
        MANY + ONE_MORE,
        f"events.csv', line {MANY_LINES + 1}: Expected Number of Columns: 5 Found: 6",
    ),
    "a row with fewer fields than the header": csv_stop(
        TINY + ONE_FEWER, bad_row(9, FIELDS + "4", ONE_FEWER.strip())
    ),
    "a row with fewer fields, late": csv_stop(
        MANY + ONE_FEWER,
        f"events.csv', line {MANY_LINES + 1}: Expected Number of Columns: 5 Found: 4",
    ),
    "a first row with more fields": csv_stop(
        f"{HEADER}\n{ONE_MORE}" + "\n".join(LINES),
        bad_row(2, FIELDS + "6", ONE_MORE.strip()),
    ),
    "a truncated last row": csv_stop(TINY + "7,51", bad_row(9, FIELDS + "2", "7,51")),
    "a title above the header": csv_stop(
        "My events\n" + MANY, "cannot be read at line 2: Expected Number of Columns: 1 "
    ),
    "a comment line": csv_stop(
        TINY + "# checked by hand\n", bad_row(9, FIELDS + "1", "# checked by hand")
    ),
    "a line of blanks": csv_stop(TINY + "   \n" + TINY, bad_row(9, FIELDS + "1", " ")),
    "a quote that does not end its field": csv_stop(
        TINY + '7,"5"10,1,1970-01-02,1\n',
        bad_row(9, UNCLOSED, '7,"5"10,1,1970-01-02,1'),
    ),
    "a quote that does not end its field, late": csv_stop(
        MANY + '7,"5"10,1,1970-01-02,1\n', f"events.csv', line {MANY_LINES + 1}: "
    ),
    "a quote that is never closed": csv_stop(
        TINY + '7,"510,1,1970-01-02,1\n', f"cannot be read at line 9: {UNCLOSED}: '7,"
    ),
    "a quote that is never closed, late": csv_stop(
        MANY + '7,"510,1,1970-01-02,1\n', f"events.csv', line {MANY_LINES + 1}: "
    ),
    "a line over 16 MB": csv_stop(
        TINY + LONG,
        "events.csv' cannot be read at line 9: Maximum line size of 16000000 bytes "
        f"exceeded. Actual Size:{len(LONG)} bytes: '{LONG[:80]}…'; {SHORTEN}",
    ),
    "a line over 16 MB, late": csv_stop(
        MANY + LONG,
        f"events.csv', line {MANY_LINES + 1}: Maximum line size of 16000000 bytes "
        f"exceeded. Actual Size:{len(LONG)} bytes: '{LONG[:80]}…'; {SHORTEN}",
    ),
    "mixed line breaks": csv_stop(
        TINY + "7,510,1,1970-01-02,1\r\n" + LINES[0] + "\n", MIXED
    ),
    "mixed line breaks, late": csv_stop(
        MANY + "7,510,1,1970-01-02,1\r\n" + LINES[0] + "\n",
        MIXED,
    ),
    "a CR in an unquoted field": csv_stop(TINY + "7,5\r10,1,1970-01-02,1\n", MIXED),
    "zero bytes": csv_stop(
        b"", "events.csv' is empty; give a file with a header and rows"
    ),
    "most times of another form": csv_stop(
        TINY.replace("1970-01-01", "01.01.1970", 5),
        "write all of them so, or set the time_format that reads most, which make "
        "inspect prints; to go on",
    ),
    "blank lines only": csv_stop(
        b"\n  \r\n\t\n", "events.csv' is blank; give a file with rows"
    ),
    "several files of zero bytes": Stop(
        "'{root}/part1.csv' is empty; give a file with a header and rows",
        [File(TINY, "part0.csv"), File("", "part1.csv"), File("", "part2.csv")],
        "part*.csv",
    ),
    "a header and no row": csv_stop(
        HEADER + "\n", "events.csv' has no row; give a file with rows"
    ),
    "only rows that are rejected, all of which may be": Stop(
        "events.csv' has no usable row; to look at rejected rows: ",
        [File(f"{HEADER}\nx,20,100,1970-01-01 09:00:00,10\n")],
        settings=(("max_rejected_fraction", 1),),
    ),
    "a gzip file called .csv": csv_stop(
        gzip.compress(TINY.encode()), "is compressed with gzip; add .gz to its name"
    ),
    "a .csv.gz that is not gzip": Stop(
        "Input is not a GZIP stream: {root}/plain.csv.gz; the file is damaged or not "
        "packed with gzip: copy or download it again, or take .gz off its name",
        [File(TINY, "plain.csv.gz")],
        "plain.csv.gz",
    ),
    "a truncated .csv.gz": Stop(
        "Unexpected end of GZIP stream: {root}/cut.csv.gz; the file is not complete: "
        "copy or download it again",
        [File(gzip.compress(MANY.encode())[:-9], "cut.csv.gz")],
        "cut.csv.gz",
    ),
    "a malformed line of JSON lines": Stop(
        "'{root}/broken.jsonl.gz', line 504: malformed JSON, unexpected character: '"
        '{"user_id": seven}\'; correct the line or remove it',
        [
            File(
                gzip.compress(
                    (
                        OBJECT * 500 + "\n \n\n" + '{"user_id": seven}\n' + OBJECT
                    ).encode()
                ),
                "broken.jsonl.gz",
            )
        ],
        "broken.jsonl.gz",
    ),
    "no such file": Stop("no file matches '{root}/none.csv'", [], "none.csv"),
    "a folder with files of several kinds": Stop(
        "several kinds (.csv, .txt, others); name those to read, such as "
        "'{root}/folder/*.csv', or move the others away",
        [
            *(File("read me", f"folder/{name}.txt") for name in ("README", "z")),
            *(File(TINY, f"folder/{name}.csv") for name in ("jan", "feb", "mar")),
            *(File("", f"folder/{name}") for name in ("w", "x")),
        ],
        "folder",
    ),
    "a folder called .csv": Stop(
        "no file matches '{root}/folder.csv'",
        [File(TINY, "folder.csv/a")],
        "folder.csv",
    ),
    "one of several files without a used column": Stop(
        "'{root}/part2.csv' has no column 'rating'; it has",
        [
            File(TINY, "part1.csv"),
            File(TINY.replace("rating", "stars"), "part2.csv"),
        ],
        "part*.csv",
    ),
    "K + Q larger than anyone has": Stop(
        "no user of '{root}/events.csv' has min_interactions 100 events or more "
        "(2 users, at most 6 events each); that is episode_k 50 + episode_q 50: lower "
        "these or provide more events",
        [File(TINY)],
        settings=(("episode_k", 50), ("episode_q", 50), ("min_interactions", None)),
    ),
    "min_interactions larger than anyone has": Stop(
        "no user of '{root}/events.csv' has min_interactions 7 events or more "
        "(2 users, at most 6 events each); lower min_interactions or provide more",
        [File(TINY)],
        settings=(("min_interactions", 7),),
    ),
    "more than max_rejected_fraction of the rows rejected": Stop(
        "4 of 11 rows of '{root}/events.csv' are rejected (unreadable user_id: 2, "
        "missing user_id: 1, unreadable created_at: 1), more than "
        "max_rejected_fraction 0.29 allows",
        [File(TINY + REJECTED + "y,1,1,2018-01-01,1\n")],
        settings=(("max_rejected_fraction", 0.29),),
    ),
    "times that are days, dates in one number, or in another order": Stop(
        'created_at is "20240101", "20240102", where timestamps, ISO 8601 dates '
        "and times, and epoch numbers from 1990 to 2100 in s, ms, us or ns are read; "
        'set time_format: "%Y%m%d"',
        [File(f"{HEADER}\n7,1,1,20240101,1\n7,2,1,20240102,1\n")],
    ),
    "times of more than 80 characters, and more than three": Stop(
        '1…", "b", "c", where timestamps, ISO 8601 dates and times, and epoch numbers',
        [File("\n".join([HEADER, *(f"7,1,1,{at},1" for at in (*"dcb", *LONG_TIMES))]))],
    ),
    "a marker of a missing id, such as NA": Stop(
        'then fix the input; user_id is "NA" in 2 rows, a missing value, it seems; set '
        'csv: {null_values: ["NA"]}; to go on without these rows set '
        "max_rejected_fraction: 0.67",
        [
            File(
                f"{HEADER}\n7,1,1,2018-01-01,1\nNA,2,1,2018-01-02,1\nNA,3,1,2018-01-03,1\n"
            )
        ],
    ),
    "times that auto reads, under another time_format": Stop(
        'created_at is "2018-01-01T09:00:00", where times like %d.%m.%Y (time_format) '
        "are read; set time_format: auto, which reads them",
        [File(f"{HEADER}\n7,1,1,2018-01-01T09:00:00,1\n")],
        settings=(("time_format", "%d.%m.%Y"),),
    ),
    "0 for a missing time": Stop(
        "0 and -1 stand for no time, it seems: to go on without these rows set "
        "max_rejected_fraction: 0.34",
        [File(f"{HEADER}\n7,1,1,2018-01-01,1\n7,2,1,2018-01-02,1\n7,3,1,0,1\n")],
    ),
    "an event before 1990 or after today": Stop(
        '{root}/events.csv: of 4 events, 2 before 1990 (earliest "1900-01-01", read as '
        '1900-01-01 00:00:00, latest "2018-01-01", read as 2018-01-01 00:00:00); a '
        "default date stands for no time, it seems: leave created_at empty there, so "
        "that the rows are rejected, or, if the times are right, implausible_times: "
        "allow",
        [
            File(
                f"{HEADER}\n7,1,1,1900-01-01T00:00,1\n7,1,1,1900-01-01,1\n"
                "7,2,1,1990-01-01,1\n7,3,1,2018-01-01,1\n,4,1,1800-01-01,1\n"
            )
        ],
        settings=(("implausible_times", "stop"),),
    ),
    "a planned event": Stop(
        '(earliest "2018-01-01", read as 2018-01-01 00:00:00, latest "2998-01-01", '
        "read as 2998-01-01 00:00:00); planned or mistyped times, or a clock that is "
        "wrong: correct them, or set time_until to leave them out, or, if the times "
        "are right, implausible_times: allow",
        [File(f"{HEADER}\n7,1,1,2018-01-01,1\n7,2,1,2998-01-01,1\n")],
        settings=(("implausible_times", "stop"),),
    ),
    "all events within a day of 1970-01-01": Stop(
        "{root}/events.csv: of 7 events, all 7 within a day of 1970-01-01 (",
        [File(TINY)],
        settings=(("implausible_times", "stop"),),
    ),
    "times in another unit than time_format": Stop(
        '(earliest "1700000000", read as 1970-01-20 16:13:20, latest "1700000100", '
        "read as 1970-01-20 16:13:20.1); the unit is another: set time_format: s",
        [File(f"{HEADER}\n7,1,1,1700000000,1\n7,2,1,1700000100,1\n")],
        settings=(("implausible_times", "stop"), ("time_format", "ms")),
    ),
}


def parquet(**columns: Any) -> bytes:
    """The tiny learner as Parquet, with columns replaced."""
    rows = list(csv.DictReader(io.StringIO(TINY)))
    table = {name: pa.array([row[name] for row in rows]) for name in COLUMNS}
    out = pa.BufferOutputStream()
    pq.write_table(pa.table(table | columns), out, row_group_size=2)
    return out.getvalue().to_pybytes()


def parquet_stop(message: str, *data: bytes) -> Stop:
    files = [File(one, f"part{number}.parquet") for number, one in enumerate(data)]
    return Stop(message, files, "part*.parquet")


def parquet_with_a_column_twice() -> bytes:
    table = pq.read_table(pa.BufferReader(parquet()))
    out = pa.BufferOutputStream()
    pq.write_table(table.append_column("User_ID", table["item_id"]), out)
    return out.getvalue().to_pybytes()


N = len(LINES)
PARQUET_STOPS = {
    "a truncated Parquet file": parquet_stop("part0.parquet'", parquet()[:-20]),
    "a .parquet that is not Parquet": parquet_stop("part0.parquet'", TINY.encode()),
    "a Parquet column twice": parquet_stop(
        "has more than one column 'user_id'", parquet_with_a_column_twice()
    ),
    "a Parquet id that is a list": parquet_stop(
        "has a column 'item_id' of type BIGINT[]; write it as text or whole numbers",
        parquet(item_id=pa.array([[1, 2]] * N)),
    ),
    "a Parquet id that is a struct": parquet_stop(
        "has a column 'user_id' of type STRUCT(a BIGINT); write it as text or",
        parquet(user_id=pa.array([{"a": 1}] * N)),
    ),
    "a Parquet id that is binary": parquet_stop(
        "has a column 'user_id' of type BLOB; write it as text or whole numbers",
        parquet(user_id=pa.array(["\u00e9".encode()] * N)),
    ),
    "a Parquet id that is a float": parquet_stop(
        "has a column 'user_id' of type DOUBLE; write it as text or whole numbers",
        parquet(user_id=pa.array([1.0, None] + [2.0] * (N - 2))),
    ),
    "a Parquet time that is a boolean": parquet_stop(
        "has a column 'created_at' of type BOOLEAN; write it as text or numbers or",
        parquet(created_at=pa.array([True] * N)),
    ),
    "a Parquet time that is a float of 32 bits": parquet_stop(
        "has a column 'created_at' of type FLOAT, which has lost digits of the time; "
        "write it as double, int64 or timestamp, from the source of the file",
        parquet(created_at=pa.array([1628255872.0] * N, pa.float32())),
    ),
    "a Parquet time without a date": parquet_stop(
        "has a column 'created_at' of type TIME; write it as text or numbers or times",
        parquet(created_at=pa.array([1] * N, pa.time32("s"))),
    ),
    "Parquet files that differ in a column's type": parquet_stop(
        "'{root}/part1.parquet' has text in column 'user_id', "
        "'{root}/part0.parquet' has whole numbers; write both as the same type",
        parquet(user_id=pa.array([7] * N)),
        parquet(user_id=pa.array(["007"] * N)),
    ),
}
STOPS = CSV_STOPS | PARQUET_STOPS


def error_of(done: Invocation) -> str:
    """The error dbt reports, as scripts/run.py receives it."""
    kinds = re.compile(r"\s*(Compilation|Runtime|Database) Error")
    start = next(number for number, line in enumerate(done.lines) if kinds.match(line))
    return "\n".join(done.lines[start:])


@pytest.fixture(scope="module")
def stop_place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One workspace for all stops: no model after the events read is ever built."""
    return Workspace(tmp_path_factory.mktemp("stop"))


@pytest.mark.parametrize("case", STOPS)
def test_a_build_stops_with_one_clear_line(case: str, stop_place: Workspace) -> None:
    stop = STOPS[case]
    for old in stop_place.root.glob("part*"):
        old.unlink()
    for file in stop.files:
        file.write(stop_place.root)
    done = run_models(stop_place, stop.path, **dict(stop.settings))
    assert not done.success
    assert not any("Traceback" in line for line in done.lines)
    message = one_line(error_of(done))
    assert stop.message.replace("{root}", str(stop_place.root)) in message
    assert "\n" not in message
    assert "Error: " not in message
    with pytest.raises(UserError, match=r"the build failed|contains no dataset"):
        export(ExportPaths(stop_place.database, stop_place.processed))
    assert not stop_place.processed.exists()
    assert query(
        stop_place,
        "select count(*) from duckdb_tables()"
        " where table_name in"
        " ('user_splits', 'int_user_events', 'int_episode_windows')",
    ) == [(0,)]


def test_where_duckdb_finds_no_row_to_name_a_quote_may_be_unclosed(
    tmp_path: Path,
) -> None:
    """As it may of a file whose rows after the quote take more than 16 MB."""
    file = tmp_path / "events.csv"
    file.write_text(TINY + '7,510,1,1970-01-02,"1\n' + f"{LINES[0]}\n" * 100_000)
    with pytest.raises(duckdb.InvalidInputException) as refused:
        duckdb.sql(f"select * from read_csv('{file}', delim = ',', quote = '\"')")
    assert one_line(str(refused.value)) == (
        f"'{file}' cannot be read as CSV: a quote may be unclosed; use UTF-8, fields "
        'separated by commas and quoted by ", as many in each row as in the header'
    )


def test_one_limit_is_of_a_user_s_prefixes_and_one_of_all(
    workspace: Workspace,
) -> None:
    events = workspace.root / "events.csv"
    lines = [
        f"{user},{course},,2018-01-0{course},"
        for user, n_events in ((0, 5), (1, 6), (2, 6))
        for course in range(1, n_events + 1)
    ]
    events.write_text("\n".join([HEADER, *lines]) + "\n")
    # 1 and 2: prefixes of 1 to 5 items of 8 bytes; 1 + 5/3 times, at K=2 and Q=3
    of_user = 15 * 8 * (1 + 5 / 3) / 2**30
    between = of_user * 1.5

    def build(**limits: float) -> Invocation:
        chosen = ("run", "--select", "+int_user_totals")
        return workspace.dbt(*chosen, raw_events=str(events), **limits)

    assert build(max_user_prefix_gib=between).success
    for limit in (
        {"max_user_prefix_gib": of_user / 2},
        {"max_prefix_gib": between},
    ):
        (name,) = limit
        message = f"more than {name} {limit[name]} allows (user 1 alone: 5 pairs, 15 "
        assert sum(message in line for line in build(**limit).lines) == 1


def test_prefixes_that_would_fill_the_disk_stop_the_build(
    workspace: Workspace,
) -> None:
    events = workspace.root / "events.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 7 as user_id, range % 50 as item_id, range * 60 as created_at"
            f" from range(150_000)) to '{events}'"
        )
    settings = {
        "raw_events": str(events),
        "columns": {"watch_percentage": None, "rating": None},
        "time_format": "s",
        "implausible_times": "allow",
    }
    models = ["run", "--exclude", "evaluation"]
    done = workspace.dbt(*models, **settings)
    assert not done.success
    # 149,999 prefixes of 1 to 149,999 items of 8 bytes; 1 + 5/3 times, at K=2 and Q=3
    n_items = 149_999 * 150_000 // 2
    gib = n_items * 8 * (1 + 5 / 3) / 2**30
    message = (
        f"would take up to {gib:.1f} GiB, more than max_prefix_gib 4 allows (user 7 "
        f"alone: 149999 pairs, {n_items} items); set max_prefix_len, or raise"
    )
    assert sum(message in line for line in done.lines) == 1, done.lines
    assert not any("Traceback" in line for line in done.lines)
    assert workspace.export().returncode == 1
    done = workspace.dbt(*models, max_prefix_gib=10**6, **settings)
    assert any(
        "more than max_user_prefix_gib 0.5 allows" in line for line in done.lines
    )
    capped = workspace.dbt(*models, max_prefix_len=10, **settings)
    assert capped.success, capped.lines
    check_no_row_is_lost(workspace, 150_000)


def test_a_parquet_file_of_nulls_fits_one_of_numbers(workspace: Workspace) -> None:
    File(parquet(rating=pa.nulls(N)), "part[0].parquet").write(workspace.root)
    File(parquet(rating=pa.array([4.5] * N)), "part[1].parquet").write(workspace.root)
    done = run_models(workspace, "part*.parquet")
    assert done.success, done.lines
    counts = query(workspace, "select rating, count(*) from stg_events group by all")
    assert sorted(counts, key=str) == [(4.5, N), (None, N)]
    check_no_row_is_lost(workspace, 2 * N)


def test_where_the_file_of_mars_is_missing_its_download_is_named(
    workspace: Workspace,
) -> None:
    done = workspace.dbt("run", dataset="mars", raw_events="data/raw/mars/none.csv")
    assert not done.success
    message = "scripts/fetch.py mars downloads it there"
    assert any(message in line for line in done.lines)
