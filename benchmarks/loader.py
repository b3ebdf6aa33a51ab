"""How fast a published folder becomes batches: this loader, pandas, datasets.

    pip install . pandas datasets      # in an environment of its own
    python benchmarks/loader.py data/processed/mars_fr

Everyone makes the same epoch in the same run, taking turns: all train episodes,
shuffled, in batches of 256, prefixes cut to 20 items, padded on the left. The sums of
what they make must agree. Times are CPU seconds of this process, the median of the
rounds; reading the files is timed apart. --memory N writes a folder of N events to a
temporary place and measures what reading it takes.
"""

import argparse
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SRC = Path(__file__).resolve().parents[1] / "src"
sys.path.insert(0, str(SRC))

import mooc_episodes  # noqa: E402
from mooc_episodes.base.fingerprints import sha256  # noqa: E402
from mooc_episodes.contract import JsonArtifact, all_artifacts  # noqa: E402

BATCH, LENGTH = 256, 20
# support_x, support_mask, support_y, then the same of the query
Arrays = tuple[Any, ...]
Epoch = Callable[[int], Iterator[Arrays]]


def ours(folder: Path) -> Epoch:
    """This loader."""
    episodes = mooc_episodes.open(folder).episodes("train", max_len=LENGTH)

    def epoch(number: int) -> Iterator[Arrays]:
        for batch in episodes.batches(BATCH, shuffle=True, epoch=number):
            yield (*batch[:3], *batch[4:7])

    return epoch


def with_pandas(folder: Path) -> Epoch:
    """Rows as lists in a data frame, padded by hand."""
    import pandas as pd

    frame = pd.read_parquet(episodes_file(folder))
    columns = {name: [*map(as_lists, frame[name])] for name in LISTS}

    def epoch(number: int) -> Iterator[Arrays]:
        order = np.random.default_rng(number).permutation(len(frame))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            yield collated(
                {name: [own[i] for i in rows] for name, own in columns.items()}
            )

    return epoch


def with_datasets(folder: Path) -> Epoch:
    """Hugging Face's datasets: shuffled, iterated in batches, padded by hand."""
    import datasets

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset(
        "parquet", data_files=str(episodes_file(folder)), split="train"
    ).select_columns(LISTS)

    def epoch(number: int) -> Iterator[Arrays]:
        return map(collated, loaded.shuffle(seed=number).iter(BATCH))

    return epoch


LISTS = ["support_prefixes", "support_labels", "query_prefixes", "query_labels"]


def as_lists(value: Any) -> list[Any]:
    """Arrays of arrays, as pandas reads them, as lists of lists."""
    return [own.tolist() if hasattr(own, "tolist") else own for own in value.tolist()]


def collated(rows: dict[str, list[Any]]) -> Arrays:
    """Lists as padded arrays, the way it is usually written."""
    parts: list[Any] = []
    for part in ("support", "query"):
        prefixes = rows[f"{part}_prefixes"]
        x = np.zeros((len(prefixes), len(prefixes[0]), LENGTH), np.int64)
        for i, row in enumerate(prefixes):
            for j, prefix in enumerate(row):
                kept = prefix[-LENGTH:]
                x[i, j, LENGTH - len(kept) :] = kept
                x[i, j, LENGTH - len(kept) :] += 1
        parts += [x, x > 0, np.array(rows[f"{part}_labels"])]
    return tuple(parts)


def episodes_file(folder: Path) -> Path:
    """The train episodes of the full layout."""
    [path] = folder.resolve().glob("episodes/episodes_train_*.parquet")
    return path


def sums(batches: Iterator[Arrays]) -> list[int]:
    """What an epoch adds up to, in any order."""
    return [sum(map(int, own)) for own in zip(*map(sum_of, batches), strict=True)]


def sum_of(batch: Arrays) -> list[Any]:
    """Sums of a batch; items weighted by their place, so that padding shows."""
    places = np.arange(1, LENGTH + 1)
    return [
        len(batch[0]),
        *((own * places).sum() if own.ndim == 3 else own.sum() for own in batch),
    ]


def compare(folder: Path, rounds: int) -> dict[str, Any]:
    """Time the peers in turns."""
    peers: dict[str, Epoch] = {}
    found: dict[str, Any] = {}
    for make in (ours, with_pandas, with_datasets):
        start = time.process_time()
        try:
            peers[make.__name__] = make(folder)
        except ImportError as error:
            print(f"{make.__name__}: left out: {error}", file=sys.stderr)
            continue
        found[make.__name__] = {"read_s": round(time.process_time() - start, 3)}
    totals = {name: sums(epoch(0)) for name, epoch in peers.items()}
    n_episodes = totals["ours"][0]
    if any(total != totals["ours"] for total in totals.values()):
        sys.exit(f"not the same batches: {totals}")
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(rounds):
        for name, epoch in peers.items():
            # what is fast is repeated, so that the clock is fine enough
            repeats = 10 if name == "ours" else 1
            start = time.process_time()
            for again in range(repeats):
                for _ in epoch(number * repeats + again):
                    pass
            seconds[name].append((time.process_time() - start) / repeats)
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        found[name]["episodes_per_s"] = round(n_episodes / middle)
        found[name]["us_per_batch"] = round(middle / n_episodes * BATCH * 1e6, 1)
    return {"episodes": n_episodes, "load": os.getloadavg()[0], **found}


def where_the_time_goes(folder: Path) -> None:
    """Print our functions by their own time over ten epochs."""
    epoch = ours(folder)
    with cProfile.Profile() as profile:
        for number in range(10):
            for _ in epoch(number):
                pass
    pstats.Stats(profile).sort_stats("tottime").print_stats(12)


# Memory

EVENTS_OF_A_USER, ITEMS = 50, 1000
SETTINGS = {
    "layout": "compact",
    "user_id_type": "bigint",
    "item_id_type": "bigint",
    "deduplicate_consecutive": True,
    "session_gap_seconds": 1800,
    "episode_k": 2,
    "episode_q": 3,
    "max_prefix_len": None,
}
USERS_AT_ONCE = 20_000


def columns_of(model: str, users: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of some users: one item after another, a minute between them."""
    n_users, own = len(users), np.arange(EVENTS_OF_A_USER)
    if model == "user_sequences":
        seconds = users[:, None] % 100_000 + own * 60
        return {
            "user_id": users,
            "items": (users[:, None] * 7919 + own * 31) % ITEMS,
            "ts_epochs": seconds,
            "ts_micros": seconds * 1_000_000,
        }
    if model == "pair_offsets":
        position = np.tile(own[1:], n_users)
        user_id = np.repeat(users, EVENTS_OF_A_USER - 1)
        pair_id = user_id * (EVENTS_OF_A_USER - 1) + position - 1
        return {
            "pair_id": pair_id,
            "user_id": user_id,
            "prefix_end": position,
            "label_position": position,
            "prefix_start": position * 0,
        }
    k, q = SETTINGS["episode_k"], SETTINGS["episode_q"]
    firsts = np.arange(1, EVENTS_OF_A_USER - k - q + 1, q)
    labels = np.tile(firsts, n_users)[:, None] + np.arange(k + q)
    user_id = np.repeat(users, len(firsts))
    window = np.tile(np.arange(len(firsts)), n_users)
    times = (user_id[:, None] % 100_000 + labels * 60) * 1_000_000
    return {
        "episode_id": user_id * len(firsts) + window,
        "user_id": user_id,
        "support_label_positions": labels[:, :k],
        "window": window,
        "query_label_positions": labels[:, k:],
        "n_known": labels[:, 0],
        "support_prefix_starts": labels[:, :k] * 0,
        "query_prefix_starts": labels[:, k:] * 0,
        "support_label_ts": times[:, :k],
        "query_label_ts": times[:, k:],
    }


def array(values: np.ndarray | None, kind: pa.DataType, n_rows: int) -> pa.Array:
    """A column of a type; a constant if there are no values."""
    if values is None:
        constant = "x" if pa.types.is_string(kind) else 1
        return pa.repeat(pa.scalar(constant, kind), n_rows)
    if pa.types.is_list(kind):
        ends = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
        flat = pa.array(np.ascontiguousarray(values).ravel())
        return pa.ListArray.from_arrays(pa.array(ends), flat).cast(kind)
    return pa.array(values).cast(kind)


def write_folder(folder: Path, n_events: int) -> None:
    """A folder of the compact layout with all users in train."""
    n_users = n_events // EVENTS_OF_A_USER
    vocab = [(item, item) for item in range(ITEMS)]
    entries = []
    for artifact in all_artifacts(SETTINGS):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = 0
        if isinstance(artifact, JsonArtifact):
            listed = vocab if artifact.split is None else []
            if artifact.split == "train":
                listed = [(user,) for user in range(n_users)]
            path.write_text(json.dumps(artifact.build(listed)))
            rows = len(listed)
        else:
            filled = artifact.split in {None, "train"} and artifact.model in {
                "user_sequences",
                "pair_offsets",
                "episode_offsets",
            }
            with pq.ParquetWriter(path, artifact.schema, compression="zstd") as writer:
                for first in range(0, n_users if filled else 0, USERS_AT_ONCE):
                    users = np.arange(first, min(first + USERS_AT_ONCE, n_users))
                    columns = columns_of(artifact.model, users)
                    n_rows = len(columns["user_id"])
                    arrays = [
                        array(columns.get(field.name), field.type, n_rows)
                        for field in artifact.schema
                    ]
                    table = pa.Table.from_arrays(arrays, schema=artifact.schema)
                    writer.write_table(table, row_group_size=65_536)
                    rows += n_rows
        entries.append(
            {
                "path": artifact.path,
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
                "rows": rows,
            }
        )
    manifest = {"dataset": "generated", "settings": SETTINGS, "artifacts": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def read_all(folder: Path, n_batches: int) -> None:
    """Print the memory at its peak and the time it takes to read and iterate."""
    before = peak()
    start = time.process_time()
    data = mooc_episodes.open(folder)
    episodes = data.episodes("train", max_len=LENGTH)
    read = time.process_time() - start
    n_items = len(episodes.prefixes.sequences.items)
    after_reading = peak() - before
    start = time.process_time()
    n_read = 0
    for batch in episodes.batches(BATCH, shuffle=True)[:n_batches]:
        n_read += len(batch.user)
    taken = time.process_time() - start
    item_arrays = n_items * 16
    print(
        json.dumps(
            {
                "items": n_items,
                "episodes": len(episodes),
                "item_arrays_mb": round(item_arrays / 1e6, 1),
                "read_s": round(read, 2),
                "peak_after_reading": round(after_reading / item_arrays, 3),
                "peak_after_batches": round((peak() - before) / item_arrays, 3),
                "episodes_per_s": round(n_read / taken),
            }
        )
    )


def peak() -> int:
    """The greatest memory this process has had, in bytes; on Linux."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Time, profile or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of the full layout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="where our time goes")
    parser.add_argument("--memory", type=int, metavar="EVENTS")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read_all(given.folder, n_batches=4000)
    elif given.profile:
        where_the_time_goes(given.folder)
    elif given.memory:
        with tempfile.TemporaryDirectory() as folder:
            write_folder(Path(folder), given.memory)
            subprocess.run([sys.executable, __file__, folder, "--read"], check=True)
    elif given.folder:
        print(
            f"{datetime.now(UTC):%Y-%m-%d}",
            json.dumps(compare(given.folder, given.rounds), indent=2),
        )
    else:
        parser.error("give a folder, or --memory")


if __name__ == "__main__":
    main()
