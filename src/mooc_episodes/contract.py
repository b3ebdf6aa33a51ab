"""The contract: which files there are, their schemas and the order of their rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

SPLITS = ("train", "val", "test")
# rules without training, in the order of the report, and the forms of those that count
# train
BASELINES = (
    "random",
    "popularity",
    "recency",
    "markov",
    "next_item",
    "markov_next_item",
)
FORMS = ("all", "past", "thinned")
COURSE2ID = "vocab/course2id.json"
ID2COURSE = "vocab/id2course.json"
ITEMS_FILE = "vocab/items.parquet"
# with every prefix written out, and without
LAYOUTS = ("full", "compact")
MANIFEST = "manifest.json"
# what other tools read about the artifacts, made from the rest
README, CROISSANT = "README.md", "croissant.json"
CARDS = (README, CROISSANT)
# how they name a dataset, after a key each
CARD_TITLE = "{dataset}, as episodes for few-shot recommenders"
CROISSANT_NAME = "mooc-episodes-{dataset}"
# where an export keeps the folders that it publishes by links, each dataset's in one
VERSIONS = ".versions"
COMPRESSION = "zstd"
# what a run leaves next to its manifest, in reports/
SETTINGS_USED, REPORT, PAGE = "config.json", "report.json", "report.html"
BASELINE_TABLES = ("baselines.md", "baselines.tex", "baselines.csv")
RECORDS = (SETTINGS_USED, REPORT, PAGE, *BASELINE_TABLES)


def required(name: str, kind: pa.DataType) -> pa.Field:
    """A column without nulls, whatever the data."""
    return pa.field(name, kind, nullable=False)


def list_of(kind: pa.DataType) -> pa.DataType:
    """A list without null elements."""
    return pa.list_(required("element", kind))


# what models call a published column whose name SQL reserves
IN_MODELS = {"window": "window_number"}
ITEM = pa.int64()
ITEMS = list_of(ITEM)
ID_TYPES = {"bigint": pa.int64(), "varchar": pa.string()}


@dataclass(frozen=True)
class ParquetArtifact:
    """A table as one Parquet file.

    Attributes:
        path: Relative to the dataset's folder.
        model: The dbt model it is read from.
        schema: Columns, types and nullability; the same for any data.
        order_by: Columns that order its rows, a unique key.
        by_user: Whether that key starts with the user.
        split: The only split it holds, or None for all.
        more_from: A table whose columns follow, all text, joined on course_id; the
            schema does not have them.
        gathered_from: The sequences, and its rows as positions in them, that an export
            makes its rows of.
    """

    path: str
    model: str
    schema: pa.Schema
    order_by: str
    by_user: bool = True
    split: str | None = None
    more_from: str | None = None
    gathered_from: tuple["ParquetArtifact", "ParquetArtifact"] | None = None

    @property
    def sources(self) -> tuple["ParquetArtifact", ...]:
        """What an export reads to write it."""
        return self.gathered_from or (self,)

    def fits(self, schema: pa.Schema) -> bool:
        """Whether a file with this schema has the columns that it must have."""
        own = len(self.schema)
        more = [*schema][own:]
        names = {name.lower() for name in schema.names}
        return (
            pa.schema([*schema][:own]).equals(self.schema)
            and (not more or self.more_from is not None)
            and all(field.equals(pa.field(field.name, pa.string())) for field in more)
            and len(names) == len(schema)
        )


@dataclass(frozen=True)
class JsonArtifact:
    """The rows of a query as one JSON document.

    Attributes:
        path: Relative to the dataset's folder.
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


def int64(*names: str) -> list[pa.Field]:
    """Integer columns."""
    return [required(name, pa.int64()) for name in names]


def lists(*names: str) -> list[pa.Field]:
    """Columns of integer lists."""
    return [required(name, ITEMS) for name in names]


def all_artifacts(settings: dict[str, Any]) -> list[Artifact]:
    """Every artifact of a dataset, for the settings of its build and the layout."""
    user_id = required("user_id", ID_TYPES[settings["user_id_type"]])
    window = f"K{settings['episode_k']}_Q{settings['episode_q']}"
    sequences = ParquetArtifact(
        "sequences/sequences.parquet",
        "user_sequences",
        pa.schema([user_id, *lists("items", "ts_epochs", "ts_micros")]),
        "user_id",
    )
    found = [*shared_artifacts(settings, user_id), sequences]
    for offsets, expanded in (pairs(user_id), episodes(user_id, window)):
        found += offsets
        if settings["layout"] == "full":
            found += [
                replace(own, gathered_from=(sequences, places))
                for own, places in zip(expanded, offsets, strict=True)
            ]
    return found


def shared_artifacts(settings: dict[str, Any], user_id: pa.Field) -> list[Artifact]:
    """The artifacts that are neither sequences nor made of them."""
    course_id = required("course_id", ID_TYPES[settings["item_id_type"]])
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
    given = ("user_id", "item_id", "created_at", "watch_percentage", "rating")
    rejected = pa.schema(
        [
            *(pa.field(name, pa.string()) for name in given),
            required("reason", pa.string()),
        ]
    )
    items = pa.schema(
        [
            *int64("item_id"),
            course_id,
            pa.field("first_ts_epoch", pa.int64()),
            *int64("n_train_users", "n_train_events"),
        ]
    )
    vocab = ("vocab", "course_id, item_id", "item_id")
    return [
        JsonArtifact(COURSE2ID, *vocab, build=course2id),
        JsonArtifact(ID2COURSE, *vocab, build=id2course),
        ParquetArtifact(
            ITEMS_FILE, "items", items, "item_id", by_user=False, more_from="stg_items"
        ),
        *(
            JsonArtifact(
                users_path(split),
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
    ]


def pairs(user_id: pa.Field) -> tuple[list[ParquetArtifact], list[ParquetArtifact]]:
    """Pairs as positions in a sequence, and with every prefix written out."""
    offsets = pa.schema(
        [
            *int64("pair_id"),
            user_id,
            *int64("prefix_start", "prefix_end", "label_position"),
        ]
    )
    expanded = pa.schema(
        [
            *int64("pair_id"),
            user_id,
            *lists("prefix"),
            *int64("label", "label_ts_epoch", "prefix_len"),
        ]
    )
    return (
        by_split(
            "pairs/pair_offsets_{}.parquet", "pair_offsets", offsets, "pair_number"
        ),
        by_split("pairs/pairs_{}.parquet", "pairs", expanded, "pair_number"),
    )


def episodes(
    user_id: pa.Field, window: str
) -> tuple[list[ParquetArtifact], list[ParquetArtifact]]:
    """Episodes as positions in a sequence, and with every prefix written out."""
    offsets = pa.schema(
        [
            *int64("episode_id"),
            user_id,
            *lists(
                "support_prefix_starts",
                "support_label_positions",
                "query_prefix_starts",
                "query_label_positions",
            ),
            *int64("window"),
        ]
    )
    expanded = pa.schema(
        [
            *int64("episode_id"),
            user_id,
            required("support_prefixes", list_of(ITEMS)),
            *lists("support_labels"),
            required("query_prefixes", list_of(ITEMS)),
            *lists("query_labels"),
            *int64("n_support", "n_query", "window", "n_known"),
            *lists("support_label_ts", "query_label_ts"),
        ]
    )
    return (
        by_split(
            f"episodes/episode_offsets_{{}}_{window}.parquet",
            "episode_offsets",
            offsets,
            "first_pair_number",
        ),
        by_split(
            f"episodes/episodes_{{}}_{window}.parquet",
            "episodes",
            expanded,
            "first_pair_number",
        ),
    )


def users_path(split: str) -> str:
    """The file of a split's users."""
    return f"user_splits/users_{split}.json"


def by_split(
    path: str, model: str, schema: pa.Schema, number: str
) -> list[ParquetArtifact]:
    """One file per split, ordered by user and a number within the user."""
    return [
        ParquetArtifact(
            path.format(split), model, schema, f"user_id, {number}", split=split
        )
        for split in SPLITS
    ]


def course2id(vocab: list[tuple[Any, ...]]) -> dict[str, int]:
    """Maps each course, as text, to its item id."""
    return {str(course_id): item_id for course_id, item_id in vocab}


def id2course(vocab: list[tuple[Any, ...]]) -> dict[str, str]:
    """Maps each item id, as text, to its course."""
    return {str(item_id): str(course_id) for course_id, item_id in vocab}


def users(found: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """The users of a split, ascending, as the list `users`."""
    return {"users": [user_id for (user_id,) in found]}
