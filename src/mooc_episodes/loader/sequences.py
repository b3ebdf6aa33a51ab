"""Every user's sequence, once: all items in one array, all times in another.

Read from sessions/events_sessionized.parquet, which both layouts have, with times in
microseconds; flat columns are faster to read than lists. Consecutive
repeats are removed here as they were in the build.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.loader.folder import Folder


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
        FolderError: The events cannot be read, or hold what no export writes.
    """
    path = folder.artifact("events_sessionized").path
    n_events = folder.rows(path)
    items, ts = np.empty(n_events, np.int32), np.empty(n_events, np.int64)
    users: list[pa.Array] = []
    starts: list[NDArray[np.int64]] = []
    kept, last_user, last_item = 0, None, -1
    for rows in folder.batches(path, ["user_id", "item_id", "ts"]):
        runs = pc.run_end_encode(rows.column("user_id"), run_end_type=pa.int64())
        ids, bounds = runs.values, runs.run_ends.to_numpy()
        firsts = np.concatenate(([0], bounds[:-1]))
        found = rows.column("item_id").to_numpy()
        if found.min() < 0 or found.max() >= n_items:
            raise folder.error(path, "an item_id is not in the vocabulary")
        keep = np.ones(len(found), np.bool_)
        # of another user than the row before
        if ids[0].as_py() == last_user:
            ids, firsts = ids[1:], firsts[1:]
        if folder.settings["deduplicate_consecutive"]:
            keep[0] = found[0] != last_item
            np.not_equal(found[1:], found[:-1], out=keep[1:])
            keep[firsts] = True
        places = kept + np.cumsum(keep) - keep
        n_kept = int(np.count_nonzero(keep))
        items[kept : kept + n_kept] = found[keep] + 1
        ts[kept : kept + n_kept] = rows.column("ts").view(pa.int64()).to_numpy()[keep]
        users.append(ids)
        starts.append(places[firsts])
        kept += n_kept
        last_user, last_item = runs.values[-1].as_py(), found[-1]
    kind = folder.artifact("events_sessionized").schema.field("user_id").type
    return Sequences(
        users=pa.concat_arrays(users) if users else pa.array([], kind),
        starts=np.concatenate([*starts, [kept]]).astype(np.int64),
        items=items[:kept],
        ts=ts[:kept],
    )
