"""The events that benchmarks are run on. The ladder itself checks the peers."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from generate_events import COURSES, generate

N_EVENTS = 200_000


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "events.parquet"
    generate(path, N_EVENTS)
    return path


def test_the_same_arguments_give_the_same_rows(events: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again.parquet", N_EVENTS)
    assert pq.read_table(events).equals(pq.read_table(tmp_path / "again.parquet"))


def test_there_are_about_as_many_events_as_asked_for(events: Path) -> None:
    assert pq.read_metadata(events).num_rows == pytest.approx(N_EVENTS, rel=0.15)


def test_users_have_as_many_events_as_those_of_xuetangx(events: Path) -> None:
    found = duckdb.sql(
        f"""
        select quantile_disc(n, 0.5), quantile_disc(n, 0.9), quantile_disc(n, 0.99)
        from (select count(*) as n from read_parquet('{events}') group by user_id)
        """
    ).fetchall()
    median, ninety, ninety_nine = found[0]
    assert median == pytest.approx(33, abs=2)
    assert ninety == pytest.approx(1_017, rel=0.05)
    assert ninety_nine == pytest.approx(6_331, rel=0.2)  # of 440 users, the fifth


def test_ids_and_times_are_of_the_types_of_xuetangx(events: Path) -> None:
    found = duckdb.sql(
        f"""
        select
            typeof(any_value(user_id)), typeof(any_value(item_id)),
            typeof(any_value(created_at)), count(*) - count(columns(*)),
            count(distinct item_id) <= {COURSES}
        from read_parquet('{events}')
        """
    ).fetchall()
    assert found == [("BIGINT", "VARCHAR", "TIMESTAMP", 0, 0, 0, True)]
