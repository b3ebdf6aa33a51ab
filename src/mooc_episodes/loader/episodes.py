"""Episodes as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.arguments import row_numbers
from mooc_episodes.loader.batches import Batches, make_batches, refuse_to_index
from mooc_episodes.loader.positions import EpisodePositions, PairPositions
from mooc_episodes.loader.prefixes import Prefixes

View = Literal["all", "first"]


class EpisodeBatch(NamedTuple):
    """B episodes of K support and Q query pairs, prefixes padded to L items.

    In a prefix, 0 is padding and an item is item_id + 1; a label is item_id itself,
    the column of the item's score. Times are microseconds since 1970-01-01 UTC.

    Attributes:
        support_x: The prefixes, oldest item first, int64 [B, K, L].
        support_mask: Where they are no padding, bool [B, K, L].
        support_y: The labels, int64 [B, K].
        support_ts: The labels' times, int64 [B, K].
        query_x: int64 [B, Q, L].
        query_mask: bool [B, Q, L].
        query_y: int64 [B, Q].
        query_ts: int64 [B, Q].
        user: user_id as published: int64, or str as objects, [B].
        window: Which of its user's episodes it is, from 0, int64 [B].
        n_known: Items of the user before the first support label, int64 [B].
    """

    support_x: NDArray[np.int64]
    support_mask: NDArray[np.bool_]
    support_y: NDArray[np.int64]
    support_ts: NDArray[np.int64]
    query_x: NDArray[np.int64]
    query_mask: NDArray[np.bool_]
    query_y: NDArray[np.int64]
    query_ts: NDArray[np.int64]
    user: NDArray[Any]
    window: NDArray[np.int64]
    n_known: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Episodes:
    """The episodes of a split, in the order in which they are published.

    >>> episodes = data.episodes("train", max_len=20)
    >>> len(episodes)
    385
    >>> batch = episodes.take([0, 1])
    >>> batch.support_x.shape, batch.query_x.shape, batch.query_y.shape
    ((2, 2, 20), (2, 3, 20), (2, 3))

    Attributes:
        prefixes: Reads prefixes of length L.
        pairs: The pairs of the split.
        positions: Its episodes.
        numbers: Which of its episodes, int64; None for all.
        k: Support pairs of each.
        q: Query pairs of each.
    """

    prefixes: Prefixes
    pairs: PairPositions
    positions: EpisodePositions
    numbers: NDArray[np.int64] | None
    k: int
    q: int

    @property
    def max_len(self) -> int | None:
        """L; None for the longest prefix of a batch."""
        return self.prefixes.max_len

    def __len__(self) -> int:
        """The number of episodes."""
        chosen = self.positions.users if self.numbers is None else self.numbers
        return len(chosen)

    def __getitem__(self, number: Any) -> NoReturn:
        """Refused, with what to call instead.

        Raises:
            TypeError: Always.
        """
        refuse_to_index(self)

    def take(self, numbers: Any) -> EpisodeBatch:
        """Some episodes as one batch, in the order given.

        Args:
            numbers: Which, from 0 to len(self) - 1: an array, a list or a range, [B].

        Raises:
            ValueError: They are not whole numbers in a row.
            IndexError: There is no episode of a number.
        """
        found = row_numbers(numbers, len(self))
        if self.numbers is not None:
            found = self.numbers[found]
        first_pairs = self.positions.first_pairs[found].astype(np.int64)
        users = self.positions.users[found]
        pairs = first_pairs[:, None] + np.arange(self.k + self.q)
        labels = self.pairs.labels[pairs].astype(np.int64)
        starts = self.prefixes.sequences.starts[users][:, None]
        length = self.prefixes.length(starts, labels)
        return EpisodeBatch(
            *self.prefixes.read(starts, labels[:, : self.k], length),
            *self.prefixes.read(starts, labels[:, self.k :], length),
            user=self.prefixes.sequences.ids(users),
            window=self.positions.window[found].astype(np.int64),
            n_known=self.positions.n_known[found].astype(np.int64),
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
    ) -> Batches[EpisodeBatch]:
        """The batches of one epoch.

        Order and batches depend on the arguments only, and not on the machine or the
        version of NumPy. Over all shards every episode comes exactly once. The last
        batch of a shard may be short; a shard may have a batch more than another.

        >>> batches = data.episodes("train", max_len=20).batches(32, shuffle=True)
        >>> len(batches), batches[12].query_x.shape
        (13, (1, 3, 20))
        >>> sum(len(batch.user) for batch in batches)
        385

        Args:
            batch_size: B.
            shuffle: Whether to shuffle the episodes; else they come as published.
            seed: Chooses the orders of all epochs.
            epoch: Chooses one of the seed's orders.
            shard: (rank, world): this process, and how many share the episodes.
            step: The first batch to make: how many were made before a stop.

        Raises:
            ValueError: A number is not whole, or out of its range.
        """
        return make_batches(self, batch_size, shuffle, seed, epoch, shard, step)
