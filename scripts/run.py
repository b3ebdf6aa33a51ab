"""Build a data set with `dbt build`, publish it, and say what was made and where.

Exit codes: 0 published, 1 failed (the last lines say why), 2 wrong usage.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import export
import yaml
from mooc_episodes.fingerprints import PROJECT


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--dataset", default="sample", help="a preset of dbt_project.yml"
    )
    parser.add_argument(
        "--raw-events", default="", help="path or glob of .csv, .csv.gz or .parquet"
    )
    parser.add_argument(
        "--vars", default="{}", help="other settings, as YAML: '{episode_k: 3}'"
    )
    return parser.parse_args(arguments)


def dbt_vars(options: argparse.Namespace) -> dict[str, Any]:
    """The vars of the build: those given, the data set, and the file where given."""
    given = yaml.safe_load(options.vars)
    if not isinstance(given, dict):
        sys.exit(
            f"run: --vars: '{options.vars}' is no mapping; write '{{name: value}}'"
        )
    chosen = {**given, "dataset": options.dataset}
    if options.raw_events:
        chosen["raw_events"] = options.raw_events
    return chosen


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parse(arguments)
    dbt = Path(sys.executable).with_name("dbt")
    build = [str(dbt), "build", "--vars", json.dumps(dbt_vars(options))]
    if subprocess.run(build, cwd=PROJECT, check=False).returncode:
        return 1
    print()
    return export.main(["--dataset", options.dataset])


if __name__ == "__main__":
    sys.exit(main())
