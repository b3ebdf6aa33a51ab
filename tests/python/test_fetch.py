"""Getting a public data set, from an archive on this machine that has faults."""

import hashlib
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import PROJECT, REAL_MARS, SAMPLE, TINY, needs_real_mars, sha256
from mooc_episodes.base.errors import UserError
from mooc_episodes.cli import fetch
from mooc_episodes.fetch.archive import DATASETS, MARS_COLUMNS, Dataset, Facts
from mooc_episodes.fetch.archive import fetch as get

TINY_SET = Dataset(
    name="tiny",
    doi="10.1234/TINY",
    file="events.csv",
    columns=MARS_COLUMNS,
    facts=Facts(7, 2, 4, "1970-01-01 09:00:00", "1970-01-01 10:20:00"),
    licence="made up",
    citation="made up",
)
CONTENT = TINY.encode()
LISTING = "/api/datasets/:persistentId/?persistentId=doi:"
UPLOAD = "/api/access/datafile/42?format=original"
PLAIN = "/api/access/datafile/42"
HTML = b"<!DOCTYPE html>\n<html><body>Sign in, please</body></html>\n"


@dataclass(frozen=True)
class Answer:
    """What the archive answers, and how it fails to."""

    body: bytes = b""
    status: int = 200
    length: int | None = None  # what it says the length is
    chunked: bool = False  # in one chunk, without the last
    stops_after: int | None = None  # bytes


@dataclass
class Archive:
    """A Dataverse with one data set, or what is made of it."""

    server: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def offers(self, dataset: Dataset, content: bytes, *files: dict[str, Any]) -> None:
        """List files, the data set's table unless others are given."""
        self.answers[LISTING + dataset.doi] = Answer(listing(*files or [table()]))
        self.answers[UPLOAD] = self.answers[PLAIN] = Answer(content)


def table(name: str = "events") -> dict[str, Any]:
    """A file of which the archive made a table, as the archive lists it."""
    return {
        "id": 42,
        "filename": f"{name}.tab",
        "originalFileFormat": "text/csv",
        "originalFileName": f"{name}.csv",
        "md5": hashlib.md5(b"the table").hexdigest(),
    }


def plain(content: bytes) -> dict[str, Any]:
    """A file that the archive left as it is."""
    md5 = hashlib.md5(content).hexdigest()
    return {"id": 42, "filename": "events.csv", "md5": md5}


def listing(*files: dict[str, Any]) -> bytes:
    other = {"id": 1, "filename": "items.tab", "originalFileName": "items.csv"}
    listed = [{"dataFile": file} for file in (other, *files)]
    answer = {"status": "OK", "data": {"latestVersion": {"files": listed}}}
    return json.dumps(answer).encode()


@pytest.fixture
def archive() -> Iterator[Archive]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.requests.append(self.path)
            there.agents.add(self.headers["User-Agent"])
            answer = there.answers.get(self.path, Answer(b"not here", 404))
            if answer.stops_after == 0:
                there.released.wait(20)
                return
            self.send_response(answer.status)
            body = answer.body
            if answer.chunked:
                self.send_header("Transfer-Encoding", "chunked")
                body = b"%x\r\n%s\r\n" % (len(body), body)
            else:
                length = len(body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body[: answer.stops_after])
            self.wfile.flush()
            if answer.stops_after:
                there.stopped.set()
                there.released.wait(20)

        def log_message(self, *_: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Archive(f"http://127.0.0.1:{httpd.server_port}")
    threading.Thread(target=httpd.serve_forever, args=[0.01], daemon=True).start()
    yield there
    there.released.set()
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "events.csv"


def command(*arguments: str | Path) -> list[str]:
    script = PROJECT / "scripts" / "fetch.py"
    return [sys.executable, str(script), *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False
    )


def test_of_a_table_the_upload_is_taken(archive: Archive, target: Path) -> None:
    # its md5 in the list is not that of the upload, and is not held against it
    archive.offers(TINY_SET, CONTENT)
    archive.answers[PLAIN] = Answer(CONTENT.replace(b",", b"\t"))
    done = get(TINY_SET, target, archive.server)
    assert done.downloaded
    assert done.facts == TINY_SET.facts
    assert target.read_bytes() == CONTENT
    assert archive.requests == [LISTING + TINY_SET.doi, UPLOAD]
    assert archive.agents == {"mooc-episodes"}


def test_a_file_left_as_it_is_is_taken_plain(archive: Archive, target: Path) -> None:
    archive.offers(TINY_SET, CONTENT, plain(CONTENT))
    del archive.answers[UPLOAD]
    assert get(TINY_SET, target, archive.server).downloaded
    assert target.read_bytes() == CONTENT


def test_a_list_of_an_old_server_has_no_name_of_the_upload(
    archive: Archive, target: Path
) -> None:
    old = table()
    del old["originalFileName"]
    archive.offers(TINY_SET, CONTENT, old)
    get(TINY_SET, target, archive.server)
    assert archive.requests[-1] == UPLOAD


def test_nothing_but_the_file_is_left_and_others_may_read_it(
    archive: Archive, target: Path
) -> None:
    archive.offers(TINY_SET, CONTENT)
    before = os.umask(0o022)
    try:
        get(TINY_SET, target, archive.server)
    finally:
        os.umask(before)
    assert [*target.parent.iterdir()] == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_what_counts_is_the_content_not_the_bytes(
    archive: Archive, target: Path
) -> None:
    header, *rows = TINY.splitlines()
    content = "\r\n".join([header, *reversed(rows), ""]).encode()
    archive.offers(TINY_SET, content)
    assert get(TINY_SET, target, archive.server).facts == TINY_SET.facts
    assert target.read_bytes() == content


def test_a_file_that_is_there_is_not_downloaded_again(
    archive: Archive, tmp_path: Path
) -> None:
    target = tmp_path / "a [b] * c.csv"
    target.write_bytes(CONTENT)
    # what DuckDB would read for it, if the name were a pattern
    (tmp_path / "a b x c.csv").write_bytes(CONTENT.splitlines(keepends=True)[0])
    done = get(TINY_SET, target, archive.server)
    assert not done.downloaded
    assert done.facts == TINY_SET.facts
    assert archive.requests == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            CONTENT[: CONTENT.rindex(b"8,")],
            "6 rows, 1 users, 4 courses, from 1970-01-01 09:00:00 to 1970-01-01 "
            "10:20:00; expected 7 rows, 2 users, 4 courses, from",
        ),
        (
            CONTENT.replace(b"09:00:00", b"08:00:00"),
            "7 rows, 2 users, 4 courses, from 1970-01-01 08:00:00 to",
        ),
        (CONTENT[:-20], "no CSV that can be read; expected UTF-8 with the columns"),
        (HTML, "no CSV that can be read"),
        (b"", "its columns are column0; expected user_id,item_id,watch_percentage"),
        (CONTENT.replace(b",", b"\t"), "its columns are user_id item_id watch"),
        (CONTENT.replace(b"item_id", b"course"), "its columns are user_id,course,wat"),
        (TINY.encode("utf-16"), "no CSV that can be read"),
    ],
)
def test_other_content_is_told_and_not_kept(
    content: bytes, told: str, archive: Archive, target: Path
) -> None:
    archive.offers(TINY_SET, content)
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server)
    assert f"{archive.server}{UPLOAD}: {told}" in str(raised.value)
    assert "; it was not kept; download events.csv by hand" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert [*target.parent.iterdir()] == []
    # the same put there by hand: told, and left to whom it belongs
    target.write_bytes(content)
    archive.requests.clear()
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server)
    assert str(raised.value).startswith(f"{target}: {told}")
    assert "; it is left as it is: move it away" in str(raised.value)
    assert target.read_bytes() == content
    assert archive.requests == []


OF_LIST = LISTING + TINY_SET.doi


@pytest.mark.parametrize(
    ("where", "answer", "told"),
    [
        (OF_LIST, Answer(status=404), "404 Not Found"),
        (OF_LIST, Answer(status=403), "403 Forbidden"),
        (OF_LIST, Answer(status=500), "500 Internal Server Error"),
        (OF_LIST, Answer(HTML), "the answer is no list of files in JSON"),
        (OF_LIST, Answer(b"", 202), "the answer is no list of files in JSON"),
        (OF_LIST, Answer(b"[]"), "the answer is no list of files in JSON"),
        (OF_LIST, Answer(b"\xff\xfe"), "the answer is no list of files in JSON"),
        (OF_LIST, Answer(b'{"data": {}}'), "the answer is no list of files in JSON"),
        (OF_LIST, Answer(listing()), "no file events.csv; there are items.tab"),
        (OF_LIST, Answer(listing(), length=9_999), "the answer broke off"),
        (OF_LIST, Answer(stops_after=0), "no answer for 0.5 s (--timeout)"),
        (UPLOAD, Answer(status=404), "404 Not Found"),
        (UPLOAD, Answer(status=503), "503 Service Unavailable"),
        (UPLOAD, Answer(CONTENT, length=9_999), "the answer broke off"),
        (UPLOAD, Answer(CONTENT, chunked=True), "Response ended prematurely"),
        (UPLOAD, Answer(CONTENT, stops_after=100), "no answer for 0.5 s (--timeout)"),
    ],
)
def test_a_fault_is_told_with_what_to_do(
    where: str, answer: Answer, told: str, archive: Archive, target: Path
) -> None:
    archive.offers(TINY_SET, CONTENT)
    archive.answers[where] = answer
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server, timeout=0.5 if "0.5" in told else 30)
    assert str(raised.value) == (
        f"{archive.server}{where}: {told}; download events.csv by hand, in its "
        f"original format, from https://doi.org/10.1234/TINY, put it at {target} and "
        "run this again to check it"
    )
    assert [*target.parent.iterdir()] == []


def test_a_wrong_md5_of_a_file_left_as_it_is_is_told(
    archive: Archive, target: Path
) -> None:
    archive.offers(TINY_SET, CONTENT, plain(CONTENT) | {"md5": "0" * 32})
    with pytest.raises(UserError, match=f"the archive lists {'0' * 32}; download"):
        get(TINY_SET, target, archive.server)
    assert not target.exists()


def test_a_data_set_of_unknown_content_is_checked_by_its_columns_alone(
    archive: Archive, target: Path
) -> None:
    unknown = replace(TINY_SET, facts=None)
    archive.offers(unknown, CONTENT.splitlines(keepends=True)[0])
    with pytest.raises(UserError, match=r"0 rows, .*; expected some; it w"):
        get(unknown, target, archive.server)
    archive.offers(unknown, CONTENT)
    assert get(unknown, target, archive.server).facts == TINY_SET.facts


def test_the_sample_is_not_taken_for_mars(tmp_path: Path) -> None:
    # it has the same counts
    copy = tmp_path / "explicit_ratings_en.csv"
    copy.write_bytes(SAMPLE.read_bytes())
    done = run("mars", "--to", copy)
    assert done.returncode == 1
    assert "3,659 rows, 822 users, 776 courses, from 2018-09-28 07:30" in done.stderr


def test_each_data_set_goes_where_its_preset_looks() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        looked_for = project["vars"]["presets"][name]["raw_events"]
        assert dataset.place == PROJECT / looked_for


def test_the_command_says_what_it_got_and_what_comes_next(
    archive: Archive, target: Path
) -> None:
    french = DATASETS["mars_fr"]
    archive.offers(french, CONTENT, table("explicit_ratings_fr"))
    command = ["mars_fr", "--server", f"{archive.server}/", "--to", target]
    done = run(*command)
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first == f"mars_fr: {target}, downloaded"
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert told == {
        "holds": str(TINY_SET.facts),
        "licence": french.licence,
        "cite": french.citation,
        "next": f"make run DATASET=mars_fr RAW_EVENTS={target}",
    }
    for text in (french.licence, french.citation):
        assert "https://doi.org/10.7910/DVN/BMY3UD" in text
    again = run(*command)
    assert again.stdout.splitlines()[0] == (
        f"mars_fr: {target}, there already, not downloaded again"
    )


def test_json_is_all_there_is_on_standard_output(
    archive: Archive, target: Path
) -> None:
    command = ["mars_fr", "--json", "--to", target, "--server", archive.server]
    done = run(*command)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert json.loads(done.stdout) == {"error": line.removeprefix("fetch: ")}
    archive.offers(DATASETS["mars_fr"], CONTENT, table("explicit_ratings_fr"))
    for downloaded in (True, False):
        done = run(*command)
        assert done.returncode == 0
        assert json.loads(done.stdout) == {
            "dataset": "mars_fr",
            "path": str(target),
            "bytes": len(CONTENT),
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "rows": 7,
            "users": 2,
            "courses": 4,
            "downloaded": downloaded,
        }


def test_offline_is_told_in_one_line(target: Path) -> None:
    # nobody listens at port 1; no name ends in .invalid
    for server, told in [("127.0.0.1:1", "Connection refused"), ("no.invalid", "")]:
        done = run("mars", "--server", f"http://{server}", "--to", target)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"fetch: http://{server}/api/datasets/")
        assert f"BMY3UD: {told}" in line
        assert f"put it at {target} and run this again" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mras"], "invalid choice: 'mras' (choose from 'mars', 'mars_fr')"),
        ([], "required: dataset"),
        (["mars", "--timeout=0"], "'0' is not allowed; use seconds, above 0"),
        (["mars", "--timeout=nan"], "'nan' is not allowed"),
        (["mars", "--timeout=soon"], "'soon' is not allowed"),
        (["mars", "--server=example.org"], "'example.org' is not like https://"),
        (["mars", "--to=data/raw"], "'data/raw' does not end in .csv"),
    ],
)
def test_wrong_usage_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        fetch.options().parse_args(arguments)
    assert raised.value.code == 2
    assert told in capsys.readouterr().err


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    (tmp_path / "file").touch()
    for place, told in [
        (folder, f"{folder}: a folder; name the file"),
        (tmp_path / "file" / "x.csv", f"{tmp_path / 'file'}: "),
    ]:
        done = run("mars", "--to", place, "--server=http://127.0.0.1:1")
        assert done.returncode == 1
        assert done.stderr.startswith(f"fetch: {told}")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_does_not_hinder_the_next(
    how: signal.Signals, archive: Archive, target: Path
) -> None:
    archive.offers(DATASETS["mars_fr"], CONTENT, table("explicit_ratings_fr"))
    archive.answers[UPLOAD] = Answer(CONTENT, stops_after=100)
    arguments = ["mars_fr", "--to", target, "--server", archive.server]
    with subprocess.Popen(
        command(*arguments), stderr=subprocess.PIPE, text=True
    ) as process:
        assert archive.stopped.wait(20)
        process.send_signal(how)
        _, told = process.communicate()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert told == "fetch: interrupted; nothing was put in place\n"
    assert [*target.parent.iterdir()] == []
    archive.answers[UPLOAD] = Answer(CONTENT)
    assert run(*arguments).returncode == 0
    assert target.read_bytes() == CONTENT


def test_make_takes_the_path_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s $(here) & "there".csv'
    makefile = tmp_path / "Makefile"
    makefile.write_text('export RAW_EVENTS\nrun:\n\t@printf %s "$$RAW_EVENTS"\n')
    told = fetch.build_command(TINY_SET, odd)
    assert told.startswith("make run DATASET=tiny RAW_EVENTS=")
    there = told.replace("make", f"make -s -f {shlex.quote(str(makefile))}", 1)
    done = subprocess.run(there, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == str(odd)


def test_a_path_in_the_project_is_told_as_make_needs_it() -> None:
    place = DATASETS["mars"].place
    assert fetch.build_command(DATASETS["mars"], place) == (
        "make run DATASET=mars RAW_EVENTS=data/raw/mars/explicit_ratings_en.csv"
    )


@needs_real_mars
def test_the_real_file_is_got_whole(archive: Archive, target: Path) -> None:
    content = REAL_MARS.read_bytes()
    archive.offers(DATASETS["mars"], content, table("explicit_ratings_en"))
    arguments = ["mars", "--to", target, "--server", archive.server]
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert sha256(target) == sha256(REAL_MARS)
    assert "3,659 rows, 822 users, 776 courses" in done.stdout
    assert ", as expected" in done.stdout
    # one event less
    target.unlink()
    archive.answers[UPLOAD] = Answer(content[: content.rindex(b"\n", 0, -1) + 1])
    done = run(*arguments)
    assert done.returncode == 1
    assert "3,658 rows" in done.stderr
    assert "expected 3,659 rows, 822 users, 776 courses" in done.stderr
    assert not target.exists()
