"""Reading the warehouse: which data set, its settings, and is it fit to publish.

The warehouse is one DuckDB file with one schema a data set. Each schema holds a table
`build_record` (macros/build_record.sql), one row per dbt invocation that touched it.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.errors import UserError

PUBLISHABLE = {"success", "pass", "warn", "no-op"}
INTERRUPTED = "interrupted"
NOT_RUN = "not run"


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading.

    Raises:
        UserError: There is no such file, it is no DuckDB database, or a build holds it.
    """
    if not path.exists():
        raise UserError(f"{path}: no such database; run dbt build first")
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        holder = re.search(r"PID (\d+)", str(error))
        if holder:
            raise UserError(
                f"{path}: in use by process {holder[1]}, a dbt build perhaps; "
                "wait until it ends"
            ) from None
        raise UserError(f"{path}: {str(error).splitlines()[0]}") from None


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries."""
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def table(dataset: str, name: str) -> str:
    """The quoted name of a data set's table."""
    quoted = dataset.replace('"', '""')
    return f'"{quoted}".{name}'


def datasets(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the data sets in the warehouse, the one built last first."""
    schemas = connection.execute(
        "select schema_name from duckdb_tables() where table_name = 'build_record'"
    ).fetchall()
    built = []
    for (schema,) in schemas:
        query = f"select max(started_at) from {table(schema, 'build_record')}"
        (started_at,) = connection.execute(query).fetchall()[0]
        if started_at is not None:
            built.append((started_at, schema))
    return [schema for _, schema in sorted(built, reverse=True)]


def choose_dataset(
    connection: duckdb.DuckDBPyConnection, path: Path, dataset: str | None
) -> str:
    """The data set asked for, or the one built last.

    Raises:
        UserError: It is not in the warehouse, or nothing is.
    """
    built = datasets(connection)
    if not built:
        raise UserError(f"{path}: holds no data set; run dbt build first")
    if dataset is None:
        return built[0]
    if dataset not in built:
        raise UserError(
            f"{dataset}: not in {path}, which holds {', '.join(sorted(built))}; "
            f"run dbt build --vars '{{dataset: {dataset}}}' first"
        )
    return dataset


@dataclass(frozen=True)
class Node:
    """A model or test as dbt last left it.

    Attributes:
        name: dbt's unique id, e.g. `model.mooc_episodes.pairs`.
        status: dbt's word for how it ended, or `interrupted`, or `not run`.
        settings: The settings it ran under, as JSON; empty where it never ran.
    """

    name: str
    status: str
    settings: str = ""

    @property
    def kind(self) -> str:
        """`model`, `test` or `unit_test`."""
        return self.name.split(".")[0]

    @property
    def label(self) -> str:
        """The name as people say it."""
        parts = self.name.split(".")
        name = parts[3] if self.kind == "unit_test" else parts[2]
        return f"{self.kind.replace('_', ' ')} {name}"


def replay(invocations: list[dict[str, Any]]) -> list[Node]:
    """What became of each model and test, from the dbt invocations in their order.

    A node that an invocation selected but left without a result was interrupted. A
    model built anew makes the results of all tests before it old.

    Args:
        invocations: Rows of `build_record`, oldest first; the last one's `nodes` are
            those that must be there.
    """
    nodes = {name: Node(name, NOT_RUN) for name in json.loads(invocations[-1]["nodes"])}
    for invocation in invocations:
        selected = json.loads(invocation["selected"])
        results = json.loads(invocation["results"] or "{}")
        if any(name.startswith("model.") for name in selected):
            for name, node in nodes.items():
                if node.kind != "model":
                    nodes[name] = Node(name, NOT_RUN)
        for name in {*selected, *results}:
            status = results.get(name, INTERRUPTED)
            nodes[name] = Node(name, status, invocation["settings"])
    return list(nodes.values())


@dataclass(frozen=True)
class Tests:
    """How the build's tests went: `status` is `passed` or `not run`."""

    passed: int
    not_run: int

    @property
    def status(self) -> str:
        """`passed` where all ran, else `not run`."""
        return NOT_RUN if self.not_run else "passed"


def check_build(connection: duckdb.DuckDBPyConnection, dataset: str) -> Tests:
    """Refuse a build that is not fit to publish.

    Raises:
        UserError: A model or test failed, was interrupted or was never built, or the
            models were built under different settings.
    """
    record = table(dataset, "build_record")
    nodes = replay(rows(connection, f"from {record} order by started_at"))
    again = f"run dbt build --vars '{{dataset: {dataset}}}' with your settings again"

    def refuse(what: str, found: list[Node]) -> None:
        if found:
            names = ", ".join(f"{node.label} ({node.status})" for node in found[:10])
            more = f" and {len(found) - 10} more" if len(found) > 10 else ""
            raise UserError(f"{dataset}: {what}: {names}{more}; {again}")

    tests = [node for node in nodes if node.kind != "model"]
    models = [node for node in nodes if node.kind == "model"]
    ended_badly = [node for node in nodes if node.status not in {*PUBLISHABLE, NOT_RUN}]
    skipped = [node for node in ended_badly if node.status == "skipped"]
    interrupted = [node for node in ended_badly if node.status == INTERRUPTED]
    failed = [n for n in ended_badly if n not in skipped and n not in interrupted]
    refuse("the build failed", failed)
    refuse("the build was interrupted", interrupted)
    refuse("the build skipped", skipped)
    refuse("not built", [node for node in models if node.status == NOT_RUN])
    settings = {node.settings for node in models}
    if len(settings) > 1:
        raise UserError(
            f"{dataset}: its models were built under different settings; {again}"
        )
    not_run = [node for node in tests if node.status == NOT_RUN]
    return Tests(passed=len(tests) - len(not_run), not_run=len(not_run))


def read_settings(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, Any]:
    """The settings of the build, read from its `run_config`."""
    (config,) = rows(connection, f"from {table(dataset, 'run_config')}")
    for name in ("columns", "split_ratios"):
        config[name] = json.loads(config[name])
    return config
