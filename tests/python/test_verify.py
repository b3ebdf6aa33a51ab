"""verify.py: what was published is recognized; any tampering is named."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from conftest import PROJECT, Workspace
from mooc_episodes.fingerprints import sha256

EPISODES = "episodes/episodes_{split}_K1_Q2.parquet"
PAIRS = "pairs/pairs_{split}.parquet"
EVENTS = "sessions/events_sessionized.parquet"


def verify(*manifests: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "verify.py"), *map(str, manifests)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def received(tiny: Workspace, tmp_path: Path) -> Path:
    """The published folder as somebody received it."""
    return Path(shutil.copytree(tiny.processed / "sample", tmp_path / "received"))


def split_of_learner(folder: Path) -> str:
    return next(
        split
        for split in ("train", "val", "test")
        if pq.read_metadata(folder / PAIRS.format(split=split)).num_rows
    )


def forge(folder: Path, name: str, table: pa.Table) -> None:
    """Write a file anew and have the manifest say that it belongs there."""
    pq.write_table(table, folder / name, compression="zstd")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    (entry,) = (e for e in manifest["artifacts"] if e["path"] == name)
    file = folder / name
    entry |= {
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
        "rows": table.num_rows,
    }
    path.write_text(json.dumps(manifest))


def test_published_and_received_folders_are_recognized(
    tiny: Workspace, received: Path
) -> None:
    of_run = tiny.newest_report() / "manifest.json"
    of_folder = tiny.processed / "sample" / "manifest.json"
    assert verify(of_run, of_folder, received / "manifest.json") == (0, [])


def test_any_changed_byte_is_named(received: Path) -> None:
    names = [
        entry["path"]
        for entry in json.loads((received / "manifest.json").read_text())["artifacts"]
    ]
    for name in names:
        path = received / name
        before = path.read_bytes()
        middle = len(before) // 2
        path.write_bytes(
            before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :]
        )
        code, told = verify(received / "manifest.json")
        assert code == 1
        assert len(told) == 1
        assert f"{path}: changed" in told[0]
        path.write_bytes(before)
    assert verify(received / "manifest.json") == (0, [])


def test_a_missing_and_an_added_file_are_named(received: Path) -> None:
    (received / "vocab" / "course2id.json").unlink()
    (received / "pairs" / "pairs_extra.parquet").write_text("")
    code, told = verify(received / "manifest.json")
    assert code == 1
    assert [line.rsplit("/", 1)[1] for line in told] == [
        "course2id.json: missing",
        "pairs_extra.parquet: not in the manifest",
    ]


def test_an_entry_left_out_of_the_manifest_is_named(received: Path) -> None:
    path = received / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["artifacts"].pop()
    path.write_text(json.dumps(manifest))
    code, told = verify(path)
    assert code == 1
    assert any("does not list episodes/episodes_test_K1_Q2.parquet" in t for t in told)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"settings": {}, "artifacts": []}'])
def test_what_is_no_manifest_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    assert verify(path) == (1, [f"verify: {path}: not a manifest of an export"])


def test_no_manifest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    assert verify(path) == (1, [f"verify: {path}: no such manifest"])


def replace(table: pa.Table, column: str, values: list[Any]) -> pa.Table:
    place = table.schema.get_field_index(column)
    field = table.schema.field(column)
    return table.set_column(place, field, pa.array(values, field.type))


FORGERIES = [
    (
        PAIRS,
        "prefix",
        [[3], [3, 0], [3, 0, 1, 0]],
        "a prefix is not the items strictly",
    ),
    (PAIRS, "label", [0, 1, 3], "a label is not the user's item of that second"),
    (PAIRS, "label", [0, 1, 4], "a label or prefix is not in the vocabulary"),
    (PAIRS, "label_ts_epoch", [34800, 36601, 36601], "are not in time order"),
    (PAIRS, "prefix_len", [1, 2, 3], "a pair's prefix_len is wrong"),
    (PAIRS, "pair_id", [0, 1, 3], "pair_ids are not 0, 1, 2"),
    (PAIRS, "user_id", [7, 7, 8], "a row's user is not in its split"),
    (EPISODES, "support_labels", [[1]], "an episode is not K + Q pairs of its user"),
    (EPISODES, "n_query", [3], "an episode has not exactly K and Q"),
    (EPISODES, "query_labels", [[1]], "an episode has not exactly K and Q"),
    (EPISODES, "episode_id", [1], "episode_ids are not 0, 1, 2"),
    (EVENTS, "item_id", [3, 3, 0, 1, 2, 9], "an event's item is not in the vocabulary"),
    (EVENTS, "sess_len", [3, 3, 3, 3, 3, 4], "a session's events are not its events"),
    (EVENTS, "user_id", [7, 7, 7, 7, 7, 8], "an event's user is in no split"),
]


@pytest.mark.parametrize(("name", "column", "values", "told"), FORGERIES)
def test_a_promise_broken_behind_a_true_hash_is_named(
    name: str, column: str, values: list[Any], told: str, received: Path
) -> None:
    path = name.format(split=split_of_learner(received))
    table = pq.read_table(received / path)
    assert table.num_rows == len(values)
    forge(received, path, replace(table, column, values))
    code, lines = verify(received / "manifest.json")
    assert code == 1
    assert any(told in line for line in lines), lines


def test_a_user_in_two_splits_is_named(received: Path) -> None:
    for split in ("train", "val"):
        path = received / "user_splits" / f"users_{split}.json"
        path.write_text('{"users": [7]}')
        manifest = json.loads((received / "manifest.json").read_text())
        name = path.relative_to(received).as_posix()
        (entry,) = (e for e in manifest["artifacts"] if e["path"] == name)
        entry |= {"bytes": path.stat().st_size, "sha256": sha256(path)}
        (received / "manifest.json").write_text(json.dumps(manifest))
    _, lines = verify(received / "manifest.json")
    assert any("a user is in two splits" in line for line in lines), lines


def test_another_schema_is_named(received: Path) -> None:
    path = PAIRS.format(split=split_of_learner(received))
    table = pq.read_table(received / path)
    narrow = pc.cast(table.column("label"), pa.int32())
    forge(received, path, table.set_column(3, "label", narrow))
    _, lines = verify(received / "manifest.json")
    assert any(f"{path}: schema is not" in line for line in lines), lines
