"""Episodes and pairs for PyTorch's DataLoader.

Two ways, for episodes and pairs alike. `Stream` makes whole batches, in the order of
`batches`: shuffled, sharded, resumable, the same for any number of workers. `Rows` is a
map-style dataset for a sampler of your own. Both give the fields of EpisodeBatch or
PairBatch as tensors; ids that are strings stay a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from mooc_episodes.loader.arguments import shown
from mooc_episodes.loader.batches import Batches
from mooc_episodes.loader.episodes import EpisodeBatch, Episodes
from mooc_episodes.loader.pairs import PairBatch, Pairs

try:
    import torch
    from torch.utils.data import Dataset, IterableDataset, get_worker_info
    from torch.utils.data._utils.collate import default_collate_fn_map
except ImportError as error:
    raise ImportError(
        "mooc_episodes.torch needs PyTorch: pip install 'mooc-episodes[torch]'"
    ) from error

Batch = TypeVar("Batch", EpisodeBatch, PairBatch)


def tensors(batch: Batch) -> Batch:
    """A batch's arrays as tensors, which share their memory.

    Use it as `collate_fn`. The fields keep their names, shapes and dtypes: int64, and
    bool for masks. A string user id is no tensor: `user` is then a list.
    """
    return type(batch)(*map(tensor, batch))


def tensor(values: Any) -> Any:
    """An array as a tensor, or as a list if it holds strings."""
    if values.dtype == np.object_:
        return values.tolist()
    return torch.from_numpy(values)


class WholeBatch(np.ndarray[Any, Any]):
    """The first array of a batch of `Rows`, for default_collate to know one by."""


def as_tensors(batch: Batch, **_: Any) -> Batch:
    """What default_collate does with a batch of `Rows`: as `tensors`."""
    return tensors(batch)


def refuse_to_stack(batches: list[Any], **_: Any) -> None:
    """What default_collate does with whole batches of a `Stream`.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        "DataLoader is about to stack batches that are whole; for a Stream, which has "
        "its own batch_size, use DataLoader(stream, batch_size=None)"
    )


default_collate_fn_map.update(
    {
        WholeBatch: as_tensors,
        EpisodeBatch: refuse_to_stack,
        PairBatch: refuse_to_stack,
    }
)


class Stream(IterableDataset, Generic[Batch]):
    """Batches of one epoch after the other, for `DataLoader(stream, batch_size=None)`.

    A DataLoader takes the workers' batches in turns, so they come in the same order
    with any number of workers. Set the epoch before each:

        stream = Stream(episodes, batch_size=32, shuffle=True, seed=0)
        loader = DataLoader(stream, batch_size=None, num_workers=2)
        for epoch in range(10):
            stream.set_epoch(epoch)
            for batch in loader:
                batch.support_x  # int64 [B, K, L]

    `pin_memory=True` helps with a GPU only. A DataLoader without batch_size=None is
    refused: it would stack whole batches.

    To go on after a stop in epoch e after s batches: `stream.set_epoch(e, step=s)`.
    Workers that are forked, as Linux does by default up to Python 3.13, share the
    arrays with their parent; others get a copy each.
    """

    def __init__(
        self,
        rows: Episodes | Pairs,
        batch_size: int,
        *,
        shuffle: bool = False,
        seed: int = 0,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        """Take episodes or pairs, and what `batches` takes.

        Args:
            rows: Of `data.episodes(…)` or `data.pairs(…)`.
            batch_size: B.
            shuffle: Whether to shuffle.
            seed: Chooses the orders of all epochs.
            shard: (rank, world) of this process, not of the worker.

        Raises:
            ValueError: A number is not whole, or out of its range; or they are not
                episodes or pairs.
        """
        self.rows = check_rows("Stream", rows)
        self.options: dict[str, Any] = {
            "batch_size": batch_size,
            "shuffle": shuffle,
            "seed": seed,
            "shard": shard,
        }
        # epoch and step, in memory that workers see, those that stay included
        self.chosen = torch.zeros(2, dtype=torch.int64).share_memory_()
        self.set_epoch(0)

    def set_epoch(self, epoch: int, step: int = 0) -> None:
        """Choose the epoch of the next iteration, and its first batch.

        Raises:
            ValueError: The epoch has fewer batches.
        """
        self.rows.batches(**self.options, epoch=epoch, step=step)
        self.chosen[0], self.chosen[1] = epoch, step

    def batches(self) -> Batches[Any]:
        """The batches of the next iteration, over all workers."""
        epoch, step = self.chosen.tolist()
        return self.rows.batches(**self.options, epoch=epoch, step=step)

    def __len__(self) -> int:
        """The number of batches, over all workers."""
        return len(self.batches())

    def __iter__(self) -> Iterator[Batch]:
        """This worker's batches, as tensors."""
        worker = get_worker_info()
        own = self.batches()
        if worker is not None:
            own = own[worker.id :: worker.num_workers]
        return map(tensors, own)


class Rows(Dataset, Generic[Batch]):
    """Episodes or pairs by number, for samplers of your own.

        rows = Rows(episodes)
        loader = DataLoader(rows, batch_size=32, sampler=own)

    The numbers of a batch are gathered at once; without a `collate_fn`, they come as
    `tensors` gives them.
    """

    def __init__(self, rows: Episodes | Pairs) -> None:
        """Take episodes or pairs.

        Raises:
            ValueError: They are something else.
        """
        self.rows = check_rows("Rows", rows)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.rows)

    def __getitem__(self, number: int) -> Any:
        """One, as a batch of one."""
        return self.rows.take([number])

    def __getitems__(self, numbers: list[int]) -> Any:
        """Some, as one batch: what DataLoader hands to `collate_fn`."""
        first, *others = found = self.rows.take(numbers)
        return type(found)(first.view(WholeBatch), *others)


def check_rows(taker: str, rows: Any) -> Episodes | Pairs:
    """Check that these are rows, which a class takes.

    Raises:
        ValueError: They are not.
    """
    if not isinstance(rows, Episodes | Pairs):
        raise ValueError(
            f"{taker} takes what data.episodes(…) or data.pairs(…) gives, not "
            f"{shown(rows)}"
        )
    return rows
