"""Pairs of a prefix and its label as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.arguments import row_numbers
from mooc_episodes.loader.batches import Batches, make_batches, refuse_to_index
from mooc_episodes.loader.positions import PairPositions
from mooc_episodes.loader.prefixes import Prefixes


class PairBatch(NamedTuple):
    """B pairs, prefixes padded to L items.

    In a prefix, 0 is padding and an item is item_id + 1; a label is item_id itself,
    the column of the item's score.

    Attributes:
        x: The prefixes, oldest item first, int64 [B, L].
        mask: Where they are no padding, bool [B, L].
        y: The labels, int64 [B].
        ts: The labels' times, microseconds since 1970-01-01 UTC, int64 [B].
        user: user_id as published: int64, or str as objects, [B].
    """

    x: NDArray[np.int64]
    mask: NDArray[np.bool_]
    y: NDArray[np.int64]
    ts: NDArray[np.int64]
    user: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of a split, in the order in which they are published.

    >>> pairs = data.pairs("train", max_len=20)
    >>> len(pairs)
    1495
    >>> batch = pairs.take(range(100))
    >>> batch.x.shape, batch.y.shape
    ((100, 20), (100,))

    Attributes:
        prefixes: Reads prefixes of length L.
        pairs: The pairs of the split.
        numbers: Which of its pairs; None for all.
    """

    prefixes: Prefixes
    pairs: PairPositions
    numbers: NDArray[Any] | None

    @property
    def max_len(self) -> int | None:
        """L; None for the longest prefix of a batch."""
        return self.prefixes.max_len

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.pairs.labels if self.numbers is None else self.numbers)

    def __getitem__(self, number: Any) -> NoReturn:
        """Refused, with what to call instead.

        Raises:
            TypeError: Always.
        """
        refuse_to_index(self)

    def take(self, numbers: Any) -> PairBatch:
        """Some pairs as one batch, in the order given.

        Args:
            numbers: Which, from 0 to len(self) - 1: an array, a list or a range, [B].

        Raises:
            ValueError: They are not whole numbers in a row.
            IndexError: There is no pair of a number.
        """
        found = row_numbers(numbers, len(self))
        if self.numbers is not None:
            found = self.numbers[found]
        labels = self.pairs.labels[found].astype(np.int64)
        users = self.prefixes.sequences.owners(labels)
        starts = self.prefixes.sequences.starts[users]
        length = self.prefixes.length(starts, labels)
        return PairBatch(
            *self.prefixes.read(starts, labels, length),
            user=self.prefixes.sequences.ids(users),
        )

    def batches(
        self,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        epoch: int = 0,
        shard: tuple[int, int] = (0, 1),
        step: int = 0,
    ) -> Batches[PairBatch]:
        """The batches of one epoch, as those of Episodes.

        >>> batches = data.pairs("train", max_len=20).batches(512, shuffle=True)
        >>> [batch.x.shape for batch in batches]
        [(512, 20), (512, 20), (471, 20)]

        Args:
            batch_size: B.
            shuffle: Whether to shuffle the pairs; else they come as published.
            seed: Chooses the orders of all epochs.
            epoch: Chooses one of the seed's orders.
            shard: (rank, world): this process, and how many share the pairs.
            step: The first batch to make: how many were made before a stop.

        Raises:
            ValueError: A number is not whole, or out of its range.
        """
        return make_batches(self, batch_size, shuffle, seed, epoch, shard, step)
