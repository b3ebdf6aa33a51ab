"""The order of an epoch: a permutation that can be asked for any part of itself.

A Feistel network permutes 0 … 2^b - 1; a number that leaves 0 … n - 1 is permuted again
until it is back, which is a permutation of 0 … n - 1. So an epoch needs no memory, any
batch of it can be made on its own, and the order depends on no version of NumPy.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 10
MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
HALF = np.uint64(32)


def round_keys(seed: int, epoch: int) -> list[np.uint64]:
    """A key for each round."""
    return [
        np.uint64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))
        for text in (f"{seed}:{epoch}:{number}" for number in range(ROUNDS))
    ]


def shuffled(
    places: NDArray[np.int64], n: int, seed: int, epoch: int
) -> NDArray[np.int64]:
    """What stands at these places of the order of 0 … n - 1.

    Args:
        places: int64, any shape, each from 0 to n - 1.
        n: How many are shuffled.
        seed: Chooses the orders.
        epoch: Chooses one of the seed's.

    >>> order = shuffled(np.arange(1000), 1000, seed=0, epoch=0)
    >>> sorted(order.tolist()) == [*range(1000)]
    True
    >>> some = shuffled(np.array([20, 30]), 1000, seed=0, epoch=0)
    >>> some.tolist() == order[[20, 30]].tolist()
    True
    """
    keys = round_keys(seed, epoch)
    bits = max((n - 1).bit_length(), 2)
    found = permuted(places.astype(np.uint64), bits, keys)
    limit = np.uint64(n)
    outside = np.nonzero(found >= limit)
    while len(outside[0]):
        again = permuted(found[outside], bits, keys)
        found[outside] = again
        outside = tuple(own[again >= limit] for own in outside)
    return found.astype(np.int64)


def permuted(
    numbers: NDArray[np.uint64], bits: int, keys: list[np.uint64]
) -> NDArray[Any]:
    """Each number's image among those of so many bits, by a Feistel network."""
    low_bits = np.uint64(bits // 2)
    low_mask = np.uint64((1 << (bits // 2)) - 1)
    high_mask = np.uint64((1 << (bits - bits // 2)) - 1)
    high, low = numbers >> low_bits, numbers & low_mask
    for number, key in enumerate(keys):
        if number % 2:
            low ^= mixed(high, key) & low_mask
        else:
            high ^= mixed(low, key) & high_mask
    return (high << low_bits) | low


def mixed(numbers: NDArray[np.uint64], key: np.uint64) -> NDArray[np.uint64]:
    """32 bits that depend on every bit of the number and the key."""
    found = (numbers ^ key) * MIX_1
    found ^= found >> HALF
    found *= MIX_2
    found >>= HALF
    return found
