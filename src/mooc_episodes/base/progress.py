"""Progress on standard error: on a terminal, and nowhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

import click


def on_terminal() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def announce(line: str) -> None:
    """Announce a step."""
    if on_terminal():
        click.echo(line, err=True)


@contextmanager
def counter(length: int, label: str) -> Iterator[Callable[[], None]]:
    """A bar that threads advance, by one part at a time, with the function given."""
    hidden = length < 2 or not on_terminal()
    one_at_a_time = Lock()
    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=hidden
    ) as shown:

        def advance() -> None:
            with one_at_a_time:
                shown.update(1)

        yield advance
