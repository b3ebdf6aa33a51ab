"""Writing the artifacts from the warehouse, a range of users at a time.

A user's rows are stored together, and a view computes only the users a query asks for.
So a thread needs the memory of one range, however large the dataset, and rows are
sorted range by range. A range is at least one user; rejected rows, which are few, are
read at once. Each thread writes the files of one pass over the users.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.fingerprints import HashedFile
from mooc_episodes.base.progress import counter
from mooc_episodes.contract import (
    COMPRESSION,
    IN_MODELS,
    Artifact,
    JsonArtifact,
    ParquetArtifact,
)
from mooc_episodes.publish.folders import write_json
from mooc_episodes.publish.gathered import Sequences, gathered
from mooc_episodes.warehouse.connection import table

EVENTS_PER_RANGE = 500_000
PREFIX_ITEMS_PER_EVENT = 20  # this many weigh as much as one event
ROWS_PER_GROUP = 65_536
RISING = (
    "ts",
    "ts_epoch",
    "pair_id",
    "label_ts_epoch",
    "episode_id",
    "support_label_ts",
    "query_label_ts",
    "ts_micros",
)

# lists are written with what they are gathered from, so that it is read once for both;
# sequences are read for either
PASSES = {
    "user_sequences": "pairs",
    "pair_offsets": "pairs",
    "episode_offsets": "episodes",
}

UserRange = tuple[Any, Any]


@dataclass(frozen=True)
class Written:
    """What was written to a file.

    Attributes:
        n_rows: Rows, or entries.
        sha256: The file's; None if it was not hashed.
    """

    n_rows: int
    sha256: str | None = None


class StoppedError(Exception):
    """Another thread failed, or the user interrupted."""


def write_artifacts(
    connection: duckdb.DuckDBPyConnection,
    settings: dict[str, Any],
    artifacts: Sequence[Artifact],
    folder: Path,
) -> list[Written]:
    """Write every artifact and return what each has.

    Files of one pass are written by one thread; there are as many threads as DuckDB
    has.
    """
    dataset = settings["dataset"]
    artifacts = [with_more(connection, dataset, artifact) for artifact in artifacts]
    ranges = user_ranges(connection, settings)
    passes = [
        list(files)
        for _, files in itertools.groupby(
            artifacts, key=lambda own: PASSES.get(own.model, own.model)
        )
    ]
    for artifact in artifacts:
        (folder / artifact.path).parent.mkdir(parents=True, exist_ok=True)
    n_steps = sum(
        len(ranges) if files[0].by_user else 1
        for files in passes
        if isinstance(files[0], ParquetArtifact)
    )
    stopping = Event()
    with (
        counter(n_steps, "writing") as advance,
        ThreadPoolExecutor(n_threads(connection)) as pool,
    ):

        def go_on() -> None:
            if stopping.is_set():
                raise StoppedError
            advance()

        def write(files: Sequence[Any]) -> list[Written]:
            with connection.cursor() as own:
                if isinstance(files[0], JsonArtifact):
                    return [write_entries(own, dataset, file, folder) for file in files]
                return write_tables(own, dataset, files, folder, ranges, go_on)

        # the last files are the largest, and the longest pass must not start last
        written = [pool.submit(write, files) for files in reversed(passes)]
        try:
            for done in as_completed(written):
                done.result()
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)
    return [own for done in reversed(written) for own in done.result()]


def n_threads(connection: duckdb.DuckDBPyConnection) -> int:
    """How many threads DuckDB has."""
    [(found,)] = connection.execute("select current_setting('threads')").fetchall()
    return int(found)


def with_more(
    connection: duckdb.DuckDBPyConnection, dataset: str, artifact: Artifact
) -> Artifact:
    """The artifact, with the columns of the table that gives it more of them."""
    if not isinstance(artifact, ParquetArtifact) or not artifact.more_from:
        return artifact
    more = connection.table(table(dataset, artifact.more_from)).columns
    fields = [pa.field(name, pa.string()) for name in more if name != "course_id"]
    return replace(artifact, schema=pa.schema([*artifact.schema, *fields]))


def write_entries(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    artifact: JsonArtifact,
    folder: Path,
) -> Written:
    """Write a JSON artifact."""
    where = f" where split = '{artifact.split}'" if artifact.split else ""
    entries = select(dataset, artifact, artifact.columns, where)
    found = connection.execute(entries).fetchall()
    write_json(folder / artifact.path, artifact.build(found))
    return Written(len(found))


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    files: Sequence[ParquetArtifact],
    folder: Path,
    ranges: Sequence[UserRange],
    go_on: Callable[[], None],
) -> list[Written]:
    """Write the Parquet files of one pass, and call go_on before each range."""
    n_rows = [0] * len(files)
    with ExitStack() as stack:
        outputs = [
            stack.enter_context(HashedFile(folder / file.path)) for file in files
        ]
        writers = [
            stack.enter_context(
                pq.ParquetWriter(
                    output,
                    file.schema,
                    compression=COMPRESSION,
                    **encodings(file.schema),
                )
            )
            for output, file in zip(outputs, files, strict=True)
        ]
        for found in read(connection, dataset, files, ranges):
            go_on()
            for number, file in enumerate(files):
                for group in row_groups(file, found):
                    writers[number].write_table(group)
                    n_rows[number] += group.num_rows
    return [
        Written(own, output.hash.hexdigest())
        for own, output in zip(n_rows, outputs, strict=True)
    ]


def encodings(schema: pa.Schema) -> dict[str, Any]:
    """Ascending numbers are delta-encoded, others dictionary-encoded.

    With dictionaries for all, events take 1.7 times the bytes and twice as long.
    """
    rising = [leaf(field) for field in schema if field.name in RISING]
    others = [leaf(field) for field in schema if field.name not in RISING]
    return {
        "column_encoding": dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
        "use_dictionary": others,
    }


def leaf(field: pa.Field) -> str:
    """Parquet's path to a column's values, inside lists."""
    path, kind = field.name, field.type
    while pa.types.is_list(kind):
        path, kind = f"{path}.list.element", kind.value_type
    return path


def row_groups(file: ParquetArtifact, found: dict[str, pa.Table]) -> Iterator[pa.Table]:
    """The row groups of a file, from what was read of each model."""
    if not file.gathered_from:
        yield from grouped(rows_of(file, found[file.model]))
        return
    sequences, places = (
        rows_of(source, found[source.model]) for source in file.gathered_from
    )
    all_sequences = Sequences.of(sequences)
    for group in grouped(places):
        yield gathered(file.model, file.schema, all_sequences, group)


def grouped(rows: pa.Table) -> Iterator[pa.Table]:
    """The rows in row groups."""
    for start in range(0, rows.num_rows, ROWS_PER_GROUP):
        yield rows.slice(start, ROWS_PER_GROUP)


def rows_of(file: ParquetArtifact, rows: pa.Table) -> pa.Table:
    """The rows of a file's split, with its columns and types.

    As one chunk: a Parquet file's pages end where chunks do, and those depend on the
    number of DuckDB's threads.

    Raises:
        UserError: A value is null that must not be.
    """
    if file.split:
        rows = rows.filter(pc.field("split") == file.split)
    try:
        return rows.select(file.schema.names).cast(file.schema).combine_chunks()
    except ValueError as error:
        raise UserError(
            f"{file.model}: {error}; it was changed after the build: run dbt build "
            "again; if this repeats, it is a bug"
        ) from None


def read(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    files: Sequence[ParquetArtifact],
    ranges: Sequence[UserRange],
) -> Iterator[dict[str, pa.Table]]:
    """The rows of each model that is read for files, in order.

    Yields:
        All rows at once, or those of a range of users at a time.
    """
    sources = {own.model: own for file in files for own in file.sources}
    by_user = files[0].by_user
    where = " where user_id between ? and ?" if by_user else ""
    queries = {model: query(dataset, own, where) for model, own in sources.items()}
    for users in ranges if by_user else [()]:
        yield {
            model: connection.sql(own, params=users).to_arrow_table()
            for model, own in queries.items()
        }


def query(dataset: str, file: ParquetArtifact, where: str = "") -> str:
    """The query for a file's columns, and the split of each row if it has one only."""
    names = [*file.schema.names, *(["split"] if file.split else [])]
    columns = ", ".join(
        f"{quoted(IN_MODELS.get(name, name))} as {quoted(name)}" for name in names
    )
    return select(dataset, file, columns, where)


def quoted(name: str) -> str:
    """A column's name as SQL has it, whatever it is."""
    return '"' + name.replace('"', '""') + '"'


def select(dataset: str, artifact: Artifact, columns: str, where: str = "") -> str:
    """The query for an artifact's rows, in the order to write them."""
    source = table(dataset, artifact.model)
    if isinstance(artifact, ParquetArtifact) and artifact.more_from:
        source += f" left join {table(dataset, artifact.more_from)} using (course_id)"
    return f"select {columns} from {source}{where} order by {artifact.order_by}"


def user_ranges(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, Any]
) -> list[UserRange]:
    """The first and last user of ranges of about equal size, by user_id."""
    dataset, k, q = (settings[name] for name in ("dataset", "episode_k", "episode_q"))
    users, pairs = table(dataset, "int_users"), table(dataset, "int_user_totals")
    return connection.execute(
        f"""
        with users_weighed as (
            select
                user_id,
                users.n_events
                + pairs.n_prefix_items * {k + q}
                // {q * PREFIX_ITEMS_PER_EVENT} as weight
            from {users} as users
            inner join {pairs} as pairs using (user_id)
        ),
        users_split as (
            select
                user_id,
                sum(weight) over (order by user_id) // {EVENTS_PER_RANGE} as part
            from users_weighed
        )
        select min(user_id), max(user_id)
        from users_split
        group by part
        order by part
        """
    ).fetchall()
