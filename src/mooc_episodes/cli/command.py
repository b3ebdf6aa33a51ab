"""What click lacks: the exit codes, one-line errors, {"error": …}.

click itself exits with 1 on Ctrl-C and on a closed pipe, prints usage errors on several
lines, and shows a traceback for every error but its own.
"""

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

import mooc_episodes
from mooc_episodes.base.errors import UserError, reason

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
AS_JSON = "--json"


class CannotBegin(click.ClickException):
    """The command cannot start."""

    exit_code = WRONG_USAGE


class Command(click.Command):
    """A click command that ends with one of the documented exit codes."""

    def format_help_text(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Print the module's docstring as is: it is wrapped by hand."""
        formatter.write(f"\n{self.help.rstrip()}\n")

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **_: Any,
    ) -> NoReturn:
        """Run the command and exit."""
        given = sys.argv[1:] if args is None else [*args]
        name = prog_name or Path(sys.argv[0]).stem
        message = ""
        with one_interrupt() as pressed:
            try:
                with self.make_context(name, [*given]) as context:
                    exit_code = self.invoke(context) or DONE
            except BaseException as error:
                message, exit_code = ending(error, pressed.is_set())
        print_error(message, name)
        if message and AS_JSON in given:
            echo_json({"error": message})
        sys.exit(exit_code)


def command(description: str | None) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command; its module's docstring is the help."""

    def decorate(function: Callable[..., Any]) -> Command:
        version = click.version_option(
            mooc_episodes.__version__, message="mooc-episodes %(version)s"
        )
        return click.command(cls=Command, help=description)(version(function))

    return decorate


@contextlib.contextmanager
def one_interrupt() -> Iterator[threading.Event]:
    """Handle the first Ctrl-C and ignore the others while the command winds down.

    Yields:
        Whether it was pressed; DuckDB turns a Ctrl-C into an error of its own.
    """
    pressed = threading.Event()

    def press(*_: Any) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        pressed.set()
        raise KeyboardInterrupt

    # a process started to ignore Ctrl-C keeps ignoring it
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, press)
    yield pressed
    if listens and not pressed.is_set():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def ending(error: BaseException, is_interrupted: bool) -> tuple[str, int]:
    """What to print for an error, and the exit code.

    Raises:
        BaseException: The error itself, if unexpected: a bug.
    """
    notes = getattr(error, "__notes__", [])
    if is_interrupted:
        return "; ".join(["interrupted", *notes]), INTERRUPTED
    match error:
        case click.exceptions.Exit():  # after --help or --version
            return "", error.exit_code
        case click.UsageError():
            why = " ".join(error.format_message().split()).rstrip(".")
            return f"{why}; --help has the options", WRONG_USAGE
        case click.ClickException():
            return error.format_message(), error.exit_code
        case UserError():
            return str(error), FAILED
        case ModuleNotFoundError():
            where = f"{error.name} is not installed for {sys.executable}"
            return f"{where}; run make run to set up .venv", FAILED
        case OSError():
            return "; ".join([reason(error), *notes]), FAILED
    raise error


def echo(text: str) -> None:
    """Print to standard output; a closed pipe is not a failure."""
    try:
        # click.echo would write UTF-8 to a terminal that cannot show it
        print(text, flush=True)
    except BrokenPipeError:
        # what is printed from here on, and flushed at exit, goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def echo_json(document: dict[str, Any]) -> None:
    """Print an object for a program to read."""
    echo(json.dumps(document, indent=2, default=str))


def print_error(text: str, name: str | None = None) -> None:
    """Print to standard error, each line after the command's name."""
    name = name or click.get_current_context().info_name
    for line in text.splitlines():
        print(f"{name}: {line}", file=sys.stderr)
