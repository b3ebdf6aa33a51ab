"""Publish what `dbt build` made: Parquet and JSON files, a report and a manifest.

With --json it prints one object: dataset, run_tag, folder, report_folder, report_page,
tests (status, passed, not_run) and metrics, as report.json has them; {"error": …} where
it failed.

Exit codes: 0 published, 1 refused or failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Any

from mooc_episodes.cli import command

with command.exit_on_error():
    import duckdb
    import pyarrow as pa

    from mooc_episodes.base.errors import UserError
    from mooc_episodes.base.paths import relative
    from mooc_episodes.contract import LAYOUTS
    from mooc_episodes.publish.export import Export, ExportPaths, export, summary
    from mooc_episodes.report.page import PAGE


def options(description: str | None, usual: str) -> argparse.ArgumentParser:
    """The command line: what to publish, where from and where to.

    Args:
        description: What the script does.
        usual: The data set where none is named.
    """
    parser = command.Parser(description, as_json=True)
    parser.add_warehouse(usual)
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default=LAYOUTS[0],
        help="full: every prefix written out; compact: each user's sequence once, "
        "pairs and episodes as places in it, in <dataset>.compact (default: full)",
    )
    parser.add_argument(
        "--processed-dir",
        type=Path,
        default=ExportPaths.processed,
        help="where the data sets' folders go (default: data/processed)",
    )
    parser.add_argument(
        "--reports-dir",
        type=Path,
        default=ExportPaths.reports,
        help="where reports and manifests go (default: reports)",
    )
    parser.add_argument(
        "--registry",
        type=Path,
        default=ExportPaths.registry,
        help="the registry of runs, appended to (default: meta.json)",
    )
    return parser


def publish(given: argparse.Namespace) -> int:
    """Export as the command line says, tell how it went, return the exit code."""
    places = ExportPaths(
        given.database, given.processed_dir, given.reports_dir, given.registry
    )
    with command.exit_on_error():
        try:
            done = export(places, given.dataset, given.layout)
        except (OSError, duckdb.Error, pa.ArrowException) as error:
            why = f"{command.reason(error)}; nothing was published"
            raise UserError(why) from None
    if given.json:
        command.echo_json(as_json(done))
    else:
        command.tell("\n".join([summary(done), *next_steps(done)]))
    if done.checked.not_run:
        test = done.checked.build.command("test")
        print(
            f"{command.script()}: warning: {done.checked.not_run} tests did not run on "
            f"this build; run {test} and export again",
            file=sys.stderr,
        )
    return command.DONE


def as_json(done: Export) -> dict[str, Any]:
    """What was made and where, for --json; paths are absolute."""
    return {
        "dataset": done.dataset,
        "run_tag": done.report["run_tag"],
        "folder": str(done.folder.absolute()),
        "report_folder": str(done.report_folder.absolute()),
        "report_page": str((done.report_folder / PAGE).absolute()),
        "tests": {**done.report["tests"], "not_run": done.checked.not_run},
        "metrics": done.report["metrics"],
    }


def next_steps(done: Export) -> list[str]:
    """What to do with it, in a line or two."""
    folder = shlex.quote(relative(done.folder))
    check = f"  check it   .venv/bin/python scripts/verify.py {folder}"
    return ["", "  look       make open", check]


def main() -> int:
    """Run the command and return its exit code."""
    return publish(options(__doc__, usual="the one built last").parse_args())


if __name__ == "__main__":
    sys.exit(main())
