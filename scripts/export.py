"""Publish what `dbt build` made: Parquet and JSON files, a report and a manifest.

Exit codes: 0 published, 1 refused or failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import argparse
import os
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from mooc_episodes.artifacts import LAYOUTS
from mooc_episodes.errors import UserError
from mooc_episodes.exporting import Places, export, summary
from mooc_episodes.fingerprints import PROJECT


def options(description: str | None = __doc__) -> argparse.ArgumentParser:
    """The command line: what to publish, where from and where to."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    database = PROJECT / os.environ.get("DUCKDB_PATH", "data/warehouse.duckdb")
    parser.add_argument(
        "--dataset", help="a preset of dbt_project.yml (default: the one built last)"
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default=LAYOUTS[0],
        help="full: every prefix written out; compact: each user's sequence once, "
        "pairs and episodes as places in it, in <dataset>.compact (default: full)",
    )
    parser.add_argument(
        "--database",
        type=Path,
        default=database,
        help="the DuckDB file (default: env DUCKDB_PATH, else data/warehouse.duckdb)",
    )
    parser.add_argument(
        "--processed-dir",
        type=Path,
        default=Places.processed,
        help="where the data sets' folders go (default: data/processed)",
    )
    parser.add_argument(
        "--reports-dir",
        type=Path,
        default=Places.reports,
        help="where reports and manifests go (default: reports)",
    )
    parser.add_argument(
        "--registry",
        type=Path,
        default=Places.registry,
        help="the registry of runs, appended to (default: meta.json)",
    )
    return parser


def publish(given: argparse.Namespace) -> int:
    """Export as the command line says, tell how it went, return the exit code."""
    places = Places(
        given.database, given.processed_dir, given.reports_dir, given.registry
    )
    try:
        done = export(places, given.dataset, given.layout)
    except UserError as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or error
        print(f"export: {where}{reason}; nothing was published", file=sys.stderr)
        return 1
    except (duckdb.Error, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        print(f"export: {reason}; nothing was published", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("export: interrupted", file=sys.stderr)
        return 130
    print(summary(done))
    if done.checked.not_run:
        test = done.checked.build.command("test")
        print(
            f"export: warning: {done.checked.not_run} tests did not run on this build; "
            f"run {test} and export again",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(publish(options().parse_args()))
