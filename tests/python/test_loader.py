"""`import mooc_episodes`: a published folder as arrays.

What is expected comes from the full layout's lists, where every prefix is written out,
and from the plain-Python reference for random logs. The loader does not read the lists:
it gathers prefixes from the sequences.
"""

import doctest
import hashlib
import importlib
import json
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mooc_episodes
import reference
from conftest import PROJECT, Workspace, loading_page, sha256
from mooc_episodes.contract import (
    SPLITS,
    JsonArtifact,
    all_artifacts,
)
from mooc_episodes.loader.gather import listed
from mooc_episodes.loader.order import shuffled

MICROSECONDS = 1_000_000
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module", params=["sample", "sample.compact"])
def folder(request: pytest.FixtureRequest, sample: Workspace) -> Path:
    """A published folder, of each layout."""
    return sample.processed / request.param


@pytest.fixture(scope="module")
def data(folder: Path) -> mooc_episodes.Data:
    return mooc_episodes.open(folder)


@pytest.fixture(scope="module")
def written_out(sample: Workspace) -> Path:
    """The folder in which every prefix is written out."""
    return sample.processed / "sample"


def rows_of(folder: Path, path: str) -> Rows:
    rows: Rows = pq.read_table(folder / path).to_pylist()
    return rows


def published_pairs(folder: Path, split: str) -> Rows:
    return rows_of(folder, f"pairs/pairs_{split}.parquet")


def published_episodes(folder: Path, split: str) -> Rows:
    [path] = folder.resolve().glob(f"episodes/episodes_{split}_*.parquet")
    return rows_of(folder, f"episodes/{path.name}")


# What a batch must hold, from lists


def padded(prefix: list[int], length: int, pad: str) -> list[int]:
    """A prefix as DESIGN says: its last items plus one, and zeros."""
    kept = [item + 1 for item in prefix[-length:]]
    zeros = [0] * (length - len(kept))
    return zeros + kept if pad == "left" else kept + zeros


def assert_part(
    x: Any, mask: Any, y: Any, prefixes: Any, labels: Any, length: int, pad: str
) -> None:
    """A batch's support or query is these prefixes and labels."""
    expected = [[padded(one, length, pad) for one in row] for row in prefixes]
    assert x.tolist() == expected
    assert mask.tolist() == [[[i > 0 for i in one] for one in row] for row in expected]
    assert y.tolist() == labels
    assert (x.dtype, mask.dtype, y.dtype) == (np.int64, np.bool_, np.int64)
    # an item's own number, not the padding's, in the scores
    assert y.min() >= 0


def windows_of(rows: Rows) -> list[int]:
    """Which of its user's episodes each is, counted here."""
    seen: Counter[Any] = Counter()
    found = []
    for row in rows:
        found.append(seen[row["user_id"]])
        seen[row["user_id"]] += 1
    return found


def assert_episodes(
    batch: mooc_episodes.EpisodeBatch, rows: Rows, max_len: int | None, pad: str
) -> None:
    """A batch holds these episodes."""
    longest = max(
        len(prefix)
        for row in rows
        for prefix in row["support_prefixes"] + row["query_prefixes"]
    )
    length = max_len or longest
    for part in ("support", "query"):
        assert_part(
            getattr(batch, f"{part}_x"),
            getattr(batch, f"{part}_mask"),
            getattr(batch, f"{part}_y"),
            [row[f"{part}_prefixes"] for row in rows],
            [row[f"{part}_labels"] for row in rows],
            length,
            pad,
        )
        ts = getattr(batch, f"{part}_ts")
        assert ts.dtype == np.int64
        if f"{part}_label_ts" in rows[0]:
            assert ts.tolist() == [row[f"{part}_label_ts"] for row in rows]
    assert batch.user.tolist() == [row["user_id"] for row in rows]
    for name in ("window", "n_known"):
        if name in rows[0]:
            assert getattr(batch, name).tolist() == [row[name] for row in rows]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("pad", ["left", "right"])
@pytest.mark.parametrize("max_len", [None, 1, 4, 20])
def test_every_value_of_the_episodes_is_the_published_one(
    split: str,
    pad: Any,
    max_len: int | None,
    data: mooc_episodes.Data,
    written_out: Path,
) -> None:
    rows = published_episodes(written_out, split)
    windows = windows_of(rows)
    episodes = data.episodes(split, max_len=max_len, pad=pad)
    assert len(episodes) == len(rows) > 40
    done = 0
    for batch in episodes.batches(7):
        own = rows[done : done + 7]
        assert_episodes(batch, own, max_len, pad)
        assert batch.window.tolist() == windows[done : done + 7]
        # no cap: the first prefix is all that is known
        known = [len(row["support_prefixes"][0]) for row in own]
        assert batch.n_known.tolist() == known
        done += len(own)
    assert done == len(rows)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(("pad", "max_len"), [("left", 5), ("right", None)])
def test_every_value_of_the_pairs_is_the_published_one(
    split: str,
    pad: Any,
    max_len: int | None,
    data: mooc_episodes.Data,
    written_out: Path,
) -> None:
    rows = published_pairs(written_out, split)
    pairs = data.pairs(split, max_len=max_len, pad=pad)
    assert len(pairs) == len(rows) > 200
    done = 0
    for batch in pairs.batches(100):
        own = rows[done : done + 100]
        length = max_len or max(row["prefix_len"] for row in own)
        expected = [padded(row["prefix"], length, pad) for row in own]
        assert batch.x.tolist() == expected
        assert batch.mask.tolist() == [[i > 0 for i in one] for one in expected]
        assert batch.y.tolist() == [row["label"] for row in own]
        assert (batch.ts // MICROSECONDS).tolist() == [
            row["label_ts_epoch"] for row in own
        ]
        assert batch.user.tolist() == [row["user_id"] for row in own]
        done += len(own)
    assert done == len(rows)


def test_shuffled_batches_hold_the_same_rows(
    data: mooc_episodes.Data, written_out: Path
) -> None:
    rows = published_episodes(written_out, "train")
    by_name = dict(zip(names_of(rows), rows, strict=True))
    batches = data.episodes("train", max_len=6).batches(50, shuffle=True, seed=3)
    for batch in batches:
        names = zip(batch.user.tolist(), batch.window.tolist(), strict=True)
        assert_episodes(batch, [by_name[name] for name in names], 6, "left")


def names_of(rows: Rows) -> list[tuple[Any, int]]:
    """An episode's name: its user and its window."""
    return [
        (row["user_id"], window)
        for row, window in zip(rows, windows_of(rows), strict=True)
    ]


def test_the_first_view_has_each_user_s_first_episode(
    data: mooc_episodes.Data, written_out: Path
) -> None:
    rows = published_episodes(written_out, "test")
    firsts = [
        row for row, number in zip(rows, windows_of(rows), strict=True) if number == 0
    ]
    episodes = data.episodes("test", max_len=9, view="first")
    assert len(episodes) == len(firsts) == len({row["user_id"] for row in rows})
    assert_episodes(episodes.take(range(len(firsts))), firsts, 9, "left")


def test_before_keeps_labels_strictly_before_the_time(
    data: mooc_episodes.Data, written_out: Path
) -> None:
    rows = published_pairs(written_out, "train")
    times = sorted(data.pairs("train").take(range(len(rows))).ts.tolist())
    middle = times[700]
    for time in (middle, middle + 1, times[0], times[-1] + 1):
        kept = data.pairs("train", before=time)
        assert len(kept) == sum(own < time for own in times)
    assert len(data.pairs("train", before=times[0])) == 0
    assert len(data.pairs("train", before=times[-1] + 1)) == len(rows)
    past = data.pairs("train", before=middle)
    batch = past.take(range(len(past)))
    assert batch.ts.max() < middle
    # the sample's times are whole seconds
    own = [row for row in rows if row["label_ts_epoch"] * MICROSECONDS < middle]
    assert batch.y.tolist() == [row["label"] for row in own]
    assert batch.user.tolist() == [row["user_id"] for row in own]


def test_before_is_the_same_time_however_it_is_given(data: mooc_episodes.Data) -> None:
    time = datetime(2019, 3, 1, 12, tzinfo=UTC)
    micros = int(time.timestamp()) * MICROSECONDS
    expected = len(data.pairs("train", before=micros))
    assert 0 < expected < len(data.pairs("train"))
    for same in (
        time,
        time.replace(tzinfo=None),
        time.astimezone(timezone(timedelta(hours=5))),
        np.datetime64("2019-03-01T12"),
        np.int64(micros),
    ):
        assert len(data.pairs("train", before=same)) == expected


# 2019-02-12 is inside of the sample's times, 1995 and 2050 are not
@pytest.mark.parametrize(
    ("before", "message"),
    [
        (
            1_550_000_000,
            "before is 1550000000, and no pair is before it; it must be microseconds, "
            "and looks like seconds of 2019-02-12: give before=1550000000000000, or a "
            "datetime",
        ),
        (800_000_000, "seconds of 1995-05-09: give before=800000000000000, or"),
        (np.int64(1_550_000_000_000), "milliseconds of 2019-02-12: give before=1550"),
        (1_550_000_000_000_000_999, "every pair is .* nanoseconds of 2019-02-12"),
        (2_524_608_000_000_000_000, "nanoseconds of 2050-01-01: give before=25246080"),
        (np.datetime64("NaT"), "before is .*NaT.*; it must be microseconds since 1970"),
        (
            1.55e15,
            r"before is 1550000000000000\.0; it must be microseconds",
        ),
        (True, "before is True; it must be microseconds"),
    ],
)
def test_a_time_that_is_not_in_microseconds_is_refused(
    before: Any, message: str, data: mooc_episodes.Data
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        data.pairs("train", before=before)
    assert "\n" not in str(caught.value)


def test_a_time_without_pairs_before_it_is_one_if_it_is_in_microseconds(
    data: mooc_episodes.Data,
) -> None:
    """A number that is 1995 or 2050 in microseconds, and datetimes of any year."""
    pairs = data.pairs("train")
    for before, expected in [
        (800_000_000_000_000, 0),
        (2_524_608_000_000_000, len(pairs)),
        (datetime(1970, 1, 1, 0, 25, 50), 0),
        (np.datetime64("2200-01-01"), len(pairs)),
        (0, 0),
    ]:
        assert len(data.pairs("train", before=before)) == expected
    assert [*data.pairs("train", before=0).batches(9)] == []


def test_items_know_who_has_them(data: mooc_episodes.Data, written_out: Path) -> None:
    course2id = json.loads((written_out / "vocab/course2id.json").read_text())
    assert len(data.items) == len(course2id)
    assert [str(course) for course in data.items.course_ids] == [*course2id]
    splits = {
        user: split
        for split in SPLITS
        for user in json.loads(
            (written_out / f"user_splits/users_{split}.json").read_text()
        )["users"]
    }
    has: dict[str, set[int]] = {split: set() for split in SPLITS}
    for event in rows_of(written_out, "sessions/events_sessionized.parquet"):
        has[splits[event["user_id"]]].add(event["item_id"])
    all_items = {*range(len(course2id))}
    assert {*np.flatnonzero(data.items.in_train)} == has["train"]
    assert {*np.flatnonzero(data.items.cold)} == all_items - has["train"]
    only = has["train"] - has["val"] - has["test"]
    assert {*np.flatnonzero(data.items.train_only)} == only
    assert all_items - has["train"]
    assert only
    assert {split: users.tolist() for split, users in data.splits.items()} == {
        split: [user for user in splits if splits[user] == split] for split in SPLITS
    }


def test_metadata_of_the_items_is_read_where_there_is_any(
    written_out: Path, tmp_path: Path
) -> None:
    copied = copy_of(written_out, tmp_path)
    if "vocab/items.parquet" not in manifest_of(copied)["artifacts_by_path"]:
        n_items = len(json.loads((copied / "vocab/course2id.json").read_text()))
        table = pa.table(
            {
                "item_id": pa.array(range(n_items), pa.int64()),
                "title": [f"course {number}" for number in range(n_items)],
            }
        )
        assert mooc_episodes.open(copied).items.metadata == {}
        with pytest.raises(KeyError, match=r"there is no vocab/items\.parquet"):
            mooc_episodes.open(copied).items["title"]
        pq.write_table(table, copied / "vocab/items.parquet")
        list_again(copied, "vocab/items.parquet", n_items)
    items = mooc_episodes.open(copied).items
    assert items["item_id"].tolist() == [*range(len(items))]
    with pytest.raises(KeyError, match="not a column of the items; there are item_id"):
        items["no such column"]


def test_a_table_that_is_not_of_the_items_is_refused(
    written_out: Path, tmp_path: Path
) -> None:
    copied = copy_of(written_out, tmp_path)
    items = pq.read_table(copied / "vocab/items.parquet")
    backwards = items.take([*range(items.num_rows)[::-1]])
    pq.write_table(backwards, copied / "vocab/items.parquet")
    list_again(copied, "vocab/items.parquet", items.num_rows)
    with pytest.raises(mooc_episodes.FolderError, match="rows are not the items"):
        _ = mooc_episodes.open(copied).items


# Batches, shards, workers, resuming


@settings(max_examples=60, deadline=None)
@given(
    batch_size=st.integers(1, 400),
    world=st.integers(1, 9),
    workers=st.integers(1, 5),
    shuffle=st.booleans(),
    seed=st.integers(-(2**70), 2**70),
    epoch=st.integers(0, 1000),
    view=st.sampled_from(["all", "first"]),
)
def test_over_all_shards_and_workers_every_episode_comes_once(
    data: mooc_episodes.Data,
    batch_size: int,
    world: int,
    workers: int,
    shuffle: bool,
    seed: int,
    epoch: int,
    view: Any,
) -> None:
    episodes = data.episodes("train", max_len=2, view=view)
    everything = episodes.take(range(len(episodes)))
    seen: list[tuple[Any, int]] = []
    for rank in range(world):
        batches = episodes.batches(
            batch_size, shuffle=shuffle, seed=seed, epoch=epoch, shard=(rank, world)
        )
        sizes = [len(batch.user) for batch in batches]
        assert len(sizes) == len(batches)
        assert all(size == batch_size for size in sizes[:-1])
        of_workers = [[*batches[worker::workers]] for worker in range(workers)]
        # the workers' batches in turns are the shard's in order
        for number, batch in enumerate(batches):
            twin = of_workers[number % workers][number // workers]
            assert same(batch, twin)
            seen += zip(batch.user.tolist(), batch.window.tolist(), strict=True)
        assert sum(map(len, of_workers)) == len(batches)
    expected = zip(everything.user.tolist(), everything.window.tolist(), strict=True)
    assert sorted(seen) == sorted(expected)


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@settings(max_examples=40, deadline=None)
@given(
    batch_size=st.integers(1, 500),
    step=st.integers(0, 400),
    shard=st.sampled_from([(0, 1), (1, 3)]),
    max_len=st.sampled_from([None, 3]),
    seed=st.integers(0, 5),
)
def test_an_epoch_goes_on_where_it_stopped(
    data: mooc_episodes.Data,
    batch_size: int,
    step: int,
    shard: tuple[int, int],
    max_len: int | None,
    seed: int,
) -> None:
    pairs = data.pairs("val", max_len=max_len)
    options: dict[str, Any] = {"shuffle": True, "seed": seed, "shard": shard}
    whole = [*pairs.batches(batch_size, **options)]
    step = min(step, len(whole))
    rest = pairs.batches(batch_size, **options, step=step)
    assert len(rest) == len(whole) - step
    assert all(map(same, rest, whole[step:]))
    # and each batch can be made by itself
    assert all(same(rest[i], whole[step + i]) for i in range(len(rest)))
    assert not len(rest) or same(rest[-1], whole[-1])
    with pytest.raises(IndexError):
        rest[len(rest)]


def order_of(batches: mooc_episodes.Batches[Any]) -> list[tuple[Any, int]]:
    return [
        name
        for batch in batches
        for name in zip(batch.user.tolist(), batch.window.tolist(), strict=True)
    ]


def test_the_order_depends_on_seed_and_epoch_and_not_on_the_batch_size(
    data: mooc_episodes.Data,
) -> None:
    episodes = data.episodes("train", max_len=1)
    orders = {
        (seed, epoch): order_of(
            episodes.batches(32, shuffle=True, seed=seed, epoch=epoch)
        )
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len({tuple(order) for order in orders.values()}) == 4
    for size in (1, 31, 5000):
        again = order_of(episodes.batches(size, shuffle=True, seed=1, epoch=1))
        assert again == orders[1, 1]
    published = order_of(episodes.batches(32))
    assert published == sorted(published)
    assert published not in orders.values()


def test_both_layouts_give_the_same_batches(sample: Workspace) -> None:
    one, other = (
        mooc_episodes.open(sample.processed / name)
        for name in ("sample", "sample.compact")
    )
    assert one.fingerprint != other.fingerprint
    for split in SPLITS:
        batches = (
            data.episodes(split, max_len=20).batches(64, shuffle=True)
            for data in (one, other)
        )
        assert all(map(same, *batches))


def test_results_on_both_layouts_are_paired(sample: Workspace, tmp_path: Path) -> None:
    one, other = (
        mooc_episodes.open(sample.processed / name).baselines("test")["next_item"]
        for name in ("sample", "sample.compact")
    )
    less = one.compare(other)
    assert (less.hr, less.hr_low, less.hr_high, less.mrr) == (0, 0, 0, 0)
    # a folder with another file, or another setting, has other data
    for change in (
        lambda own: own["settings"].update(split_seed=7),
        lambda own: next(
            file for file in own["artifacts"] if file["path"] == SEQUENCES
        ).update(sha256="0" * 64),
    ):
        copied = copy_of(sample.processed / "sample", tmp_path)
        change_manifest(copied, change)
        changed = mooc_episodes.open(copied).baselines("test")["next_item"]
        with pytest.raises(ValueError, match="cannot be paired: folder is sample"):
            one.compare(changed)
        shutil.rmtree(copied)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 3000), st.integers(0, 2**64), st.integers(0, 2**64))
def test_a_shuffled_order_is_a_permutation(n: int, seed: int, epoch: int) -> None:
    order = shuffled(np.arange(n), n, seed, epoch)
    assert sorted(order.tolist()) == [*range(n)]
    some = np.arange(0, n, 3)
    assert shuffled(some, n, seed, epoch).tolist() == order[some].tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 385, 1024])
def test_the_order_is_the_one_of_the_plain_python_below(n: int) -> None:
    """One seed means one order, in every version, so that runs can be repeated."""
    order = shuffled(np.arange(n), n, seed=20260112, epoch=3)
    assert order.tolist() == [plain_place(place, n, 20260112, 3) for place in range(n)]


def plain_place(place: int, n: int, seed: int, epoch: int) -> int:
    """What stands at a place: Feistel rounds on its halves, until it is below n."""
    bits = max((n - 1).bit_length(), 2)
    low_bits = bits // 2
    while True:
        high, low = divmod(place, 2**low_bits)
        for number in range(10):
            digest = hashlib.sha256(f"{seed}:{epoch}:{number}".encode()).digest()
            key = int.from_bytes(digest[:8], "big")
            half = high if number % 2 else low
            value = (half ^ key) * 0x9E3779B97F4A7C15 % 2**64
            value ^= value >> 32
            value = value * 0xBF58476D1CE4E5B9 % 2**64 >> 32
            if number % 2:
                low ^= value % 2**low_bits
            else:
                high ^= value % 2 ** (bits - low_bits)
        place = high * 2**low_bits + low
        if place < n:
            return place


def test_every_row_is_as_likely_at_every_place_next_to_every_other() -> None:
    n, n_orders = 40, 3000
    placed, followed = np.zeros((n, n)), np.zeros((n, n))
    for epoch in range(n_orders):
        order = shuffled(np.arange(n), n, seed=7, epoch=epoch)
        placed[np.arange(n), order] += 1
        followed[order[:-1], order[1:]] += 1
    others = ~np.eye(n, dtype=bool)
    for counts, expected, free in (
        (placed, n_orders / n, (n - 1) ** 2),
        (followed[others], n_orders / n, n * (n - 1) - 1),
    ):
        # chi-square, five standard deviations
        found = ((counts - expected) ** 2 / expected).sum()
        assert abs(found - free) < 5 * (2 * free) ** 0.5


# Random logs, against the reference

LOGS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "30", "-4", "5", "11"]),
        st.sampled_from(["7", "80", "9", "100"]),
        # halves of seconds: times that differ within a second, and ties
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=150,
)


@settings(max_examples=60, deadline=None)
@given(
    log=LOGS,
    k=st.integers(1, 3),
    q=st.integers(1, 3),
    cap=st.sampled_from([None, 1, 2, 5]),
    deduplicate=st.booleans(),
    id_type=st.sampled_from(["bigint", "varchar"]),
    layout=st.sampled_from(["full", "compact"]),
    max_len=st.sampled_from([None, 1, 3, 40]),
    pad=st.sampled_from(["left", "right"]),
)
def test_a_random_log_is_read_as_the_reference_says(
    log: list[tuple[str, str, int]],
    k: int,
    q: int,
    cap: int | None,
    deduplicate: bool,
    id_type: str,
    layout: str,
    max_len: int | None,
    pad: Any,
) -> None:
    chosen: dict[str, Any] = {
        "user_id_type": id_type,
        "item_id_type": id_type,
        "episode_k": k,
        "episode_q": q,
        "max_prefix_len": cap,
        "deduplicate_consecutive": deduplicate,
    }
    rows: list[reference.Row] = [
        {
            "user_id": user,
            "item_id": item,
            "created_at": f"2020-01-01 00:00:{half // 2:02d}.{half % 2 * 5}",
            "watch_percentage": None,
            "rating": None,
        }
        for user, item, half in log
    ]
    found = reference.compute(rows, reference.Settings(**chosen, min_interactions=2))
    uncapped = reference.compute(
        rows,
        reference.Settings(**chosen | {"max_prefix_len": None}, min_interactions=2),
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_folder(folder, chosen | {"layout": layout}, found, uncapped)
        data = mooc_episodes.open(folder, verify=True)
        assert data.items.course_ids.tolist() == [*found.vocab]
        for split in SPLITS:
            own = found.episodes[split]
            episodes = data.episodes(split, max_len=max_len, pad=pad)
            assert len(episodes) == len(own)
            if own:
                batch = episodes.take(range(len(own)))
                assert_episodes(batch, own, max_len, pad)
                assert batch.window.tolist() == windows_of(own)
                whole = uncapped.episodes[split]
                known = [len(row["support_prefixes"][0]) for row in whole]
                assert batch.n_known.tolist() == known
            pairs = [pair for pair in found.pairs if pair["split"] == split]
            batch_of_pairs = data.pairs(split, max_len=max_len, pad=pad).take(
                range(len(pairs))
            )
            assert batch_of_pairs.y.tolist() == [pair["label"] for pair in pairs]
            assert (batch_of_pairs.ts // MICROSECONDS).tolist() == [
                pair["label_ts_epoch"] for pair in pairs
            ]
            if "label_ts" in next(iter(pairs), {}):
                expected = [pair["label_ts"] for pair in pairs]
                assert batch_of_pairs.ts.tolist() == expected
            length = max_len or max((pair["prefix_len"] for pair in pairs), default=0)
            assert batch_of_pairs.x.tolist() == [
                padded(pair["prefix"], length, pad) for pair in pairs
            ]


def write_folder(
    folder: Path,
    chosen: dict[str, Any],
    found: reference.Result,
    uncapped: reference.Result,
) -> None:
    """Publish what the reference computed, in either layout."""
    users = {
        split: [user for user, own in found.splits.items() if own == split]
        for split in SPLITS
    }
    tables: dict[tuple[str, str | None], Rows] = {
        ("events_sessionized", None): [
            {
                **event,
                "ts": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts),
            }
            if isinstance(ts := event["ts"], int)
            else event
            for event in found.events
        ],
        ("items", None): items_of(found),
        ("user_sequences", None): sequences_of(found),
    }
    positions = [pair["prefix_len"] for pair in uncapped.pairs]
    for split in SPLITS:
        pairs = [
            {**pair, **offsets(pair["prefix_len"], position)}
            for pair, position in zip(found.pairs, positions, strict=True)
            if pair["split"] == split
        ]
        tables["pairs", split] = tables["pair_offsets", split] = pairs
        tables["episodes", split] = tables["episode_offsets", split] = [
            {**episode, **episode_offsets(episode, whole)}
            for episode, whole in zip(
                found.episodes[split], uncapped.episodes[split], strict=True
            )
        ]
    entries = []
    for artifact in all_artifacts(chosen):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(artifact, JsonArtifact):
            own = (
                [(user,) for user in users[artifact.split]]
                if artifact.split
                else [*found.vocab.items()]
            )
            path.write_text(json.dumps(artifact.build(own)))
            n_rows = len(own)
        else:
            rows = tables.get((artifact.model, artifact.split), [])
            pq.write_table(pa.Table.from_pylist(rows, artifact.schema), path)
            n_rows = len(rows)
        entries.append(entry(folder, artifact.path, n_rows))
    manifest = {"dataset": "random", "settings": chosen, "artifacts": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def items_of(found: reference.Result) -> Rows:
    """The rows of items.parquet."""
    rows = []
    for course, item in found.vocab.items():
        events = [event for event in found.events if event["item_id"] == item]
        train = [event for event in events if event["split"] == "train"]
        rows.append(
            {
                "item_id": item,
                "course_id": course,
                "first_ts_epoch": min(event["ts_epoch"] for event in events),
                "n_train_users": len({event["user_id"] for event in train}),
                "n_train_events": len(train),
            }
        )
    return rows


def sequences_of(found: reference.Result) -> Rows:
    """The rows of sequences.parquet."""
    return [
        {
            "user_id": user,
            "items": [found.vocab[event.course_id] for event in own],
            "ts_epochs": [event.ts_epoch for event in own],
            "ts_micros": [event.ts for event in own],
        }
        for user, own in found.sequences.items()
    ]


def offsets(prefix_len: int, position: int) -> dict[str, int]:
    return {
        "prefix_start": position - prefix_len,
        "prefix_end": position,
        "label_position": position,
    }


def episode_offsets(
    episode: dict[str, Any], whole: dict[str, Any]
) -> dict[str, list[int]]:
    found = {}
    for part in ("support", "query"):
        places = [len(prefix) for prefix in whole[f"{part}_prefixes"]]
        lengths = [len(prefix) for prefix in episode[f"{part}_prefixes"]]
        found[f"{part}_label_positions"] = places
        found[f"{part}_prefix_starts"] = [
            place - length for place, length in zip(places, lengths, strict=True)
        ]
    return found


def entry(folder: Path, path: str, n_rows: int) -> dict[str, Any]:
    file = folder / path
    return {
        "path": path,
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
        "rows": n_rows,
    }


@pytest.mark.parametrize("rows", [1, 7])
def test_the_size_of_the_parts_that_files_are_read_in_changes_nothing(
    rows: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users of a split are far apart among all users, and across parts."""
    whole = mooc_episodes.open(folder)
    monkeypatch.setattr("mooc_episodes.loader.folder.ROWS_AT_ONCE", rows)
    parts = mooc_episodes.open(folder)
    for split in SPLITS:
        own, expected = parts.episodes(split), whole.episodes(split)
        assert len(own) == len(expected) > 0
        for found, batch in zip(own.batches(64), expected.batches(64), strict=True):
            for name, values in found._asdict().items():
                assert np.array_equal(values, getattr(batch, name)), name


def test_lists_are_those_that_the_full_layout_has(
    data: mooc_episodes.Data, written_out: Path
) -> None:
    pairs = data.pairs("train").pairs
    sequences = data.pairs("train").prefixes.sequences
    starts = sequences.starts[sequences.owners(pairs.labels)]
    values = listed(sequences.items - 1, starts, pairs.labels)
    found = pa.LargeListArray.from_arrays(*map(pa.array, values)).to_pylist()
    assert found == [row["prefix"] for row in published_pairs(written_out, "train")]


# What it needs, and what it takes


def test_memory_is_within_one_and_a_half_times_the_item_arrays(
    data: mooc_episodes.Data,
) -> None:
    published = 0
    arrays: list[Any] = []
    for split in SPLITS:
        episodes = data.episodes(split, max_len=20)
        sequences = episodes.prefixes.sequences
        published = sequences.ts.size * 16
        found = episodes.positions
        arrays += [episodes.pairs.labels, found.first_pairs, found.users]
        arrays += [found.window, found.n_known]
    arrays += [sequences.items, sequences.ts]
    assert sum(array.nbytes for array in arrays) <= 1.5 * published


BARE = """
import sys
import mooc_episodes
assert mooc_episodes.__version__
assert "numpy" not in sys.modules
assert "open" in dir(mooc_episodes)
data = mooc_episodes.open(sys.argv[1], verify=True)
for batch in data.episodes("train", max_len=20).batches(64, shuffle=True):
    pass
batch = next(iter(data.pairs("test", max_len=20).batches(8)))
assert len(data.items) and batch.x.shape == (8, 20)
heavy = {"dbt", "duckdb", "torch", "click", "jsonschema", "pandas"} & {*sys.modules}
assert not heavy, heavy
print(sys.prefix)
"""


def test_an_environment_with_numpy_and_pyarrow_is_enough(
    folder: Path, tmp_path: Path
) -> None:
    """A virtual environment that has these two and this package, nothing else."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True
    )
    [packages] = tmp_path.glob("lib/python3*/site-packages")
    for name in ("numpy", "pyarrow"):
        installed = Path(importlib.import_module(name).__file__ or "").parent
        for path in installed.parent.glob(f"{name}*"):
            (packages / path.name).symlink_to(path)
    (packages / "mooc_episodes").symlink_to(PROJECT / "src" / "mooc_episodes")
    done = subprocess.run(
        [tmp_path / "bin" / "python", "-I", "-c", BARE, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path)


def test_another_process_opens_the_folder_itself(data: mooc_episodes.Data) -> None:
    sent = pickle.dumps(data)
    assert len(sent) < 1000
    again = pickle.loads(sent)
    assert again.fingerprint == data.fingerprint


def test_the_fingerprint_is_that_of_the_manifest(
    data: mooc_episodes.Data, folder: Path
) -> None:
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert data.fingerprint == digest
    assert (
        data.settings == json.loads((folder / "manifest.json").read_text())["settings"]
    )


def test_what_was_opened_stays_when_the_dataset_is_published_again(
    workspace: Workspace,
) -> None:
    events = workspace.root / "events.csv"
    start = 1_600_000_000
    rows = [f"{user},{item},{start + item}" for user in (1, 2) for item in range(9)]
    events.write_text("user_id,item_id,created_at\n" + "\n".join(rows) + "\n")
    workspace.build(
        raw_events=str(events), columns={"watch_percentage": None, "rating": None}
    )
    workspace.publish()
    data = mooc_episodes.open(workspace.processed / "sample")
    workspace.publish()
    assert sum(len(data.pairs(split)) for split in SPLITS) == 2 * 8


@pytest.mark.parametrize(
    "module",
    [
        *("arguments", "baselines", "data", "episodes", "gather", "items", "keys"),
        *("order", "pairs", "positions", "ranking", "results", "tables", "times"),
    ],
)
def test_the_examples_in_the_docstrings_are_true(
    module: str, sample: Workspace
) -> None:
    loaded = importlib.import_module(f"mooc_episodes.loader.{module}")
    folder = sample.processed / "sample"
    known = {
        **vars(loaded),
        "mooc_episodes": mooc_episodes,
        "folder": folder,
        "data": mooc_episodes.open(folder),
    }
    found = doctest.testmod(loaded, globs=known)
    assert found.failed == 0


def test_the_page_s_examples_run(folder: Path) -> None:
    names: dict[str, Any] = {}
    for block in loading_page(folder, None):
        exec(block, names)
    assert names["batch"].support_x.shape[1:] == (2, 20)


# Wrong arguments


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda data: data.episodes("training"), "split is 'training'; it must be one"),
        (lambda data: data.episodes("val", view="1st"), "view is '1st'"),
        (lambda data: data.episodes("val", pad="centre"), "pad is 'centre'"),
        (lambda data: data.episodes("val", max_len=0), "max_len is 0; it must be 1"),
        (lambda data: data.pairs("val", before="2019"), "before is '2019'"),
        (lambda data: data.pairs("val").batches(0), "batch_size is 0"),
        (
            lambda data: data.pairs("val").batches(9, shard=(2, 2)),
            "shard is .2, 2.; it must be .rank, world., rank from 0 to world - 1",
        ),
        (lambda data: data.pairs("val").batches(999, step=2), "step is 2"),
        (
            lambda data: data.episodes("val", max_len=20.0),
            r"max_len is 20\.0; it must be a whole number, or None",
        ),
        (lambda data: data.pairs("val", max_len="20"), "max_len is '20'; it must be a"),
        (lambda data: data.pairs("val", max_len=True), "max_len is True; it must be a"),
        (lambda data: data.episodes(["val"]), "split is .'val'.; it must be one of"),
        (
            lambda data: data.pairs("val").batches(2.5),
            r"batch_size is 2\.5; it must be",
        ),
        (lambda data: data.pairs("val").batches("32"), "batch_size is '32'; it must"),
        (lambda data: data.pairs("val").batches(None), "batch_size is None; it must"),
        (
            lambda data: data.pairs("val").batches(9, epoch=-1),
            "epoch is -1; it must be 0 or more",
        ),
        (lambda data: data.pairs("val").batches(9, epoch=0.5), r"epoch is 0\.5; it"),
        (lambda data: data.pairs("val").batches(9, seed="0"), "seed is '0'; it must"),
        (lambda data: data.pairs("val").batches(9, seed=None), "seed is None; it must"),
        (lambda data: data.pairs("val").batches(9, step=1.0), r"step is 1\.0; it must"),
        (lambda data: data.pairs("val").batches(9, shard=2), "shard is 2; it must be"),
        (
            lambda data: data.pairs("val").batches(9, shard=(0.0, 2)),
            r"shard is .0\.0, ",
        ),
        (lambda data: data.pairs("val").batches(9, shard=(0, 1, 2)), "shard is .0, 1,"),
        (lambda data: data.pairs("val").take(3), "numbers is 3; it must be a list or"),
        (lambda data: data.pairs("val").take([0.5]), r"numbers is .0\.5.; it must be"),
        (
            lambda data: data.pairs("val").take([[0, 1]]),
            r"numbers is ..0, 1..; it must",
        ),
        (lambda data: data.pairs("val").take([[0], [1, 2]]), "numbers is .*; it must"),
        (lambda data: data.episodes("val").take(["0"]), "numbers is .'0'.; it must be"),
        (
            lambda data: data.episodes("val").take(np.ones(40, bool)),
            r"numbers is array\(\[ True, .*…; it must be a list or an array of",
        ),
    ],
)
def test_a_wrong_argument_is_refused(
    ask: Callable[[mooc_episodes.Data], Any], message: str, data: mooc_episodes.Data
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        ask(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("view", ["all", "first"])
def test_numbers_of_no_row_are_refused(view: Any, data: mooc_episodes.Data) -> None:
    episodes = data.episodes("val", max_len=3, view=view)
    n = len(episodes)
    for wrong in (-1, n):
        message = f"there is no number {wrong}; there are 0 to {n - 1}"
        with pytest.raises(IndexError, match=message):
            episodes.take([0, wrong])
    with pytest.raises(IndexError, match="there is no number 0; there are none"):
        data.pairs("val", before=0).take([0])


def test_whole_numbers_may_be_numpy_s(data: mooc_episodes.Data) -> None:
    own, expected = (
        data.episodes("val", max_len=kind(6)).batches(
            kind(7), shuffle=True, seed=kind(3), epoch=kind(2), shard=(kind(1), kind(2))
        )
        for kind in (np.int32, int)
    )
    assert all(map(same, own, expected))
    assert len(own) == len(expected) > 2
    none = data.episodes("val", max_len=6).take([])
    assert none.query_x.shape == (0, 3, 6)


def test_rows_without_batches_are_refused(data: mooc_episodes.Data) -> None:
    for rows in (data.episodes("val"), data.pairs("val")):
        name = type(rows).__name__
        for ask in (lambda own: own[0], lambda own: [*own]):
            message = rf"{name} come in batches: \.batches\(32\), or \.take\(\[0, 1\]\)"
            with pytest.raises(TypeError, match=message):
                ask(rows)


@pytest.mark.parametrize("path", [None, 5, b"data"])
def test_a_folder_that_is_not_a_path_is_refused(path: Any) -> None:
    with pytest.raises(mooc_episodes.FolderError, match="not a path; give the one"):
        mooc_episodes.open(path)


# Wrong folders


def copy_of(folder: Path, place: Path) -> Path:
    copied = place / "copy"
    shutil.copytree(folder.resolve(), copied)
    return copied


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "manifest.json").read_text())
    by_path = {entry["path"]: entry for entry in manifest["artifacts"]}
    return {**manifest, "artifacts_by_path": by_path}


def list_again(folder: Path, path: str, n_rows: int | None = None) -> None:
    """Change a file's entry in the manifest to what the file is now."""
    manifest = json.loads((folder / "manifest.json").read_text())
    old = [own for own in manifest["artifacts"] if own["path"] == path]
    rows = old[0]["rows"] if n_rows is None else n_rows
    manifest["artifacts"] = [
        *(own for own in manifest["artifacts"] if own["path"] != path),
        entry(folder, path, rows),
    ]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def rewrite(folder: Path, path: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change a table and its entry, as a forger or another version would."""
    table = change(pq.read_table(folder / path))
    pq.write_table(table, folder / path)
    list_again(folder, path, table.num_rows)


EVENTS = "sessions/events_sessionized.parquet"
SEQUENCES = "sequences/sequences.parquet"
PAIRS = "pairs/pair_offsets_train.parquet"
EPISODES = "episodes/episode_offsets_train_K2_Q3.parquet"


def without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def not_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def of_dbt(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"metadata": {}, "nodes": {}}')


def of_a_run(folder: Path) -> None:
    change_manifest(folder, lambda own: own.update(root="data/processed/sample"))


def newer_layout(folder: Path) -> None:
    change_manifest(folder, lambda own: own["settings"].update(layout="columnar"))


def without_k(folder: Path) -> None:
    change_manifest(folder, lambda own: own["settings"].pop("episode_k"))


def of_an_earlier_version(folder: Path) -> None:
    """Without sequences, as full folders were."""
    (folder / SEQUENCES).unlink()
    change_manifest(
        folder,
        lambda own: own.update(
            artifacts=[one for one in own["artifacts"] if one["path"] != SEQUENCES]
        ),
    )


def without_an_entry(folder: Path) -> None:
    change_manifest(folder, lambda own: own["artifacts"].pop(0))


def without_events(folder: Path) -> None:
    (folder / EVENTS).unlink()


def cut_short(folder: Path) -> None:
    content = (folder / EVENTS).read_bytes()
    (folder / EVENTS).write_bytes(content[:-100])


def rows_missing(folder: Path) -> None:
    pq.write_table(pq.read_table(folder / EVENTS).slice(1), folder / EVENTS)
    manifest = manifest_of(folder)["artifacts_by_path"]
    list_again(folder, EVENTS, manifest[EVENTS]["rows"])


def without_a_column(folder: Path) -> None:
    rewrite(folder, PAIRS, lambda own: own.drop_columns("user_id"))


def of_another_type(folder: Path) -> None:
    def shorten(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index("item_id")
        return table.set_column(place, "item_id", table["item_id"].cast(pa.int32()))

    rewrite(folder, EVENTS, shorten)


def garbage(folder: Path) -> None:
    (folder / EVENTS).write_bytes(b"x" * (folder / EVENTS).stat().st_size)
    list_again(folder, EVENTS)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "no such folder; give the one that scripts/export.py"),
        (without_manifest, "no manifest.json in it, so not published or not copied"),
        (not_json, "manifest.json: not JSON; publish it again"),
        (of_dbt, "manifest.json: not a manifest of mooc-episodes; give a folder that"),
        (of_a_run, "the record of an export, not its data; open data/processed/sample"),
        (newer_layout, 'layout is "columnar", unknown; this is mooc-episodes 0'),
        (without_k, "has no setting episode_k: not a manifest of mooc-episodes"),
        (without_an_entry, "manifest.json: lists no .*; this is mooc-episodes"),
        (of_an_earlier_version, f"manifest.json: lists no {SEQUENCES}; this is mooc-"),
        (without_events, f"{EVENTS}: missing .No such file.*; publish it again"),
        (cut_short, f"{EVENTS}: [0-9,]+ bytes, where the manifest says [0-9,]+; pub"),
        (rows_missing, f"{EVENTS}: 2563 rows, where the manifest says 2564"),
        (without_a_column, "has no column user_id; this is mooc-episodes"),
        (of_another_type, f"{EVENTS}: item_id is int32, not int64; this is mooc"),
        (garbage, f"{EVENTS}: cannot be read"),
    ],
)
def test_a_wrong_folder_is_refused_in_one_line(
    spoil: Callable[[Path], Any], message: str, folder: Path, tmp_path: Path
) -> None:
    copied = copy_of(folder, tmp_path)
    spoil(copied)
    with pytest.raises(mooc_episodes.FolderError, match=message) as caught:
        mooc_episodes.open(copied)
    assert "\n" not in str(caught.value)
    assert str(copied) in str(caught.value)


def test_a_folder_of_published_folders_names_them(sample: Workspace) -> None:
    message = "holds published folders; give one of them: sample, sample.compact"
    with pytest.raises(mooc_episodes.FolderError, match=message):
        mooc_episodes.open(sample.processed)


def test_verify_looks_at_every_byte(folder: Path, tmp_path: Path) -> None:
    copied = copy_of(folder, tmp_path)
    mooc_episodes.open(copied, verify=True)
    path = copied / "sessions" / "sessions.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    mooc_episodes.open(copied)
    with pytest.raises(
        mooc_episodes.FolderError, match=r"sessions.parquet: changed since it was pub"
    ):
        mooc_episodes.open(copied, verify=True)


# Files that are whole, and do not agree


def swapped(column: str) -> Callable[[pa.Table], pa.Table]:
    """The values of two rows of a column, exchanged."""

    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        place = next(i for i in range(9, 99) if values[i] != values[i + 1])
        values[place : place + 2] = values[place + 1], values[place]
        field = table.schema.field(column)
        return table.set_column(
            table.schema.get_field_index(column), field, pa.array(values, field.type)
        )

    return change


def constant(column: str, value: Any) -> Callable[[pa.Table], pa.Table]:
    """One value in all rows of a column."""

    def change(table: pa.Table) -> pa.Table:
        field = table.schema.field(column)
        return table.set_column(
            table.schema.get_field_index(column),
            field,
            pa.array([value] * table.num_rows, field.type),
        )

    return change


def shorter(column: str) -> Callable[[pa.Table], pa.Table]:
    """Lists without their last element."""

    def change(table: pa.Table) -> pa.Table:
        field = table.schema.field(column)
        values = [own[:-1] for own in table[column].to_pylist()]
        return table.set_column(
            table.schema.get_field_index(column), field, pa.array(values, field.type)
        )

    return change


def first_row_often(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table.slice(0, 1)] * 2000)


DISAGREE: list[tuple[str, Callable[[pa.Table], pa.Table], str]] = [
    (SEQUENCES, constant("items", [428]), "a sequence has not as many times as items"),
    (SEQUENCES, shorter("ts_micros"), "a sequence has not as many times as items"),
    (SEQUENCES, constant("user_id", 1), "no split|without a sequence"),
    (SEQUENCES, lambda table: table.slice(0, 1), "has a user without a sequence"),
    (PAIRS, swapped("label_position"), "its pairs are out of order"),
    (PAIRS, first_row_often, "its pairs are out of order"),
    (PAIRS, constant("label_position", 0), "not in its user's sequence"),
    (PAIRS, constant("label_position", 9999), "not in its user's sequence"),
    (PAIRS, constant("user_id", -5), "has a user without a sequence"),
    (PAIRS, lambda table: table.slice(1), "not those of the pairs"),
    (EPISODES, swapped("support_label_positions"), "not those of the pairs"),
    (EPISODES, swapped("query_label_positions"), "not those of the pairs"),
    (EPISODES, shorter("query_label_positions"), "not those of the pairs"),
    (EPISODES, swapped("window"), "its episodes are out of order"),
    (EPISODES, constant("window", -1), "its windows are not those of the pairs"),
    (EPISODES, constant("window", 2**62), "its windows are not those of the pairs"),
    (EPISODES, constant("user_id", -5), "has a user without a sequence"),
    (EPISODES, first_row_often, "its episodes are out of order"),
]


@pytest.mark.parametrize(("path", "change", "message"), DISAGREE)
def test_files_that_do_not_agree_are_refused(
    path: str,
    change: Callable[[pa.Table], pa.Table],
    message: str,
    folder: Path,
    tmp_path: Path,
) -> None:
    copied = copy_of(folder, tmp_path)
    rewrite(copied, path, change)
    data = mooc_episodes.open(copied)
    with pytest.raises(mooc_episodes.FolderError, match=message) as caught:
        _ = data.items, data.episodes("train")
    assert str(copied) in str(caught.value)


def test_an_item_that_is_not_in_the_vocabulary_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    copied = copy_of(folder, tmp_path)
    course2id = json.loads((copied / "vocab/course2id.json").read_text())
    course2id.popitem()
    (copied / "vocab/course2id.json").write_text(json.dumps(course2id))
    list_again(copied, "vocab/course2id.json")
    message = f"{SEQUENCES}: an item_id is not in the vocabulary"
    with pytest.raises(mooc_episodes.FolderError, match=message):
        _ = mooc_episodes.open(copied).items


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("vocab/course2id.json", "{", "cannot be read"),
        ("vocab/course2id.json", '{"1": 1}', "its ids are not 0, 1, 2"),
        ("vocab/course2id.json", '{"x": 0}', "a course is not a bigint"),
        ("user_splits/users_val.json", "[]", "not the users of a split"),
        ("user_splits/users_val.json", '{"users": ["x"]}', "not the users of a split"),
        ("user_splits/users_val.json", '{"users": []}', "events is in no split"),
    ],
)
def test_json_that_is_something_else_is_refused(
    path: str, content: str, message: str, written_out: Path, tmp_path: Path
) -> None:
    copied = copy_of(written_out, tmp_path)
    (copied / path).write_text(content)
    list_again(copied, path)
    with pytest.raises(mooc_episodes.FolderError, match=message):
        _ = mooc_episodes.open(copied).items
