"""Ties and fractions of a second: labels are spread as by chance, and none is lost."""

import csv
import random
from collections import Counter
from pathlib import Path

import pytest

import reference
from conftest import Workspace
from test_against_reference import assert_equal_to_reference

ABSENT = {"watch_percentage": None, "rating": None}
COURSES = range(1, 201)
USERS = range(1, 201)
HOUR = 3600
# a value of chi squared with 3 degrees of freedom that chance exceeds once in 1,000
CHI_SQUARED = 16.27


def write(path: Path, events: list[tuple[int, int, int]]) -> Path:
    """A log of user, course and time, in any order of rows."""
    rows = random.Random(1).sample(events, len(events))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("user_id", "item_id", "created_at"), *rows])
    return path


def courses_of(result: reference.Result) -> dict[int, list[int]]:
    """The courses of each user in the order of the events."""
    courses: dict[int, list[int]] = {}
    for event in result.events:
        courses.setdefault(event["user_id"], []).append(event["course_id"])
    return courses


def half_tied() -> tuple[list[tuple[int, int, int]], dict[tuple[int, int], list[int]]]:
    """Six times for each user: four courses one by one, then four others at once.

    Returns:
        The events, and the tied courses by user and time.
    """
    drawn = random.Random(7)
    events, tied = [], {}
    for user in USERS:
        for visit in range(6):
            start = 1_600_000_000 + visit * HOUR
            courses = drawn.sample(COURSES, 8)
            events += [(user, courses[n], start + n) for n in range(4)]
            events += [(user, course, start + 60) for course in courses[4:]]
            tied[user, start + 60] = sorted(courses[4:])
    return events, tied


def test_labels_that_open_a_tie_are_spread_over_its_courses_as_by_chance(
    workspace: Workspace,
) -> None:
    events, tied = half_tied()
    log = write(workspace.root / "half_tied.csv", events)
    result = assert_equal_to_reference(workspace, log, columns=ABSENT)
    course_of = {item: course for course, item in result.vocab.items()}
    # the place of the label among the tied courses, smallest first
    opened = Counter(
        tied[key].index(course_of[pair["label"]])
        for pair in result.pairs
        if (key := (pair["user_id"], pair["label_ts_epoch"])) in tied
    )
    assert opened.total() == len(tied) == 1200
    deviation = sum((opened[place] - 300) ** 2 / 300 for place in range(4))
    assert deviation < CHI_SQUARED, opened


def test_users_with_the_same_ties_have_different_first_courses(
    workspace: Workspace,
) -> None:
    before = [(user, 1, 1_600_000_000) for user in USERS]
    at_once = [
        (user, course, 1_600_000_060) for user in USERS for course in (20, 30, 40, 510)
    ]
    log = write(workspace.root / "same.csv", before + at_once)
    result = assert_equal_to_reference(workspace, log, columns=ABSENT)
    firsts = Counter(courses[1] for courses in courses_of(result).values())
    # the keys begin with c0, 6e, 34 and 96: each is nearest to a quarter of all keys
    assert all(30 <= firsts[course] <= 70 for course in (20, 30, 40, 510)), firsts


@pytest.mark.parametrize("deduplicate", [True, False])
def test_milliseconds_order_events_and_keep_labels_that_whole_seconds_would_lose(
    workspace: Workspace, deduplicate: bool
) -> None:
    drawn = random.Random(13)
    events = []
    for user in range(1, 41):
        now = 1_600_000_000_000 + drawn.randrange(1000)
        for _ in range(30):
            now += drawn.choice([0, 1, 20, 300, 999, 1000, 1_800_000, 1_800_001])
            events.append((user, drawn.randrange(1, 20), now))
    log = write(workspace.root / "milliseconds.csv", events)
    settings = {"columns": ABSENT, "deduplicate_consecutive": deduplicate}
    result = assert_equal_to_reference(workspace, log, **settings)

    floored = reference.compute(
        [
            {**row, "created_at": str(int(row["created_at"] or 0) // 1000)}
            for row in reference.read_rows(log)
        ],
        reference.Settings(deduplicate_consecutive=deduplicate),
    )
    assert len(floored.pairs) < len(result.pairs) - 100
    assert len(floored.sessions) != len(result.sessions)
    by_second = courses_of(floored)
    moved = sum(
        here != there
        for user, courses in courses_of(result).items()
        for here, there in zip(courses, by_second[user], strict=True)
    )
    assert moved > 100
