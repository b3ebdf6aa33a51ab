"""Published folders in the hands of other tools: `make test-peers`.

PUBLISHED names the folders, which the target builds; each library reads all rows of
pairs, episodes and sessions, and they are those of the Parquet files.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

FOLDERS = [Path(name) for name in os.environ.get("PUBLISHED", "").split()]
WITHOUT = "no published folders: set PUBLISHED, or run make test-peers"
pytestmark = pytest.mark.skipif(not FOLDERS, reason=WITHOUT)
SPLITS = {"train": "train", "val": "validation", "test": "test"}


@pytest.fixture(params=FOLDERS, ids=str)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def split_files(folder: Path, kind: str) -> dict[str, Path]:
    """The file of each split of pairs or episodes: lists if there are any."""
    found = {}
    for split in SPLITS:
        lists = [*folder.glob(f"{kind}/{kind}_{split}*.parquet")]
        offsets = [*folder.glob(f"{kind}/{kind[:-1]}_offsets_{split}*.parquet")]
        [found[split]] = lists or offsets
    return found


@pytest.mark.parametrize("kind", ["pairs", "episodes"])
def test_hugging_face_loads_the_splits(
    folder: Path, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(folder), kind, cache_dir=str(tmp_path))
    expected = {
        SPLITS[split]: rows
        for split, path in split_files(folder, kind).items()
        if (rows := rows_of(path))
    }
    assert {split: own.to_list() for split, own in loaded.items()} == expected


def test_hugging_face_loads_pairs_if_nothing_is_named(
    folder: Path, tmp_path: Path
) -> None:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))
    train = rows_of(split_files(folder, "pairs")["train"])
    assert loaded["train"].to_list() == train


def test_hugging_face_loads_tables_of_all_users(folder: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    for kind, path in [
        ("sessions", "sessions/sessions.parquet"),
        ("events", "sessions/events_sessionized.parquet"),
        ("items", "vocab/items.parquet"),
        ("sequences", "sequences/sequences.parquet"),
    ]:
        loaded = datasets.load_dataset(str(folder), kind, cache_dir=str(tmp_path))
        expected = rows_of(folder / path)
        assert loaded["all_users"].to_list() == expected


def test_croissant_is_valid(folder: Path) -> None:
    pytest.importorskip("mlcroissant")
    done = subprocess.run(
        [
            Path(sys.executable).with_name("mlcroissant"),
            *("validate", "--jsonld", folder / "croissant.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # a date would make the same data differ from day to day; nothing else is missing
    warnings = re.findall(r"^  - +(.*)$", done.stderr, re.MULTILINE)
    assert all("datePublished" in warning for warning in warnings), warnings


def test_croissant_reads_every_row(folder: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(str(folder / "croissant.json"))
    files = {
        records.uuid: folder / records.fields[0].source.uuid
        for records in dataset.metadata.record_sets
        if records.uuid != "rejected_events"
    }
    assert len(files) >= 8
    for records, path in files.items():
        found = [
            {name.partition("/")[2]: plain(value) for name, value in row.items()}
            for row in dataset.records(records)
        ]
        assert found == [
            {name: plain(value) for name, value in row.items()} for row in rows_of(path)
        ]


def test_croissant_refuses_a_changed_file(folder: Path, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    for path in folder.resolve().rglob("*.*"):
        copied = tmp_path / path.relative_to(folder.resolve())
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(path.read_bytes())
    changed = tmp_path / "sessions" / "sessions.parquet"
    table = pq.read_table(changed)
    pq.write_table(table.slice(1), changed)
    dataset = mlcroissant.Dataset(str(tmp_path / "croissant.json"))
    with pytest.raises(mlcroissant.GenerationError) as raised:
        list(dataset.records("sessions"))
    assert "hash" in str(raised.value.__cause__).lower()


def plain(value: Any) -> Any:
    """A value as Python has it: text instead of bytes, lists, None instead of NaN."""
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return None if value != value else value
