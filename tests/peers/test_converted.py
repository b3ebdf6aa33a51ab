"""Converted folders in the hands of the recommenders: `make test-peers`.

CONVERTED names a folder with a conversion for each library and layout, PUBLISHED the
published folders; what the libraries read are the pairs of the full layout, its first.
"""

import json
import os
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

FOLDERS = [Path(name).absolute() for name in os.environ.get("PUBLISHED", "").split()]
CONVERTED = Path(os.environ.get("CONVERTED", "")).absolute()
WITHOUT = "no converted folders: set CONVERTED and PUBLISHED, or run make test-peers"
pytestmark = pytest.mark.skipif(
    not FOLDERS or "CONVERTED" not in os.environ, reason=WITHOUT
)
PAGE = Path(__file__).parents[2] / "docs" / "loading.md"
SPLITS = ["train", "val", "test"]
# of scripts/convert.py, if none is given
MAX_LEN = 50
Rows = list[dict[str, Any]]


@pytest.fixture
def published() -> Path:
    """The full layout."""
    return FOLDERS[0]


@pytest.fixture(params=["full", "compact"])
def layout(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place for the logs that the libraries write into the current folder."""
    monkeypatch.chdir(tmp_path)


def converted(library: str, layout: str) -> Path:
    return CONVERTED / f"{library}.{layout}"


def rows_of(path: Path) -> Rows:
    rows: Rows = pq.read_table(path).to_pylist()
    return rows


def courses_of(published: Path) -> dict[int, str]:
    document = json.loads((published / "vocab/id2course.json").read_text())
    return {int(item): course for item, course in document.items()}


def pairs_of(published: Path, split: str) -> Rows:
    found = rows_of(published / f"pairs/pairs_{split}.parquet")
    assert max(row["prefix_len"] for row in found) > MAX_LEN or split != "train"
    return found


def sequences_of(published: Path) -> Iterator[tuple[Any, Rows]]:
    """Each user's events without consecutive repeats."""
    events = rows_of(published / "sessions/events_sessionized.parquet")
    for user, rows in groupby(events, lambda event: event["user_id"]):
        own = [*rows]
        yield (
            user,
            [
                event
                for i, event in enumerate(own)
                if i == 0 or event["item_id"] != own[i - 1]["item_id"]
            ],
        )


# RecBole


def recbole_dataset(layout: str, configuration: str, model: str) -> Any:
    pytest.importorskip("recbole")
    from recbole.config import Config
    from recbole.data import create_dataset

    folder = converted("recbole", layout)
    return create_dataset(
        Config(
            model=model,
            dataset="sample",
            config_file_list=[str(folder / configuration)],
            config_dict={"data_path": str(folder)},
        )
    )


def test_recbole_reads_the_published_pairs(layout: str, published: Path) -> None:
    dataset = recbole_dataset(layout, "benchmark.yaml", "GRU4Rec")
    courses = courses_of(published)
    # the whole vocabulary, and the padding
    assert dataset.item_num == len(courses) + 1
    built = dataset.build()
    assert len(built) == len(SPLITS)
    for split, own in zip(SPLITS, built, strict=True):
        feat = own.inter_feat
        users = own.id2token("user_id", feat["user_id"].numpy())
        labels = own.id2token("item_id", feat["item_id"].numpy())
        lists, lengths = feat["item_id_list"].numpy(), feat["item_length"].numpy()
        times = feat["timestamp"].numpy()
        prefixes = [
            own.id2token("item_id_list", items[:length]).tolist()
            for items, length in zip(lists, lengths, strict=True)
        ]
        assert [
            {"user": int(user), "prefix": prefix, "label": label}
            for user, prefix, label in zip(users, prefixes, labels, strict=True)
        ] == [
            {
                "user": row["user_id"],
                "prefix": [courses[item] for item in row["prefix"][-MAX_LEN:]],
                "label": courses[row["label"]],
            }
            for row in pairs_of(published, split)
        ]
        # RecBole keeps times in 32 bits
        expected = [row["label_ts_epoch"] for row in pairs_of(published, split)]
        assert times.tolist() == pytest.approx(expected, abs=64)


def test_recbole_reads_the_sequences_in_their_order(
    layout: str, published: Path
) -> None:
    dataset = recbole_dataset(layout, "atomic.yaml", "SASRec")
    feat = dataset.inter_feat
    found = [
        (int(user), course, time)
        for user, course, time in zip(
            dataset.id2token("user_id", feat["user_id"].to_numpy()),
            dataset.id2token("item_id", feat["item_id"].to_numpy()),
            feat["timestamp"],
            strict=True,
        )
    ]
    expected = [
        (user, str(event["course_id"]), event["ts"].timestamp())
        for user, own in sequences_of(published)
        for event in own
    ]
    assert found == expected
    # its own pairs: every item but the first, after those before it
    dataset._change_feat_format()
    own = dataset.inter_feat
    pairs = [
        (int(user), course)
        for user, course in zip(
            dataset.id2token("user_id", own["user_id"].numpy()),
            dataset.id2token("item_id", own["item_id"].numpy()),
            strict=True,
        )
    ]
    assert sorted(pairs, key=lambda pair: pair[0]) == [
        (user, str(event["course_id"]))
        for user, events in sequences_of(published)
        for event in events[1:]
    ]


def test_recbole_trains_and_scores_on_its_own_split() -> None:
    pytest.importorskip("recbole")
    from recbole.quick_start import run_recbole

    folder = converted("recbole", "full")
    reached = run_recbole(
        model="SASRec",
        dataset="sample",
        config_file_list=[str(folder / "atomic.yaml")],
        config_dict={
            "data_path": str(folder),
            "epochs": 1,
            "show_progress": False,
            "hidden_size": 16,
        },
        saved=False,
    )
    assert 0 <= reached["test_result"]["hit@10"] <= 1


# RePlay


def replay_module(layout: str) -> tuple[Any, Any]:
    pytest.importorskip("replay")
    from replay.data import FeatureHint, FeatureSource, FeatureType
    from replay.data.nn import (
        ParquetModule,
        TensorFeatureInfo,
        TensorFeatureSource,
        TensorSchema,
    )
    from replay.nn.transform.template import make_default_sasrec_transforms

    folder = converted("replay", layout)
    metadata = json.loads((folder / "metadata.json").read_text())
    n_items = metadata["train"]["item_id"]["padding"]
    schema = TensorSchema(
        TensorFeatureInfo(
            "item_id",
            FeatureType.CATEGORICAL,
            is_seq=True,
            feature_hint=FeatureHint.ITEM_ID,
            feature_sources=[
                TensorFeatureSource(FeatureSource.INTERACTIONS, "item_id")
            ],
            cardinality=n_items,
            padding_value=n_items,
            embedding_dim=16,
        )
    )
    module = ParquetModule(
        batch_size=64,
        metadata=metadata,
        transforms=make_default_sasrec_transforms(schema),
        # in the order of the files
        config={},
        train_path=str(folder / "train.parquet"),
        validate_path=str(folder / "validate.parquet"),
        test_path=str(folder / "test.parquet"),
    )
    return module, schema


def unpadded(values: Any, mask: Any) -> list[list[int]]:
    return [row[own].tolist() for row, own in zip(values, mask, strict=True)]


def test_replay_reads_the_published_pairs(layout: str, published: Path) -> None:
    module, schema = replay_module(layout)
    assert schema["item_id"].cardinality == len(courses_of(published))
    module.setup("fit")
    sequences = dict(sequences_of(published))
    users = [*sequences]
    for stage, split in ("validate", "val"), ("test", "test"):
        found = []
        for batch in module.datasets[stage]:
            assert batch["item_id"].shape[1] == MAX_LEN
            assert (
                batch["item_id"][~batch["item_id_mask"]] == len(courses_of(published))
            ).all()
            found += zip(
                batch["user_id"].tolist(),
                unpadded(batch["item_id"], batch["item_id_mask"]),
                batch["ground_truth"].tolist(),
                strict=True,
            )
        assert [(users[user], *rest) for user, *rest in found] == [
            (row["user_id"], row["prefix"][-MAX_LEN:], [row["label"]])
            for row in pairs_of(published, split)
        ]
    trained = {}
    for batch in module.datasets["train"]:
        assert batch["item_id"].shape[1] == MAX_LEN + 1
        read = unpadded(batch["item_id"], batch["item_id_mask"])
        trained |= dict(zip(batch["user_id"].tolist(), read, strict=True))
    document = json.loads((published / "user_splits/users_train.json").read_text())
    assert {users[user]: items for user, items in trained.items()} == {
        user: [event["item_id"] for event in sequences[user]][-MAX_LEN - 1 :]
        for user in document["users"]
    }


# docs/loading.md


@pytest.mark.parametrize("library", ["recbole", "replay"])
def test_the_script_on_the_page_trains_and_scores(library: str) -> None:
    pytest.importorskip(library)
    [script] = [
        block
        for block in re.findall(r"```py\n(.*?)```", PAGE.read_text(), re.DOTALL)
        if f"from {library}." in block
    ]
    folder = str(converted(library, "full"))
    names: dict[str, Any] = {}
    exec(script.replace(f"data/{library}/sample", folder), names)
    if library == "replay":
        reached = names["trainer"].callback_metrics
        assert 0 <= reached["recall@10"] <= 1
