"""Write the bundled sample, a synthetic stand-in for the MARS course events.

The sample resembles the English MARS file (counts, bursts, ratings) without containing
any of its rows. Two tables fix the counts, then courses are dealt to users, and finally
each user's history is laid out in time.

Every machine and Python version produces the same bytes: the only randomness is
`Random.random()`, whose sequence Python guarantees.

Exit codes: 0 written, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
"""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import click

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.cli import command, options

SEED = 20180928
DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "seeds" / "sample_events.csv"

FIRST_EVENT = datetime(2018, 9, 28, 7, 30)
LAST_EVENT = datetime(2021, 9, 20, 21, 0)
DAY = 86_400

# Number of users with 1, 2, 3 ... events: 822 users, 3,659 events in total.
USERS_BY_EVENTS = {
    1: 400, 2: 124, 3: 89, 4: 45, 5: 40, 6: 24, 7: 16, 8: 10, 9: 8, 10: 8,
    12: 12, 15: 12, 20: 10, 32: 8, 45: 6, 65: 6, 92: 1, 100: 1, 110: 1, 134: 1,
}  # fmt: skip
# Number of courses with 1, 2, 3 ... events: 776 courses, the same 3,659 events.
COURSES_BY_EVENTS = {
    1: 226, 2: 170, 3: 100, 4: 60, 5: 50, 6: 40, 7: 30, 8: 20, 10: 20, 12: 15,
    15: 10, 20: 16, 25: 8, 30: 6, 40: 1, 54: 1, 80: 1, 110: 1, 179: 1,
}  # fmt: skip

# One user takes each of the most popular courses twice in a row, the second time after
# this many seconds. If that is 0, the two rows are identical.
REPEATS_AFTER = [0, 0, 0, 0, 30, 45, 60, 90, 120, 240, 300, 600, 7_200, DAY]

# Seconds between visits: ties, either side of the session threshold, long pauses.
SPECIAL_GAPS = [0] * 20 + [1_800] * 5 + [1_801] * 5
LONG_GAPS = 450


class Event(NamedTuple):
    """One row of the sample, with a field per column."""

    user_id: int
    item_id: int
    watch_percentage: int
    created_at: str
    rating: int


class Visit(NamedTuple):
    """A course that a user takes: once, at offset 0, or again some seconds later."""

    course: int
    offsets: list[int]


def expand(table: dict[int, int]) -> list[int]:
    """Repeat each size as often as the table says: {1: 2, 5: 1} gives [1, 1, 5]."""
    return [size for size, times in table.items() for _ in range(times)]


def shuffled(values: list, rng: Random) -> list:
    """Shuffle a copy; `Random.shuffle` may change between Python versions."""
    return sorted(values, key=lambda _: rng.random())


def skewed(low: int, high: int, rng: Random) -> int:
    """Draw a number from low to high, inclusive, most often near low."""
    share = rng.random()
    return low + int((high - low + 1) * share * share * share)


def rate(watch: int) -> int:
    """Turn a percentage watched into a rating: 10 gives 1, 11 gives 2, 100 gives 10."""
    return max(1, (watch + 9) // 10)


def make_user_ids(count: int, rng: Random) -> list[int]:
    """Make ascending ids with gaps, all above those in the real file."""
    return [1_000_000 + 97 * n + int(97 * rng.random()) for n in range(count)]


def make_course_ids(count: int) -> list[int]:
    """Make ascending ids of one to five digits, from 7 to 99999."""
    last = count - 1
    return [7 + n + (99_992 - last) * n**3 // last**3 for n in range(count)]


def deal_courses(user_sizes: list[int], rng: Random) -> list[list[Visit]]:
    """Give every user and every course its number of events.

    The most popular courses are dealt first, while most users have room, and are most
    likely to go to the users with most room. A user gets a course twice only through
    `REPEATS_AFTER`.
    """
    course_sizes = sorted(expand(COURSES_BY_EVENTS), reverse=True)
    courses = shuffled(make_course_ids(len(course_sizes)), rng)
    visits: list[list[Visit]] = [[] for _ in user_sizes]
    room = list(user_sizes)
    for rank, (course, size) in enumerate(zip(courses, course_sizes, strict=True)):
        offsets = [[0]] * size
        if rank < len(REPEATS_AFTER):
            offsets[:2] = [[0, REPEATS_AFTER[rank]]]
        takers = sorted(range(len(room)), key=lambda user: -room[user] * rng.random())
        for user, times in zip(takers, offsets, strict=False):
            visits[user].append(Visit(course, times))
            room[user] -= len(times)
    return visits


def make_gaps(count: int, rng: Random) -> list[int]:
    """Make the seconds between visits: short within a burst, long between bursts."""
    long = [skewed(3_600, 60 * DAY, rng) for _ in range(LONG_GAPS)]
    short = [skewed(20, 900, rng) for _ in range(count - len(SPECIAL_GAPS + long))]
    return shuffled(SPECIAL_GAPS + long + short, rng)


def make_history(
    user_id: int, visits: list[Visit], position: float, gaps: Iterator[int], rng: Random
) -> list[Event]:
    """Lay out a user's visits in time.

    Position 0 starts the history where the sample starts, 1 ends it where it ends.
    """
    takes: list[tuple[int, int, int]] = []
    clock = 0
    for course, offsets in shuffled(visits, rng):
        clock += next(gaps) if takes else 0
        watch = 100 if rng.random() < 0.745 else skewed(0, 100, rng)
        takes += [(clock + offset, course, watch) for offset in offsets]
        clock += offsets[-1]
    slack = (LAST_EVENT - FIRST_EVENT) // timedelta(seconds=1) - clock
    start = FIRST_EVENT + timedelta(seconds=int(position * slack))
    return [
        Event(user_id, course, watch, str(start + timedelta(seconds=at)), rate(watch))
        for at, course, watch in takes
    ]


def make_events(rng: Random) -> list[Event]:
    """Make all events of the sample, in time order."""
    user_sizes = shuffled(expand(USERS_BY_EVENTS), rng)
    user_ids = make_user_ids(len(user_sizes), rng)
    visits = deal_courses(user_sizes, rng)
    gaps = iter(make_gaps(sum(map(len, visits)) - len(visits), rng))
    positions = [0.0, *(rng.random() for _ in user_ids[2:]), 1.0]
    users = zip(user_ids, visits, positions, strict=True)
    events = [event for user in users for event in make_history(*user, gaps, rng)]
    return sorted(events, key=lambda e: (e.created_at, e.user_id, e.item_id))


@command.command(__doc__)
@click.option("--output", type=options.PATH, default=DEFAULT_OUTPUT, show_default=True)
def main(output: Path) -> None:
    """Write the sample to a file."""
    events = make_events(Random(SEED))
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Event._fields)
        writer.writerows(events)
    command.echo(f"{output}: {len(events):,} events")


if __name__ == "__main__":
    main()
