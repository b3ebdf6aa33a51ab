"""The artifacts: which files there are, their schemas and the order of their rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SPLITS = ("train", "val", "test")


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
        by_user: Whether that key begins with the user.
        split: The only split it holds, or None for all.
    """

    path: str
    model: str
    schema: pa.Schema
    order_by: str
    by_user: bool = True
    split: str | None = None


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


Artifact = ParquetArtifact | JsonArtifact


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
            by_user=False,
        ),
        *(
            ParquetArtifact(
                f"pairs/pairs_{split}.parquet",
                "pairs",
                pairs,
                "user_id, pair_number",
                split=split,
            )
            for split in SPLITS
        ),
        *(
            ParquetArtifact(
                f"episodes/episodes_{split}_K{k}_Q{q}.parquet",
                "episodes",
                episodes,
                "user_id, first_pair_number",
                split=split,
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
