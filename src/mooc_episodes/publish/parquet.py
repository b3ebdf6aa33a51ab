"""Writing the artifacts from the warehouse, a range of users at a time.

A user's rows are stored together, and a view computes only the users a query asks for.
So a thread needs the memory of one range, however large the dataset, and rows are
sorted range by range. A range is at least one user; rejected rows, which are few, are
read at once. Each thread writes the files that are made of the same rows: those of one
model, and positions with the lists gathered by them.
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

    Files made of the same rows are written in one pass over these, by one thread; there
    are as many threads as DuckDB has.
    """
    dataset = settings["dataset"]
    artifacts = [with_more(connection, dataset, artifact) for artifact in artifacts]
    ranges = user_ranges(connection, settings)
    passes = [list(group) for _, group in itertools.groupby(artifacts, key=rows_read)]
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


def rows_read(artifact: Artifact) -> str:
    """The model that has a row for each row of the artifact."""
    if isinstance(artifact, ParquetArtifact):
        return artifact.sources[-1].model
    return artifact.model


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
    """Write Parquet files made of the same rows, and call go_on before each range."""
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
        # the last is made of most: of all that the others are made of
        for found in read(connection, dataset, files[-1], ranges):
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


def row_groups(file: ParquetArtifact, found: Sequence[pa.Table]) -> Iterator[pa.Table]:
    """The row groups of a file, from what was read for it or for lists of its rows."""
    if not file.gathered_from:
        yield from grouped(rows_of(file, found[-1]))
        return
    sequences, places = (
        rows_of(source, rows)
        for source, rows in zip(file.gathered_from, found, strict=True)
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
    file: ParquetArtifact,
    ranges: Sequence[UserRange],
) -> Iterator[list[pa.Table]]:
    """The rows of each source in order: all at once, or a range of users at a time."""
    if file.by_user:
        queries = [
            query(dataset, own, " where user_id between ? and ?")
            for own in file.sources
        ]
        for users in ranges:
            yield [
                connection.sql(own, params=users).to_arrow_table() for own in queries
            ]
    else:
        yield [connection.sql(query(dataset, file)).to_arrow_table()]


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
