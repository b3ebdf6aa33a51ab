"""Tell what became of one learner, or one course: every step, from the rows as read.

For a user: its rows, accepted and rejected, whether it is eligible, its split, items,
sessions, sequence, pairs and episodes, or why it was left out. For a course: its
events, its item, the splits that have it. All is read from the database as built;
nothing is written. Write -- before an id that begins with -.

Exit codes: 0 told, 1 no such user or course, no database, or not built (one line says
why), 2 wrong usage, 130 interrupted (to a shell; the signal ends it).
"""

import argparse
import shutil
import signal
import sys

from mooc_episodes.cli import command

with command.exit_on_error():
    import duckdb

    from mooc_episodes.base.errors import UserError
    from mooc_episodes.explain.steps import SHOWN, explain, lines
    from mooc_episodes.warehouse.connection import choose_dataset, connect


def options() -> argparse.ArgumentParser:
    """The command line: of whom to tell, and how."""
    parser = command.Parser(__doc__, as_json=True)
    parser.add_argument("kind", choices=["user", "course"])
    parser.add_argument("id", help="as in the input")
    parser.add_warehouse(usual="the one built last")
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"every row of a table (default: the first {SHOWN})",
    )
    return parser


def tell(given: argparse.Namespace) -> None:
    """Write the explanation as the command line says.

    Raises:
        UserError: There is nothing to tell of.
    """
    with connect(given.database) as connection:
        dataset = choose_dataset(connection, given.database, given.dataset)
        limit = None if given.all or given.json else SHOWN
        told = explain(connection, dataset, given.kind, given.id, limit)
    if told.warning:
        print(f"explain: warning: {told.warning}", file=sys.stderr)
    if given.json:
        command.echo_json(told.facts())
    else:
        width = shutil.get_terminal_size().columns
        command.tell("\n".join(lines(told, width)))


def main() -> int:
    """Run the command and return its exit code."""
    # Ctrl-C ends it at once: nothing is written, and DuckDB loses some interrupts
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    given = options().parse_args()
    # what a terminal cannot show is escaped
    sys.stdout.reconfigure(errors="backslashreplace")
    with command.exit_on_error():
        try:
            tell(given)
        except duckdb.Error as error:
            raise UserError(command.reason(error)) from None
    return command.DONE


if __name__ == "__main__":
    sys.exit(main())
