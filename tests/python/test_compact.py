"""The compact layout says what the full one says, in files that the full one has too.

The queries here make the expanded lists from the other files: the tables
`user_sequences`, `pair_offsets` and `episode_offsets`. DuckDB counts the items of a
list from 1, the offsets from 0.
"""

from pathlib import Path

import duckdb
import pytest

from conftest import TINY_SETTINGS, Workspace, sha256

PAIRS = """
select
    offsets.pair_id,
    offsets.user_id,
    sequences.items[offsets.prefix_start + 1:offsets.prefix_end] as prefix,
    sequences.items[offsets.label_position + 1] as label,
    sequences.ts_epochs[offsets.label_position + 1] as label_ts_epoch,
    offsets.prefix_end - offsets.prefix_start as prefix_len,
    offsets.split
from pair_offsets as offsets
inner join user_sequences as sequences using (user_id)
"""


def prefixes(part: str) -> str:
    """The prefixes of the support or of the query."""
    starts, positions = f"{part}_prefix_starts", f"{part}_label_positions"
    return (
        f"list_transform({starts}, lambda start, i:"
        f" sequences.items[start + 1:{positions}[i]])"
    )


def labels(part: str) -> str:
    """The labels of the support or of the query."""
    return (
        f"list_transform({part}_label_positions,"
        " lambda position: sequences.items[position + 1])"
    )


def times(part: str) -> str:
    """The times of the labels of the support or of the query."""
    return (
        f"list_transform({part}_label_positions,"
        " lambda position: sequences.ts_micros[position + 1])"
    )


EPISODES = f"""
select
    offsets.episode_id,
    offsets.user_id,
    {prefixes("support")} as support_prefixes,
    {labels("support")} as support_labels,
    {prefixes("query")} as query_prefixes,
    {labels("query")} as query_labels,
    len(offsets.support_label_positions) as n_support,
    len(offsets.query_label_positions) as n_query,
    offsets."window",
    offsets.support_label_positions[1] as n_known,
    {times("support")} as support_label_ts,
    {times("query")} as query_label_ts,
    offsets.split
from episode_offsets as offsets
inner join user_sequences as sequences using (user_id)
"""


def files(folder: Path, names: str) -> list[str]:
    found = sorted(str(path) for path in folder.glob(f"{names}.parquet"))
    assert found
    return found


def assert_round_trip(workspace: Workspace) -> None:
    """Pairs and episodes of the full layout equal those made of the compact one."""
    workspace.publish()
    workspace.publish("--layout=compact")
    full = (workspace.processed / "sample").resolve()
    folder = (workspace.processed / "sample.compact").resolve()
    with duckdb.connect() as connection:
        # each split has its own file, named for it
        split = "regexp_extract(filename, 'train|val|test') as split"
        for name, names in {
            "user_sequences": "sequences/sequences",
            "pair_offsets": "pairs/pair_offsets_*",
            "episode_offsets": "episodes/episode_offsets_*",
        }.items():
            connection.read_parquet(files(folder, names), filename=True).project(
                f"* exclude (filename), {split}"
            ).create_view(name)
        for names, query in {
            "pairs/pairs_*": PAIRS,
            "episodes/episodes_*": EPISODES,
        }.items():
            made = connection.sql(query).set_alias("made")
            given = connection.read_parquet(files(full, names), filename=True).project(
                f"* exclude (filename), {split}"
            )
            assert made.columns == given.columns
            assert made.types == given.types
            assert made.except_(given).fetchall() == []
            assert given.except_(made).fetchall() == []
            assert made.shape == given.shape
            assert made.shape[0] > 0
    expanded = {*full.glob("pairs/pairs_*"), *full.glob("episodes/episodes_*")}
    assert len(expanded) == 6
    about = {"README.md", "croissant.json", "manifest.json"}
    rest = {
        path.relative_to(full): sha256(path)
        for path in full.rglob("*.*")
        if path.name not in about | {own.name for own in expanded}
    }
    assert rest == {
        path.relative_to(folder): sha256(path)
        for path in folder.rglob("*.*")
        if path.name not in about
    }


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
        time_format="s",
    )
    assert_round_trip(workspace)


def test_the_layouts_are_published_next_to_each_other(own_sample: Workspace) -> None:
    own_sample.publish("--layout=compact")
    folder = own_sample.processed / "sample.compact"
    assert folder.is_dir()
    assert not (own_sample.processed / "sample").exists()
    assert not (folder / "pairs" / "pairs_train.parquet").exists()
    own_sample.publish()
    assert (own_sample.processed / "sample/pairs/pairs_train.parquet").exists()
    assert folder.is_dir()
