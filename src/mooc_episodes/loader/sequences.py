"""Every user's sequence, once: all items in one array, all times in another."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.loader.folder import Folder

LISTS = ["items", "ts_micros"]


@dataclass(frozen=True)
class Sequences:
    """All sequences, in the order of the users.

    Attributes:
        users: The ids of the U users, as published.
        starts: Where each user's sequence starts and the last one ends, int64 [U + 1].
        items: item_id + 1, so that 0 is free for padding, int32 [N].
        ts: Microseconds since 1970-01-01 UTC, int64 [N].
    """

    users: pa.Array
    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    ts: NDArray[np.int64]

    def owners(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        """The number of the user whose sequence holds each position."""
        return np.searchsorted(self.starts, positions, side="right") - 1

    def ids(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """The ids of the users with these numbers: int64, or str as objects."""
        found: NDArray[Any]
        if self.whole_ids is not None:
            found = self.whole_ids[numbers]
        else:
            chosen = self.users.take(pa.array(numbers))
            found = chosen.to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def whole_ids(self) -> NDArray[np.int64] | None:
        """The ids of all users if they are numbers; strings stay with Arrow."""
        if not pa.types.is_integer(self.users.type):
            return None
        found: NDArray[np.int64] = self.users.to_numpy()
        return found


def read_sequences(folder: Folder, n_items: int) -> Sequences:
    """Read every sequence.

    Args:
        folder: The published folder.
        n_items: How many items the vocabulary has.

    Raises:
        FolderError: They cannot be read, or hold what no export writes.
    """
    file = folder.artifact("user_sequences")
    path, n_users, size = file.path, folder.rows(file.path), n_values(folder, file.path)
    items, ts = np.empty(size, np.int32), np.empty(size, np.int64)
    users: list[pa.Array] = []
    starts = np.zeros(n_users + 1, np.int64)
    first, done = 0, 0
    for rows in folder.batches(path, ["user_id", *LISTS], size // max(n_users, 1)):
        found, times = (rows.column(name) for name in LISTS)
        lengths = pc.list_value_length(found)
        if not lengths.equals(pc.list_value_length(times)):
            raise folder.error(path, "a sequence has not as many times as items")
        values = found.flatten().to_numpy()
        if values.min(initial=0) < 0 or values.max(initial=0) >= n_items:
            raise folder.error(path, "an item_id is not in the vocabulary")
        last, end = first + rows.num_rows, done + len(values)
        starts[first + 1 : last + 1] = done + np.cumsum(lengths)
        items[done:end] = values + 1
        ts[done:end] = times.flatten().to_numpy()
        users.append(rows.column("user_id"))
        first, done = last, end
    kind = file.schema.field("user_id").type
    return Sequences(
        users=pa.concat_arrays(users) if users else pa.array([], kind),
        starts=starts,
        items=items,
        ts=ts,
    )


def n_values(folder: Folder, path: str) -> int:
    """How many items the sequences have together.

    Raises:
        FolderError: The file cannot be read.
    """
    with folder.parquet(path) as file:
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    return sum(
        group.column(i).num_values
        for group in groups
        for i in range(group.num_columns)
        if group.column(i).path_in_schema.startswith(f"{LISTS[0]}.")
    )
