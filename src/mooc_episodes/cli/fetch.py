"""Get a public data set's file, checked by what it holds, to where its preset looks.

    python scripts/fetch.py mars

A file that is there already is checked and left as it is, whether it was downloaded
or put there by hand. A download is put in place when it is whole and right.

Exit codes: 0 in place and right, 1 failed (one line says why), 2 wrong usage,
130 interrupted.
"""

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from mooc_episodes.cli import command

with command.exit_on_error():
    import duckdb

    from mooc_episodes.base.errors import UserError
    from mooc_episodes.base.fingerprints import sha256
    from mooc_episodes.base.paths import PROJECT
    from mooc_episodes.fetch.archive import (
        DATASETS,
        SERVER,
        TIMEOUT,
        Dataset,
        Fetched,
        fetch,
    )

MAX_TIMEOUT = 86_400


def csv_file(text: str) -> Path:
    """A path that a preset can read."""
    if not text.lower().endswith(".csv"):
        raise argparse.ArgumentTypeError(f"'{text}' does not end in .csv")
    return Path(text)


def web_address(text: str) -> str:
    """The beginning of a web address."""
    if not re.match("https?://[^/]", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not like {SERVER}")
    return text.rstrip("/")


def seconds(text: str) -> float:
    """A time to wait."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number <= MAX_TIMEOUT:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not allowed; use seconds, above 0, up to {MAX_TIMEOUT}"
        )
    return number


def options() -> argparse.ArgumentParser:
    """The command line: what to get, from where and to where."""
    parser = command.Parser(__doc__, as_json=True)
    parser.add_argument("dataset", choices=DATASETS, help="which data set to get")
    parser.add_argument(
        "--to",
        type=csv_file,
        metavar="FILE",
        help="where to put it (default: data/raw/mars, where the presets look for it)",
    )
    parser.add_argument(
        "--server",
        type=web_address,
        default=SERVER,
        help="the Dataverse to ask, a mirror perhaps (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT,
        help="seconds without an answer after which to give up (default: %(default)g)",
    )
    return parser


def build_command(dataset: Dataset, target: Path) -> str:
    """What builds the file, as to be typed in the project's folder."""
    path = target.absolute()
    if path.is_relative_to(PROJECT):
        path = path.relative_to(PROJECT)
    # make takes $ for a variable
    raw_events = shlex.quote(str(path)).replace("$", "$$")
    return f"make run DATASET={dataset.name} RAW_EVENTS={raw_events}"


def about(dataset: Dataset, done: Fetched) -> dict[str, Any]:
    """What --json prints."""
    return {
        "dataset": dataset.name,
        "path": str(done.path.absolute()),
        "bytes": done.path.stat().st_size,
        "sha256": sha256(done.path),
        "rows": done.facts.rows,
        "users": done.facts.users,
        "courses": done.facts.courses,
        "downloaded": done.downloaded,
    }


def summary(dataset: Dataset, done: Fetched) -> str:
    """What to tell of a data set that is in place."""
    how = "downloaded" if done.downloaded else "there already, not downloaded again"
    lines = [
        f"{dataset.name}: {done.path}, {how}",
        f"  holds     {done.facts}{', as expected' if dataset.facts else ''}",
        f"  licence   {dataset.licence}",
        f"  cite      {dataset.citation}",
        f"  next      {build_command(dataset, done.path)}",
    ]
    return "\n".join(lines)


def main() -> int:
    """Run the command and return its exit code."""
    given = options().parse_args()
    dataset = DATASETS[given.dataset]
    target = given.to or dataset.place
    with command.exit_on_error(left="nothing was put in place"):
        try:
            done = fetch(dataset, target, given.server, given.timeout)
        except duckdb.Error as error:
            raise UserError(f"{target}: {command.reason(error)}") from None
    if given.json:
        command.echo_json(about(dataset, done))
    else:
        command.tell(summary(dataset, done))
    return command.DONE


if __name__ == "__main__":
    sys.exit(main())
