"""What a turn reads, times and prints: one JSON object."""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def arguments() -> tuple[str, Path]:
    """Return the step, and the folder of its input."""
    return sys.argv[1], Path(sys.argv[2])


def timed(step: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a step returns, and its seconds."""
    start = time.perf_counter()
    done = step()
    return done, time.perf_counter() - start


def print_turn(library: str, seconds: float, n: int) -> None:
    """Print a turn: seconds, rows or sessions, peak MiB and the library's version."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    turn = {"seconds": seconds, "n": n, "peak_mib": peak, "version": version(library)}
    print(json.dumps(turn))


def write_sequences(path: Path, sequences: Iterable[tuple[int, list[str]]]) -> int:
    """Write a row for each item of each user's sequence; return how many there are."""
    rows = [
        {"user_id": user, "position": position, "item_id": item}
        for user, items in sequences
        for position, item in enumerate(items)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return len(rows)
