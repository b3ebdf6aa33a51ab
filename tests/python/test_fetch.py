"""Getting a public dataset, from an archive on this machine that has faults."""

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

from conftest import (
    PROJECT,
    REAL_MARS,
    SAMPLE,
    TINY,
    heed_interrupts,
    needs_real_mars,
    sha256,
)
from mooc_episodes.base.errors import UserError
from mooc_episodes.cli import fetch
from mooc_episodes.fetch.archive import fetch as get
from mooc_episodes.fetch.datasets import CITATION, DATASETS, LICENCE, Dataset, Facts

FACTS = Facts(7, 2, 4, "1970-01-01 09:00:00", "1970-01-01 10:20:00")
TINY_SET = Dataset("tiny", "events.csv", FACTS)
CONTENT = TINY.encode()
LISTING = "/api/datasets/:persistentId/?persistentId=doi:10.7910/DVN/BMY3UD"
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
    """A Dataverse with one dataset, or what is made of it."""

    server: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def offers(self, content: bytes, *files: dict[str, Any]) -> None:
        """List files, the dataset's table unless others are given."""
        self.answers[LISTING] = Answer(listing(*files or [table()]))
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
    archive.offers(CONTENT)
    archive.answers[PLAIN] = Answer(CONTENT.replace(b",", b"\t"))
    assert get(TINY_SET, target, archive.server) == (FACTS, True)
    assert target.read_bytes() == CONTENT
    assert archive.requests == [LISTING, UPLOAD]
    assert archive.agents == {"mooc-episodes"}


def test_a_file_left_as_it_is_is_taken_plain(archive: Archive, target: Path) -> None:
    archive.offers(CONTENT, plain(CONTENT))
    del archive.answers[UPLOAD]
    assert get(TINY_SET, target, archive.server) == (FACTS, True)
    assert target.read_bytes() == CONTENT


def test_a_list_of_an_old_server_has_no_name_of_the_upload(
    archive: Archive, target: Path
) -> None:
    old = table()
    del old["originalFileName"]
    archive.offers(CONTENT, old)
    get(TINY_SET, target, archive.server)
    assert archive.requests[-1] == UPLOAD


def test_nothing_but_the_file_is_left_and_others_may_read_it(
    archive: Archive, target: Path
) -> None:
    archive.offers(CONTENT)
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
    archive.offers(content)
    assert get(TINY_SET, target, archive.server) == (FACTS, True)
    assert target.read_bytes() == content


def test_a_file_that_is_there_is_not_downloaded_again(
    archive: Archive, tmp_path: Path
) -> None:
    target = tmp_path / "a [b] * c.csv"
    target.write_bytes(CONTENT)
    # what DuckDB would read for it, if the name were a pattern
    (tmp_path / "a b x c.csv").write_bytes(CONTENT.splitlines(keepends=True)[0])
    assert get(TINY_SET, target, archive.server) == (FACTS, False)
    assert archive.requests == []


@pytest.mark.parametrize(
    ("content", "message"),
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
        (CONTENT[:-20], "not a readable CSV; expected UTF-8 with the columns"),
        (HTML, "not a readable CSV"),
        (b"", "its columns are column0; expected user_id,item_id,watch_percentage"),
        (CONTENT.replace(b",", b"\t"), "its columns are user_id item_id watch"),
        (CONTENT.replace(b"item_id", b"course"), "its columns are user_id,course,wat"),
        (TINY.encode("utf-16"), "not a readable CSV"),
    ],
)
def test_other_content_is_reported_and_not_kept(
    content: bytes, message: str, archive: Archive, target: Path
) -> None:
    archive.offers(content)
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server)
    assert f"{archive.server}: events.csv: {message}" in str(raised.value)
    kept = "; nothing was put in place; download events.csv by hand"
    assert kept in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert [*target.parent.iterdir()] == []
    # the same put there by hand: reported, and left to whom it belongs
    target.write_bytes(content)
    archive.requests.clear()
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server)
    assert str(raised.value).startswith(f"{target}: {message}")
    assert "; it is left as it is: move it away" in str(raised.value)
    assert target.read_bytes() == content
    assert archive.requests == []


@pytest.mark.parametrize(
    ("where", "answer", "message"),
    [
        (LISTING, Answer(status=404), "404 Not Found"),
        (LISTING, Answer(status=403), "403 Forbidden"),
        (LISTING, Answer(status=500), "500 Internal Server Error"),
        (LISTING, Answer(HTML), "BMY3UD does not list it"),
        (LISTING, Answer(b"", 202), "BMY3UD does not list it"),
        (LISTING, Answer(b"[]"), "BMY3UD does not list it"),
        (LISTING, Answer(b"\xff\xfe"), "BMY3UD does not list it"),
        (LISTING, Answer(b'{"data": {}}'), "BMY3UD does not list it"),
        (LISTING, Answer(listing()), "BMY3UD does not list it"),
        (LISTING, Answer(listing(), length=9_999), "bytes read, "),
        (LISTING, Answer(stops_after=0), "timed out"),
        (UPLOAD, Answer(status=404), "404 Not Found"),
        (UPLOAD, Answer(status=503), "503 Service Unavailable"),
        (UPLOAD, Answer(CONTENT, length=9_999), "bytes read, "),
        (UPLOAD, Answer(CONTENT, chunked=True), "Response ended prematurely"),
        (UPLOAD, Answer(CONTENT, stops_after=100), "timed out"),
    ],
)
def test_a_fault_is_reported_with_what_to_do(
    where: str, answer: Answer, message: str, archive: Archive, target: Path
) -> None:
    archive.offers(CONTENT)
    archive.answers[where] = answer
    seconds = 0.5 if message == "timed out" else 30
    with pytest.raises(UserError) as raised:
        get(TINY_SET, target, archive.server, timeout=seconds)
    why, rest = str(raised.value).split("; nothing was put in place; ")
    assert why.startswith(f"{archive.server}: events.csv: ")
    assert message in why
    assert len(str(raised.value).splitlines()) == 1
    assert rest == (
        "download events.csv by hand, in its original format, from "
        f"https://doi.org/10.7910/DVN/BMY3UD, put it at {target} and run this again "
        "to check it"
    )
    assert [*target.parent.iterdir()] == []


def test_a_wrong_md5_of_a_file_left_as_it_is_is_reported(
    archive: Archive, target: Path
) -> None:
    archive.offers(CONTENT, plain(CONTENT) | {"md5": "0" * 32})
    with pytest.raises(UserError, match=f"expected md5:{'0' * 32} but got"):
        get(TINY_SET, target, archive.server)
    assert not target.exists()


def test_a_data_set_of_unknown_content_is_checked_by_its_columns_alone(
    archive: Archive, target: Path
) -> None:
    unknown = replace(TINY_SET, facts=None)
    archive.offers(CONTENT.splitlines(keepends=True)[0])
    with pytest.raises(UserError, match=r"0 rows, .*; expected some; no"):
        get(unknown, target, archive.server)
    archive.offers(CONTENT)
    assert get(unknown, target, archive.server) == (FACTS, True)


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
        assert dataset.path == PROJECT / looked_for


def test_the_command_says_what_it_got_and_what_comes_next(
    archive: Archive, target: Path
) -> None:
    archive.offers(CONTENT, table("explicit_ratings_fr"))
    command = ["mars_fr", "--server", f"{archive.server}/", "--to", target]
    done = run(*command)
    assert (done.returncode, done.stderr) == (0, "")
    first, *lines = done.stdout.splitlines()
    assert first == f"mars_fr: {target}, downloaded"
    message = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}
    assert message == {
        "holds": str(FACTS),
        "licence": LICENCE,
        "cite": CITATION,
        "next": f"make run DATASET=mars_fr RAW_EVENTS={target}",
    }
    for text in (LICENCE, CITATION):
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
    archive.offers(CONTENT, table("explicit_ratings_fr"))
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


def test_offline_is_reported_in_one_line(target: Path) -> None:
    # nobody listens at port 1; no name ends in .invalid
    for server, message in [
        ("127.0.0.1:1", "[Errno 111] Connection refused;"),
        ("no.invalid", "[Errno -"),
    ]:
        done = run("mars", "--server", f"http://{server}", "--to", target)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        # what the system says, with no library's words around it
        start = f"fetch: http://{server}: explicit_ratings_en.csv: "
        assert line.startswith(start + message)
        assert f"put it at {target} and run this again" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mras"], "'mras' is not one of 'mars', 'mars_fr'"),
        ([], "Missing argument"),
        (["mars", "--to=data/raw"], "'data/raw' does not end in .csv"),
    ],
)
def test_wrong_usage_is_reported(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        fetch.main(arguments)
    assert raised.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert line.endswith("; --help has the options")


def test_a_place_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    (tmp_path / "file").touch()
    for place, message in [
        (folder, f"{folder}: a folder; name the file"),
        (tmp_path / "file" / "x.csv", f"{tmp_path / 'file'}: "),
    ]:
        done = run("mars", "--to", place, "--server=http://127.0.0.1:1")
        assert done.returncode == 1
        assert done.stderr.startswith(f"fetch: {message}")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_does_not_hinder_the_next(
    how: signal.Signals, archive: Archive, target: Path
) -> None:
    archive.offers(CONTENT, table("explicit_ratings_fr"))
    archive.answers[UPLOAD] = Answer(CONTENT, stops_after=100)
    arguments = ["mars_fr", "--to", target, "--server", archive.server]
    with subprocess.Popen(
        command(*arguments),
        preexec_fn=heed_interrupts,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert archive.stopped.wait(20)
        process.send_signal(how)
        _, message = process.communicate()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert message == "fetch: interrupted; nothing was put in place\n"
    assert [*target.parent.iterdir()] == []
    archive.answers[UPLOAD] = Answer(CONTENT)
    assert run(*arguments).returncode == 0
    assert target.read_bytes() == CONTENT


def test_make_takes_the_path_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s $(here) & "there".csv'
    makefile = tmp_path / "Makefile"
    makefile.write_text('export RAW_EVENTS\nrun:\n\t@printf %s "$$RAW_EVENTS"\n')
    message = fetch.build_command("tiny", odd)
    assert message.startswith("make run DATASET=tiny RAW_EVENTS=")
    there = message.replace("make", f"make -s -f {shlex.quote(str(makefile))}", 1)
    done = subprocess.run(there, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == str(odd)


def test_a_path_in_the_project_is_printed_as_make_needs_it() -> None:
    path = DATASETS["mars"].path
    assert fetch.build_command("mars", path) == (
        "make run DATASET=mars RAW_EVENTS=data/raw/mars/explicit_ratings_en.csv"
    )


@needs_real_mars
def test_the_real_file_is_got_whole(archive: Archive, target: Path) -> None:
    content = REAL_MARS.read_bytes()
    archive.offers(content, table("explicit_ratings_en"))
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
