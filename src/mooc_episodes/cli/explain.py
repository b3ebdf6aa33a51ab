"""Print what happened to one user or one course: every step, from the rows as read.

For a user: its rows, accepted and rejected, whether it is eligible, its split, items,
sessions, sequence, pairs and episodes, or why it was dropped. For a course: its
events, its item, the splits that have it. All of it is read from the database as built;
nothing is written. Write -- before an id that begins with -.

With --json it prints one object: dataset, user_id or course_id, a warning if there is
one, and an entry for each step with its facts and rows; {"error": …} if it fails.

Exit codes: 0 printed, 1 no such user or course, no database, or not built (one line
says why), 2 wrong usage, 130 interrupted (to a shell; the signal ends it).
"""

import shutil
import signal
import sys
from pathlib import Path

import click

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.cli import command, options


@command.command(__doc__)
@click.argument("kind", type=click.Choice(["user", "course"]))
@click.argument("id")
@options.warehouse(default="the one built last")
@click.option(
    "--all",
    "every_row",
    is_flag=True,
    help="All rows of a table, not only the first.",
)
@options.as_json
def main(
    kind: str,
    id: str,  # noqa: A002, its name on the command line
    database: Path,
    dataset: str | None,
    every_row: bool,
    as_json: bool,
) -> None:
    """Print the explanation as the options say."""
    # Ctrl-C ends it at once: nothing is written, and DuckDB loses some interrupts
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # what a terminal cannot show is escaped
    sys.stdout.reconfigure(errors="backslashreplace")
    import duckdb

    from mooc_episodes.explain.steps import SHOWN, explain, lines
    from mooc_episodes.warehouse.connection import choose_dataset, connect

    limit = None if every_row or as_json else SHOWN
    try:
        with connect(database) as connection:
            dataset = choose_dataset(connection, database, dataset)
            found = explain(connection, dataset, kind, id, limit)
    except duckdb.Error as error:
        raise UserError(reason(error)) from None
    if found.warning:
        command.print_error(
            f"warning: {found.warning}; steps may be of different builds"
        )
    if as_json:
        command.echo_json(found.facts())
    else:
        command.echo("\n".join(lines(found, shutil.get_terminal_size().columns)))
