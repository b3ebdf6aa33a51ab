"""Convert a published folder, of either layout, to the files of another library.

recbole: atomic files, benchmark files of the splits; benchmark.yaml and atomic.yaml.
replay: Parquet files of sequences and pairs, and metadata.json for its ParquetModule.
docs/loading.md ("Other libraries") has the commands that read them.

DESTINATION is a new folder, or one of an older conversion, which is replaced. The same
published folder and options give the same bytes.

With --json it prints one object: library, dataset, fingerprint (the sha256 of the
published folder's manifest.json), max_len, destination, files (a list of their paths in
it, without conversion.json). On failure: {"error": …}.

Exit codes: 0 done, 1 failed or refused (one line says why; nothing was changed),
2 wrong usage, 130 interrupted.
"""

from pathlib import Path

import click

from mooc_episodes.base import progress
from mooc_episodes.base.errors import UserError, leaving
from mooc_episodes.cli import command, options

# the default of RecBole and of RePlay's SasRec
DEFAULT_LENGTH = 50


@command.command(__doc__)
@click.argument("library", type=click.Choice(["recbole", "replay"]))
@click.argument("folder", type=options.PATH)
@click.argument("destination", type=options.PATH)
@click.option(
    "--max-len",
    type=click.IntRange(min=1),
    default=DEFAULT_LENGTH,
    help=f"Items kept of a prefix, the last ones (default: {DEFAULT_LENGTH}).",
)
@click.option(
    "--as-numbers",
    is_flag=True,
    help="For recbole: users and items as numbers from 0, not as their ids.",
)
@options.as_json
def main(
    library: str,
    folder: Path,
    destination: Path,
    max_len: int,
    as_numbers: bool,
    as_json: bool,
) -> None:
    """Convert the folder."""
    import mooc_episodes
    from mooc_episodes.convert import recbole, replay
    from mooc_episodes.convert.destination import new_folder
    from mooc_episodes.convert.source import Source

    if as_numbers and library != "recbole":
        raise click.UsageError("--as-numbers is for recbole: replay has numbers only")
    if destination.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{destination}: inside the published folder; give another")
    source = Source(mooc_episodes.open(folder), max_len)
    record = source.record(library)
    progress.announce(f"converting {folder}")
    with leaving("nothing was changed"), new_folder(destination, record) as made:
        if library == "recbole":
            recbole.write(source, made, as_numbers)
        else:
            replay.write(source, made)
        files = sorted(
            path.relative_to(made).as_posix()
            for path in made.rglob("*")
            if path.is_file()
        )
    if as_json:
        command.echo_json({**record, "destination": str(destination), "files": files})
    else:
        command.echo(f"{destination}: {len(files)} files for {library}")
