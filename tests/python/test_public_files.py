"""Files in the forms of public datasets, under the settings that inspect proposes.

Every pair and episode equals what the reference makes of the same events, written down
in plain form.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import s3fs
from moto.server import ThreadedMotoServer

import reference
from conftest import PROJECT, Workspace
from test_commands import copy_of_project
from test_inspect import NO_MEASURES, SETTINGS_SEEN, STEPS

# how each form has a user u, an item i and the time of a step s; the time as ISO
PLAIN = {
    "MovieLens with commas": ("{u}", "{i}", "2000-12-31 22:12:4{s}"),
    "MovieLens with two colons": ("{u}", "{i}", "2000-12-31 22:12:4{s}"),
    "RecBole": ("{u}", "{i}", "2000-12-31 22:12:4{s}"),
    "vertical bars": ("{u}", "{i}", "2020-09-13 12:26:4{s}"),
    "OULAD": ("{u}", "{i}", "1970-01-0{s_from_1}"),
    "Diginetica, whose users are missing": ("{u}", "{i}", "2016-05-1{s}"),
    "YooChoose": ("{u}", "2145365{i}", "2014-04-1{s} 10:51:09.277"),
    "Moodle": ("Ana {u}", "Course: C{i}", "2021-09-1{s} 14:05"),
    "KDD Cup 2015": ("{u}", "o{i}x", "2014-06-1{s} 04:32:13"),
    "edX": ("u{u}", "X+{i}", "2020-01-1{s} 10:00:00.123"),
    "Amazon, the item first": (
        "A{u}ZJ7X2M0QWER",
        "B0000000{i}",
        "2012-11-21 00:00:0{s}",
    ),
}


def events(user_id: str, item_id: str, created_at: str) -> Iterator[reference.Row]:
    """The steps in plain form."""
    for user, item, step in STEPS:
        values = {"u": user, "i": item, "s": step, "s_from_1": step + 1}
        yield {
            "user_id": user_id.format(**values),
            "item_id": item_id.format(**values),
            "created_at": created_at.format(**values),
        }


def assert_equal_to_reference(
    workspace: Workspace,
    raw_events: str,
    plain: tuple[str, str, str],
    *options: str,
    **settings: Any,
) -> None:
    """Build a file up to the episodes, with options of dbt, and compare."""
    workspace.build(
        *("run", "--select", "+episodes", "+pairs", *options),
        raw_events=raw_events,
        **settings,
    )
    types = {name: settings[name] for name in settings if name.endswith("_id_type")}
    expected = reference.compute(events(*plain), reference.Settings(**types))
    assert (len(expected.pairs), sum(map(len, expected.episodes.values()))) == (18, 3)
    with duckdb.connect(str(workspace.database), read_only=True) as database:
        pairs = database.execute(
            "select pair_id, user_id, prefix, label, label_ts_epoch from sample.pairs"
            " order by pair_id"
        ).fetchall()
        episodes = database.execute(
            "select split, user_id, support_labels, query_labels from sample.episodes"
            " order by split, episode_id"
        ).fetchall()
    columns = ("pair_id", "user_id", "prefix", "label", "label_ts_epoch")
    assert pairs == [tuple(pair[name] for name in columns) for pair in expected.pairs]
    assert episodes == [
        (split, one["user_id"], one["support_labels"], one["query_labels"])
        for split in sorted(expected.episodes)
        for one in expected.episodes[split]
    ]


@pytest.mark.parametrize("form", PLAIN)
def test_a_file_in_the_form_of(form: str, workspace: Workspace) -> None:
    name, content, settings = SETTINGS_SEEN[form]
    (workspace.root / name).write_bytes(content)
    assert_equal_to_reference(
        workspace, str(workspace.root / name), PLAIN[form], **settings
    )


def test_files_in_the_form_of_ednet(workspace: Workspace) -> None:
    """A file per user, who is in its name; times in milliseconds."""
    folder = workspace.root / "KT1"
    folder.mkdir()
    for user in {user for user, _, _ in STEPS}:
        rows = (f"156509000{s}123,q{i},a,3\n" for u, i, s in STEPS if u == user)
        head = "timestamp,question_id,user_answer,elapsed_time\n"
        (folder / f"u{user}.csv").write_text(head + "".join(rows))
    assert_equal_to_reference(
        workspace,
        str(folder),
        ("{u}", "q{i}", "2019-08-06 11:13:2{s}.123"),
        columns={
            "user_id": {"filename": "u([0-9]+)"},
            "item_id": "question_id",
            "created_at": "timestamp",
            **NO_MEASURES,
        },
        item_id_type="varchar",
    )


def write_table(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """The steps as a table with columns of its own names and types."""
    database.execute(
        f"create table {table} (learner integer, course text, happened timestamp)"
    )
    database.executemany(
        f"insert into {table} values (?, ?, ?)",
        [list(row.values()) for row in events("{u}", "c{i}", "2021-03-01 10:00:0{s}")],
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
        "relation:lms.events",
        ("{u}", "c{i}", "2021-03-01 10:00:0{s}"),
        **OF_A_TABLE,
    )


@pytest.mark.parametrize("name", ["lms.events", "my_events"])
def test_a_source_and_a_model_of_the_project(name: str, workspace: Workspace) -> None:
    # there is no schema lms: only the source says which table it is
    with duckdb.connect(str(workspace.database)) as database:
        database.execute("create schema archive")
        write_table(database, "archive.steps")
    copy = copy_of_project(workspace)
    own = copy / "models" / "own"
    own.mkdir()
    (own / "my_events.sql").write_text("select * from {{ source('lms', 'events') }}")
    (own / "sources.yml").write_text(
        "sources:\n  - name: lms\n    schema: archive\n"
        "    tables: [{name: events, identifier: steps}]\n"
    )
    assert_equal_to_reference(
        workspace,
        f"relation:{name}",
        ("{u}", "c{i}", "2021-03-01 10:00:0{s}"),
        f"--project-dir={copy}",
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
    plain = ("{u}", "0{i}", "2021-03-01 10:00:0{s}")
    rows = [list(row.values()) for row in events(*plain)]
    for name, some in (("a", rows[:10]), ("b", rows[10:])):
        lines = ["learner,course,happened", *(",".join(row) for row in some)]
        s3.put_object(Bucket="logs", Key=f"events/{name}.csv", Body="\n".join(lines))
    profile, select, *_ = blocks("bring-your-own-data.md", "S3")
    monkeypatch.setenv("DBT_PROFILES_DIR", pasted_below_path(workspace.root, profile))
    with duckdb.connect(str(workspace.database)) as database:
        database.register_filesystem(
            s3fs.S3FileSystem(client_kwargs={"endpoint_url": s3.meta.endpoint_url})
        )
        database.execute(f"create schema lms; create view lms.events as {select}")
    assert_equal_to_reference(workspace, "relation:lms.events", plain, **OF_A_TABLE)


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
    page = (PROJECT / "docs" / "bring-your-own-data.md").read_text(encoding="utf-8")
    part = page[page.index(f"**{heading}**") :]
    named = re.search(r"^and `raw_events: (relation:\S+)`[.]$", part, re.MULTILINE)
    assert named
    assert_equal_to_reference(
        workspace,
        named[1],
        ("{u}", "c{i}", "2021-03-01 10:00:0{s}"),
        **OF_A_TABLE,
    )
