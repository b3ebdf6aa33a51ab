"""What is told on a terminal while work goes on; nothing where there is none."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

ROWS_TOLD = re.compile(r"rows of (\w+): (\d+)")


def is_watched() -> bool:
    """Whether somebody looks on."""
    return sys.stderr.isatty()


def say(line: str) -> None:
    """Tell what is begun, where somebody looks on."""
    if is_watched():
        print(line, file=sys.stderr)


def bar(parts: Iterable[Any], length: int, label: str) -> Iterator[Any]:
    """Go through the parts, with a bar where there is more than one."""
    hidden = length < 2 or not is_watched()
    with click.progressbar(
        parts, length=length, label=label, file=sys.stderr, hidden=hidden
    ) as shown:
        yield from shown


class BuildProgress:
    """A line for each model of a build as it ends; for dbtRunner's callbacks.

    How many rows a table has comes with dbt's debug messages, from the macro tell_rows.
    """

    def __init__(self) -> None:
        """Begin before the first model."""
        self.rows: dict[str, int] = {}
        self.n_tests = 0

    def __call__(self, event: Any) -> None:
        """Take in an event of dbt."""
        if event.info.name == "JinjaLogDebug":
            told = ROWS_TOLD.fullmatch(event.info.msg)
            if told:
                self.rows[told[1]] = int(told[2])
        elif event.info.name == "NodeFinished":
            node, result = event.data.node_info, event.data.run_result
            if node.resource_type == "model":
                line = self.line(node.node_name, result.status, result.execution_time)
                self.tell(line)
            else:
                self.n_tests += 1
                self.tell(f"{self.n_tests} tests", end="\r")

    def line(self, name: str, status: str, seconds: float) -> str:
        """What is told of a model."""
        if status != "success":
            return f"{name:<24} {status}"
        n_rows = self.rows.get(name)
        if n_rows is None:
            return f"{name:<24} {'view':>13}      {seconds:8.1f} s"
        rate = n_rows / max(seconds, 0.001)
        return f"{name:<24} {n_rows:>13,} rows {seconds:8.1f} s {rate:>13,.0f} rows/s"

    @staticmethod
    def tell(line: str, end: str = "\n") -> None:
        """Write a line over what a count of tests left there."""
        sys.stderr.write(f"{line:<24}{end}")  # at once: models end side by side
        sys.stderr.flush()


def callbacks() -> Sequence[BuildProgress]:
    """What dbt is to call: a BuildProgress where somebody looks on."""
    return [BuildProgress()] if is_watched() else []
