"""Time how long a build of MARS takes to start and to run, against dbt's parse alone.

All are timed as whole processes, taking turns within one run, so that a slow machine
slows them alike. Cold means without target/, so that dbt parses the whole project; the
warm run is the second one with the same settings. Prints a line a round and the
medians, of wall and of CPU seconds.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MARS = PROJECT.parent / "shared" / "data" / "mars" / "explicit_ratings_en.csv"
IMPORT = "import dbt.cli.main, mooc_episodes.publish.export"


def timed(command: list[str], place: Path, target: Path) -> tuple[float, float]:
    """The wall and the CPU seconds of a command, which must succeed."""
    own = {
        "DUCKDB_PATH": str(place / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "PYTHONPATH": str(PROJECT / "src"),
    }
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        command,
        cwd=PROJECT,
        env=os.environ | own,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - start
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime


def commands(place: Path, raw_events: Path) -> dict[str, list[str]]:
    """What is timed, in this order in each round; a cold one where it says so."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    choice = {"dataset": "mars", "raw_events": str(raw_events.absolute())}
    settings = ["--vars", json.dumps(choice)]
    places = [
        *(f"--database={place}/warehouse.duckdb", f"--registry={place}/meta.json"),
        *(f"--processed-dir={place}/processed", f"--reports-dir={place}/reports"),
    ]
    run = [*(sys.executable, "scripts/run.py", "--dataset=mars"), *places]
    run += [f"--raw-events={raw_events.absolute()}"]
    return {
        "import": [sys.executable, "-c", IMPORT],
        "cold dbt parse": [dbt, "parse", *settings],
        "cold dbt build": [dbt, "build", *settings],
        "export": [sys.executable, "scripts/export.py", *places],
        "cold make run": run,
        "warm make run": run,
    }


def in_words(seconds: dict[str, tuple[float, float]]) -> str:
    """The seconds of each, and the ratios."""
    parts = [f"{name} {wall:.2f} ({cpu:.2f})" for name, (wall, cpu) in seconds.items()]
    for of, against in (
        ("cold dbt build", ["cold dbt parse"]),
        ("warm make run", ["cold dbt parse", "import"]),
    ):
        wall, cpu = (
            seconds[of][which] / sum(seconds[name][which] for name in against)
            for which in (0, 1)
        )
        parts.append(f"{of} / ({' + '.join(against)}) {wall:.2f} ({cpu:.2f})")
    return ", ".join(parts)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raw-events", type=Path, default=MARS, help="the MARS file")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    options = parser.parse_args()
    if not options.raw_events.exists():
        sys.exit(f"start: {options.raw_events} not found; use --raw-events")
    rounds = []
    print("wall (CPU) seconds, and ratios of both")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for number in range(options.rounds + 1):
            seconds, target = {}, place
            for name, command in commands(place, options.raw_events).items():
                if name.startswith("cold"):
                    target = Path(tempfile.mkdtemp(dir=place))
                seconds[name] = timed(command, place, target)
            if number:  # the first round only warms the machine's caches
                rounds.append(seconds)
                print(in_words(seconds), flush=True)
    print(
        "median: "
        + in_words(
            {
                name: tuple(
                    statistics.median(seconds[name][which] for seconds in rounds)
                    for which in (0, 1)
                )
                for name in rounds[0]
            }
        )
    )


if __name__ == "__main__":
    main()
