"""Time a cold `dbt build` of MARS against a cold `dbt parse`, and the export.

All are timed as whole processes, taking turns within one run, so that a slow machine
slows them alike. Cold means without target/, so that dbt parses the whole project.
Prints one line per round and the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MARS = PROJECT.parent / "shared" / "data" / "mars" / "explicit_ratings_en.csv"


def seconds(command: list[str], place: Path) -> float:
    """The wall time of a cold command, which must succeed."""
    with tempfile.TemporaryDirectory(dir=place) as target:
        own = {
            "DUCKDB_PATH": str(place / "warehouse.duckdb"),
            "DBT_TARGET_PATH": target,
            "DBT_LOG_PATH": target,
        }
        start = time.perf_counter()
        subprocess.run(
            command,
            cwd=PROJECT,
            env=os.environ | own,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - start


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raw-events", type=Path, default=MARS, help="the MARS file")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    options = parser.parse_args()
    if not options.raw_events.exists():
        sys.exit(f"cold_build: {options.raw_events} not found; use --raw-events")
    dbt = str(Path(sys.executable).with_name("dbt"))
    choice = {"dataset": "mars", "raw_events": str(options.raw_events.absolute())}
    settings = ["--vars", json.dumps(choice)]
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        export = [
            *(sys.executable, "scripts/export.py"),
            *(f"--database={place}/warehouse.duckdb", f"--registry={place}/meta.json"),
            *(f"--processed-dir={place}/processed", f"--reports-dir={place}/reports"),
        ]
        for number in range(options.rounds + 1):
            parse = seconds([dbt, "parse", *settings], place)
            build = seconds([dbt, "build", *settings], place)
            publish = seconds(export, place)
            if number:  # the first round only warms the machine's caches
                rounds.append((parse, build, build / parse, publish))
                print(
                    f"parse {parse:.2f} s, build {build:.2f} s, "
                    f"ratio {build / parse:.2f}, export {publish:.2f} s"
                )
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(
        "median: parse {:.2f} s, build {:.2f} s, ratio {:.2f}, export {:.2f} s".format(
            *medians
        )
    )


if __name__ == "__main__":
    main()
