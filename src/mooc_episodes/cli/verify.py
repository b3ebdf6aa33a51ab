"""Check published artifacts by their files alone: bytes, schemas, promises.

Give a manifest: the `manifest.json` of a published folder, also of one you received, or
that of a run in reports/. Without one, every folder of data/processed is checked.

The manifest is not signed: it tells damage and mistakes, and forgeries that break a
promise. To know that a folder is the one somebody published, compare the sha256 of its
manifest.json with theirs: it holds those of all other files.

With --json it prints one object: is_published (true or false: the exit code) and
manifests, a list of manifest, files (how many it lists; null where it cannot be read)
and problems (a text each). Where there is nothing to check: {"error": …}.

Exit codes: 0 all is as published, 1 something is not (a line each), 2 wrong usage,
130 interrupted.
"""

import sys
from pathlib import Path
from typing import Any

from mooc_episodes.cli import command

with command.exit_on_error():
    import duckdb
    import pyarrow as pa

    from mooc_episodes.base import progress
    from mooc_episodes.base.errors import UserError
    from mooc_episodes.base.paths import relative
    from mooc_episodes.manifest.reading import MANIFEST
    from mooc_episodes.publish.export import ExportPaths
    from mooc_episodes.verify.checks import verify


def check(manifest: Path) -> dict[str, Any]:
    """Check what a manifest lists; the result as --json has it."""
    progress.say(f"checking {manifest}")
    try:
        published, problems = verify(manifest)
        n_files = len(published.entries)
    except (UserError, OSError, duckdb.Error, pa.ArrowException) as error:
        n_files, problems = None, [command.reason(error)]
    return {"manifest": str(manifest), "files": n_files, "problems": problems}


def main() -> int:
    """Run the command and return its exit code."""
    parser = command.Parser(__doc__, as_json=True)
    parser.add_argument("manifest", nargs="*", type=Path, help="manifests to check")
    given = parser.parse_args()
    manifests = given.manifest or sorted(ExportPaths.processed.glob(f"*/{MANIFEST}"))
    checked = []
    with command.exit_on_error():
        if not manifests:
            where = relative(ExportPaths.processed)
            raise UserError(f"nothing is published in {where}; begin with make run")
        for manifest in manifests:
            result = check(manifest)
            checked.append(result)
            for problem in result["problems"]:
                print(f"verify: {problem}", file=sys.stderr)
            if not result["problems"] and not given.json:
                command.tell(
                    f"{manifest}: {result['files']} files as published, "
                    "all promises kept"
                )
    sound = not any(result["problems"] for result in checked)
    if given.json:
        command.echo_json({"is_published": sound, "manifests": checked})
    return command.DONE if sound else command.FAILED


if __name__ == "__main__":
    sys.exit(main())
