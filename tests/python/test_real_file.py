"""What the real MARS file must give (skipped, and said so, where it is not there)."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

import reference
from conftest import REAL_MARS, Workspace, needs_real_mars
from mooc_episodes.explain.steps import Explanation, explain

pytestmark = needs_real_mars


@pytest.fixture(scope="module")
def mars(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = Workspace(tmp_path_factory.mktemp("mars"))
    place.build("build", dataset="mars", raw_events=str(REAL_MARS))
    place.publish()
    return place


@pytest.fixture(scope="module")
def report(mars: Workspace) -> dict[str, Any]:
    (run,) = json.loads(mars.registry.read_text())["runs"]
    path = mars.reports / "08a_preprocess_mars" / run["run_tag"] / "report.json"
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def tables(mars: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(mars.database), read_only=True) as connection:
        connection.execute("use mars")
        yield connection


def test_the_raw_facts(report: dict[str, Any]) -> None:
    raw = report["raw_data"]
    assert raw["n_rows"] == raw["n_events"] == 3659
    assert raw["n_rejected"] == 0
    assert raw["n_users"] == 822
    assert raw["n_courses"] == 776
    assert f"{raw['sparsity']:.2%}" == "99.43%"
    # 4 of the 3,659 rows repeat a user and a course
    assert raw["n_cells_filled"] == 3655
    assert raw["empty_cell_share"] == pytest.approx(1 - 3655 / (822 * 776))
    assert report["distributions"]["events_per_user_raw"]["median"] == 2


def test_the_counts(report: dict[str, Any]) -> None:
    expected = {
        "n_users": 164,
        "n_events": 2564,
        "n_items": 746,
        "n_users_train": 114,
        "n_users_val": 24,
        "n_users_test": 26,
        "n_sessions": 546,
        "n_pairs_total": 2396,
        "n_episodes_total": 631,
        "n_users_with_episode": 126,
        "episode_K": 2,
        "episode_Q": 3,
        "min_interactions_per_user": 5,
    }
    assert expected.items() <= report["metrics"].items()
    assert report["tests"]["status"] == "passed"


def test_the_users_that_never_get_an_episode_are_reported(
    report: dict[str, Any],
) -> None:
    assert any(
        line.startswith("126 of 164 users have an episode")
        for line in report["key_findings"]
    )


def test_ties_of_the_file_are_repeats_and_no_label_is_lost_to_one(
    report: dict[str, Any], tables: duckdb.DuckDBPyConnection
) -> None:
    tied = tables.execute(
        "select count(*), count(items.user_id) from int_user_events as events"
        " left join int_sequence_items as items using (user_id, event_number)"
        " where gap_us = 0"
    ).fetchall()
    assert tied == [(4, 0)]
    assert any(
        line.startswith("Ties, ")
        and "Of the items, 0 are at the time of the item before" in line
        for line in report["key_findings"]
    )
    rows_out = {step["step"]: step["rows_out"] for step in report["funnel"]}
    assert rows_out["items with an item before them"] == rows_out["prefix-label pairs"]


def test_quantiles_equal_duckdb_s_own(
    report: dict[str, Any], tables: duckdb.DuckDBPyConnection
) -> None:
    sources = {
        "events_per_user_raw": "select n_events from int_users",
        "events_per_user": "select n_events from int_users where is_eligible",
        "course_popularity_raw": "select count(*) from stg_events group by course_id",
        "course_popularity": (
            "select count(*) from events_sessionized group by course_id"
        ),
        "session_length": "select n_events from sessions",
        "session_duration_sec": "select duration_sec from sessions",
        "gap_sec": (
            "select ts_epoch - lag(ts_epoch) over (partition by user_id order by"
            " ts_epoch) as gap from events_sessionized qualify gap is not null"
        ),
        "prefix_length": "select prefix_len from pairs",
    }
    assert set(sources) == set(report["distributions"])
    for measure, source in sources.items():
        n_values, *quantiles = tables.execute(
            "select count(*), quantile_cont(v, 0), quantile_cont(v, 0.5),"
            f" quantile_cont(v, 0.9), quantile_cont(v, 1) from ({source}) as t(v)"
        ).fetchall()[0]
        found = report["distributions"][measure]
        assert found["n_values"] == n_values
        assert [
            found[name] for name in ("minimum", "median", "p90", "maximum")
        ] == pytest.approx(quantiles, rel=1e-12)


def explained(mars: Workspace, user: Any) -> Explanation:
    with duckdb.connect(str(mars.database), read_only=True) as connection:
        return explain(connection, "mars", "user", str(user))


def test_the_file_s_first_learner_is_reported_to_have_too_few_events(
    mars: Workspace,
) -> None:
    found = explained(mars, 224557)
    assert found.warning is None
    events, rejected, eligibility = found.steps
    # the first rows of the file
    assert [
        (f"{row['ts']}", row["course_id"], row["watch_percentage"], row["rating"])
        for row in events.table.rows
    ] == [
        ("2018-09-28 16:18:29", 510, 100, 10),
        ("2018-09-28 16:22:22", 615, 100, 10),
        ("2018-09-28 16:23:34", 7680, 100, 10),
    ]
    assert rejected.table.n_rows == 0
    assert eligibility.summary == "Not eligible: has 3 of 5 events. Left out."


def test_what_is_reported_of_learners_is_what_the_reference_computes(
    mars: Workspace, tables: duckdb.DuckDBPyConnection
) -> None:
    result = reference.compute(reference.read_rows(REAL_MARS), reference.Settings())
    # those with rows given twice, and the longest
    users = tables.execute(
        "select user_id from int_user_events where gap_us = 0"
        " and item_id = previous_item_id union"
        " (select user_id from int_user_events group by all"
        " order by count(*) desc, user_id limit 3)"
    ).fetchall()
    assert len(users) > 3
    for (user,) in users:
        steps = {step.name: step for step in explained(mars, user).steps}
        sessions = [row for row in result.sessions if row["user_id"] == user]
        pairs = [row for row in result.pairs if row["user_id"] == user]
        episodes = result.episodes[result.splits[user]]
        assert steps["split"].facts["split"] == result.splits[user]
        assert [
            (row["session_id"], row["n_events"], row["course_id"])
            for row in steps["sessions"].table.rows
        ] == [
            (row["session_id"], row["n_events"], row["course_id"]) for row in sessions
        ]
        assert [
            (row["pair_id"], row["prefix"], row["label"])
            for row in steps["pairs"].table.rows
            if row["skipped"] is None
        ] == [(row["pair_id"], row["prefix"], row["label"]) for row in pairs]
        # what is collapsed, and what is skipped, is all that is no item and no pair
        positions = [row["position"] for row in steps["sequence"].table.rows]
        assert sorted(filter(lambda position: position is not None, positions)) == [
            row["position"] for row in steps["pairs"].table.rows
        ]
        assert [
            (row["episode_id"], row["part"], row["prefix"], row["label"])
            for row in steps["episodes"].table.rows
        ] == [
            (row["episode_id"], part, prefix, label)
            for row in episodes
            if row["user_id"] == user
            for part in ("support", "query")
            for prefix, label in zip(
                row[f"{part}_prefixes"], row[f"{part}_labels"], strict=True
            )
        ]
