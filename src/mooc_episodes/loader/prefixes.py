"""The prefixes of labels: x, mask, y and ts of a batch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.gather import Side, padded
from mooc_episodes.loader.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Prefixes:
    """Reads prefixes that end before a label.

    Attributes:
        sequences: All users' sequences.
        cap: max_prefix_len of the build: a prefix has no more items.
        max_len: The length to pad to; None for the longest of a batch.
        pad: The side of the padding.
    """

    sequences: Sequences
    cap: int | None
    max_len: int | None
    pad: Side

    def length(self, starts: NDArray[np.int64], labels: NDArray[np.int64]) -> int:
        """The length of a batch's prefixes, L."""
        if self.max_len is not None:
            return self.max_len
        longest = int((labels - starts).max(initial=0))
        return longest if self.cap is None else min(longest, self.cap)

    def read(
        self, starts: NDArray[np.int64], labels: NDArray[np.int64], length: int
    ) -> tuple[
        NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]
    ]:
        """Prefixes and labels.

        Args:
            starts: Where the users' sequences start, of a shape that goes with S.
            labels: Where the labels are, of any shape S.
            length: L.

        Returns:
            x [*S, L], mask [*S, L], y [*S], ts [*S].
        """
        items, ts = self.sequences.items, self.sequences.ts
        if self.cap is not None:
            starts = np.maximum(starts, labels - self.cap)
        x, mask = padded(items, starts, labels, length, self.pad)
        y: NDArray[Any] = items[labels]
        return x, mask, y.astype(np.int64) - 1, ts[labels]
