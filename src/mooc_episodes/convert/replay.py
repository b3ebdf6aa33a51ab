"""RePlay's Parquet files and the metadata with which its ParquetModule reads them.

Its loader takes numbers only, cuts lists to their last values, and pads on the left.
Items are item_id, so the padding is the number of items, as its SasRec expects.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mooc_episodes.contract import COMPRESSION, ITEMS, list_of, required
from mooc_episodes.convert.source import ITEMS_AT_ONCE, Source, list_array
from mooc_episodes.loader.gather import listed

METADATA = "metadata.json"
# what RePlay calls the splits in which a pair is a row
PAIRS = {"validate": "val", "test": "test"}
USER = required("user_id", pa.int64())
TRAIN = pa.schema(
    [USER, required("item_id", ITEMS), required("timestamp", list_of(pa.int64()))]
)
QUERIES = pa.schema(
    [
        USER,
        required("item_id", ITEMS),
        required("ground_truth", ITEMS),
        required("timestamp", pa.int64()),
    ]
)


def write(source: Source, folder: Path) -> None:
    """Write the files of a dataset.

    Args:
        source: The published folder.
        folder: An empty folder.
    """
    write_parquet(folder / "train.parquet", TRAIN, train_sequences(source))
    for stage, split in PAIRS.items():
        write_parquet(folder / f"{stage}.parquet", QUERIES, pairs(source, split))
    users = source.sequences.users
    write_parquet(
        folder / "users.parquet",
        pa.schema([USER, required("published_id", users.type)]),
        [[pa.array(np.arange(len(users))), users]],
    )
    write_parquet(
        folder / "items.parquet",
        pa.schema([USER.with_name("item_id"), *items_of(source).keys()]),
        [[pa.array(np.arange(len(source.courses))), *items_of(source).values()]],
    )
    text = json.dumps(metadata(source), indent=2)
    (folder / METADATA).write_text(f"{text}\n", encoding="utf-8")


def metadata(source: Source) -> dict[str, Any]:
    """The columns that RePlay reads, by stage, as ParquetModule takes them."""
    padding, length = len(source.courses), source.max_len
    found = {
        stage: {
            "user_id": {},
            "item_id": {"shape": length, "padding": padding},
            "ground_truth": {"shape": 1, "padding": padding},
        }
        for stage in PAIRS
    }
    # the last item of a window is the label of the one before it
    window = {"shape": length + 1, "padding": padding}
    return {"train": {"user_id": {}, "item_id": window}, **found}


def train_sequences(source: Source) -> Iterable[list[pa.Array]]:
    """One row per train user: the whole sequence."""
    sequences, users = source.sequences, source.users_of("train")
    begins, ends = sequences.starts[users], sequences.starts[users + 1]
    parts = np.cumsum(ends - begins) // ITEMS_AT_ONCE
    for part in np.unique(parts):
        now = parts == part
        offsets, items = listed(sequences.items, begins[now], ends[now])
        _, times = listed(sequences.ts, begins[now], ends[now])
        found = list_array(offsets, items)
        yield [
            pa.array(users[now]),
            found,
            pa.ListArray.from_arrays(found.offsets, pa.array(times)),
        ]


def pairs(source: Source, split: str) -> Iterable[list[pa.Array]]:
    """One row per pair, as published."""
    for own in source.pairs(split):
        ones = np.arange(len(own.labels) + 1)
        truth = list_array(ones, own.labels + 1)
        yield [pa.array(own.users), own.items, truth, pa.array(own.ts)]


def items_of(source: Source) -> dict[pa.Field, pa.Array]:
    """What is known about the items: courses, and the columns of items.parquet."""
    found = {required("course_id", source.courses.type): source.courses}
    for name, values in source.data.items.metadata.items():
        if name not in ("item_id", "course_id"):
            column = pa.array(values, from_pandas=True)
            found[pa.field(name, column.type)] = column
    return found


def write_parquet(
    path: Path, schema: pa.Schema, parts: Iterable[list[pa.Array]]
) -> None:
    """Write columns, part by part."""
    with pq.ParquetWriter(path, schema, compression=COMPRESSION) as writer:
        for columns in parts:
            arrays = [
                column.cast(kind)
                for column, kind in zip(columns, schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
