"""The bundled sample keeps every fact that other tests and the docs rely on."""

import csv
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean, median, quantiles

import pytest

import make_sample
from conftest import REAL_MARS, SAMPLE, needs_real_mars

COLUMNS = ["user_id", "item_id", "watch_percentage", "created_at", "rating"]

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(SAMPLE)


@pytest.fixture(scope="module")
def events_per_user(rows: list[Row]) -> list[int]:
    return list(Counter(row["user_id"] for row in rows).values())


@pytest.fixture(scope="module")
def events_per_course(rows: list[Row]) -> list[int]:
    return list(Counter(row["item_id"] for row in rows).values())


@pytest.fixture(scope="module")
def active_histories(rows: list[Row]) -> list[list[Row]]:
    """The events of each user with at least five, in order."""
    histories = defaultdict(list)
    for row in rows:
        histories[row["user_id"]].append(row)
    return [history for history in histories.values() if len(history) >= 5]


@pytest.fixture(scope="module")
def active_gaps(active_histories: list[list[Row]]) -> list[float]:
    return [
        (seen_at(after) - seen_at(before)).total_seconds()
        for history in active_histories
        for before, after in pairwise(history)
    ]


def seen_at(row: Row) -> datetime:
    return datetime.strptime(row["created_at"], "%Y-%m-%d %H:%M:%S")


def test_the_generator_reproduces_the_committed_bytes(tmp_path):
    for name in ("first.csv", "second.csv"):
        make_sample.main.callback(tmp_path / name)
        assert (tmp_path / name).read_bytes() == SAMPLE.read_bytes()


def test_the_header_is_exact_and_lines_end_in_lf():
    content = SAMPLE.read_bytes()
    assert content.startswith(",".join(COLUMNS).encode() + b"\n")
    assert content.endswith(b"\n")
    assert b"\r" not in content


def test_rows_are_sorted_by_time_then_user_then_course(rows):
    keys = [(r["created_at"], int(r["user_id"]), int(r["item_id"])) for r in rows]
    assert keys == sorted(keys)


def test_the_counts_of_events_users_and_courses_are_exact(
    rows, events_per_user, events_per_course
):
    assert len(rows) == 3_659
    assert len(events_per_user) == 822
    assert len(events_per_course) == 776


def test_164_users_have_five_events_or_more_and_2564_in_all(events_per_user):
    active = [count for count in events_per_user if count >= 5]
    assert len(active) == 164
    assert sum(active) == 2_564


def test_events_per_user_have_median_2_and_p90_8_and_maximum_134(events_per_user):
    assert median(events_per_user) == 2
    assert quantiles(events_per_user, n=10, method="inclusive")[-1] == pytest.approx(8)
    assert max(events_per_user) == 134


def test_some_users_have_exactly_four_and_some_exactly_five_events(events_per_user):
    assert {4, 5} <= set(events_per_user)


def test_the_top_course_has_179_events_and_226_courses_have_one(events_per_course):
    assert max(events_per_course) == 179
    assert events_per_course.count(179) == 1
    assert events_per_course.count(1) == 226


def test_exactly_four_rows_come_twice_and_none_more_often(rows):
    copies = Counter(tuple(row.values()) for row in rows)
    assert sorted(n for n in copies.values() if n > 1) == [2, 2, 2, 2]


def test_the_same_event_never_comes_with_different_progress(rows):
    keys = {(r["user_id"], r["item_id"], r["created_at"]) for r in rows}
    assert len(keys) == len(rows) - 4


def test_the_events_run_from_2018_09_28_to_2021_09_20(rows):
    days = [seen_at(row).date().isoformat() for row in rows]
    assert (min(days), max(days)) == ("2018-09-28", "2021-09-20")


def test_three_quarters_of_the_ratings_are_ten(rows):
    tens = sum(row["rating"] == "10" for row in rows)
    assert 0.74 <= tens / len(rows) <= 0.76


def test_watch_percentages_are_integers_from_0_to_100(rows):
    watched = {int(row["watch_percentage"]) for row in rows}
    assert (min(watched), max(watched)) == (0, 100)


def test_ratings_go_from_1_to_10_and_rise_with_the_watch_percentage(rows):
    watched = defaultdict(list)
    for row in rows:
        watched[int(row["rating"])].append(int(row["watch_percentage"]))
    assert sorted(watched) == list(range(1, 11))
    assert all(max(watched[n]) < min(watched[n + 1]) for n in range(1, 10))
    assert all(mean(watched[n]) < mean(watched[n + 1]) for n in range(1, 10))


def test_active_users_have_about_550_sessions(active_histories, active_gaps):
    sessions = len(active_histories) + sum(gap > 1_800 for gap in active_gaps)
    assert 530 <= sessions <= 570


@pytest.mark.parametrize("gap", [1_800, 1_801])
def test_gaps_fall_on_either_side_of_the_session_threshold(active_gaps, gap):
    assert gap in active_gaps


def test_some_users_take_two_courses_in_the_same_second(rows):
    courses = defaultdict(set)
    for row in rows:
        courses[row["user_id"], row["created_at"]].add(row["item_id"])
    assert 10 <= sum(len(taken) > 1 for taken in courses.values()) <= 30


def test_some_users_take_a_course_twice_in_a_row(active_histories):
    repeats = [
        before
        for history in active_histories
        for before, after in pairwise(history)
        if before["item_id"] == after["item_id"] and before != after
    ]
    assert 5 <= len(repeats) <= 15


def test_user_ids_are_above_those_of_the_real_file_and_have_holes(rows):
    ids = {int(row["user_id"]) for row in rows}
    assert min(ids) >= 1_000_000
    assert max(ids) - min(ids) > 10 * len(ids)


def test_course_ids_have_one_to_five_digits_so_text_order_differs(rows):
    ids = {int(row["item_id"]) for row in rows}
    assert (min(ids), max(ids)) == (7, 99_999)
    assert {len(str(n)) for n in ids} == {1, 2, 3, 4, 5}
    assert sorted(ids) != sorted(ids, key=str)


@needs_real_mars
def test_no_row_of_the_real_file_is_in_the_sample(rows):
    real = read(REAL_MARS)
    assert list(real[0]) == COLUMNS
    key = ("user_id", "item_id", "created_at")
    real_events = {tuple(row[name] for name in key) for row in real}
    assert not any(tuple(row[name] for name in key) in real_events for row in rows)
    assert not {row["user_id"] for row in rows} & {row["user_id"] for row in real}
