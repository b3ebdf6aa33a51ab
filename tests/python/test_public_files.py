"""Files in the forms of public datasets, from the file to the published folder.

Each is built under the preset of docs/bring-your-own-data.md, verified, and compared
value by value with what the reference makes of the same events, written down in plain
form.
"""

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import s3fs
from moto.server import ThreadedMotoServer

import reference
from conftest import PROJECT, Workspace
from mooc_episodes.inspect.inspection import inspect as look
from mooc_episodes.verify.checks import verify
from own_data import (
    OWN_DATA,
    flattening_of_edx,
    lines_of_the_page,
    preset_of_the_page,
    selected_for,
)
from test_against_reference import assert_published
from test_commands import copy_of_project

# Users 1 to 7 of 11 events each, the last two at the same time, and user 8 of too few.
# Users 3 and 6 repeat an item three times.
STEPS = [
    (user, 11 + (3 * n * n + user * n) % 9, min(n, 9))
    for n in range(11)
    for user in range(1, 9)
    if user < 8 or n < 4
]
NO_MEASURES = {"watch_percentage": None, "rating": None}


def filled(form: str, user: int, item: int, step: int) -> str:
    """A form with user u, item i, step s (d from 01, m a midnight) and rating r."""
    midnight = 1351728000 + 86400 * step  # from 2012-11-01
    rating = 1 + item % 5
    return form.format(u=user, i=item, s=step, d=f"{step + 1:02}", m=midnight, r=rating)


def text(form: str, head: str = "") -> str:
    """A line for each step, under a header."""
    return head + "".join(f"{filled(form, *one)}\n" for one in STEPS)


@dataclass(frozen=True)
class Plain:
    """How a form writes a user, an item, a time as ISO, and a rating."""

    user_id: str
    item_id: str
    created_at: str
    rating: str | None = None

    def rows(self) -> Iterator[reference.Row]:
        """The steps in plain form."""
        for one in STEPS:
            yield {
                "user_id": filled(self.user_id, *one),
                "item_id": filled(self.item_id, *one),
                "created_at": filled(self.created_at, *one),
                "rating": filled(self.rating, *one) if self.rating else None,
            }


def answers() -> dict[str, str]:
    """EdNet: a file per user, who is in its name."""
    head = "timestamp,solving_id,question_id,user_answer,elapsed_time\n"
    return {
        f"data/raw/ednet/KT1/u{number}.csv": head
        + "".join(
            f"156509000{step}123,{step},q{item},a,3000\n"
            for user, item, step in STEPS
            if user == number
        )
        for number in range(1, 9)
    }


def clicks() -> dict[str, str]:
    """OULAD: a course that starts on 2013-10-01, and one that starts a day later."""
    days = "".join(
        f'"BBB","2013J","{user}","5466{item}","{step - 1}","3"\n'
        if item % 2
        else f'"AAA","2013J","{user}","5466{item}","{step}","3"\n'
        for user, item, step in STEPS
    )
    head = '"code_module","code_presentation","id_student","id_site","date","sum_click"'
    return {
        "data/raw/oulad/studentVle.csv": f"{head}\n{days}",
        "data/raw/oulad/starts.csv": "code_module,code_presentation,start_date\n"
        "AAA,2013J,2013-10-01\nBBB,2013J,2013-10-02\n",
    }


def enrolments() -> dict[str, str]:
    """KDD Cup 2015: a learner has two enrolments."""
    log = "".join(
        f"{user}{item % 2},2014-06-1{step}T04:32:13,server,access,o{item}x\n"
        for user, item, step in STEPS
    )
    whose = "".join(f"{u}{n},ana{u},c{n}\n" for u in range(1, 9) for n in range(2))
    return {
        "data/raw/kdd/log_train.csv": f"enrollment_id,time,source,event,object\n{log}",
        "data/raw/kdd/enrollment_train.csv": "enrollment_id,username,course_id\n"
        + whose,
    }


def views() -> dict[str, str]:
    """Diginetica: as most sessions, the last has no user."""
    head = "sessionId;userId;itemId;timeframe;eventdate\n"
    form = "{u}1;{u};{i};{s}457;2016-05-1{s}"
    return {
        "data/raw/diginetica/train-item-views.csv": text(form, head)
        + "91;NA;11;0;2016-05-10\n91;NA;12;61001;2016-05-10\n"
    }


def tracked() -> dict[str, str]:
    """edX: videos that start to play, and a page view after each."""
    form = (
        '{{"username": "u{u}", "event_type": "%s", "time": '
        '"2020-01-1{s}T10:00:00.123456+00:00", "context": {{"course_id": '
        '"course-v1:X+{i}+2020", "org_id": "X"}}, "event": "{{}}"}}'
    )
    return {
        "data/raw/edx/tracking.log.gz": text(form % "play_video")
        + text(form % "/courses/about")
    }


def lists(line: Callable[[int, list[tuple[int, int]]], dict[str, Any]]) -> str:
    """A JSON line per user, of its items and steps."""
    return "".join(
        json.dumps(line(number, [(i, s) for u, i, s in STEPS if u == number])) + "\n"
        for number in range(1, 9)
    )


def enrolled() -> dict[str, str]:
    """MOOCCubeX: a list of courses and one of times."""
    return {
        "data/raw/mooccubex/user.json": lists(
            lambda user, taken: {
                "id": f"U_{user}",
                "name": "学生",
                "gender": None,
                "school": "",
                "year_of_birth": None,
                "course_order": [682100 + item for item, _ in taken],
                "enroll_time": [f"2019-10-1{step} 10:28:02" for _, step in taken],
            }
        )
    }


def segments_watched() -> dict[str, str]:
    """MOOCCubeX: a list of videos, each with a list of segments; one has none."""

    def segment(step: int) -> dict[str, Any]:
        start = 1580000000 + step
        return {
            "start_point": 0.0,
            "end_point": 9.5,
            "speed": 1.25,
            "local_start_time": start,
        }

    return {
        "data/raw/mooccubex/user-video.json": lists(
            lambda user, taken: {
                "user_id": f"U_{user}",
                "seq": [
                    *(
                        {
                            "video_id": f"V_{one}",
                            "segment": [segment(s) for i, s in taken if i == one],
                        }
                        for one in sorted({item for item, _ in taken})
                    ),
                    {"video_id": "V_99", "segment": []},
                ],
            }
        )
    }


# Of each preset of the page: its files, and what they say in plain form
SHAPES: dict[str, tuple[dict[str, str], Plain]] = {
    "movielens": (
        {
            "data/raw/movielens/ratings.csv": text(
                "{u},{i},{r}.5,97830076{s}", "userId,movieId,rating,timestamp\n"
            )
        },
        Plain("{u}", "{i}", "2000-12-31 22:12:4{s}", "{r}.5"),
    ),
    "movielens_1m": (
        {"data/raw/ml-1m/ratings.dat": text("{u}::{i}::{r}::97830076{s}")},
        Plain("{u}", "{i}", "2000-12-31 22:12:4{s}", "{r}"),
    ),
    "movielens_inter": (
        {
            "data/raw/ml-100k/ml-100k.inter": text(
                "{u}\t{i}\t{r}\t97830076{s}",
                "user_id:token\titem_id:token\trating:float\ttimestamp:float\n",
            )
        },
        Plain("{u}", "{i}", "2000-12-31 22:12:4{s}", "{r}"),
    ),
    "amazon": (
        {"data/raw/amazon/Books.csv": text("B0000000{i},A{u}ZJ7X2M0QWER,{r}.0,{m}")},
        Plain("A{u}ZJ7X2M0QWER", "B0000000{i}", "2012-11-{d}", "{r}.0"),
    ),
    "yoochoose": (
        {
            "data/raw/yoochoose/yoochoose-clicks.dat": text(
                "{u},2014-04-1{s}T10:51:09.277Z,2145365{i},0"
            )
        },
        Plain("{u}", "2145365{i}", "2014-04-1{s} 10:51:09.277"),
    ),
    "diginetica": (views(), Plain("{u}", "{i}", "2016-05-1{s} 00:00:0{s}.457")),
    "ednet": (answers(), Plain("{u}", "q{i}", "2019-08-06 11:13:2{s}.123")),
    "moodle": (
        {
            "data/raw/moodle/logs.csv": text(
                '"1{s}/09/21, 14:05","Ana {u}",-,"Course: C{i}",System,'
                '"Course viewed","The user with id \'{u}\' viewed it",web,10.0.0.{u}',
                'Time,"User full name","Affected user","Event context",Component,'
                '"Event name",Description,Origin,"IP address"\n',
            )
        },
        Plain("Ana {u}", "Course: C{i}", "2021-09-1{s} 14:05"),
    ),
    "oulad": (clicks(), Plain("{u}", "5466{i}", "2013-10-{d}")),
    "oulad_days": (
        {
            "data/raw/oulad/studentVle.csv": text(
                '"AAA","2013J","{u}","5466{i}","{s}","3"',
                '"code_module","code_presentation","id_student","id_site","date",'
                '"sum_click"\n',
            )
        },
        Plain("{u}", "5466{i}", "1970-01-{d}"),
    ),
    "kdd": (enrolments(), Plain("ana{u}", "o{i}x", "2014-06-1{s} 04:32:13")),
    "edx": (
        tracked(),
        Plain("u{u}", "course-v1:X+{i}+2020", "2020-01-1{s} 10:00:00.123456"),
    ),
    "mooccubex": (enrolled(), Plain("U_{u}", "6821{i}", "2019-10-1{s} 10:28:02")),
    "mooccubex_videos": (
        segments_watched(),
        Plain("U_{u}", "V_{i}", "2020-01-26 00:53:2{s}"),
    ),
}
# Those for which inspect proposes what the page says, from the file alone
PROPOSED = (
    "movielens",
    "movielens_1m",
    "movielens_inter",
    "amazon",
    "yoochoose",
    "moodle",
    "oulad_days",
)


def expected_of(plain: Plain, settings: dict[str, Any]) -> reference.Result:
    """What the reference makes of the plain form; its times are ISO."""
    names = {*reference.Settings.__dataclass_fields__} - {"time_format", "time_origin"}
    chosen = {name: settings[name] for name in settings if name in names}
    return reference.compute(plain.rows(), reference.Settings(**chosen))


def assert_equal_to_reference(
    workspace: Workspace, plain: Plain, *command: str, **settings: Any
) -> None:
    """Build, publish and verify a file, and compare all that is published."""
    workspace.build(*command, **settings)
    workspace.publish()
    folder = workspace.processed / "sample"
    assert verify(folder)[1] == []
    assert_published(folder, expected_of(plain, settings), k=2, q=3)


def write_files(workspace: Workspace, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def make_view(workspace: Workspace, dataset: str) -> None:
    """The page's select as lms.events, over the files of the workspace."""
    select = selected_for(dataset).replace("data/raw", f"{workspace.root}/data/raw")
    with duckdb.connect(str(workspace.database)) as database:
        database.execute(f"create schema lms; create view lms.events as {select}")


def test_the_steps_have_what_is_to_be_compared() -> None:
    """Episodes in all splits, later windows, repeats, a tie, a user of too few."""
    expected = expected_of(Plain("{u}", "{i}", "2021-03-{d}"), {})
    windows = [
        (split, one["user_id"], one["window"], one["n_known"])
        for split in sorted(expected.episodes)
        for one in expected.episodes[split]
    ]
    assert {split for split, *_ in windows} == {"train", "val", "test"}
    # by hand: 11 events, no repeat, a tie: 9 pairs; a label 4th has 4 items before it
    assert [one[1:] for one in windows if one[1] == 1] == [(1, 0, 1), (1, 1, 4)]
    # 11 events, three repeats, a tie, which of the two is first: 7 pairs either way
    assert [one[1:] for one in windows if one[1] == 3] == [(3, 0, 1)]
    assert {event.user_id for event in expected.left_out["ineligible"]} == {8}


@pytest.mark.parametrize("dataset", SHAPES)
def test_the_preset_of_the_page_for(
    dataset: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, plain = SHAPES[dataset]
    write_files(workspace, files)
    preset = preset_of_the_page(dataset)
    named = preset.pop("raw_events")
    raw_events = str(workspace.root / named)
    if named.startswith("relation:"):
        assert named == f"relation:{dataset}_events"
        make_view(workspace, dataset)
        raw_events = "relation:lms.events"
    if dataset == "edx":
        with monkeypatch.context() as patch:
            patch.chdir(workspace.root)
            duckdb.sql(flattening_of_edx())
    assert_equal_to_reference(workspace, plain, raw_events=raw_events, **preset)


@pytest.mark.parametrize("dataset", PROPOSED)
def test_inspect_proposes_the_preset_of_the_page_for(
    dataset: str, workspace: Workspace
) -> None:
    write_files(workspace, SHAPES[dataset][0])
    lines = lines_of_the_page(dataset)
    found = look(str(workspace.root / lines.pop("raw_events")))
    lines.pop("max_prefix_len", None)
    assert found.settings == lines


# What inspect proposes for a file of these forms, where the page has a better way
AS_IT_IS = {
    "KDD Cup 2015": (
        "log.csv",
        text(
            "{u},2014-06-1{s}T04:32:13,server,access,o{i}x",
            "enrollment_id,time,source,event,object\n",
        ),
        Plain("{u}", "o{i}x", "2014-06-1{s} 04:32:13"),
    ),
    "Diginetica": (
        "views.csv",
        text(
            "{u};NA;{i};{s}457;2016-05-1{s}",
            "sessionId;userId;itemId;timeframe;eventdate\n",
        ),
        Plain("{u}", "{i}", "2016-05-1{s}"),
    ),
    "vertical bars": (
        "events.txt",
        text("{u}|{i}|160000000{s}", "user_id|item_id|created_at\n"),
        Plain("{u}", "{i}", "2020-09-13 12:26:4{s}"),
    ),
    "edX": (
        "edx.jsonl",
        text(
            '{{"username": "u{u}", "context": {{"course_id": "X+{i}"}}, '
            '"time": "2020-01-1{s}T10:00:00.123+00:00"}}'
        ),
        Plain("u{u}", "X+{i}", "2020-01-1{s} 10:00:00.123"),
    ),
    "MongoDB": (
        "events.jsonl",
        text(
            '{{"_id": {{"$oid": "f{u}{s}"}}, "user_id": {{"$oid": "{u}a"}}, '
            '"course_id": {{"$oid": "{i}b"}}, '
            '"created_at": {{"$date": "2020-01-1{s}T10:00:00.123Z"}}}}'
        ),
        Plain("{u}a", "{i}b", "2020-01-1{s} 10:00:00.123"),
    ),
    "a date and a clock of 12 hours": (
        "events.csv",
        text("{u},{i},2020-01-1{s},10:0{s} PM", "learner,course,date,time\n"),
        Plain("{u}", "{i}", "2020-01-1{s} 22:0{s}:00"),
    ),
}


@pytest.mark.parametrize("form", AS_IT_IS)
def test_what_inspect_proposes_for_a_file_in_the_form_of(
    form: str, workspace: Workspace
) -> None:
    name, content, plain = AS_IT_IS[form]
    write_files(workspace, {name: content})
    path = str(workspace.root / name)
    settings = look(path).settings
    assert_equal_to_reference(workspace, plain, raw_events=path, **settings)


OF_A_TABLE_PLAIN = Plain("{u}", "c{i}", "2021-03-01 10:00:0{s}")


def write_table(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """The steps as a table with columns of its own names and types."""
    database.execute(
        f"create table {table} (learner integer, course text, happened timestamp)"
    )
    database.executemany(
        f"insert into {table} values (?, ?, ?)",
        [[user, f"c{item}", f"2021-03-01 10:00:0{step}"] for user, item, step in STEPS],
    )


OF_A_TABLE: dict[str, Any] = {
    "columns": {
        "user_id": "learner",
        "item_id": "course",
        "created_at": "happened",
        **NO_MEASURES,
    },
    "item_id_type": "varchar",
}


def test_a_table_of_the_warehouse(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.database)) as database:
        database.execute("create schema lms")
        write_table(database, "lms.events")
    assert_equal_to_reference(
        workspace,
        OF_A_TABLE_PLAIN,
        raw_events="relation:lms.events",
        **OF_A_TABLE,
    )


@pytest.mark.parametrize("name", ["lms.events", "my_events"])
def test_a_source_and_a_model_of_the_project(name: str, workspace: Workspace) -> None:
    # there is no schema lms: only the source says which table it is
    with duckdb.connect(str(workspace.database)) as database:
        database.execute("create schema archive")
        write_table(database, "archive.steps")
    copy = copy_of_project(workspace)
    for part in ("generic", "promises"):
        shutil.copytree(PROJECT / "tests" / part, copy / "tests" / part)
    own = copy / "models" / "own"
    own.mkdir()
    (own / "my_events.sql").write_text("select * from {{ source('lms', 'events') }}")
    (own / "sources.yml").write_text(
        "sources:\n  - name: lms\n    schema: archive\n"
        "    tables: [{name: events, identifier: steps}]\n"
    )
    assert_equal_to_reference(
        workspace,
        OF_A_TABLE_PLAIN,
        *("run", "--exclude", "evaluation", f"--project-dir={copy}"),
        raw_events=f"relation:{name}",
        **OF_A_TABLE,
    )


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 server on this machine, which the environment names."""
    keys = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "secret"}
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {**keys, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(name, value)
    yield boto3.client("s3", region_name="us-east-1")
    server.stop()


def blocks(page: str, heading: str) -> list[str]:
    """The indented code of the part of a page that begins with bold words."""
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    part = text[text.index(f"**{heading}**") :]
    return re.findall(r"^```\w+\n(.*?)^```", part, re.DOTALL | re.MULTILINE)


def pasted_below_path(folder: Path, profile: str) -> str:
    """Write profiles.yml with more lines below its path; return the folder."""
    own = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
    first, path, rest = re.split(
        r"(^ +path: .*\n)", own, maxsplit=1, flags=re.MULTILINE
    )
    (folder / "profiles.yml").write_text(first + path + profile + rest)
    return str(folder)


def test_files_in_s3_as_the_page_says(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, s3: Any
) -> None:
    s3.create_bucket(Bucket="logs")
    plain = Plain("{u}", "0{i}", "2021-03-01 10:00:0{s}")
    rows = [f"{user},0{item},2021-03-01 10:00:0{step}" for user, item, step in STEPS]
    for name, some in (("a", rows[:10]), ("b", rows[10:])):
        lines = ["learner,course,happened", *some]
        s3.put_object(Bucket="logs", Key=f"events/{name}.csv", Body="\n".join(lines))
    profile, select, *_ = blocks("bring-your-own-data.md", "S3")
    monkeypatch.setenv("DBT_PROFILES_DIR", pasted_below_path(workspace.root, profile))
    with duckdb.connect(str(workspace.database)) as database:
        database.register_filesystem(
            s3fs.S3FileSystem(client_kwargs={"endpoint_url": s3.meta.endpoint_url})
        )
        database.execute(f"create schema lms; create view lms.events as {select}")
    assert_equal_to_reference(
        workspace, plain, raw_events="relation:lms.events", **OF_A_TABLE
    )


def test_a_table_of_an_attached_database(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = workspace.root / "other.duckdb"
    with duckdb.connect(str(other)) as database:
        write_table(database, "events")
    heading = "Another DuckDB file"
    profile = blocks("bring-your-own-data.md", heading)[0]
    assert profile.count("data/raw/lms.duckdb") == 1
    profile = profile.replace("data/raw/lms.duckdb", str(other))
    monkeypatch.setenv("DBT_PROFILES_DIR", pasted_below_path(workspace.root, profile))
    part = OWN_DATA[OWN_DATA.index(f"**{heading}**") :]
    named = re.search(r"^and `raw_events: (relation:\S+)`[.]$", part, re.MULTILINE)
    assert named
    assert_equal_to_reference(
        workspace, OF_A_TABLE_PLAIN, raw_events=named[1], **OF_A_TABLE
    )
