"""Get a public dataset's file, checked by what it holds, to where its preset looks.

    python scripts/fetch.py mars

A file that is there already is checked and left as is, whether it was downloaded or put
there by hand. A download is moved into place once it is complete and checked.

With --json it prints one object: dataset, path, bytes, sha256, rows, users, courses and
downloaded (false if it was there); {"error": …} if it fails.

Exit codes: 0 in place and right, 1 failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import shlex
from pathlib import Path

import click

from mooc_episodes.base.errors import UserError, leaving, reason
from mooc_episodes.base.fingerprints import sha256
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.cli import command, options
from mooc_episodes.fetch.datasets import CITATION, DATASETS, LICENCE, SERVER


@command.command(__doc__)
@click.argument("dataset", type=click.Choice(list(DATASETS)))
@click.option(
    "--to",
    type=options.PATH,
    metavar="FILE",
    help="Where to put it (default: data/raw/mars, where the presets look for it).",
)
@click.option(
    "--server",
    default=SERVER,
    show_default=True,
    help="The Dataverse to ask, e.g. a mirror.",
)
@options.as_json
def main(dataset: str, to: Path | None, server: str, as_json: bool) -> None:
    """Get the file, and print what it holds and what comes next."""
    # nothing else is read as CSV by make run
    if to and to.suffix.lower() != ".csv":
        raise click.BadParameter(f"'{to}' does not end in .csv", param_hint="--to")
    wanted = DATASETS[dataset]
    target = to or wanted.path
    with leaving("nothing was put in place"):
        import duckdb

        from mooc_episodes.fetch.archive import fetch

        try:
            facts, downloaded = fetch(wanted, target, server.rstrip("/"))
        except duckdb.Error as error:
            raise UserError(f"{target}: {reason(error)}") from None
    if as_json:
        counts = {name: getattr(facts, name) for name in ("rows", "users", "courses")}
        found = {"path": str(target.absolute()), "bytes": target.stat().st_size}
        found |= {"sha256": sha256(target), **counts, "downloaded": downloaded}
        command.echo_json({"dataset": dataset, **found})
        return
    how = "downloaded" if downloaded else "there already, not downloaded again"
    command.echo(f"{dataset}: {target}, {how}")
    command.echo(f"  holds     {facts}{', as expected' if wanted.facts else ''}")
    command.echo(f"  licence   {LICENCE}")
    command.echo(f"  cite      {CITATION}")
    command.echo(f"  next      {build_command(dataset, target)}")


def build_command(dataset: str, target: Path) -> str:
    """The command that builds the file, for the project's folder."""
    path = target.absolute()
    if path.is_relative_to(PROJECT):
        path = path.relative_to(PROJECT)
    # make takes $ for a variable
    raw_events = shlex.quote(str(path)).replace("$", "$$")
    return f"make run DATASET={dataset} RAW_EVENTS={raw_events}"
