"""The promises: each file says what it promises, and what breaks it is noticed."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import TINY, TINY_SETTINGS, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.promises import FOLDER, read_promise, read_promises
from mooc_episodes.verify.rules import OWN

# What verify cannot look at is broken in the database: with how many rows.
BREAKING = [
    ("no_row_is_lost", "delete from rejected_events", 1),
    # steps that lose one row more, gain users or courses, or are not there or unknown
    (
        "the_funnel_adds_up",
        "update report_funnel set rows_out = rows_out - 1 where step_number > 0",
        6,
    ),
    (
        "the_funnel_adds_up",
        "update report_funnel set users_out = users_in + 1 where step_number = 2",
        1,
    ),
    (
        "the_funnel_adds_up",
        "update report_funnel set courses_out = courses_in + 1 where step_number = 2",
        1,
    ),
    # a window more: episodes that use more pairs than there are
    (
        "the_funnel_adds_up",
        "insert into int_episode_windows from int_episode_windows; "
        "update report_funnel set rows_out = 5 where step_number = 6",
        1,
    ),
    ("the_funnel_adds_up", "delete from report_funnel where step_number = 2", 1),
    (
        "the_funnel_adds_up",
        "insert into report_funnel select * replace ('events hidden' as step) "
        "from report_funnel where step_number = 2",
        1,
    ),
    # a pinned course, one that has no event, a new one, and two new ones swapped
    (
        "pinned_courses_keep_their_ids",
        "update vocab set item_id = 9 where item_id = 0",
        1,
    ),
    ("pinned_courses_keep_their_ids", "delete from vocab where item_id = 1", 1),
    (
        "pinned_courses_keep_their_ids",
        "update vocab set item_id = 9 where item_id = 4",
        1,
    ),
    (
        "pinned_courses_keep_their_ids",
        "update vocab set item_id = 5 - item_id where item_id in (2, 3)",
        2,
    ),
    # of the course that has no event
    (
        "items_are_counted_over_the_events",
        "update items set n_train_users = 1 where item_id = 1",
        1,
    ),
    (
        "episodes_have_exactly_k_and_q",
        "alter table int_episode_windows alter label_positions drop not null; "
        "update int_episode_windows set label_positions = null",
        1,
    ),
]
# under other settings than the sample's, which dbt's own tests look at
KEPT = ["no_row_is_lost", "the_funnel_adds_up", "train_ends_before_new_users_begin"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, Any]]:
    place = Workspace(tmp_path_factory.mktemp("built"))
    events = place.root / "events.csv"
    events.write_text(TINY + "x,20,,1970-01-01 09:00:00,\n")
    published = place.root / "course2id.json"
    published.write_text('{"40": 0, "99": 1}')
    settings = {
        "raw_events": str(events),
        "max_rejected_fraction": 0.5,
        "pinned_vocab": str(published),
    }
    place.build(**settings, **TINY_SETTINGS)
    return place, settings | TINY_SETTINGS


@pytest.mark.parametrize(("promise", "breaking", "n_rows"), BREAKING)
def test_a_promise_that_needs_the_database_is_broken_in_it(
    promise: str,
    breaking: str,
    n_rows: int,
    built: tuple[Workspace, dict[str, Any]],
    workspace: Workspace,
) -> None:
    place, settings = built
    command = ("test", "--select", promise)
    shutil.copy(place.database, workspace.database)
    assert workspace.dbt(*command, **settings).success
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("use sample")
        connection.execute(breaking)
    done = workspace.dbt(*command, **settings)
    assert any(f"Got {n_rows} result" in line for line in done.lines), done.lines


def test_a_promise_does_not_depend_on_the_order_of_rows(
    built: tuple[Workspace, dict[str, Any]], workspace: Workspace
) -> None:
    place, settings = built
    shutil.copy(place.database, workspace.database)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute(
            "use sample; create temp table turned as "
            "from int_user_events order by event_number desc; "
            "truncate int_user_events; insert into int_user_events from turned"
        )
    promise = "every_prefix_is_strictly_before_its_label"
    assert workspace.dbt("test", "--select", promise, **settings).success


def test_a_row_is_lost_at_no_edge(workspace: Workspace) -> None:
    """Events at the very time of a cut and of the end, and no course that is rare."""
    header, *lines = TINY.splitlines()
    rows = [user + line[1:] for user in "79" for line in lines[:6]]
    events = workspace.root / "events.csv"
    events.write_text("\n".join([header, *rows]) + "\n")
    settings = TINY_SETTINGS | {
        "raw_events": str(events),
        "split_method": "new_users",
        "split_times": ["1970-01-01 10:10:01", "1970-01-02"],
        "time_until": "1970-01-01 10:20:00",
        "min_item_users": 2,
    }
    built = ("rejected_events", "events_sessionized")
    workspace.build("run", "--select", *(f"+{name}" for name in built), **settings)
    lost = ("test", "--select", "no_row_is_lost")
    assert workspace.dbt(*lost, **settings).success
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("delete from sample.int_user_events where user_id = 9")
    assert any(
        "Got 1 result" in line for line in workspace.dbt(*lost, **settings).lines
    )


@pytest.fixture(scope="module")
def left_out(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Workspace, dict[str, Any]]:
    """The sample without some of its times and courses, and cut as new users come."""
    place = Workspace(tmp_path_factory.mktemp("left_out"))
    settings = {
        "split_method": "new_users",
        "time_from": "2019-01-01",
        "min_item_users": 5,
        "deduplicate_consecutive": False,
    }
    place.build(**settings)
    with duckdb.connect(str(place.database), read_only=True) as connection:
        losing = connection.execute(
            "select step from sample.report_funnel where rows_out < rows_in "
            "order by step_number"
        ).fetchall()
    assert [step for (step,) in losing[:4]] == [
        "events of the time chosen",
        "events of courses with enough users",
        "events of eligible users",
        "events before the next split begins",
    ]
    return place, settings


@pytest.mark.parametrize("promise", KEPT)
def test_a_promise_is_kept_where_events_are_left_out(
    promise: str, left_out: tuple[Workspace, dict[str, Any]]
) -> None:
    place, settings = left_out
    assert place.dbt("test", "--select", promise, **settings).success


def test_the_funnel_adds_up_without_episodes(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    settings = TINY_SETTINGS | {"raw_events": str(events), "episode_k": 5}
    workspace.build(**settings)
    assert workspace.dbt("test", "--select", "the_funnel_adds_up", **settings).success


def test_no_two_promises_say_the_same() -> None:
    files = [*read_promises(), *read_promises(OWN)]
    assert len({*files}) == len(files)
    promises = [*read_promises().values(), *read_promises(OWN).values()]
    sentences = {promise.sentence for promise in promises}
    assert len(sentences) == len(promises)


def test_a_file_without_a_sentence_is_refused(tmp_path: Path) -> None:
    for text in ("select 1\n", "", "-- no full stop\nselect 1\n"):
        path = tmp_path / "nothing.sql"
        path.write_text(text)
        with pytest.raises(UserError, match="its first line must be a sentence"):
            read_promise(path)


def test_a_test_of_dbt_says_what_it_looks_at() -> None:
    promise = read_promise(FOLDER / "support_is_before_query.sql")
    assert promise.looks_at == "episodes"
    assert promise.is_sampled
    assert not read_promises()["no_row_is_lost"].is_sampled
    assert all(promise.looks_at for promise in read_promises().values())
