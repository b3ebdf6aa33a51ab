"""Build a dataset with `dbt build`, publish it, and print what was made and where.

With --json this is one object, as export.py has it: {"error": …} if the run failed,
one line per model and test that did. dbt's own words are in its log, logs/dbt.log.

Exit codes: 0 published, 1 failed (the last line says why), 2 wrong usage or no place to
build in, 130 interrupted.
"""

from pathlib import Path
from typing import Any

import click

from mooc_episodes.base.errors import UserError, leaving
from mooc_episodes.cli import command, options
from mooc_episodes.cli.export import publish

TARGETS = ("duckdb", "spark")


@command.command(__doc__)
@options.warehouse(default="that of dbt_project.yml")
@click.option(
    "--raw-events", help="File, folder or glob of events, or relation:<name>."
)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default=TARGETS[0],
    help="The engine: DuckDB, or Spark as profiles.yml has it (default: duckdb).",
)
@click.option(
    "--vars",
    "settings",
    default="{}",
    help="Other settings, as YAML: '{episode_k: 3}'.",
)
@options.publishing
@options.as_json
def main(
    dataset: str | None,
    database: Path,
    raw_events: str | None,
    target: str,
    settings: str,
    **publishing: Any,
) -> None:
    """Build and publish, as the options say."""
    with leaving("nothing was published"):
        # fail on a missing export dependency before building, not after
        import mooc_episodes.publish.export  # noqa: F401
        from mooc_episodes.build import dbt

        try:
            chosen = dbt.build_vars(settings, dataset, raw_events)
            with dbt.ready(target, database):
                built = dbt.build(target, database, chosen)
        except dbt.BuildError:
            raise
        except UserError as error:
            raise command.CannotBegin(str(error)) from None
    publish(database=built.database, dataset=built.dataset, **publishing)
