"""The files of pairs and episodes have every value of the views that define them.

The export makes them by other means than the views: from sequences and positions.
"""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from conftest import TINY_SETTINGS, Workspace
from mooc_episodes import contract
from mooc_episodes.publish import parquet as writing
from mooc_episodes.warehouse.build_record import read_settings

VIEWS = {"pairs": "pair_number", "episodes": "first_pair_number"}


def assert_files_equal_views(place: Workspace, folder: Path) -> dict[str, int]:
    """Write the files and compare each with its view; the rows of each file."""
    with duckdb.connect(str(place.database), read_only=True) as connection:
        settings = {"layout": "full", **read_settings(connection, "sample")}
        files = [
            file
            for file in contract.all_artifacts(settings)
            if isinstance(file, contract.ParquetArtifact) and file.model in VIEWS
        ]
        assert len(files) == 6
        writing.write_artifacts(connection, settings, files, folder)
        n_rows = {}
        for file in files:
            columns = ", ".join(
                'window_number as "window"' if name == "window" else name
                for name in file.schema.names
            )
            defined = connection.sql(
                f"select {columns} from sample.{file.model}"
                f" where split = '{file.split}'"
                f" order by user_id, {VIEWS[file.model]}"
            ).to_arrow_table()
            written = pq.read_table(folder / file.path)
            assert written.schema.equals(file.schema), file.path
            assert written.equals(defined.cast(file.schema)), file.path
            n_rows[file.path] = written.num_rows
    return n_rows


def assert_parted_alike(
    place: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However users are parted and rows grouped, the files equal the views."""
    n_rows = assert_files_equal_views(place, root / "at once")
    assert min(n_rows.values()) > 0
    # ranges of one user and of a few, and row groups that end inside of a user
    for events_per_range, rows_per_group in ((1, 65_536), (300, 7), (500_000, 2)):
        monkeypatch.setattr(writing, "EVENTS_PER_RANGE", events_per_range)
        monkeypatch.setattr(writing, "ROWS_PER_GROUP", rows_per_group)
        folder = root / f"{events_per_range} {rows_per_group}"
        assert assert_files_equal_views(place, folder) == n_rows


def test_prefixes_of_any_length(
    sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_parted_alike(sample, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_prefix_len": 1, "episode_k": 1, "episode_q": 1},
        {"max_prefix_len": 20, "episode_k": 5, "deduplicate_consecutive": False},
    ],
    ids=str,
)
def test_other_settings(
    settings: dict[str, int], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.build(**settings)
    assert_parted_alike(workspace, workspace.root, monkeypatch)


def test_string_ids_ties_and_a_long_sequence(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    # users that sort otherwise as text than as numbers, one of 3,000 events, pairs of
    # events at the same second, and a user who has one time only and so no pair
    rows = [
        f"u{user},c{(user + step * step) % 7},{(step // 2) * 900}"
        for user in range(8, 16)
        for step in range(3000 if user == 9 else 20)
    ]
    rows += [f"é one time,c{step},900" for step in range(7)]
    events.write_text("user_id,item_id,created_at\n" + "\n".join(rows) + "\n")
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        item_id_type="varchar",
        **TINY_SETTINGS,
        time_format="s",
    )
    n_rows = assert_files_equal_views(workspace, workspace.root / "files")
    assert sum(n_rows.values()) > 3000 / 2


def test_empty_splits(tiny: Workspace, tmp_path: Path) -> None:
    n_rows = assert_files_equal_views(tiny, tmp_path)
    assert sorted(n_rows.values()) == [0, 0, 0, 0, 1, 3]
