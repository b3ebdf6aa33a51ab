"""Check published artifacts by their files alone: bytes, schemas, promises.

Give a manifest: the `manifest.json` of a published folder, also of one you received, or
that of a run in reports/. Without one, every folder of data/processed is checked.

The manifest is not signed: it tells damage and mistakes, and forgeries that break a
promise. To know that a folder is the one somebody published, compare the sha256 of its
manifest.json with theirs: it holds those of all other files.

Exit codes: 0 all is as published, 1 something is not (a line each), 2 wrong usage.
"""

import argparse
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from mooc_episodes.errors import UserError
from mooc_episodes.exporting import Places
from mooc_episodes.manifest import MANIFEST
from mooc_episodes.verification import verify


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", nargs="*", type=Path, help="manifests to check")
    given = parser.parse_args()
    manifests = given.manifest or sorted(Places.processed.glob(f"*/{MANIFEST}"))
    if not manifests:
        print(f"verify: nothing is published in {Places.processed}", file=sys.stderr)
        return 1
    exit_code = 0
    for manifest in manifests:
        try:
            published, problems = verify(manifest)
        except (UserError, OSError, duckdb.Error, pa.ArrowException) as error:
            problems = [str(error).splitlines()[0]]
        if problems:
            exit_code = 1
            for problem in problems:
                print(f"verify: {problem}", file=sys.stderr)
        else:
            n_files = len(published.entries)
            print(f"{manifest}: {n_files} files as published, all promises kept")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
