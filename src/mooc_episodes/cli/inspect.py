"""Look at a file of events, and print what it is and the settings that read it.

Give a file, a folder or a glob. A sample of it is read, whatever its size: first to
find out how it is written and which columns are the user, the item and the time, then
with the build's own models. It ends with a command that builds it and with the preset
to paste into dbt_project.yml; where two readings fit, with both. Nothing is written.

With --json it prints one object: what was found (kind, header, columns, first_rows,
n_rows, n_read, unread, n_users, …), dataset, settings, command and preset (null if
there is nothing to build), notes, and others: the readings that fit as well, each with
its settings and command.

Exit codes: 0 printed, 1 it cannot be used (one line says why), 2 wrong usage,
130 interrupted.
"""

import sys

import click

from mooc_episodes.base.errors import UserError
from mooc_episodes.cli import command, options


@command.command(__doc__)
@click.argument("events", metavar="FILE")
@options.as_json
def main(events: str, as_json: bool) -> None:
    """Print what the input is."""
    # what a terminal cannot show is escaped
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    import duckdb

    from mooc_episodes.inspect.inspection import inspect
    from mooc_episodes.inspect.text import facts, lines

    try:
        found = inspect(events)
    except duckdb.Error as error:
        from mooc_episodes.build.messages import one_line

        raise UserError(one_line(str(error))) from None
    if as_json:
        command.echo_json(facts(found))
    else:
        command.echo("\n".join(lines(found)))
