"""Spark's tables as a DuckDB database, so that one exporter and one test read both.

Spark keeps a table as a folder of Parquet files, `<warehouse>/<dataset>.db/<table>`.
Spark also writes the views there, whose prefixes are computed on export. DuckDB only
reads. pyspark is imported only where it is used: it is an optional dependency.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.warehouse.connection import table

JAVA_VERSIONS = (8, 11, 17)  # that Spark 3.5 supports
# the exporter does not read these views; it reads all others
INPUT_VIEWS = (
    "raw_events",
    "stg_events",
    "stg_pinned_splits",
    "stg_pinned_vocab",
    "int_events_in_time",
    "int_course_users",
    "int_selected_events",
)
# what Hadoop takes for a pattern or the catalogue's address for its end
NOT_IN_PATHS = re.compile(r"[][{}*?;\\]")


def warehouse() -> Path:
    """The folder of Spark's tables and their catalogue, as the profile has it."""
    return PROJECT / os.environ.get("SPARK_WAREHOUSE", "data/spark")


@contextmanager
def ready() -> Iterator[None]:
    """Lock Spark's warehouse and remove what a killed build left unfinished.

    Raises:
        UserError: Spark cannot start or write, or another run builds there.
    """
    check_setup()
    folder = warehouse()
    with (folder / ".lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"{folder}: another run builds there; wait until it ends, or name "
                "another folder in env SPARK_WAREHOUSE; nothing was published"
            ) from None
        # the catalogue lacks these tables, so Spark would refuse to make them
        for unfinished in folder.glob("warehouse/*.db/*/_temporary"):
            shutil.rmtree(unfinished.parent)
        yield


def check_setup() -> None:
    """Raise a UserError if Spark cannot start or write."""
    if not importlib.util.find_spec("pyspark"):
        raise UserError(
            "Spark is not installed here; run make run TARGET=spark, or install "
            "requirements-spark.txt"
        )
    check_java()
    folder = warehouse()
    if found := NOT_IN_PATHS.search(str(folder)):
        raise UserError(
            f"{folder}: Spark cannot keep tables in a folder with {found[0]!r} in its "
            "path; name another in env SPARK_WAREHOUSE"
        )
    remedy = "name a writable folder in env SPARK_WAREHOUSE"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}; {remedy}") from None
    there = [path for path in (folder, *folder.glob("*")) if path.is_dir()]
    closed = [path for path in there if not os.access(path, os.W_OK)]
    if closed:
        raise UserError(f"{closed[0]}: Permission denied; {remedy}")


def check_java() -> None:
    """Raise a UserError if there is no Java, or one that Spark does not support."""
    wanted = f"Java {', '.join(map(str, JAVA_VERSIONS[:-1]))} or {JAVA_VERSIONS[-1]}"
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    where = f"JAVA_HOME {home}" if home else "PATH"
    try:
        printed = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=True
        ).stderr
    except (OSError, subprocess.CalledProcessError):
        raise UserError(
            f"Spark needs {wanted}, and none is found by {where}; install one, or name "
            "its folder in env JAVA_HOME"
        ) from None
    version = java_version(printed)
    if version not in JAVA_VERSIONS:
        raise UserError(
            f"Spark needs {wanted}; by {where} it is {version or 'unknown'}; "
            "name another's folder in env JAVA_HOME"
        )


def java_version(printed: str) -> int | None:
    """The version that `java -version` prints: 17 of "17.0.15", 8 of "1.8.0_402"."""
    found = re.search(r'version "(?:1\.)?(\d+)', printed)
    return int(found[1]) if found else None


def read_with_duckdb(dataset: str, database: Path) -> None:
    """Make a DuckDB database of the dataset that Spark built in this process.

    Args:
        dataset: The dataset.
        database: The file to make; one that is there is replaced.
    """
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    folder = warehouse() / "warehouse" / f"{dataset}.db"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create schema {dataset}")
        for found in spark.catalog.listTables(dataset):
            if found.tableType == "VIEW" and found.name in INPUT_VIEWS:
                continue
            if found.name.startswith("csv_"):
                continue
            written = folder / found.name
            # an empty bucketed table has no file, so no schema
            if found.tableType == "VIEW" or not any(written.glob("*.parquet")):
                written = folder / f"view_{found.name}"
                shutil.rmtree(written, ignore_errors=True)
                spark.table(f"{dataset}.{found.name}").write.parquet(str(written))
            read_parquet(connection, table(dataset, found.name), written)
        # Per invocation keep the row with results, if any; drop everything before the
        # last complete build.
        record = table(dataset, "build_record")
        connection.execute(
            f"""
            create or replace table {record} as
            select * from {record}
            qualify row_number() over (
                partition by invocation_id order by results nulls last
            ) = 1
            """
        )
        connection.execute(
            f"""
            delete from {record} where number < (
                select max(number) from {record}
                where list_has_all(json_keys(results), json_keys(nodes))
            )
            """
        )


def read_parquet(
    connection: duckdb.DuckDBPyConnection, name: str, folder: Path
) -> None:
    """Name a table's Parquet files; its times, all in UTC, lose their zone."""
    # a folder may be named [1], or bob's
    quoted = re.sub(r"([*?\[])", r"[\1]", str(folder)).replace("'", "''")
    files = f"read_parquet('{quoted}/*.parquet', hive_partitioning = false)"
    columns = [
        f"timezone('UTC', {column}) as {column}" if "TIME ZONE" in kind else column
        for column, kind, *_ in connection.execute(
            f"describe select * from {files}"
        ).fetchall()
    ]
    what = "table" if name.endswith("build_record") else "view"
    connection.execute(
        f"create {what} {name} as select {', '.join(columns)} from {files}"
    )
