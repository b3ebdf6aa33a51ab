"""Progress on standard error: on a terminal, and nowhere else."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click


def on_terminal() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def announce(line: str) -> None:
    """Announce a step."""
    if on_terminal():
        click.echo(line, err=True)


def bar(parts: Iterable[Any], length: int, label: str) -> Iterator[Any]:
    """Go through the parts, with a bar if there is more than one."""
    hidden = length < 2 or not on_terminal()
    with click.progressbar(
        parts, length=length, label=label, file=sys.stderr, hidden=hidden
    ) as shown:
        yield from shown
