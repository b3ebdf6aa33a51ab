"""Publish what `dbt build` made: Parquet and JSON files, a report and a manifest.

Exit codes: 0 published, 1 refused or failed (one line says why), 2 wrong usage.
"""

import argparse
import os
import sys
from pathlib import Path

import duckdb
from mooc_episodes.errors import UserError
from mooc_episodes.exporting import Places, export, summary
from mooc_episodes.fingerprints import PROJECT


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    places = Places(PROJECT / os.environ.get("DUCKDB_PATH", "data/warehouse.duckdb"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--dataset", help="which to publish (default: the one built last)"
    )
    parser.add_argument(
        "--database",
        type=Path,
        default=places.database,
        help="the DuckDB file (default: env DUCKDB_PATH, else data/warehouse.duckdb)",
    )
    parser.add_argument(
        "--processed-dir",
        type=Path,
        default=places.processed,
        help="where the data sets' folders go (default: data/processed)",
    )
    parser.add_argument(
        "--reports-dir",
        type=Path,
        default=places.reports,
        help="where reports and manifests go (default: reports)",
    )
    parser.add_argument(
        "--registry",
        type=Path,
        default=places.registry,
        help="the registry of runs, appended to (default: meta.json)",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parse(arguments)
    places = Places(
        options.database, options.processed_dir, options.reports_dir, options.registry
    )
    try:
        done = export(places, options.dataset)
    except UserError as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or error
        print(f"export: {where}{reason}; nothing was published", file=sys.stderr)
        return 1
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        print(f"export: {reason}; nothing was published", file=sys.stderr)
        return 1
    print(summary(done))
    if done.tests.not_run:
        print(
            f"export: warning: {done.tests.not_run} tests were not run on this build; "
            "run dbt test and export again",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
