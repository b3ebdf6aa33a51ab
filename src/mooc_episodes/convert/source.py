"""What both formats take from a published folder, as Arrow arrays, part by part."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.loader import Data
from mooc_episodes.loader.gather import listed
from mooc_episodes.loader.sequences import Sequences

# rows converted at once: of pairs, each with a prefix; of items of sequences
PAIRS_AT_ONCE = 10_000
ITEMS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Prefixes:
    """Some pairs of a split.

    Attributes:
        users: The number of each pair's user, in the order of the sequences, [P].
        items: The last items of each prefix, lists of item_id, [P].
        labels: The label's item_id, [P].
        ts: The label's time, microseconds since 1970-01-01 UTC, [P].
    """

    users: NDArray[np.int64]
    items: pa.ListArray
    labels: NDArray[np.int64]
    ts: NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """A published folder to convert.

    Attributes:
        data: The folder.
        max_len: Items kept of a prefix, the last ones.
    """

    data: Data
    max_len: int

    @cached_property
    def sequences(self) -> Sequences:
        """All users' sequences."""
        return self.data.pairs("train").prefixes.sequences

    @cached_property
    def courses(self) -> pa.Array:
        """The course of each item_id."""
        return pa.array(self.data.items.course_ids)

    def users_of(self, split: str) -> NDArray[np.int64]:
        """The numbers of a split's users who have a sequence, ascending."""
        users = self.sequences.users
        own = pa.array(self.data.splits[split], users.type)
        found: NDArray[np.int64] = np.flatnonzero(
            pc.is_in(users, value_set=own).to_numpy(zero_copy_only=False)
        )
        return found

    def pairs(self, split: str) -> Iterator[Prefixes]:
        """The pairs of a split, in the order in which they are published."""
        items, starts = self.sequences.items, self.sequences.starts
        cap = min(self.max_len, self.data.settings["max_prefix_len"] or self.max_len)
        every = self.data.pairs(split).pairs.labels
        for first in range(0, len(every), PAIRS_AT_ONCE):
            labels = every[first : first + PAIRS_AT_ONCE].astype(np.int64)
            users = self.sequences.owners(labels)
            begins = np.maximum(starts[users], labels - cap)
            yield Prefixes(
                users,
                list_array(*listed(items, begins, labels)),
                items[labels].astype(np.int64) - 1,
                self.sequences.ts[labels],
            )

    def record(self, library: str) -> dict[str, Any]:
        """What a conversion is made from."""
        return {
            "library": library,
            "dataset": self.data.dataset,
            "fingerprint": self.data.fingerprint,
            "max_len": self.max_len,
        }


def list_array(offsets: NDArray[np.int64], items: NDArray[Any]) -> pa.ListArray:
    """Lists of item_id, from offsets and from item_id + 1.

    >>> list_array(np.array([0, 1, 3]), np.array([5, 6, 7], np.int32)).to_pylist()
    [[4], [5, 6]]
    """
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(items.astype(np.int64) - 1)
    )
