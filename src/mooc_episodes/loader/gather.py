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
    if not len(items):
        shape = (*ends.shape, length)
        return np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    places = np.arange(length, dtype=np.int32)
    lengths = np.minimum(ends - starts, length)
    if side == "left":
        mask = places >= (length - lengths).astype(np.int32)[..., None]
        found = windows(items, ends - length, length)
    else:
        mask = places < lengths.astype(np.int32)[..., None]
        found = windows(items, ends - lengths, length)
    # what lies outside of a prefix is another's, and becomes padding
    return (found * mask).astype(np.int64), mask


def windows(items: NDArray[np.int32], begins: Ints, length: int) -> NDArray[np.int32]:
    """So many items from each beginning on; any for places that do not exist.

    >>> windows(np.array([1, 2, 3, 4], np.int32), np.array([0, 2]), 2)
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    last = len(items) - length
    if last < 0 or not length:
        wanted = begins[..., None] + np.arange(length)
        return np.take(items, wanted, mode="clip")
    # a window as one value: it is copied at once and not item by item
    size = items.itemsize
    values = np.ndarray(last + 1, f"V{size * length}", items, strides=(size,))
    inside = np.minimum(np.maximum(begins, 0), last)
    found = values[inside].view(items.dtype).reshape(*begins.shape, length)
    outside = inside != begins
    if outside.any():
        wanted = begins[outside, None] + np.arange(length)
        found[outside] = np.take(items, wanted, mode="clip")
    return found


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
    places = np.repeat(starts - offsets[:-1], lengths)
    places += np.arange(offsets[-1])
    return offsets, items[places]
