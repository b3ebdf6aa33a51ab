"""Pairs and episodes of a range of users, gathered from its sequences.

The views `pairs` and `episodes` define these rows. They join every label with the items
before it; here each prefix is copied from its user's sequence, by the positions that
`pair_offsets` and `episode_offsets` have: docs/decisions/0025.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.contract import ITEMS, list_of
from mooc_episodes.loader.gather import listed

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sequences:
    """The sequences of some users, one after the other.

    Attributes:
        users: The ids of the U users.
        starts: Where each user's sequence starts, [U].
        items: Item ids, [N].
        ts_epochs: Seconds, [N].
        ts_micros: Microseconds, [N].
    """

    users: pa.Array
    starts: Ints
    items: Ints
    ts_epochs: Ints
    ts_micros: Ints

    @classmethod
    def of(cls, rows: pa.Table) -> "Sequences":
        """From rows of the model user_sequences."""
        bounds, items = flat(rows["items"])
        return cls(
            users=rows["user_id"].combine_chunks(),
            starts=bounds[:-1],
            items=items,
            ts_epochs=flat(rows["ts_epochs"])[1],
            ts_micros=flat(rows["ts_micros"])[1],
        )

    def starts_of(self, users: pa.ChunkedArray) -> Ints:
        """Where the sequences of these users start."""
        numbers = pc.index_in(users, value_set=self.users)
        return self.starts[numbers.to_numpy()]


def flat(column: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """Where each list starts and the last one ends, and the elements of all lists."""
    lists = column.combine_chunks()
    offsets = lists.offsets.to_numpy().astype(np.int64)
    values = lists.values.to_numpy()
    return offsets - offsets[0], values[offsets[0] : offsets[-1]]


def as_lists(offsets: Ints, values: Any, kind: pa.DataType = ITEMS) -> pa.Array:
    """A column of lists."""
    bounds = pa.array(offsets).cast(pa.int32())
    return pa.ListArray.from_arrays(bounds, pa.array(values), type=kind)


def gather_pairs(sequences: Sequences, rows: pa.Table) -> dict[str, Any]:
    """The columns of pairs, from rows of the model pair_offsets."""
    own = sequences.starts_of(rows["user_id"])
    starts, ends, labels = (
        own + rows[name].to_numpy()
        for name in ("prefix_start", "prefix_end", "label_position")
    )
    return {
        "prefix": as_lists(*listed(sequences.items, starts, ends)),
        "label": sequences.items[labels],
        "label_ts_epoch": sequences.ts_epochs[labels],
        "prefix_len": ends - starts,
    }


def gather_episodes(sequences: Sequences, rows: pa.Table) -> dict[str, Any]:
    """The columns of episodes, from rows of the model episode_offsets."""
    own = sequences.starts_of(rows["user_id"])
    columns: dict[str, Any] = {}
    for part in ("support", "query"):
        bounds, positions = flat(rows[f"{part}_label_positions"])
        lengths = np.diff(bounds)
        sequence = np.repeat(own, lengths)
        starts = sequence + flat(rows[f"{part}_prefix_starts"])[1]
        labels = sequence + positions
        prefixes = as_lists(*listed(sequences.items, starts, labels))
        columns |= {
            f"{part}_prefixes": as_lists(bounds, prefixes, list_of(ITEMS)),
            f"{part}_labels": as_lists(bounds, sequences.items[labels]),
            f"n_{part}": lengths,
            f"{part}_label_ts": as_lists(bounds, sequences.ts_micros[labels]),
        }
    bounds, positions = flat(rows["support_label_positions"])
    return columns | {"n_known": positions[bounds[:-1]]}


GATHER: dict[str, Callable[[Sequences, pa.Table], dict[str, Any]]] = {
    "pairs": gather_pairs,
    "episodes": gather_episodes,
}


def gathered(
    model: str, schema: pa.Schema, sequences: Sequences, rows: pa.Table
) -> pa.Table:
    """The rows of a model.

    Args:
        model: A model that GATHER has.
        schema: Its columns.
        sequences: The sequences of all users of the rows.
        rows: The same rows as positions.
    """
    found = GATHER[model](sequences, rows)
    columns = [
        found[name] if name in found else rows[name].combine_chunks()
        for name in schema.names
    ]
    return pa.Table.from_arrays([pa.array(own) for own in columns], schema=schema)
