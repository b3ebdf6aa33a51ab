"""A folder of very many files, as EdNet has one per user.

Of files that begin alike one is checked, and the others are read as it is; each fault
is still named with its file.
"""

import gzip
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.base.heads import file_head
from mooc_episodes.base.texts import may_leave_quote_open
from mooc_episodes.build.messages import one_line
from mooc_episodes.build.plugin import add_functions
from mooc_episodes.inspect.reading import Models

N_FILES = 120  # few_files() and more
MORE_FILES = 400  # DuckDB has some sixty open at the same time, for each model
BAD = 77  # no file that DuckDB looks at first
HEADER = "item_id,created_at,place\n"
ROWS = "".join(f"q{day},2020-01-0{day} 10:00:00,7\n" for day in range(1, 6))
SETTINGS: dict[str, Any] = {
    "columns": {"user_id": "filename", "watch_percentage": None, "rating": None},
    "user_id_type": "varchar",
    "item_id_type": "varchar",
    "episode_k": 1,
    "episode_q": 1,
}
BY_NUMBER = {
    "csv": {"header": False},
    "columns": SETTINGS["columns"] | {"item_id": 1, "created_at": 2},
}
OBJECTS = "".join(
    f'{{"item_id": "q{day}", "created_at": "2020-01-0{day}"}}\n' for day in range(1, 6)
)
NESTED = "".join(
    f'{{"of": {{"course": "q{day}"}}, "created_at": "2020-01-0{day}"}}\n'
    for day in range(1, 6)
)

OF_COURSE = {"columns": {**SETTINGS["columns"], "item_id": "of.course"}}


def folder_of(
    root: Path, good: bytes, bad: bytes | None, ending: str, n_files: int = N_FILES
) -> Path:
    """A folder of files that are alike, but for one."""
    folder = root / f"logs_{len([*root.iterdir()])}"
    folder.mkdir()
    for number in range(n_files):
        content = bad if bad is not None and number == BAD else good
        (folder / f"u{number:03}{ending}").write_bytes(content)
    return folder


class Counted(Models):
    """Models that count the queries of their macros."""

    n_queries = 0

    def run_query(self, query: str) -> Any:
        self.n_queries += 1
        return super().run_query(query)


def models_of(folder: Path, **settings: Any) -> Counted:
    """The build's models over a folder, its functions those of the build."""
    connection = duckdb.connect()
    add_functions(connection)
    chosen = {"dataset": "new", "preset": "sample", "raw_events": str(folder)}
    return Counted(connection, chosen | SETTINGS | settings)


def outcome(folder: Path, **settings: Any) -> str | tuple[int, int]:
    """Why a folder is refused, or how many rows and users are read."""
    models = models_of(folder, **settings)
    try:
        models.check()
        events = models.table("base_events")
        return models.connection.execute(
            f"select count(*), count(distinct user_id) from {events}"
        ).fetchall()[0]
    except UserError as error:
        return str(error)
    except duckdb.Error as error:
        return one_line(str(error))


def parquet(root: Path, select: str) -> bytes:
    path = root / "one.parquet"
    duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")
    content = path.read_bytes()
    path.unlink()
    return content


TEXT = (HEADER + ROWS).encode()
QUOTED = TEXT + b'q6,"a, b ""c""",7\nq7,5"x,7\n'
ROW_PQ = (
    "select 'q' || i as item_id, timestamp '2020-01-01' as created_at"
    " from range(5) t(i)"
)

# the good files, the other one, what is said of it; the settings
FAULTS: dict[str, tuple[bytes, bytes, str, str, dict[str, Any]]] = {
    "another name in the header": (
        TEXT,
        TEXT.replace(b"item_id", b"item"),
        ".csv",
        "has no column 'item_id'; it has item, created_at, place",
        {},
    ),
    "no header": (TEXT, ROWS.encode(), ".csv", "has no header: line 1 is 'q1,2020", {}),
    "a header where the others have none": (
        ROWS.encode(),
        TEXT,
        ".csv",
        "has a header: line 1 is 'item_id,created_at,place'",
        BY_NUMBER,
    ),
    "a header, where a row has one number": (
        ROWS.replace(",7", ",x").encode(),
        TEXT.replace(b",7", b",x"),
        ".csv",
        "has a header: line 1 is 'item_id,created_at,place'",
        BY_NUMBER,
    ),
    "semicolons": (
        TEXT,
        TEXT.replace(b",", b";"),
        ".csv",
        'is not separated by "," but by ";"',
        {},
    ),
    "semicolons, without a header": (
        ROWS.encode(),
        ROWS.replace(",", ";").encode(),
        ".csv",
        'is not separated by "," but by ";"',
        BY_NUMBER,
    ),
    "gzip": (TEXT, gzip.compress(TEXT), ".csv", "is compressed with gzip", {}),
    "UTF-16": (TEXT, TEXT.decode().encode("utf-16"), ".csv", "is UTF-16", {}),
    "a zip": (TEXT, b"PK\3\4" + bytes(60), ".csv", "is a zip archive", {}),
    "a PDF": (TEXT, b"%PDF-1.4\n1,0,obj\n", ".csv", "is not text but a", {}),
    "an empty file": (TEXT, b"", ".csv", "is empty", {}),
    "no gzip": (gzip.compress(TEXT), TEXT, ".csv.gz", "not a GZIP stream", {}),
    "half a gzip": (
        gzip.compress(TEXT),
        gzip.compress(TEXT)[:-9],
        ".csv.gz",
        "Unexpected end of GZIP stream",
        {},
    ),
    "another name, in a gzip": (
        gzip.compress(TEXT),
        gzip.compress(TEXT.replace(b"item_id", b"item")),
        ".csv.gz",
        "has no column 'item_id'",
        {},
    ),
    "another key": (
        OBJECTS.encode(),
        OBJECTS.replace("item_id", "item").encode(),
        ".jsonl",
        "has no column 'item_id' in its first 10000 lines",
        {},
    ),
    "another key inside an object": (
        NESTED.encode(),
        NESTED.replace("course", "item").encode(),
        ".jsonl",
        "has no key 'course' in 'of', for column 'of.course', in its first 10000 "
        "lines; 'of' has item (",
        OF_COURSE,
    ),
    "another object": (
        NESTED.encode(),
        NESTED.replace('"of"', '"by"').encode(),
        ".jsonl",
        "has no column 'of.course' in its first 10000 lines; they have by, created_at",
        OF_COURSE,
    ),
    "malformed JSON": (
        OBJECTS.encode(),
        b'{"item_id": q1}\n' + OBJECTS.encode(),
        ".jsonl",
        "malformed JSON",
        {},
    ),
    "a JSON list": (
        OBJECTS.encode(),
        b'[{"item_id": 1}]\n',
        ".jsonl",
        "is not JSON lines: line 1 is '[",
        {},
    ),
    "a row with more fields": (TEXT, TEXT + b"q1,2,3,4\n", ".csv", "u077.csv", {}),
    "an unclosed quote": (
        TEXT,
        TEXT + b'q1,"2,3\n' + TEXT,
        ".csv",
        "cannot be read at line 7: Value with unterminated quote found: 'q1,\"2,3",
        {},
    ),
    "an unclosed quote, late": (
        TEXT,
        TEXT + 6_000 * ROWS.encode() + b'q1,"2,3\n' + TEXT,
        ".csv",
        "cannot be read at line 30007: Value with unterminated quote found",
        {},
    ),
    "an unclosed quote after an escaped one": (
        TEXT,
        TEXT + b"q1,'5\\'2,3\n",
        ".csv",
        "cannot be read at line 7: Value with unterminated quote found",
        {"csv": {"quote": "'", "escape": "\\"}},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_file_with_the_fault_is_named(name: str, tmp_path: Path) -> None:
    good, bad, ending, message, settings = FAULTS[name]
    said = outcome(folder_of(tmp_path, good, bad, ending), **settings)
    assert message in said
    assert f"u{BAD:03}{ending}" in said


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (ROW_PQ.replace("'q' || i", "i"), "has whole numbers in column 'item_id', '"),
        (ROW_PQ.replace("item_id", "item"), "has no column 'item_id'; it has item"),
    ],
    ids=["type", "name"],
)
def test_a_parquet_file_of_another_schema_is_named(
    select: str, message: str, tmp_path: Path
) -> None:
    folder = folder_of(
        tmp_path, parquet(tmp_path, ROW_PQ), parquet(tmp_path, select), ".parquet"
    )
    said = outcome(folder)
    assert f"u{BAD:03}.parquet' {message}" in said


# the good files and one that is read as well, though it begins in another way
READ: dict[str, tuple[bytes, bytes, str, int, dict[str, Any]]] = {
    "another order of columns": (
        TEXT,
        b"place,item_id,created_at\n7,q1,2020-01-01\n",
        ".csv",
        1,
        {},
    ),
    "one more column": (
        TEXT,
        b"a,item_id,created_at\n1,q1,2020-01-01\n",
        ".csv",
        1,
        {},
    ),
    "a byte order mark": (TEXT, b"\xef\xbb\xbf" + TEXT, ".csv", 5, {}),
    "other line ends": (TEXT, TEXT.replace(b"\n", b"\r\n"), ".csv", 5, {}),
    "line ends of one byte": (TEXT, TEXT.replace(b"\n", b"\r"), ".csv", 5, {}),
    "quotes": (TEXT, QUOTED, ".csv", 7, {}),
    "one more field": (ROWS.encode(), b"q1,2020-01-01,7,8\n", ".csv", 1, BY_NUMBER),
    "quotes, without a header": (
        ROWS.encode(),
        b'"q1, q2",2020-01-01,7\n',
        ".csv",
        1,
        BY_NUMBER,
    ),
    "a key that comes later": (
        OBJECTS.encode(),
        b'{"item_id": "q1"}\n' + OBJECTS.encode(),
        ".jsonl",
        6,
        {},
    ),
    "a header alone": (TEXT, HEADER.encode(), ".csv", 0, {}),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_that_begins_in_another_way_is_read(name: str, tmp_path: Path) -> None:
    good, other, ending, n_rows, settings = READ[name]
    folder = folder_of(tmp_path, good, other, ending)
    n_users = N_FILES - (n_rows == 0)
    expected = (5 * (N_FILES - 1) + n_rows, n_users)
    assert outcome(folder, **settings) == expected


@pytest.mark.parametrize(
    ("good", "other", "bad", "ending", "message", "settings"),
    [
        (
            OBJECTS.encode(),
            b'{"item_id": "q1"}\n' + OBJECTS.encode(),
            OBJECTS.replace("item_id", "item").encode(),
            ".jsonl",
            "has no column 'item_id'",
            {},
        ),
        (ROWS.encode(), b"a,b,c\n", TEXT, ".csv", "has a header", BY_NUMBER),
    ],
    ids=["JSON lines", "no header"],
)
def test_a_file_that_is_read_hides_no_other(
    good: bytes,
    other: bytes,
    bad: bytes,
    ending: str,
    message: str,
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    folder = folder_of(tmp_path, good, bad, ending)
    (folder / f"u{BAD - 1:03}{ending}").write_bytes(other)
    assert f"u{BAD:03}{ending}' {message}" in outcome(folder, **settings)


def test_of_files_with_one_fault_the_first_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, TEXT.replace(b"item_id", b"item"), None, ".csv")
    assert "u000.csv' has no column 'item_id'" in outcome(folder)


@pytest.mark.parametrize("n_files", [4, 5])
def test_where_each_thread_has_more_than_two_files_open_quotes_are_looked_for(
    n_files: int, tmp_path: Path
) -> None:
    """Of fewer, DuckDB reads a file in parallel and reports the quote."""
    folder = folder_of(tmp_path, TEXT, None, ".csv", n_files)
    open_quote = TEXT + 6_000 * ROWS.encode() + b'q1,"2,3\n' + TEXT
    (folder / "u001.csv").write_bytes(open_quote)
    models = models_of(folder)
    models.connection.execute("set threads = 2")
    if n_files > 4:
        with pytest.raises(UserError, match=r"u001.csv' cannot be read at line 30007"):
            models.check()
    else:
        models.check()
        with pytest.raises(duckdb.Error, match=r"u001.csv"):
            models.table("base_events")


def test_only_files_of_one_size_may_repeat_each_other(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, TEXT, None, ".csv", 2)
    (folder / "u002.csv").write_bytes(TEXT + TEXT)
    models = models_of(folder)
    query = models.templates.render("{{ files_compared().files }}")
    found = models.connection.execute(f"{query} order by path").fetchall()
    assert [Path(path).name for (path,) in found] == ["u000.csv", "u001.csv"]


@pytest.mark.parametrize(
    ("good", "ending", "settings"),
    [
        (TEXT, ".csv", {}),
        (ROWS.encode(), ".csv", BY_NUMBER),
        (ROWS.splitlines()[0].encode(), ".csv", BY_NUMBER),
        (b"a,b,c\n", ".csv", BY_NUMBER),
        (gzip.compress(TEXT), ".csv.gz", {}),
        (OBJECTS.encode(), ".jsonl", {}),
        (OBJECTS.splitlines()[0].encode(), ".jsonl", {}),
        (NESTED.splitlines()[0].encode(), ".jsonl", OF_COURSE),
    ],
    ids=[
        *("csv", "no header", "one row", "no number", "gzip"),
        *("JSON lines", "one JSON line", "an object in one JSON line"),
    ],
)
def test_twice_the_files_take_no_more_queries(
    good: bytes, ending: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    counts = []
    for n_files in (N_FILES, 2 * N_FILES):
        folder = folder_of(tmp_path, good, None, ending, n_files)
        models = models_of(folder, **settings)
        models.check()
        models.table("base_events")
        counts.append(models.n_queries)
    assert 0 < counts[0] == counts[1] < 40


@pytest.fixture
def few_open_files() -> Iterator[None]:
    """Room for what is open already and for half of MORE_FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    n_open = len([*Path("/proc/self/fd").iterdir()])
    resource.setrlimit(resource.RLIMIT_NOFILE, (n_open + MORE_FILES // 2, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_open_files")
def test_more_files_than_may_be_open_are_built(workspace: Workspace) -> None:
    folder = folder_of(workspace.root, TEXT, None, ".csv", MORE_FILES)
    settings = SETTINGS | {"raw_events": str(folder)}
    workspace.build("run", "--select", "+pairs", "report_repeated_rows", **settings)
    with duckdb.connect(str(workspace.database), read_only=True) as database:
        # five items at five times: four pairs a user
        assert database.execute(
            "select count(*), count(distinct user_id) from sample.pairs"
        ).fetchall() == [(4 * MORE_FILES, MORE_FILES)]
        # every file repeats the first one's rows, under another user
        assert database.execute(
            "select n_files, compared, n_rows_repeated from sample.report_repeated_rows"
        ).fetchall() == [(MORE_FILES, "rows", 0)]
        assert database.execute(
            "select count(*), count(distinct path), count(sha256)"
            " from sample.input_files"
        ).fetchall() == [(MORE_FILES, MORE_FILES, MORE_FILES)]


@pytest.mark.usefixtures("few_open_files")
def test_more_files_than_may_be_open_with_other_headers_are_refused(
    tmp_path: Path,
) -> None:
    other = b"place,item_id,created_at\n7,q1,2020-01-01\n"
    said = outcome(folder_of(tmp_path, TEXT, other, ".csv", MORE_FILES))
    assert "Too many open files" in said
    assert "ulimit -n" in said


CODES = ["utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["log.csv", "Bob's $HOME [1] `é`.csv"])
def test_the_command_that_saves_a_file_as_utf_8_can_be_pasted(
    name: str, code: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(TEXT.decode().encode(code))
    given = Path(re.sub(r"\[", "[[]", str(path)))
    command, rest = re.fullmatch(
        r".* is UTF-16; save it as UTF-8: (.*), and set (.*)", str(outcome(given))
    ).groups()
    assert rest == "raw_events to the new file"
    subprocess.run(["bash", "-euc", command], check=True, cwd=PROJECT)
    new = tmp_path / f"utf8_{name}"
    assert new.read_bytes() == TEXT
    assert outcome(Path(re.sub(r"\[", "[[]", str(new)))) == (5, 1)


@pytest.mark.parametrize("code", CODES)
def test_a_file_of_a_folder_is_replaced_by_its_text_in_utf_8(
    code: str, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, TEXT, TEXT.decode().encode(code), ".csv")
    (command,) = re.findall("save it as UTF-8: (.*)", str(outcome(folder)))
    subprocess.run(["bash", "-euc", command], check=True, cwd=PROJECT)
    assert outcome(folder) == (5 * N_FILES, N_FILES)


@pytest.mark.parametrize("name", ["nothing.csv", "folder.csv", "nothing.parquet"])
def test_what_cannot_be_read_has_no_head(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert file_head(str(tmp_path / name)) is None
    assert not may_leave_quote_open(str(tmp_path / name), ",", '"', '"')
