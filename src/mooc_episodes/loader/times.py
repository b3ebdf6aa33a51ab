"""Times that a user gives, and which labels are before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.arguments import is_whole, shown

Time = int | datetime | np.datetime64

START = datetime(1970, 1, 1)
# an epoch number lies between these in at most one unit
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
# in microseconds: times the first, by the second
UNITS = {"seconds": (1_000_000, 1), "milliseconds": (1000, 1), "nanoseconds": (1, 1000)}


def microseconds(time: Time) -> int:
    """A time as microseconds since 1970-01-01 UTC; without a zone it is UTC.

    >>> microseconds(datetime(1970, 1, 2)), microseconds(np.datetime64("1970-01-02"))
    (86400000000, 86400000000)

    Raises:
        ValueError: It is not a time.
    """
    given: Any = time
    if isinstance(time, datetime):
        if time.tzinfo is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
        time = np.datetime64(time, "us")
    if isinstance(time, np.datetime64) and not np.isnat(time):
        # finer parts of a microsecond count: a label at its start is before the time
        floored = time.astype("datetime64[us]")
        return int(floored.astype(np.int64)) + bool(floored < time)
    if is_whole(time):
        return int(time)
    raise ValueError(
        f"before is {shown(given)}; it must be microseconds since 1970, or a datetime"
    )


def numbers_before(time: Time, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of these times are before another, strictly.

    Args:
        time: The other.
        times: Microseconds, [P].

    Raises:
        ValueError: It is not a time, or a number of another unit.
    """
    limit = microseconds(time)
    found = np.flatnonzero(times < limit)
    if is_whole(time) and len(times) and len(found) in (0, len(times)):
        check_unit(limit, "every pair is" if len(found) else "no pair is")
    return found


def check_unit(number: int, who: str) -> None:
    """Check that a number before which there is nothing, or all, is in microseconds.

    Raises:
        ValueError: As such it is not between 1990 and 2100; in another unit it is.
    """
    low, high = (
        (end - START) // timedelta(microseconds=1) for end in (EARLIEST, LATEST)
    )
    if low <= number < high:
        return
    for unit, (times, by) in UNITS.items():
        meant = number * times // by
        if low <= meant < high:
            when = START + timedelta(microseconds=meant)
            raise ValueError(
                f"before is {number}, and {who} before it; it must be microseconds, "
                f"and looks like {unit} of {when:%Y-%m-%d}: give before={meant}, or "
                "a datetime"
            )
