"""What dbt may not replace in a database, and databases that cannot be used."""

import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT, TINY, TINY_SETTINGS, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.warehouse.connection import connect, datasets


@dataclass(frozen=True)
class Named(Workspace):
    """A workspace whose database has a name of its own."""

    name: str

    @property
    def database(self) -> Path:
        return self.root / self.name


def execute(place: Workspace, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on the database and return the rows of the last."""
    with duckdb.connect(str(place.database)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


def tiny_settings(place: Workspace) -> dict[str, Any]:
    events = place.root / "events.csv"
    events.write_text(TINY)
    return TINY_SETTINGS | {"raw_events": str(events)}


def run(place: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/run.py", *place.export_command()[2:], *arguments],
        cwd=PROJECT,
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


# What a build may replace


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("create table sample.Sessions as select 42 as a", "has sessions, not"),
        ("create view sample.pairs as select 42 as a", "has pairs, not made"),
        # a table of that name, and not a record of our builds
        ("create table sample.build_record as select 42 as a", "has build_record, not"),
    ],
)
@pytest.mark.parametrize("command", ["run", "test"])
def test_what_no_build_made_is_not_replaced(
    command: str, statement: str, named: str, workspace: Workspace
) -> None:
    name = statement.split()[2]
    execute(workspace, "create schema sample", statement)
    done = workspace.dbt(command, **tiny_settings(workspace))
    assert not done.success
    assert sum(named in line for line in done.lines) == 1, done.lines
    assert any("nothing was changed" in line for line in done.lines)
    assert execute(workspace, f"from {name}") == [(42,)]
    query = "select table_name from information_schema.tables"
    assert [(name.split(".")[1],)] == execute(workspace, query)


def test_run_reports_what_it_would_replace_and_publishes_nothing(
    workspace: Workspace,
) -> None:
    statement = "create table sample.sessions as select 42 as a"
    execute(workspace, "create schema sample", statement)
    done = run(workspace)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line == (
        f"run: the schema sample of {workspace.database} has sessions, not made by a "
        "build of this project, which would replace them; move them to another schema, "
        "or name another database in env DUCKDB_PATH (on Spark: SPARK_WAREHOUSE); "
        "nothing was changed"
    )
    assert not workspace.processed.exists()


def test_what_has_no_name_of_ours_stays_and_stops_nothing(workspace: Workspace) -> None:
    execute(
        workspace,
        "create schema sample",
        "create table sample.mine as select 42 as a",
        # another schema's may have any name
        "create table pairs as select 42 as a",
    )
    settings = tiny_settings(workspace)
    pairs = ["run", "--select", "+pairs"]
    workspace.build(*pairs, **settings)
    execute(workspace, "create view sample.my_pairs as from sample.pairs")
    workspace.build(*pairs, **settings)
    assert execute(workspace, "from sample.mine") == [(42,)]
    assert execute(workspace, "from main.pairs") == [(42,)]
    assert execute(workspace, "select count(*) from sample.my_pairs") == [(3,)]
    # a build by a version whose record had fewer columns
    execute(workspace, "alter table sample.build_record drop column versions")
    workspace.build(*pairs, **settings)


# Which dataset is meant


def test_no_clock_says_which_dataset_was_built_last(workspace: Workspace) -> None:
    settings = tiny_settings(workspace)
    workspace.build(dataset="mars", **settings)
    workspace.build("run", "--select", "input_files", **settings)
    # as if the clock had been set back between the two
    execute(workspace, "update mars.build_record set started_at = '2100-01-01'")
    # and somebody's own table of that name
    execute(workspace, "create schema own", "create table own.build_record (a int)")
    with connect(workspace.database) as connection:
        assert datasets(connection, workspace.database) == ["sample", "mars"]
    records = ("sample", "mars")
    assert [
        execute(workspace, f"select number from {name}.build_record")
        for name in records
    ] == [[(2,)], [(1,)]]
    done = run(workspace)
    assert done.returncode == 0, done.stderr
    assert (workspace.processed / "sample").exists()
    assert not (workspace.processed / "mars").exists()
    assert execute(workspace, "select number from sample.build_record") == [(3,)]


# Databases that cannot be used


def as_a_folder(path: Path) -> None:
    path.mkdir()


def as_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a int)")


def as_text(path: Path) -> None:
    path.write_text("user_id,item_id,created_at\n" * 1000)


UNUSABLE = [
    ("bob's.duckdb", None, "dbt cannot use a database whose path contains '; name"),
    ('a"b.duckdb', None, 'dbt cannot use a database whose path contains "; name'),
    ("a?b.duckdb", None, "dbt cannot use a database whose path contains ?; name"),
    ("main.duckdb", None, "DuckDB keeps the name main for itself; name another file"),
    ("Temp.duckdb", None, "DuckDB keeps the name Temp for itself; name another file"),
    (".duckdb", as_a_folder, "a folder, not a database; name another file"),
    (
        "old.sqlite",
        as_sqlite,
        "an SQLite database, not a DuckDB one; name anoth",
    ),
    ("events.csv", as_text, ": not a DuckDB database; name another file"),
]


@pytest.mark.parametrize(
    ("name", "make", "why"), UNUSABLE, ids=[case[0] for case in UNUSABLE]
)
def test_a_database_that_cannot_be_used_is_reported_in_one_line(
    name: str, make: Any, why: str, tmp_path: Path
) -> None:
    place = Named(tmp_path, name)
    if make:
        make(place.database)
    done = place.dbt("run", "--select", "input_files")
    assert not done.success
    (line,) = [line for line in done.lines if str(place.database) in line]
    assert why in line
    assert not any("Traceback" in line for line in done.lines)
    built = run(place)
    assert built.returncode == 2
    (line,) = built.stderr.splitlines()
    assert line.startswith(f"run: {place.database}: ")
    assert why in line
    if make:
        with pytest.raises(UserError, match=why):
            connect(place.database)
    else:
        assert not place.database.exists()


def test_a_database_named_like_its_dataset_is_refused_before_anything_is_built(
    tmp_path: Path,
) -> None:
    # DuckDB takes the name up to the first dot
    place = Named(tmp_path, "sample.v2.duckdb")
    done = place.dbt("run", "--select", "input_files")
    assert not done.success
    (line,) = [line for line in done.lines if str(place.database) in line]
    assert "has the same name as the dataset sample" in line
    assert execute(place, "select table_name from information_schema.tables") == []


def test_an_empty_variable_is_as_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUCKDB_MEMORY_LIMIT", "")
    workspace.build("run", "--select", "input_files")
    monkeypatch.setenv("DUCKDB_MEMORY_LIMIT", "much")
    done = workspace.dbt("run", "--select", "input_files")
    message = "DUCKDB_MEMORY_LIMIT: 'much' is not a size; use e.g. 8GB or 50%"
    assert sum(message in line for line in done.lines) == 1, done.lines
    assert not any("Traceback" in line for line in done.lines)


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    place = Named(tmp_path, "new/folder/own.duckdb")
    place.build("run", "--select", "input_files")
    assert place.database.exists()
