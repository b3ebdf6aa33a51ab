"""Build a data set with `dbt build`, publish it, and say what was made and where.

Exit codes: 0 published, 1 failed (the last lines say why), 2 wrong usage.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from export import options, publish
from mooc_episodes.fingerprints import PROJECT


def dbt_vars(given: argparse.Namespace) -> dict[str, Any] | None:
    """The vars of the build; None where --vars is no mapping."""
    try:
        chosen = yaml.safe_load(given.vars)
    except yaml.YAMLError:
        return None
    if not isinstance(chosen, dict):
        return None
    chosen["dataset"] = given.dataset
    if given.raw_events:
        # dbt runs in the project's folder, wherever the user is
        chosen["raw_events"] = os.path.relpath(given.raw_events, PROJECT)
    return chosen


def main() -> int:
    """Run the command and return its exit code."""
    parser = options(__doc__)
    parser.set_defaults(dataset="sample")
    parser.add_argument(
        "--raw-events", default="", help="path or glob of .csv, .csv.gz or .parquet"
    )
    parser.add_argument(
        "--vars", default="{}", help="other settings, as YAML: '{episode_k: 3}'"
    )
    given = parser.parse_args()
    chosen = dbt_vars(given)
    if chosen is None:
        wrong = f"run: --vars: '{given.vars}' is no mapping; use '{{name: value}}'"
        print(wrong, file=sys.stderr)
        return 2
    dbt = str(Path(sys.executable).with_name("dbt"))
    build = subprocess.run(
        [dbt, "build", "--vars", json.dumps(chosen)],
        cwd=PROJECT,
        env=os.environ | {"DUCKDB_PATH": str(given.database.absolute())},
        check=False,
    )
    if build.returncode:
        return 1
    print()
    return publish(given)


if __name__ == "__main__":
    sys.exit(main())
