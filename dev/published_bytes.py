"""Print the sha256 of every published file of the sample, MARS EN and MARS FR.

    .venv/bin/python dev/published_bytes.py > before.txt

Run it before and after a change that must not change what is published, and compare the
two lists with diff. manifest.json is left out. MARS is read from RAW_MARS_FOLDER
(default: ../shared/data/mars); a dataset whose file is missing is skipped and named on
standard error. --target spark builds with Spark.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MARS = Path(os.environ.get("RAW_MARS_FOLDER", PROJECT.parent / "shared/data/mars"))
DATASETS = {
    "sample": PROJECT / "seeds" / "sample_events.csv",
    "mars": MARS / "explicit_ratings_en.csv",
    "mars_fr": MARS / "explicit_ratings_fr.csv",
}


def publish(dataset: str, events: Path, root: Path) -> None:
    """Build a dataset and publish both layouts of it below a folder."""
    places = [
        f"--dataset={dataset}",
        f"--processed-dir={root / 'processed'}",
        f"--reports-dir={root / 'reports'}",
        f"--registry={root / 'meta.json'}",
    ]
    on_spark = "spark" in sys.argv
    built = root / ("spark/warehouse.duckdb" if on_spark else "warehouse.duckdb")
    own = {
        "DUCKDB_PATH": str(built),
        "SPARK_WAREHOUSE": str(root / "spark"),
        "DBT_TARGET_PATH": str(root / "target"),
        "DBT_LOG_PATH": str(root / "logs"),
    }
    run = ["scripts/run.py", f"--raw-events={events}", *sys.argv[1:]]
    for command in (run, ["scripts/export.py", "--layout=compact"]):
        subprocess.run(
            [sys.executable, *command, *places],
            cwd=PROJECT,
            env=os.environ | own,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def main() -> None:
    """Build, publish and print."""
    for dataset, events in DATASETS.items():
        if not events.exists():
            print(f"{dataset}: {events} does not exist; skipped", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary)
            publish(dataset, events, root)
            for folder in (f"{dataset}", f"{dataset}.compact"):
                top = (root / "processed" / folder).resolve()
                for path in sorted(top.rglob("*.*")):
                    if path.name != "manifest.json":
                        digest = hashlib.sha256(path.read_bytes()).hexdigest()
                        print(f"{digest}  {folder}/{path.relative_to(top)}")


if __name__ == "__main__":
    main()
