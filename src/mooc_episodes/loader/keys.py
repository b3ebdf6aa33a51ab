"""Keys by hash, as in the build: they order windows and users, and draw weights."""

from collections.abc import Iterable
from fractions import Fraction
from hashlib import md5
from math import factorial, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEX_DIGITS = 13
REPLICATES = 1000
# e to far more digits than the whole numbers below have
E = sum((Fraction(1, factorial(i)) for i in range(60)), Fraction(0))


def poisson_bound(j: int) -> int:
    """floor(2^52 * F(j)), where F is the distribution function of Poisson(1)."""
    summed = sum((Fraction(1, factorial(i)) for i in range(j + 1)), Fraction(0))
    return floor(2**52 * summed / E)


# from j = 17 on, it is 2^52 - 1
BOUNDS = np.array([poisson_bound(j) for j in range(18)], np.int64)


def split_keys(seed: int, texts: Iterable[Any]) -> NDArray[np.int64]:
    """Each text's split key: 13 hex digits of the md5 of `<seed>:<text>`.

    >>> hex(split_keys(20260112, [7])[0])
    '0xcc25e47c355bf'
    """
    salt = md5(f"{seed}:".encode(), usedforsecurity=False)
    found = []
    for text in texts:
        digest = salt.copy()
        digest.update(str(text).encode())
        found.append(int(digest.hexdigest()[:HEX_DIGITS], 16))
    return np.array(found, np.int64)


def bootstrap_weights(seed: int, users: Iterable[Any]) -> NDArray[np.uint8]:
    """Each user's weight in each replicate, Poisson(1), [U, 1000].

    >>> weights = bootstrap_weights(20260112, range(100))
    >>> weights.shape, bool(0.98 < weights.mean() < 1.02)
    ((100, 1000), True)
    """
    numbers = range(1, REPLICATES + 1)
    rows = [
        np.searchsorted(
            BOUNDS,
            split_keys(seed, (f"bootstrap:{b}:{user}" for b in numbers)),
            "right",
        ).astype(np.uint8)
        for user in users
    ]
    return np.array(rows, np.uint8).reshape(-1, REPLICATES)
