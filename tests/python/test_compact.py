"""The compact layout says what the full one says."""

from pathlib import Path

import duckdb
import pytest

from conftest import TINY_SETTINGS, Workspace
from mooc_episodes.verify import compact


def files(folder: Path, kind: str) -> list[str]:
    return sorted(str(path) for path in folder.glob(f"{kind}/*.parquet"))


def assert_round_trip(workspace: Workspace) -> None:
    """Pairs and episodes of the full layout equal those made of the compact one."""
    workspace.publish()
    workspace.publish("--layout=compact")
    full = workspace.processed / "sample"
    folder = workspace.processed / "sample.compact"
    with duckdb.connect() as connection:
        for name, kind in {
            "user_sequences": "sequences",
            "pair_offsets": "pairs",
            "episode_offsets": "episodes",
        }.items():
            connection.read_parquet(files(folder, kind), filename=True).create_view(
                name
            )
        for kind, query in {
            "pairs": compact.PAIRS,
            "episodes": compact.EPISODES,
        }.items():
            # each split has its file: the name tells them apart
            more = ", regexp_extract(offsets.filename, 'train|val|test') as split"
            made = connection.sql(query.format(more=more)).set_alias("made")
            given = connection.read_parquet(files(full, kind), filename=True).project(
                "* exclude (filename), regexp_extract(filename, 'train|val|test')"
            )
            assert made.columns[:-1] == given.columns[:-1]
            assert made.types == given.types
            assert made.except_(given).fetchall() == []
            assert given.except_(made).fetchall() == []
            assert made.shape == given.shape
            assert made.shape[0] > 0


@pytest.mark.parametrize("max_prefix_len", [None, 1, 3])
def test_compact_made_full_equals_full(
    max_prefix_len: int | None, workspace: Workspace
) -> None:
    workspace.build(max_prefix_len=max_prefix_len)
    assert_round_trip(workspace)


def test_ties_and_string_ids_make_the_same_round_trip(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    rows = (
        f"u{user},c{(user + step * step) % 7},{(step // 2) * 900}"
        for user in range(9)
        for step in range(20)
    )
    events.write_text("user_id,item_id,created_at\n" + "\n".join(rows) + "\n")
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        item_id_type="varchar",
        **TINY_SETTINGS,
    )
    assert_round_trip(workspace)


def test_the_layouts_are_published_beside_each_other(workspace: Workspace) -> None:
    workspace.build()
    workspace.publish("--layout=compact")
    folder = workspace.processed / "sample.compact"
    assert folder.is_dir()
    assert not (workspace.processed / "sample").exists()
    assert not (folder / "pairs" / "pairs_train.parquet").exists()
    workspace.publish()
    assert (workspace.processed / "sample/pairs/pairs_train.parquet").exists()
    assert folder.is_dir()
