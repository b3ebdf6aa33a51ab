"""Files in the forms of public datasets: read right, or refused with what to set.

What is read is compared with the plain-Python reference, which uses the csv module.
"""

import gzip
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

import reference
from conftest import Workspace
from mooc_episodes.build.messages import one_line
from test_bad_input import error_of, query

ABSENT = {"watch_percentage": None, "rating": None}
NAMES = {**ABSENT, "user_id": "user_id", "item_id": "item_id"}
TEXT_IDS = {"user_id_type": "varchar", "item_id_type": "varchar"}
LENIENT = {
    "min_interactions": 1,
    "episode_k": 1,
    "episode_q": 1,
    "max_rejected_fraction": 0.5,
}
HEADER = "user_id,item_id,created_at\n"
ROWS = "".join(
    f"{user},{item},{1_700_000_000 + item * 100}\n"
    for user in (7, 8)
    for item in (1, 2)
)


@dataclass(frozen=True)
class Shape:
    """A file and the settings that read it."""

    name: str
    text: str
    columns: dict[str, Any]
    csv: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, root: Path) -> Path:
        path = root / self.name
        data = self.text.encode()
        if path.suffix == ".gz":
            data = gzip.compress(data)
        elif path.suffix == ".zst":
            # what the reference reads
            path.with_suffix("").write_bytes(data)
            data = pa.compress(data, codec="zstd", asbytes=True)
        path.write_bytes(data)
        return path

    def expected(self, path: Path) -> list[reference.Row]:
        if path.suffix == ".zst":
            path = path.with_suffix("")
        if "jsonl" in self.name:
            rows = reference.read_objects(path)
        else:
            given = dict(self.csv)
            if ".tsv" in self.name or ".inter" in self.name:
                given.setdefault("delimiter", "\t")
            if "null_values" in given:
                given["null_values"] = tuple(given["null_values"])
            rows = reference.read_rows(path, reference.Format(**given))
        plain = [{name.split(":")[0]: row[name] for name in row} for row in rows]
        return reference.with_our_columns(plain, self.columns)


SHAPES = {
    "MovieLens ratings.dat": Shape(
        "ratings.dat",
        "1::31::5::978300760\n1::32::3::978300761\n2::31::4::978300762\n",
        {"user_id": 1, "item_id": 2, "created_at": 4, "rating": 3},
        {"delimiter": "::", "header": False},
    ),
    "a headerless file without ratings": Shape(
        "nohdr.txt",
        ROWS,
        {"user_id": 1, "item_id": 2, "created_at": 3, **ABSENT},
        {"header": False},
    ),
    "tabs in a .tsv.gz": Shape("a.tsv.gz", (HEADER + ROWS).replace(",", "\t"), NAMES),
    "a .csv.zst": Shape("packed.csv.zst", HEADER + ROWS, NAMES),
    "tabs in a .tsv.zst": Shape(
        "packed.tsv.zst", (HEADER + ROWS).replace(",", "\t"), NAMES
    ),
    "vertical bars": Shape(
        "a.txt",
        'user_id|item_id|created_at\n7|"a|b"|2024-01-01\n7|a,b|2024-01-02\n',
        NAMES,
        {"delimiter": "|"},
        TEXT_IDS,
    ),
    "RecBole's .inter": Shape(
        "ml.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "7\t1\t3.5\t1700000000.25\n7\t2\t4\t1700000001\n",
        {"created_at": "timestamp", "watch_percentage": None},
    ),
    "semicolons and quoted semicolons": Shape(
        "a.csv",
        'user_id;item_id;created_at\n7;"a;b";2024-01-01\n7;"say ""x""";2024-01-02\n',
        NAMES,
        {"delimiter": ";"},
        TEXT_IDS,
    ),
    "blanks": Shape(
        "a.txt", (HEADER + ROWS).replace(",", " "), NAMES, {"delimiter": " "}
    ),
    "a backslash before quotes": Shape(
        "a.csv",
        HEADER + 'ana,"the \\"R\\" part, 1",2024-01-01\n',
        NAMES,
        {"escape": "\\"},
        TEXT_IDS,
    ),
    "single quotes": Shape(
        "a.csv",
        HEADER + "ana,'R, part 1',2024-01-01\n",
        NAMES,
        {"quote": "'", "escape": "'"},
        TEXT_IDS,
    ),
    "no quotes at all": Shape(
        "a.csv",
        HEADER + '"ana",5" disk,2024-01-01\n',
        NAMES,
        {"quote": "", "escape": ""},
        TEXT_IDS,
    ),
    "null markers": Shape(
        "a.csv",
        HEADER + "\\N,1,2024-01-01\nana,NA,2024-01-01\nana,N,2024-01-01\n",
        NAMES,
        {"null_values": ["\\N", "NA"]},
        {**TEXT_IDS, "max_rejected_fraction": 1},
    ),
    "date and time in two columns": Shape(
        "a.csv",
        "user_id,item_id,day,hour\n7,1,2024-01-01,10:00:01\n7,2,,10:00\n7,3,2024-01-01,\n",
        {**NAMES, "created_at": ["day", "hour"]},
        {},
        {"max_rejected_fraction": 1},
    ),
    "JSON lines with numbers and zeros as they are written": Shape(
        "a.jsonl",
        '{"user_id": "007", "item_id": 9007199254740993, "created_at": 1700000000}\n'
        '{"item_id": "x", "created_at": "2024-01-01", "user_id": 7, "note": "n"}\n',
        NAMES,
        {},
        TEXT_IDS,
    ),
    "JSON lines with an object": Shape(
        "a.jsonl.gz",
        '{"user": "ana", "context": {"course_id": "c/1"}, "time": "2024-01-01"}\n',
        {
            "user_id": "user",
            "item_id": "context.course_id",
            "created_at": "time",
            **ABSENT,
        },
        {},
        TEXT_IDS,
    ),
    "a line of 2.5 MB": Shape(
        "a.csv",
        "user_id,item_id,created_at,log\n7,1,2024-01-01," + "x" * 2_500_000 + "\n",
        NAMES,
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("files"))


def read(place: Workspace, path: Path, **settings: Any) -> Any:
    return place.dbt(
        "run", "--select", "+stg_events", raw_events=str(path), **(LENIENT | settings)
    )


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_is_read_as_the_reference_reads_it(name: str, place: Workspace) -> None:
    shape = SHAPES[name]
    path = shape.write(place.root)
    done = read(place, path, columns=shape.columns, csv=shape.csv, **shape.settings)
    assert done.success, done.lines
    types = {
        name: kind for name, kind in shape.settings.items() if name.endswith("_type")
    }
    expected = [
        reference.read_event(row, reference.Settings(**types))
        for row in shape.expected(path)
    ]
    assert expected
    events = query(
        place, "select user_id, course_id, epoch_us(ts), rating from stg_events"
    )
    assert Counter(events) == Counter(
        (event.user_id, event.course_id, event.ts, event.rating)
        for event in expected
        if isinstance(event, reference.Event)
    )
    rejected = query(place, "select reason from rejected_events")
    assert Counter(reason for (reason,) in rejected) == Counter(
        reason for reason in expected if isinstance(reason, str)
    )


NO_USER_IN_NAME = "a file's name without the user"


def test_the_user_is_in_the_file_s_name(place: Workspace) -> None:
    folder = place.root / "KT1"
    folder.mkdir()
    for user in (7, 12):
        text = f"item_id,created_at\n{user * 10},2024-01-01\n"
        (folder / f"u{user}.csv").write_text(text)
    done = read(place, folder, columns={**ABSENT, "user_id": {"filename": "u([0-9]+)"}})
    assert done.success, done.lines
    found = query(place, "select user_id, course_id from stg_events order by 1")
    assert found == [(7, 70), (12, 120)]
    done = read(place, folder, columns={**ABSENT, "user_id": "filename"}, **TEXT_IDS)
    assert done.success, done.lines
    found = query(place, "select user_id, course_id from stg_events order by 1")
    assert found == [("u12", "120"), ("u7", "70")]
    (folder / "readme.csv").write_text("item_id,created_at\n1,2024-01-01\n")
    done = read(place, folder, columns={**ABSENT, "user_id": {"filename": "u([0-9]+)"}})
    assert "readme.csv' has no user in its name" in one_line(error_of(done))


# Files that are not read, what is said, and that the settings said read them

ADVISED = {
    "tabs instead of commas": (
        (HEADER + ROWS).replace(",", "\t"),
        {"columns": ABSENT},
        'is not separated by "," but by "\\t"',
    ),
    "semicolons instead of commas": (
        (HEADER + ROWS).replace(",", ";"),
        {"columns": ABSENT},
        'is not separated by "," but by ";"',
    ),
    "vertical bars instead of commas": (
        (HEADER + ROWS).replace(",", "|"),
        {"columns": ABSENT},
        'is not separated by "," but by "|"',
    ),
    "another sign instead of commas": (
        (HEADER + ROWS).replace(",", "~"),
        {"columns": ABSENT},
        'is not separated by "," but by "~"',
    ),
    "a control character instead of commas, as Hive writes it": (
        (HEADER + ROWS).replace(",", "\x01"),
        {"columns": ABSENT},
        'is not separated by "," but by "\\u0001": line 1 is \'user_id item_id created',
    ),
    "semicolons instead of commas, under header: false": (
        ROWS.replace(",", ";"),
        {
            "csv": {"header": False},
            "columns": {"user_id": 1, "item_id": 2, "created_at": 3, **ABSENT},
        },
        'set csv: {delimiter: ";", header: false}',
    ),
    "a missing header": (ROWS, {"columns": ABSENT}, "has no header: line 1 is '7,1,17"),
    "a missing header, and two colons instead of commas": (
        ROWS.replace(",", "::"),
        {},
        "has no header: line 1 is '7::1::17",
    ),
    "a backslash before quotes in quotes": (
        HEADER + '7,1,2024-01-01\n7,"a ""b""",2024-01-01\n'.replace('""', '\\"'),
        {"columns": ABSENT, **TEXT_IDS},
        'at line 3: Value with unterminated quote found: \'7,"a \\"b\\"",2024-01-01\'',
    ),
    "single quotes around fields with commas": (
        HEADER + "7,'a, b',2024-01-01\n",
        {"columns": ABSENT, **TEXT_IDS},
        "at line 2: Expected Number of Columns: 3 Found: 4: '7,'a, b',2024-01-01'",
    ),
    "quotes that are part of the text": (
        HEADER + '7,"a" b,2024-01-01\n',
        {"columns": ABSENT, **TEXT_IDS},
        "at line 2: Value with unterminated quote found: '7,\"a\" b,2024-01-01'",
    ),
}


def advised(message: str) -> dict[str, Any]:
    """The settings a message says to set."""
    found = re.findall(r"\b(csv|columns): (\{[^}]*\})", message)
    return {name: yaml.safe_load(value) for name, value in found}


@pytest.mark.parametrize("name", ADVISED)
def test_following_the_advice_reads_every_row(name: str, place: Workspace) -> None:
    text, settings, message = ADVISED[name]
    path = place.root / "advised.csv"
    path.write_text(text)
    done = read(place, path, **settings)
    assert not done.success
    said = one_line(error_of(done))
    assert message in said
    n_rows = text.count("\n") - text.startswith("user_id")
    followed = read(place, path, **(settings | advised(said)))
    assert followed.success, (said, followed.lines)
    assert query(place, "select count(*) from stg_events") == [(n_rows,)]


REFUSED = {
    "a zip called .csv": (
        "a.csv",
        b"PK\x03\x04" + bytes(100),
        "is a zip archive (or an Excel file); unpack it, or save it as CSV",
    ),
    "bytes that are not text": (
        "a.csv",
        bytes(range(256)) * 20,
        "is not text; export it as CSV",
    ),
    "a gzip file called .csv": ("a.csv", gzip.compress(b"a,b"), "add .gz to its name"),
    "a zstd file called .csv": (
        "a.csv",
        pa.compress(b"a,b", codec="zstd", asbytes=True),
        "is compressed with zstd; add .zst to its name",
    ),
    "a Parquet file called .csv": (
        "a.csv",
        b"PAR1....PAR1",
        "is Parquet; end its name in",
    ),
    "a JSON array": (
        "a.jsonl",
        b"[" + b'{"user_id": 7}, ' * 1000 + b"]",
        "is not JSON lines: line 1 is '[",
    ),
    "another ending, such as .xlsx": (
        "a.xlsx",
        b"a,b",
        "has an unsupported file type; use .csv",
    ),
    "rows that are only in order": (
        "a.csv",
        b"1 2\n1 3\n",
        'set csv: {delimiter: " ", header: false} and columns by number; none of its 2 '
        "columns looks like a time",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_file_is_refused_with_its_cause(name: str, place: Workspace) -> None:
    file, data, message = REFUSED[name]
    (place.root / file).write_bytes(data)
    said = one_line(error_of(read(place, place.root / file)))
    assert message in said
    assert len(said) < 600


OBJECTS = (
    '{"who": {"id": 7, "of": {"org": "x"}}, "course": 1, "at": "2024-01-01"}\n'
    '{"who": {"id": 8}, "course": 2, "at": "2024-01-02", "more": null}\n'
)
OF_OBJECTS = {"user_id": "who.id", "item_id": "course", "created_at": "at", **ABSENT}
NO_KEY = {
    "an optional column": (
        {"rating": "who.stars"},
        "has no key 'stars' in 'who', for column 'who.stars', in its first 10000 "
        "lines; 'who' has id, of (upper and lower case differ); name yours in columns",
    ),
    "two objects down": (
        {"user_id": "who.of.name"},
        "has no key 'name' in 'who.of', for column 'who.of.name', in its first 10000 "
        "lines; 'who.of' has org (",
    ),
    "the upper of two objects": (
        {"user_id": "who.off.org"},
        "has no key 'off' in 'who', for column 'who.off.org', in its first 10000 lines",
    ),
    "a number instead of an object": (
        {"user_id": "course.id"},
        "has no key 'id' in 'course', for column 'course.id', in its first 10000 "
        "lines; 'course' is not an object there; name",
    ),
    "null instead of an object": (
        {"rating": "more.x"},
        "'more' is not an object there",
    ),
    "the object itself": (
        {"user_id": "whom.id"},
        "has no column 'whom.id' in its first 10000 lines; they have at, course, more, "
        "who (",
    ),
}


@pytest.mark.parametrize("name", NO_KEY)
def test_a_key_that_no_object_has_is_named_with_those_it_has(
    name: str, place: Workspace
) -> None:
    columns, message = NO_KEY[name]
    path = place.root / "objects.jsonl"
    path.write_text(OBJECTS)
    done = read(place, path, columns=OF_OBJECTS | columns)
    assert message in one_line(error_of(done))


def test_a_key_that_some_objects_lack_is_null(place: Workspace) -> None:
    path = place.root / "objects.jsonl"
    # a text that is JSON is an object too; one that is not has no key
    texts = ['"{\\"id\\": 9}"', '""', '"ana"', "5", "null", "[]"]
    more = [f'{{"who": {text}, "course": 3, "at": "2024-01-03"}}\n' for text in texts]
    path.write_text(OBJECTS + "".join(more))
    done = read(place, path, columns=OF_OBJECTS, max_rejected_fraction=0.9)
    assert done.success, done.lines
    found = query(place, "select user_id, course_id from stg_events order by 1")
    assert found == [(7, 1), (8, 2), (9, 3)]
    reasons = query(place, "select reason, count(*) from rejected_events group by 1")
    assert reasons == [("missing user_id", 5)]


@pytest.mark.parametrize("n_files", [1, 101])
def test_a_key_with_a_dot_comes_before_an_object(
    n_files: int, place: Workspace
) -> None:
    dotted = '{"who.id": 7, "course": 1, "at": "2024-01-01"}\n'
    within = '{"who": {"id": 8}, "course": 2, "at": "2024-01-02"}\n'
    both = '{"who": {"id": 1}, "who.id": 9, "course": 3, "at": "2024-01-03"}\n'
    unset = '{"who": {"id": 4}, "who.id": null, "course": 4, "at": "2024-01-04"}\n'
    folder = place.root / f"dots{n_files}"
    folder.mkdir()
    for number in range(n_files):
        text = dotted + within + both + unset if number == 0 else within
        (folder / f"{number:03}.jsonl").write_text(text)
    done = read(place, folder, columns=OF_OBJECTS)
    assert done.success, done.lines
    found = query(
        place, "select distinct user_id, course_id from stg_events order by 1"
    )
    assert found == [(4, 4), (7, 1), (8, 2), (9, 3)]
    (folder / "001.jsonl").write_text(dotted.replace("who.id", "who.key"))
    said = one_line(error_of(read(place, folder, columns=OF_OBJECTS)))
    assert "has no column 'who.id' in its first 10000 lines; they have at, " in said


def test_the_rows_of_two_files_are_compared(place: Workspace) -> None:
    folder = place.root / "months"
    folder.mkdir()
    for name, rows in [("jan", ROWS), ("jan_copy", ROWS), ("feb", "7,1,1800000000\n")]:
        (folder / f"{name}.csv").write_text(HEADER + rows)
    done = place.dbt(
        "run",
        "--select",
        "+report_repeated_rows",
        raw_events=str(folder),
        columns=ABSENT,
        **LENIENT,
    )
    assert done.success, done.lines
    assert query(
        place, "select n_files, n_rows_repeated, first_file from report_repeated_rows"
    ) == [(3, 4, str(folder / "jan.csv"))]
    (folder / "notes.txt").write_text("x")
    said = one_line(error_of(read(place, folder, columns=ABSENT)))
    assert "has files of several kinds (.csv, .txt); name those to read" in said


HIDDEN = "hidden files in a folder, such as .DS_Store and ._events.csv"


def test_hidden_files_of_a_folder_are_not_read(place: Workspace) -> None:
    folder = place.root / "hidden"
    folder.mkdir()
    for name in ("b.csv", ".b.csv", "._b.csv", ".DS_Store"):
        (folder / name).write_text(HEADER + ROWS)
    done = read(place, folder, columns=ABSENT)
    assert done.success, done.lines
    files = query(place, "select path from input_files")
    assert files == [(str(folder / "b.csv"),)]
    assert query(place, "select count(*) from stg_events") == [(4,)]
    (folder / "notes.txt").write_text("x")
    said = one_line(error_of(read(place, folder, columns=ABSENT)))
    assert f"(.csv, .txt); name those to read, such as '{folder}/[!.]*.csv'" in said
    done = read(place, folder / "[!.]*.csv", columns=ABSENT)
    assert done.success, done.lines
    assert query(place, "select count(*) from stg_events") == [(4,)]


BY_NUMBER = {"user_id": 1, "item_id": 2, "created_at": 3, **ABSENT}


@pytest.mark.parametrize("title", ["user_id,item_id\n", "% KONECT\n", "#,a,b,c\n"])
def test_a_line_with_another_number_of_fields_is_not_a_header(
    title: str, place: Workspace
) -> None:
    path = place.root / "a.csv"
    path.write_text(title + ROWS)
    done = read(place, path, columns=BY_NUMBER, csv={"header": False})
    said = one_line(error_of(done))
    assert "header: true" not in said
    n_fields = title.count(",") + 1
    assert f"at line 2: Expected Number of Columns: {n_fields} Found: " in said


JSON_ADVISED = {
    "a byte order mark before JSON lines": "begins with a byte order mark",
    "a used key twice in a line of JSON lines": 'line 3: more than one key "item_id": ',
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", JSON_ADVISED)
def test_the_command_that_writes_json_lines_again_works_as_printed(
    case: str, packed: bool, place: Workspace
) -> None:
    one, two = (
        f'{{"user_id": 7, "item_id": {item}, "created_at": "2024-01-0{item}"}}\n'
        for item in (1, 2)
    )
    text = f"\ufeff{one}{two}"
    if "twice" in case:
        text = one + "\n" + two.replace('"item_id"', '"item_id": 5, "item_id"')
    data = gzip.compress(text.encode()) if packed else text.encode()
    path = place.root / ("it's.jsonl.gz" if packed else "it's.jsonl")
    path.write_bytes(data)
    said = one_line(error_of(read(place, path, columns=ABSENT)))
    assert JSON_ADVISED[case] in said
    command = re.search(r": ((?:gzip|tail|jq) .*), and use that file instead$", said)
    assert command is not None
    subprocess.run(command[1], shell=True, check=True)
    done = read(place, place.root / "plain_it's.jsonl", columns=ABSENT)
    assert done.success, done.lines
    found = query(place, "select user_id, course_id from stg_events order by all")
    assert found == [(7, 1), (7, 2)]


def test_one_column_is_not_both_date_and_time(place: Workspace) -> None:
    path = place.root / "a.csv"
    path.write_text((HEADER + ROWS).replace("created_at", "at"))
    columns = {**ABSENT, "created_at": ["at", "AT"]}
    said = one_line(error_of(read(place, path, columns=columns)))
    assert said.endswith(
        "has one column 'AT' for both date and time; set columns: {created_at: \"AT\", "
        "watch_percentage: null, rating: null}"
    )
    assert read(place, path, columns=advised(said)["columns"]).success
    assert query(place, "select count(*) from stg_events") == [(4,)]
