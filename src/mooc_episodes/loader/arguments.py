"""Checks of what a user gives: names, whole numbers, row numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 60


def shown(value: Any) -> str:
    """A value for a message, on one line.

    >>> shown("a b"), shown([*range(99)])
    ("'a b'", '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, …')
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def check(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Check an argument.

    Raises:
        ValueError: It is none of those allowed.
    """
    if not isinstance(value, str) or value not in allowed:
        known = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} is {shown(value)}; it must be one of {known}")


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, of Python or NumPy; True and 2.0 are not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def whole(
    name: str,
    value: Any,
    least: int | None = None,
    most: int | None = None,
    or_else: str = "",
) -> int:
    """An argument that is a whole number.

    Args:
        name: Its name.
        value: Its value.
        least: The least that is allowed.
        most: The most that is allowed, if there is a least.
        or_else: What is allowed as well, for the message.

    Raises:
        ValueError: It is not a whole number, or out of its range.

    >>> whole("epoch", np.int32(3), 0)
    3
    """
    if not is_whole(value):
        raise ValueError(
            f"{name} is {shown(value)}; it must be a whole number{or_else}"
        )
    if least is not None and (value < least or (most is not None and value > most)):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value}; it must be {allowed}{or_else}")
    return int(value)


def row_numbers(values: Any, n_rows: int) -> NDArray[np.int64]:
    """Which rows to take, int64 [B].

    Args:
        values: An array, a list or a range.
        n_rows: How many there are to choose from.

    Raises:
        ValueError: They are not whole numbers in a row.
        IndexError: There is no row of a number.
    """
    try:
        found = np.asarray(values)
    except ValueError:
        # lists of different lengths
        found = np.empty((0, 0))
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise ValueError(
            f"numbers is {shown(values)}; it must be a list or an array of whole "
            "numbers, such as [0, 1]"
        )
    if found.size:
        low, high = found.min(), found.max()
        if low < 0 or high >= n_rows:
            wrong = low if low < 0 else high
            there = f"0 to {n_rows - 1}" if n_rows else "none"
            raise IndexError(f"there is no number {wrong}; there are {there}")
    return found.astype(np.int64, copy=False)
