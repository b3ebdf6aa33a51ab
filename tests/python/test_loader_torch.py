"""`mooc_episodes.torch`: batches as tensors, the same with any number of workers."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mooc_episodes
from conftest import PROJECT, Workspace, loading_page

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install torch"
)

from torch.utils.data import DataLoader, SequentialSampler  # noqa: E402

from mooc_episodes.torch import Rows, Stream, tensors  # noqa: E402


@pytest.fixture(scope="module")
def folder(sample: Workspace) -> Path:
    return sample.processed / "sample.compact"


@pytest.fixture(scope="module")
def data(folder: Path) -> mooc_episodes.Data:
    return mooc_episodes.open(folder)


def same(found: Any, expected: Any) -> bool:
    return type(found) is type(expected) and all(
        np.array_equal(own.numpy(), array)
        for own, array in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["episodes", "pairs"])
@pytest.mark.parametrize("max_len", [None, 6])
def test_a_stream_gives_the_same_batches_with_any_number_of_workers(
    workers: int, kind: str, max_len: int | None, data: mooc_episodes.Data
) -> None:
    rows = getattr(data, kind)("val", max_len=max_len)
    stream: Any = Stream(rows, 11, shuffle=True, seed=5, shard=(1, 2))
    loader = DataLoader(stream, batch_size=None, num_workers=workers)
    for epoch in (0, 1):
        stream.set_epoch(epoch)
        found = [*loader]
        expected = rows.batches(11, shuffle=True, seed=5, epoch=epoch, shard=(1, 2))
        assert len(found) == len(loader) == len(expected) > 2
        assert all(map(same, found, expected))


def test_shapes_and_types_are_those_of_the_arrays(data: mooc_episodes.Data) -> None:
    episodes = data.episodes("train", max_len=20)
    batch: Any = next(iter(Stream(episodes, 32)))
    assert batch.support_x.shape == (32, 2, 20)
    assert batch.query_y.shape == (32, 3)
    types = {name: own.dtype for name, own in batch._asdict().items()}
    masks = {"support_mask", "query_mask"}
    assert {name for name, own in types.items() if own == torch.bool} == masks
    assert all(types[name] == torch.int64 for name in types.keys() - masks)
    assert all(own.is_contiguous() for own in batch)
    batch.support_x[0] = 0


def test_workers_that_stay_hear_of_the_next_epoch(data: mooc_episodes.Data) -> None:
    pairs = data.pairs("val", max_len=4)
    stream: Any = Stream(pairs, 50, shuffle=True)
    loader = DataLoader(stream, batch_size=None, num_workers=2, persistent_workers=True)
    for epoch in (0, 3):
        stream.set_epoch(epoch)
        expected = pairs.batches(50, shuffle=True, epoch=epoch)
        assert all(map(same, [*loader], expected))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stream_goes_on_where_it_stopped(
    workers: int, data: mooc_episodes.Data
) -> None:
    pairs = data.pairs("val", max_len=4)
    stream: Any = Stream(pairs, 20, shuffle=True, seed=1)
    stream.set_epoch(2, step=3)
    found = [*DataLoader(stream, batch_size=None, num_workers=workers)]
    whole = [*pairs.batches(20, shuffle=True, seed=1, epoch=2)]
    assert len(found) == len(whole) - 3
    assert all(map(same, found, whole[3:]))
    with pytest.raises(ValueError, match="step is 99"):
        stream.set_epoch(2, step=99)


def test_workers_that_are_not_forked_read_the_same(data: mooc_episodes.Data) -> None:
    episodes = data.episodes("val", max_len=4)
    loader = DataLoader(
        Stream(episodes, 20),
        batch_size=None,
        num_workers=1,
        multiprocessing_context="spawn",
    )
    assert all(map(same, [*loader], episodes.batches(20)))


@pytest.mark.parametrize("workers", [0, 2])
def test_rows_work_with_a_sampler(workers: int, data: mooc_episodes.Data) -> None:
    episodes = data.episodes("val", max_len=8)
    rows: Any = Rows(episodes)
    loader = DataLoader(
        rows,
        batch_size=9,
        sampler=SequentialSampler(rows),
        num_workers=workers,
        collate_fn=tensors,
    )
    found = [*loader]
    assert len(found) == -(-len(episodes) // 9)
    assert all(map(same, found, episodes.batches(9)))
    assert rows[3].user.tolist() == episodes.take([3]).user.tolist()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", ["episodes", "pairs"])
def test_rows_need_no_collate_fn(
    workers: int, kind: str, data: mooc_episodes.Data
) -> None:
    rows = getattr(data, kind)("val", max_len=8)
    loader = DataLoader(Rows(rows), batch_size=50, num_workers=workers)  # type: ignore[var-annotated]
    found = [*loader]
    assert len(found) == -(-len(rows) // 50) > 1
    assert all(map(same, found, rows.batches(50)))
    # a collate_fn of one's own still gets the arrays
    own = DataLoader(Rows(rows), batch_size=50, collate_fn=lambda batch: batch)
    first = next(iter(own))
    assert first[0].tolist() == rows.take(range(50))[0].tolist()


@pytest.mark.parametrize("options", [{}, {"batch_size": 32}, {"num_workers": 1}])
@pytest.mark.parametrize("kind", ["episodes", "pairs"])
def test_a_loader_that_would_stack_whole_batches_is_refused(
    options: dict[str, Any], kind: str, data: mooc_episodes.Data
) -> None:
    stream = Stream(getattr(data, kind)("val", max_len=4), 10)
    loader = DataLoader(stream, **options)
    message = r"use DataLoader\(stream, batch_size=None\)"
    with pytest.raises(ValueError, match=message):
        next(iter(loader))


def test_what_is_not_rows_is_refused_with_what_is(data: mooc_episodes.Data) -> None:
    episodes: Any = data.episodes("val", max_len=4)
    for rows in (episodes, data.pairs("val")):
        with pytest.raises(TypeError, match=r"\.Stream, or Rows"):
            next(iter(DataLoader(rows)))
    taker: Any
    for taker in (lambda rows: Stream(rows, 9), Rows):
        with pytest.raises(ValueError, match=r"takes what data\.episodes.* not Data"):
            taker(data)
    with pytest.raises(ValueError, match=r"batch_size is 2\.5; it must be a whole"):
        Stream(episodes, 2.5)  # type: ignore[arg-type]
    stream = Stream(episodes, 9)
    with pytest.raises(ValueError, match="epoch is -1; it must be 0 or more"):
        stream.set_epoch(-1)
    with pytest.raises(IndexError, match="there is no number -1; there are 0 to"):
        Rows(episodes)[-1]


def test_users_that_are_strings_stay_a_list(data: mooc_episodes.Data) -> None:
    batch = data.pairs("val", max_len=4).take([0, 1])
    named = batch._replace(user=np.array(["ä", "b"], object))
    assert tensors(named).user == ["ä", "b"]


def test_the_page_s_example_runs(data: mooc_episodes.Data, folder: Path) -> None:
    names: dict[str, Any] = {"episodes": data.episodes("train", max_len=20)}
    for block in loading_page(folder, "torch"):
        exec(block, names)
    assert names["batch"].support_x.shape == (1, 2, 20)


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="memory is pinned for a GPU; there is none"
)
def test_memory_can_be_pinned(data: mooc_episodes.Data) -> None:
    stream: Any = Stream(data.episodes("val", max_len=4), 20)
    batch = next(iter(DataLoader(stream, batch_size=None, pin_memory=True)))
    assert type(batch) is mooc_episodes.EpisodeBatch
    assert all(own.is_pinned() for own in batch)


def test_torch_is_imported_on_demand_only(folder: Path) -> None:
    code = (
        "import sys, mooc_episodes; d = mooc_episodes.open(sys.argv[1]);"
        "d.episodes('val').take([0]); assert 'torch' not in sys.modules;"
        "import mooc_episodes.torch; assert 'torch' in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={"PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
