"""Check published artifacts by their files alone: bytes, schemas, promises.

Give a manifest: the `manifest.json` of a published folder, also of one you received, or
that of a run in reports/. Without one, every folder of data/processed is checked.

The manifest is not signed: the check finds damage, mistakes, and forgeries that break a
promise. To know that a folder is the one somebody published, compare the sha256 of its
manifest.json with theirs: it holds those of all other files.

With --json it prints one object: is_published (true or false: the exit code) and
manifests, a list of manifest, files (how many it lists; null if it cannot be read)
and problems (a text each). If there is nothing to check: {"error": …}.

Exit codes: 0 all is as published, 1 something is not (a line each), 2 wrong usage,
130 interrupted.
"""

from pathlib import Path
from typing import Any

import click

from mooc_episodes.base import progress
from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.paths import PROCESSED, relative
from mooc_episodes.cli import command, options


@command.command(__doc__)
@click.argument("manifests", metavar="[MANIFEST]...", nargs=-1, type=options.PATH)
@options.as_json
def main(manifests: tuple[Path, ...], as_json: bool) -> int:
    """Check each manifest; the exit code."""
    from mooc_episodes.contract import MANIFEST

    manifests = manifests or tuple(sorted(PROCESSED.glob(f"*/{MANIFEST}")))
    if not manifests:
        where = relative(PROCESSED)
        raise UserError(f"nothing is published in {where}; start with make run")
    checked = []
    for manifest in manifests:
        result = check(manifest)
        checked.append(result)
        for problem in result["problems"]:
            command.print_error(problem)
        if not result["problems"] and not as_json:
            command.echo(
                f"{manifest}: {result['files']} files as published, all promises kept"
            )
    sound = not any(result["problems"] for result in checked)
    if as_json:
        command.echo_json({"is_published": sound, "manifests": checked})
    return command.DONE if sound else command.FAILED


def check(manifest: Path) -> dict[str, Any]:
    """Check what a manifest lists; the result as --json has it."""
    import duckdb
    import pyarrow as pa

    from mooc_episodes.verify.checks import verify

    progress.announce(f"checking {manifest}")
    try:
        published, problems = verify(manifest)
        n_files = len(published.entries)
    except (UserError, OSError, duckdb.Error, pa.ArrowException) as error:
        n_files, problems = None, [reason(error)]
    return {"manifest": str(manifest), "files": n_files, "problems": problems}
