"""Publish what `dbt build` made: Parquet and JSON files, a report and a manifest.

With --json it prints one object: dataset, run_tag, folder, report_folder, report_page,
tests (status, passed, not_run), metrics, verdict and alarms, as report.json has them; {"error": …} if
it fails.

Exit codes: 0 published, 1 refused or failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.paths import relative
from mooc_episodes.cli import command, options

if TYPE_CHECKING:
    from mooc_episodes.publish.export import Export


@command.command(__doc__)
@options.warehouse(default="the one built last")
@options.publishing
@options.as_json
def main(**chosen: Any) -> None:
    """Publish a dataset, as the options say."""
    publish(**chosen)


def publish(
    database: Path,
    processed_dir: Path,
    reports_dir: Path,
    registry: Path,
    dataset: str | None,
    layout: str | None,
    as_json: bool,
) -> None:
    """Publish a dataset and print what was made, for people or programs.

    Raises:
        UserError: Nothing is fit to publish, or it cannot be published there.
    """
    import duckdb
    import pyarrow as pa

    from mooc_episodes.contract import LAYOUTS
    from mooc_episodes.publish.export import ExportPaths, export
    from mooc_episodes.publish.summary import summary

    paths = ExportPaths(database, processed_dir, reports_dir, registry)
    try:
        done = export(paths, dataset, layout or LAYOUTS[0])
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        raise UserError(f"{reason(error)}; nothing was published") from None
    if as_json:
        command.echo_json(for_programs(done))
    else:
        command.echo("\n".join([summary(done), *next_steps(done)]))
    if done.checked.not_run:
        command.print_error(
            f"warning: {done.checked.not_run} tests did not run on this build; run "
            f"{done.checked.build.command('test')} and export again"
        )


def for_programs(done: "Export") -> dict[str, Any]:
    """What was made and where, for --json; paths are absolute."""
    from mooc_episodes.contract import PAGE

    return {
        "dataset": done.dataset,
        "run_tag": done.report["run_tag"],
        "folder": str(done.folder.absolute()),
        "report_folder": str(done.report_folder.absolute()),
        "report_page": str((done.report_folder / PAGE).absolute()),
        "tests": {**done.report["tests"], "not_run": done.checked.not_run},
        "metrics": done.report["metrics"],
        "verdict": done.report["verdict"],
        "alarms": done.report["alarms"],
    }


def next_steps(done: "Export") -> list[str]:
    """What to do with it, in a line or two."""
    folder = shlex.quote(relative(done.folder))
    check = f"  check it   .venv/bin/python scripts/verify.py {folder}"
    return ["", "  look       make open", check]
