"""What the scripts share: --version, --json, an end in one plain line."""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from mooc_episodes import __version__
from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
AS_JSON = "--json"


class Parser(argparse.ArgumentParser):
    """A command line with --version, whose errors are one line."""

    def __init__(self, description: str | None, as_json: bool = False) -> None:
        """Begin with the options that scripts share; --json for those that have it."""
        super().__init__(
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--version", action=Version, nargs=0, help="print it and end")
        if as_json:
            self.add_argument(
                AS_JSON,
                action="store_true",
                help='print one JSON object; {"error": …} where it fails',
            )

    def add_warehouse(self, usual: str) -> None:
        """Add the options for what is read: a data set of a database.

        Args:
            usual: The data set where none is named.
        """
        self.add_argument(
            "--dataset", help=f"a preset of dbt_project.yml (default: {usual})"
        )
        self.add_argument(
            "--database",
            type=Path,
            default=PROJECT / os.environ.get("DUCKDB_PATH", "data/warehouse.duckdb"),
            help="the DuckDB file (default: env DUCKDB_PATH, else "
            "data/warehouse.duckdb)",
        )

    def error(self, message: str) -> NoReturn:
        """End with what is wrong and where to look."""
        print_error(f"{message}; --help has the options")
        sys.exit(WRONG_USAGE)


class Version(argparse.Action):
    """Print the project's version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Print it and end."""
        tell(f"mooc-episodes {__version__}")
        sys.exit(DONE)


def script() -> str:
    """The name of the script that runs: run, for scripts/run.py."""
    return Path(sys.argv[0]).stem


def tell(text: str) -> None:
    """Write to standard output; that nobody reads it to its end is no failure."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # where it goes from here on, and at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def echo_json(document: dict[str, Any]) -> None:
    """Write an object for a program to read."""
    tell(json.dumps(document, indent=2, default=str))


def print_error(*messages: str) -> None:
    """Say what failed: a line each on standard error, and as an object under --json."""
    for message in messages:
        print(f"{script()}: {message}", file=sys.stderr)
    if AS_JSON in sys.argv:
        echo_json({"error": "\n".join(messages)})


def reason(error: Exception) -> str:
    """What an error of the system or a library says, in one line, with its file."""
    if isinstance(error, OSError) and error.strerror:
        return (
            f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        )
    return (str(error) or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def exit_on_error(left: str = "", failed: int = FAILED) -> Iterator[None]:
    """End the script in one line where what is in this block cannot go on.

    At Ctrl-C what runs is wound down, which further Ctrl-C do not disturb.

    Args:
        left: How things are then, e.g. "nothing was published".
        failed: The exit code at a UserError; a user's Ctrl-C is 130, all else 1.
    """
    pressed = threading.Event()

    def press(*_: Any) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        pressed.set()
        raise KeyboardInterrupt

    # in a block within another, or where Ctrl-C is to be ignored, it stays so
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, press)
    told, exit_code = "", DONE
    try:
        yield
    except UserError as error:
        told, exit_code = str(error), failed
    except ModuleNotFoundError as error:
        told = f"{error.name} is not there for {sys.executable}"
        told += "; make run sets up .venv: use .venv/bin/python"
        exit_code = FAILED
    except OSError as error:
        told, exit_code = "; ".join(filter(None, (reason(error), left))), FAILED
    except BaseException:
        # a Ctrl-C comes out of DuckDB as an error of its own
        if not pressed.is_set():
            raise
    if pressed.is_set():
        told, exit_code = "; ".join(filter(None, ("interrupted", left))), INTERRUPTED
    elif listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if told:
        print_error(told)
        sys.exit(exit_code)
