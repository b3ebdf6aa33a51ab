"""Turn XuetangX's raw JSON into events: Parquet that the preset xuetangx reads.

The raw files are arrays of [course, {user: {session: [[action, "YYYY-MM-DDTHH:MM:SS"],
...]}}]. They are streamed: memory does not grow with them. Each action becomes a row of
user_id (whole number), item_id (the course), created_at (UTC) and action, in the order
of the file. Give --keep for each action to keep; without, all are kept.

Exit codes: 0 written, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
"""

from pathlib import Path

import click

from mooc_episodes.base.errors import leaving
from mooc_episodes.cli import command, options


@command.command(__doc__)
@click.argument("target", type=options.PATH)
@click.argument("sources", nargs=-1, required=True, type=options.PATH)
@click.option("--keep", multiple=True, metavar="ACTION", help="Keep this action.")
def main(target: Path, sources: tuple[Path, ...], keep: tuple[str, ...]) -> None:
    """Write TARGET, a Parquet file, of SOURCES, .json or .json.gz."""
    with leaving("nothing was written"):
        from mooc_episodes.fetch.xuetangx import convert

        counts = convert([*sources], target, {*keep})
    for action, n_events in sorted(counts.items()):
        kept = "kept" if not keep or action in keep else "left out"
        command.echo(f"{action:<24} {n_events:>13,} {kept}")
    build = f"make run DATASET=xuetangx RAW_EVENTS={target}"
    command.echo(f"{target}: written; build it: {build}")
