"""Reading the warehouse: one DuckDB file, one schema per dataset."""

import os
import re
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.memory import limits

# catalogs of DuckDB's own, and its default schema
RESERVED = ("main", "memory", "system", "temp")
# dbt-duckdb takes the path for a URL, and does not escape the name in its queries
ODD_IN_PATH = "?#;"
ODD_IN_NAME = "'\""
SQLITE = b"SQLite format 3\0"


def catalog(path: Path) -> str:
    """The name that DuckDB gives a database: its file's, up to the first dot."""
    return path.name.lstrip(".").split(".")[0]


def check_name(path: Path) -> None:
    """Raise a UserError if the path is not one that dbt and DuckDB can both use."""
    remedy = "name another file with --database or env DUCKDB_PATH"
    if path.is_dir():
        raise UserError(f"{path}: a folder, not a database; {remedy}")
    if catalog(path).lower() in RESERVED:
        raise UserError(
            f"{path}: DuckDB keeps the name {catalog(path)} for itself; {remedy}"
        )
    odd = sorted({*str(path)} & {*ODD_IN_PATH} | {*catalog(path)} & {*ODD_IN_NAME})
    if odd or not catalog(path):
        signs = f"contains {' '.join(odd)}" if odd else "has no name before its dot"
        raise UserError(
            f"{path}: dbt cannot use a database whose path {signs}; {remedy}"
        )
    if path.is_file() and path.stat().st_size:
        check_kind(path, remedy)


def check_kind(path: Path, remedy: str) -> None:
    """Raise a UserError if a file is not a DuckDB database.

    DuckDB would show a CSV as a database in memory, and lose what is built there.
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(len(SQLITE))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; {remedy}") from None
    if head == SQLITE:
        raise UserError(f"{path}: an SQLite database, not a DuckDB one; {remedy}")
    if head[8:12] != b"DUCK":
        raise UserError(f"{path}: not a DuckDB database; {remedy}")


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading.

    Raises:
        UserError: There is no such file, it is not a DuckDB database, or in use.
    """
    if not path.exists():
        raise UserError(f"{path}: no such database; run dbt build first")
    check_name(path)
    try:
        return duckdb.connect(str(path), read_only=True, config=limits())
    except duckdb.Error as error:
        raise cannot_open(path, error) from None


def cannot_open(path: Path, error: duckdb.Error) -> UserError:
    """The error for a database that DuckDB cannot open."""
    if re.search("Memory must have|for memory", str(error)):
        limit = os.environ.get("DUCKDB_MEMORY_LIMIT")
        return UserError(
            f"DUCKDB_MEMORY_LIMIT: '{limit}' is not a size; use e.g. 8GB or 50%"
        )
    holder = re.search(r"PID (\d+)", str(error))
    if holder:
        who = f"in use by process {holder[1]}, perhaps a dbt build"
        return UserError(f"{path}: {who}; wait until it ends")
    return UserError(f"{path}: {reason(error)}")


def rows(
    connection: duckdb.DuckDBPyConnection, query: str, *values: Any
) -> list[dict[str, Any]]:
    """Run a query, with values for its ?, and return its rows as dictionaries."""
    result = connection.execute(query, values)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def table(dataset: str, name: str) -> str:
    """The quoted name of a dataset's table."""
    quoted = dataset.replace('"', '""')
    return f'"{quoted}".{name}'


def datasets(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Names of the datasets in the warehouse, the one built last first.

    Raises:
        UserError: The file has the same name as one of them, which DuckDB cannot
            distinguish.
    """
    schemas = connection.execute(
        "select schema_name from duckdb_columns() where table_name = 'build_record'"
        " and column_name in ('number', 'invocation_id', 'started_at')"
        " and database_name = current_database() group by all having count(*) = 3"
    ).fetchall()
    built = []
    for (schema,) in schemas:
        if schema == catalog(path):
            raise UserError(
                f"{path}: it has the same name as a dataset in it, which DuckDB cannot "
                "distinguish; give another name in env DUCKDB_PATH and build again"
            )
        query = (
            f"select number, started_at from {table(schema, 'build_record')}"
            " where started_at is not null order by all desc limit 1"
        )
        built += [(*last, schema) for last in connection.execute(query).fetchall()]
    return [schema for *_, schema in sorted(built, reverse=True)]


def choose_dataset(
    connection: duckdb.DuckDBPyConnection, path: Path, dataset: str | None
) -> str:
    """The requested dataset, or the one built last.

    Raises:
        UserError: It is not in the warehouse, or nothing is.
    """
    built = datasets(connection, path)
    if not built:
        raise UserError(f"{path}: contains no dataset; run dbt build first")
    dataset = dataset or built[0]
    if dataset not in built:
        raise UserError(
            f"{dataset}: not in {path}, which holds {', '.join(sorted(built))}; "
            "give one of these, or build it first"
        )
    return dataset
