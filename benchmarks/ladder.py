"""Time this project against its peers on growing numbers of events.

Everything is timed as whole processes. For each size, events are generated unless they
exist, each peer's artifacts are checked to equal ours (below 100 M events), then all
take turns, round by round. Wall time, CPU time and peak memory of each process go to
benchmarks/results/, one file per size, and docs/benchmarks.md is written from all of
these files: earlier results for other sizes stay. With --only, so do earlier results of
other peers for the same size, machine and events.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

PROJECT = Path(__file__).resolve().parents[1]
BENCHMARKS = PROJECT / "benchmarks"
RESULTS = BENCHMARKS / "results"
# ours runs in the environment of `make run`, the peers in the one of `make bench`
OURS = PROJECT / ".venv" / "bin"
SIZES = (1_000_000, 10_000_000)
FEWER_ROUNDS_FROM = 100_000_000
N_CORES = 2
# no peer evaluates anything
AS_PEERS = ("run", "--exclude", "models/evaluation")
DO_ALL_THE_WORK = ("polars_job", "notebook", "notebook_cap_times")
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "pyarrow", "pandas", "polars", "numpy")


class FailedError(Exception):
    """A process failed."""


@dataclass(frozen=True)
class Measured:
    """A turn: seconds, summed over its processes, and the maximum of their peak MiB."""

    wall: float
    cpu: float
    peak_mib: float
    parts: dict[str, "Measured"] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """The working folder for one size."""

    root: Path
    events: Path

    def folder(self, name: str) -> Path:
        """Create an empty folder, replacing an old one."""
        shutil.rmtree(self.root / name, ignore_errors=True)
        (self.root / name).mkdir(parents=True)
        return self.root / name

    @property
    def artifacts(self) -> Path:
        """The folder our last turn wrote."""
        return self.root / "ours" / "processed" / "xuetangx"


Turn = Callable[[Place], Measured]


def measured(command: Iterable[str | Path], log: Path, **env: str) -> Measured:
    """Run a command that must succeed, and measure it."""
    with log.open("ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=PROJECT,
            env=os.environ | env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        lines = log.read_text(errors="replace").splitlines()
        raise FailedError(f"exit {process.returncode}: {(lines or ['killed'])[-1]}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def together(**parts: Measured) -> Measured:
    """Combine processes that ran one after another."""
    return Measured(
        sum(part.wall for part in parts.values()),
        sum(part.cpu for part in parts.values()),
        max(part.peak_mib for part in parts.values()),
        parts,
    )


def dbt(command: Iterable[str], place: Place, folder: Path) -> Measured:
    """Run a dbt command; in a new folder it has to parse the project."""
    settings = json.dumps({"dataset": "xuetangx", "raw_events": str(place.events)})
    return measured(
        [OURS / "dbt", *command, "--vars", settings],
        folder / "log",
        DUCKDB_PATH=str(folder / "warehouse.duckdb"),
        DBT_TARGET_PATH=str(folder / "target"),
        DBT_LOG_PATH=str(folder / "target"),
    )


def export(database: Path, folder: Path, *more: str) -> Measured:
    """Run our export."""
    return measured(
        [
            *(OURS / "python", PROJECT / "scripts" / "export.py"),
            *("--database", database, "--processed-dir", folder / "processed"),
            *("--reports-dir", folder / "reports"),
            *("--registry", folder / "meta.json", *more),
        ],
        folder / "log",
    )


def ours(place: Place) -> Measured:
    """Run `dbt run` and the export; later turns use the database and artifacts."""
    folder = place.folder("ours")
    run = dbt(AS_PEERS, place, folder)
    return together(run=run, export=export(folder / "warehouse.duckdb", folder))


def ours_again(place: Place) -> Measured:
    """Run both a second time: dbt parsed the project in our last turn."""
    folder = place.folder("ours_again")
    database = place.root / "ours" / "warehouse.duckdb"
    database.unlink()
    run = dbt(AS_PEERS, place, place.root / "ours")
    return together(run=run, export=export(database, folder))


def ours_compact(place: Place) -> Measured:
    """Export our last turn again, in the compact layout."""
    folder = place.folder("ours_compact")
    return export(
        place.root / "ours" / "warehouse.duckdb", folder, "--layout", "compact"
    )


def ours_evaluated(place: Place) -> Measured:
    """Run `dbt run`: all models."""
    return dbt(["run"], place, place.folder("ours_evaluated"))


def ours_tested(place: Place) -> Measured:
    """Run `dbt build`: all models with all their tests."""
    return dbt(["build"], place, place.folder("ours_tested"))


def peer(name: str, *more: str, script: str = "") -> Turn:
    """The turn of a peer: the script of that name in benchmarks/peers, or another."""

    def turn(place: Place) -> Measured:
        folder = place.folder(name)
        path = BENCHMARKS / "peers" / f"{script or name}.py"
        return measured(
            [sys.executable, path, place.events, folder / "processed", *more],
            folder / "log",
            POLARS_MAX_THREADS=str(N_CORES),
        )

    return turn


def floor(place: Place) -> Measured:
    """Run the floor on the artifacts of our last turn."""
    return peer("floor", str(place.artifacts))(place)


def turns(n_events: int, notebook_up_to: int, polars_up_to: int) -> dict[str, Turn]:
    """Everyone who takes part, in order; ours first, because others need its files."""
    chosen: dict[str, Turn] = {
        "ours": ours,
        "ours_again": ours_again,
        "ours_compact": ours_compact,
        "ours_evaluated": ours_evaluated,
        "ours_tested": ours_tested,
        "floor": floor,
    }
    if n_events <= polars_up_to:
        chosen["polars_job"] = peer("polars_job")
    if n_events <= notebook_up_to:
        chosen["notebook"] = peer("notebook")
        chosen["notebook_cap_times"] = peer(
            "notebook_cap_times", "--cap-times", script="notebook"
        )
    return chosen


def check_equal(place: Place, chosen: dict[str, Turn]) -> None:
    """Stop unless each peer that does all the work makes the same artifacts."""
    peers = [name for name in DO_ALL_THE_WORK if name in chosen]
    if not peers:
        return
    ours(place)
    for name in peers:
        chosen[name](place)
        subprocess.run(
            [
                *(sys.executable, BENCHMARKS / "check_equal.py"),
                *(place.artifacts, place.root / name / "processed"),
            ],
            check=True,
        )
        print(f"{name}: artifacts equal ours", flush=True)


def size_of(folder: Path) -> int:
    """The size of the Parquet artifacts in a folder, in bytes."""
    return sum(path.stat().st_size for path in folder.resolve().rglob("*.parquet"))


def machine() -> dict[str, Any]:
    """The machine and package versions."""
    cpus = Path("/proc/cpuinfo").read_text()
    models = [line for line in cpus.splitlines() if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text().split()[1]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": models[0].split(": ")[1] if models else platform.machine(),
        "memory_gib": round(int(memory) / 2**20, 1),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def generated(events: Path, n_events: int) -> int:
    """Generate the events unless they exist; return how many there are."""
    if not events.exists():
        part = events.with_suffix(".part")
        command = [sys.executable, BENCHMARKS / "generate_events.py", part]
        subprocess.run([*command, "--events", str(n_events)], check=True)
        part.rename(events)
    return pq.read_metadata(events).num_rows


def take_turns(
    place: Place, n_rounds: int, chosen: dict[str, Turn]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Measure all turns; whoever fails takes no more, and the error is returned."""
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
    failed: dict[str, str] = {}
    for number in range(1, n_rounds + 1):
        for name, turn in chosen.items():
            if name in failed:
                continue
            try:
                done = turn(place)
            except FailedError as error:
                if name == "ours":
                    raise
                failed[name] = str(error)
                print(f"{name}: {error}", flush=True)
                continue
            taken[name].append(asdict(done))
            print(
                f"round {number}, {name}: {done.wall:.1f} s, "
                f"CPU {done.cpu:.1f} s, {done.peak_mib:,.0f} MiB",
                flush=True,
            )
            if name not in {"ours", "ours_compact"}:
                shutil.rmtree(place.root / name, ignore_errors=True)
    return taken, failed


def measured_before(path: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """The earlier result to add to; empty if there is none.

    Raises:
        FailedError: It was measured on other events or on another machine.
    """
    if not path.exists():
        return {}
    before = json.loads(path.read_text(encoding="utf-8"))
    for what, other in {"events": "other events", "machine": "another machine"}.items():
        if before[what] != facts[what]:
            raise FailedError(f"{path} is for {other}; run again without --only")
    return before


def merged(before: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """A result, plus the turns of those who took part only in an earlier one.

    `earlier` says, by name, when and how these were measured.
    """
    now = result["peers"].keys()
    kept = {name: turns for name, turns in before["peers"].items() if name not in now}
    failed = {name: why for name, why in before["failed"].items() if name in kept}
    how = {what: before[what] for what in ("date", "commit", "rounds", "memory_limit")}
    earlier = before.get("earlier", {})
    return result | {
        "peers": kept | result["peers"],
        "failed": failed | result["failed"],
        "bytes": before["bytes"] | result["bytes"],
        "earlier": {name: earlier.get(name, how) for name in kept},
    }


def climb(
    place: Place, n_events: int, n_rounds: int, chosen: dict[str, Turn], add: bool
) -> None:
    """Measure one size and save the result, added to the earlier one if asked to."""
    commit = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    result: dict[str, Any] = {
        "asked": n_events,
        "events": generated(place.events, n_events),
        "date": str(datetime.now(UTC).date()),
        "commit": subprocess.check_output(commit, cwd=PROJECT, text=True).strip(),
        "machine": machine(),
        "rounds": n_rounds,
        "memory_limit": os.environ.get("DUCKDB_MEMORY_LIMIT"),
    }
    path = RESULTS / f"{n_events}.json"
    before = measured_before(path, result) if add else {}
    print(f"{n_events:,} events", flush=True)
    if n_events < FEWER_ROUNDS_FROM:
        check_equal(place, chosen)
    taken, failed = take_turns(place, n_rounds, chosen)
    sizes = {"ours": size_of(place.artifacts)}
    if taken.get("ours_compact"):
        compact = place.root / "ours_compact" / "processed" / "xuetangx.compact"
        sizes["ours_compact"] = size_of(compact)
    result |= {"peers": taken, "failed": failed, "bytes": sizes, "earlier": {}}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(merged(before, result) if before else result, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="default: 1 M and 10 M"
    )
    parser.add_argument("--rounds", type=int, help="default: 3; 1 from 100 M events")
    parser.add_argument(
        "--place",
        type=Path,
        default=PROJECT / "target" / "bench",
        help="where events, databases and artifacts go (default: target/bench)",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=turns(0, 0, 0),
        help="who takes part besides ours; earlier results of others stay",
    )
    parser.add_argument("--notebook-up-to", type=int, default=1_000_000)
    parser.add_argument("--polars-up-to", type=int, default=10_000_000)
    args = parser.parse_args()
    # everyone gets the same cores, and as many threads
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:N_CORES])
    for n_events in args.sizes:
        root = args.place.absolute() / str(n_events)
        root.mkdir(parents=True, exist_ok=True)
        rounds = args.rounds or (1 if n_events >= FEWER_ROUNDS_FROM else 3)
        chosen = turns(n_events, args.notebook_up_to, args.polars_up_to)
        if args.only:
            chosen = {
                name: turn
                for name, turn in chosen.items()
                if name == "ours" or name in args.only
            }
        try:
            place = Place(root, root / "events.parquet")
            climb(place, n_events, rounds, chosen, add=bool(args.only))
        except (FailedError, subprocess.CalledProcessError) as error:
            sys.exit(f"ladder: {n_events:,} events: {error}")
    subprocess.run([sys.executable, BENCHMARKS / "page.py"], check=True)


if __name__ == "__main__":
    main()
