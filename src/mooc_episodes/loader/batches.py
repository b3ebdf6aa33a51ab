"""Batches of rows: which rows, in which order, for which shard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, NoReturn, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.arguments import shown, whole
from mooc_episodes.loader.order import shuffled

# small batches are gathered together: fewer calls of NumPy. More rows take longer each,
# as their arrays are too large for the memory that malloc keeps
ROWS_AT_ONCE = 256
ROWS_ORDERED_AT_ONCE = 32_768

Batch_co = TypeVar("Batch_co", bound=tuple[Any, ...], covariant=True)


class Rows(Protocol[Batch_co]):
    """Episodes or pairs, numbered from 0."""

    @property
    def max_len(self) -> int | None:
        """The length of the prefixes; None for that of a batch's longest."""

    def __len__(self) -> int:
        """How many there are."""

    def take(self, numbers: NDArray[np.int64]) -> Batch_co:
        """Those with these numbers, as one batch."""


@dataclass(frozen=True)
class Batches(Sequence[Batch_co], Generic[Batch_co]):
    """The batches of one epoch and shard: a sequence, each made when asked for.

    `batches[i]` is batch i on its own, `batches[i:]` those from i on, to go on after a
    stop, and `batches[worker::workers]` a worker's. All rows come exactly once over the
    shards; the last batch of a shard may be short, and shards may differ by a batch.

    Attributes:
        rows: What is batched.
        size: Rows a batch, but for the last.
        shuffle: Whether the rows are shuffled.
        seed: Chooses the orders of the epochs.
        epoch: Chooses one of them.
        shard: (rank, world): which of how many parts of the rows.
        numbers: Which batches of the shard.
    """

    rows: Rows[Batch_co]
    size: int
    shuffle: bool
    seed: int
    epoch: int
    shard: tuple[int, int]
    numbers: range

    def __len__(self) -> int:
        """The number of batches."""
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Batch_co: ...

    @overload
    def __getitem__(self, index: slice) -> Batches[Batch_co]: ...

    def __getitem__(self, index: int | slice) -> Batch_co | Batches[Batch_co]:
        """Batch i, or some of the batches.

        Raises:
            IndexError: There is no batch i.
        """
        if isinstance(index, slice):
            return replace(self, numbers=self.numbers[index])
        number = self.numbers[index]
        return self.rows.take(self.order(range(number, number + 1)))

    def __iter__(self) -> Iterator[Batch_co]:
        """Each batch."""
        at_once = max(ROWS_ORDERED_AT_ONCE // self.size, 1)
        for first in range(0, len(self.numbers), at_once):
            order = self.order(self.numbers[first : first + at_once])
            yield from self.gathered(order)

    def gathered(self, order: NDArray[np.int64]) -> Iterator[Batch_co]:
        """The rows in this order, in batches."""
        together = max(ROWS_AT_ONCE // self.size, 1) * self.size
        if self.rows.max_len is None:
            together = self.size
        for first in range(0, len(order), together):
            found = self.rows.take(order[first : first + together])
            make: Callable[..., Batch_co] = type(found)
            for start in range(0, len(found[0]), self.size):
                now = slice(start, start + self.size)
                yield make(*[column[now] for column in found])

    def order(self, numbers: range) -> NDArray[np.int64]:
        """The rows of these batches, one batch after the other."""
        rank, world = self.shard
        n_rows = len(self.rows)
        within = np.array(numbers, np.int64)[:, None] * self.size
        places = (within + np.arange(self.size)).ravel() * world + rank
        places = places[places < n_rows]
        if not self.shuffle:
            return places
        return shuffled(places, n_rows, self.seed, self.epoch)


def refuse_to_index(rows: Rows[Any]) -> NoReturn:
    """What `rows[0]` and a loop over rows end in; a DataLoader tries both.

    Raises:
        TypeError: Always.
    """
    name = type(rows).__name__
    raise TypeError(
        f"{name} come in batches: .batches(32), or .take([0, 1]) by number; for "
        f"PyTorch's DataLoader, wrap them: mooc_episodes.torch.Stream, or Rows"
    )


def make_batches(
    rows: Rows[Batch_co],
    size: int,
    shuffle: bool,
    seed: int,
    epoch: int,
    shard: tuple[int, int],
    step: int,
) -> Batches[Batch_co]:
    """The batches of an epoch and shard, from batch number `step` on.

    Raises:
        ValueError: A number is not whole, or out of its range.
    """
    size = whole("batch_size", size, 1)
    seed, epoch = whole("seed", seed), whole("epoch", epoch, 0)
    rank, world = check_shard(shard)
    n_own = len(range(rank, len(rows), world))
    n_batches = -(-n_own // size)
    step = whole("step", step, 0, n_batches)
    return Batches(
        rows, size, shuffle, seed, epoch, (rank, world), range(step, n_batches)
    )


def check_shard(shard: Any) -> tuple[int, int]:
    """The rank and the number of shards.

    Raises:
        ValueError: They are not.
    """
    try:
        rank, world = (whole("shard", own) for own in shard)
        known = 0 <= rank < world
    except (TypeError, ValueError):
        known = False
    if not known:
        raise ValueError(
            f"shard is {shown(shard)}; it must be (rank, world), rank from 0 to "
            "world - 1"
        )
    return rank, world
