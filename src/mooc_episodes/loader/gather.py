"""From positions to items: prefixes as padded arrays or as lists, without a loop.

A prefix is `items[start:end]`, where `items` are all users' sequences in one array.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Side = Literal["left", "right"]
PADDING = 0


def padded(
    items: NDArray[np.int32], starts: Ints, ends: Ints, length: int, side: Side
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The last items of each prefix, padded to one length.

    Args:
        items: [N], none of them PADDING.
        starts: Where each prefix starts, of any shape S.
        ends: Where it ends, exclusive, of shape S.
        length: How many items to keep, L.
        side: Where the padding goes.

    Returns:
        The items, int64 [*S, L], and where they are no padding, bool [*S, L].

    >>> items = np.array([1, 2, 3, 4], np.int32)
    >>> x, mask = padded(items, np.array([0, 0]), np.array([1, 4]), 3, "left")
    >>> x
    array([[0, 0, 1],
           [2, 3, 4]])
    >>> mask
    array([[False, False,  True],
           [ True,  True,  True]])
    >>> padded(items, np.array([0]), np.array([2]), 3, "right")[0]
    array([[1, 2, 0]])
    """
    places = np.arange(length)
    lengths = np.minimum(ends - starts, length)[..., None]
    if side == "left":
        mask = places >= length - lengths
        wanted = ends[..., None] + (places - length)
    else:
        mask = places < lengths
        wanted = ends[..., None] - lengths + places
    if not len(items):
        return np.zeros(mask.shape, np.int64), mask
    # what lies outside of a prefix is another's, and becomes padding
    found = np.take(items, wanted, mode="clip")
    return np.multiply(found, mask, dtype=np.int64), mask


def listed(
    items: NDArray[Any], starts: Ints, ends: Ints
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The prefixes as one list, as Arrow stores a column of lists.

    Args:
        items: [N].
        starts: Where each prefix starts, [P].
        ends: Where it ends, exclusive, [P].

    Returns:
        Where each list starts and the last one ends, int64 [P + 1], and the items of
        all lists in order: the arguments of `pyarrow.LargeListArray.from_arrays`.

    >>> items = np.array([7, 8, 9])
    >>> offsets, values = listed(items, np.array([0, 1]), np.array([2, 3]))
    >>> offsets, values
    (array([0, 2, 4]), array([7, 8, 8, 9]))
    """
    lengths = ends - starts
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    shifts = np.repeat(starts - offsets[:-1], lengths)
    return offsets, items[shifts + np.arange(offsets[-1])]
