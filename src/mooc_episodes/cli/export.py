"""Publish what `dbt build` made: Parquet and JSON files, a report and a manifest.

With --json it prints one object: dataset, run_tag, folder, report_folder, report_page,
tests (status, passed, not_run), metrics, plausibility (values, warnings), verdict and
alarms, as report.json has them; {"error": …} if it fails.

Exit codes: 0 published, 1 refused or failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.paths import REPORTS, relative
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
        command.echo("\n".join([summary(done), *next_steps(done, database)]))
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
        "plausibility": done.report["plausibility"],
        "verdict": done.report["verdict"],
        "alarms": done.report["alarms"],
    }


def next_steps(done: "Export", database: Path) -> list[str]:
    """What to do with it: commands for this dataset, to paste."""
    from mooc_episodes.contract import PAGE

    published = done.report_folder.absolute().is_relative_to(REPORTS)
    page = shlex.quote(relative(done.report_folder / PAGE))
    look = f"make open DATASET={done.dataset}" if published else page
    # an id may begin with -
    chosen = f"--dataset {done.dataset}"
    if database.absolute() != options.default_database().absolute():
        chosen += f" --database {shlex.quote(str(database))}"
    explain = f".venv/bin/python scripts/explain.py {chosen}"
    user = known_user(done.report)
    if user is not None:
        explain += f" user -- {shlex.quote(str(user))}"
    n_rejected = done.report["raw_data"]["n_rejected"]
    steps = {
        "look": look,
        "one user": user is not None and explain,
        "rejected": n_rejected and rows_rejected(done, database),
        "check it": ".venv/bin/python scripts/verify.py "
        + shlex.quote(relative(done.folder)),
    }
    return ["", *(f"  {name:<10} {step}" for name, step in steps.items() if step)]


def known_user(report: dict[str, Any]) -> Any:
    """A user to look at: one with an episode, else the first; None without any."""
    samples = report["sanity_samples"]["events_head3"]
    for found in (report["example_episode"], *samples):
        if found:
            return found["user_id"]
    return None


def rows_rejected(done: "Export", database: Path) -> str:
    """The command that prints the rejected rows."""
    where = f"DUCKDB_PATH={shlex.quote(str(database.absolute()))} "
    query = f"select * from {done.dataset}.rejected_events"
    # as JSON: as a table it cuts long values
    show = f'.venv/bin/dbt show --inline-direct "{query}" --output json --limit 20'
    return where + show
