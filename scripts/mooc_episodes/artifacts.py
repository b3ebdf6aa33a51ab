"""The artifacts: which files there are, their schemas, and how each is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from mooc_episodes.publishing import write_json
from mooc_episodes.warehouse import table

SPLITS = ("train", "val", "test")
ROWS_PER_GROUP = 65_536


def required(name: str, kind: pa.DataType) -> pa.Field:
    """A column without nulls, whatever the data."""
    return pa.field(name, kind, nullable=False)


def list_of(kind: pa.DataType) -> pa.DataType:
    """A list without null elements."""
    return pa.list_(required("element", kind))


ITEM = pa.int64()
ITEMS = list_of(ITEM)
ID_TYPES = {"bigint": pa.int64(), "varchar": pa.string()}


@dataclass(frozen=True)
class ParquetArtifact:
    """A table as one Parquet file, zstd.

    Attributes:
        path: Relative to the data set's folder.
        model: The dbt model it is read from.
        schema: Columns, types and nullability; the same for any data.
        order_by: Columns that order its rows, a unique key.
        split: The only split it holds, or None for all.
    """

    path: str
    model: str
    schema: pa.Schema
    order_by: str
    split: str | None = None

    def write(
        self, connection: duckdb.DuckDBPyConnection, dataset: str, folder: Path
    ) -> int:
        """Write the file and return the number of its rows."""
        target = folder / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        query = select(self, ", ".join(self.schema.names), dataset)
        reader = connection.sql(query).to_arrow_reader(ROWS_PER_GROUP)
        n_rows = 0
        with pq.ParquetWriter(target, self.schema, compression="zstd") as writer:
            for group in row_groups(reader):
                writer.write_table(group.cast(self.schema))
                n_rows += group.num_rows
        return n_rows


def row_groups(
    batches: Iterable[pa.RecordBatch], n_rows: int = ROWS_PER_GROUP
) -> Iterator[pa.Table]:
    """The rows in tables of n_rows each, however the batches are cut."""
    pending: list[pa.RecordBatch] = []
    n_pending = 0
    for batch in batches:
        pending.append(batch)
        n_pending += batch.num_rows
        while n_pending >= n_rows:
            merged = pa.Table.from_batches(pending).combine_chunks()
            yield merged.slice(0, n_rows)
            rest = merged.slice(n_rows)
            pending, n_pending = rest.to_batches(), rest.num_rows
    if n_pending:
        yield pa.Table.from_batches(pending).combine_chunks()


@dataclass(frozen=True)
class JsonArtifact:
    """The rows of a query as one JSON document.

    Attributes:
        path: Relative to the data set's folder.
        model: The dbt model it is read from.
        columns: The columns read, in order.
        order_by: Columns that order the rows, a unique key.
        build: Makes the document from the rows.
        split: The only split it holds, or None for all.
    """

    path: str
    model: str
    columns: str
    order_by: str
    build: Callable[[list[tuple[Any, ...]]], dict[str, Any]]
    split: str | None = None

    def write(
        self, connection: duckdb.DuckDBPyConnection, dataset: str, folder: Path
    ) -> int:
        """Write the file and return the number of its entries."""
        found = connection.execute(select(self, self.columns, dataset)).fetchall()
        write_json(folder / self.path, self.build(found))
        return len(found)


Artifact = ParquetArtifact | JsonArtifact


def select(artifact: Artifact, columns: str, dataset: str) -> str:
    """The query for an artifact's rows, in the order to write them."""
    where = f" where split = '{artifact.split}'" if artifact.split else ""
    source = table(dataset, artifact.model)
    return f"select {columns} from {source}{where} order by {artifact.order_by}"


def all_artifacts(settings: dict[str, Any]) -> list[Artifact]:
    """Every artifact of a data set, for the settings of its build."""
    user_id = required("user_id", ID_TYPES[settings["user_id_type"]])
    course_id = required("course_id", ID_TYPES[settings["item_id_type"]])
    k, q = settings["episode_k"], settings["episode_q"]

    def int64(*names: str) -> list[pa.Field]:
        return [required(name, pa.int64()) for name in names]

    def text(*names: str) -> list[pa.Field]:
        return [pa.field(name, pa.string()) for name in names]

    sessions = pa.schema(
        [
            required("session_id", pa.string()),
            user_id,
            course_id,
            *int64("start_ts", "end_ts", "n_events", "duration_sec"),
        ]
    )
    events = pa.schema(
        [
            user_id,
            course_id,
            required("session_id", pa.string()),
            required("ts", pa.timestamp("us", tz="UTC")),
            *int64("ts_epoch", "pos_in_sess", "sess_len", "item_id"),
            pa.field("watch_percentage", pa.float64()),
            pa.field("rating", pa.float64()),
        ]
    )
    pairs = pa.schema(
        [
            required("pair_id", pa.int64()),
            user_id,
            required("prefix", ITEMS),
            *int64("label", "label_ts_epoch", "prefix_len"),
        ]
    )
    episodes = pa.schema(
        [
            required("episode_id", pa.int64()),
            user_id,
            required("support_prefixes", list_of(ITEMS)),
            required("support_labels", ITEMS),
            required("query_prefixes", list_of(ITEMS)),
            required("query_labels", ITEMS),
            *int64("n_support", "n_query"),
        ]
    )
    given = ("user_id", "item_id", "created_at", "watch_percentage", "rating")
    rejected = pa.schema([*text(*given), required("reason", pa.string())])
    vocab = ("vocab", "course_id, item_id", "item_id")
    return [
        JsonArtifact("vocab/course2id.json", *vocab, build=course2id),
        JsonArtifact("vocab/id2course.json", *vocab, build=id2course),
        *(
            JsonArtifact(
                f"user_splits/users_{split}.json",
                "user_splits",
                "user_id",
                "user_id",
                build=users,
                split=split,
            )
            for split in SPLITS
        ),
        ParquetArtifact(
            "sessions/sessions.parquet", "sessions", sessions, "user_id, session_number"
        ),
        ParquetArtifact(
            "sessions/events_sessionized.parquet",
            "events_sessionized",
            events,
            "user_id, event_number",
        ),
        ParquetArtifact(
            "quality/rejected_events.parquet",
            "rejected_events",
            rejected,
            ", ".join(f"{name} nulls first" for name in rejected.names),
        ),
        *(
            ParquetArtifact(
                f"pairs/pairs_{split}.parquet", "pairs", pairs, "pair_id", split
            )
            for split in SPLITS
        ),
        *(
            ParquetArtifact(
                f"episodes/episodes_{split}_K{k}_Q{q}.parquet",
                "episodes",
                episodes,
                "episode_id",
                split,
            )
            for split in SPLITS
        ),
    ]


def course2id(vocab: list[tuple[Any, ...]]) -> dict[str, int]:
    """From course, as text, to item."""
    return {str(course_id): item_id for course_id, item_id in vocab}


def id2course(vocab: list[tuple[Any, ...]]) -> dict[str, str]:
    """From item, as text, to course."""
    return {str(item_id): str(course_id) for course_id, item_id in vocab}


def users(found: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """The users of a split, ascending."""
    return {"users": [user_id for (user_id,) in found]}
