"""Rows and values as text.

Tables are our own: click has none, and one that wraps its last column is 25 lines.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

NARROWEST = 20  # characters of the last column, the one that is wrapped


def table_lines(found: list[dict[str, Any]], width: int) -> Iterator[str]:
    """Rows under the names of their columns; the last column is wrapped."""
    if not found:
        return
    texts = [
        list(found[0]),
        *([cell(value) for value in row.values()] for row in found),
    ]
    columns = []
    for name, column in zip(found[0], zip(*texts, strict=True), strict=True):
        is_number = all(isinstance(row[name], int | float | None) for row in found)
        is_last = len(columns) + 1 == len(found[0])
        room = max(map(len, column)) if is_number or not is_last else 0
        columns.append([f"{text:{'>' if is_number else '<'}{room}}" for text in column])
    *first, last = columns
    starts = ["".join(f"{text}  " for text in row) for row in zip(*first, strict=True)]
    room = max(width - 4 - len(starts[0]), NARROWEST)
    for start, text in zip(starts, last, strict=True):
        parts = textwrap.wrap(
            text, room, break_long_words=False, break_on_hyphens=False
        )
        for number, part in enumerate(parts or [""]):
            before = start if number == 0 else " " * len(start)
            yield f"    {before}{part}".rstrip()


def cell(value: Any) -> str:
    """A value as text, for people."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return printable(str(value))


def printable(text: str) -> str:
    """A text on one line: invisible characters are escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def counted(n: int, noun: str) -> str:
    """A count with its noun: '1 row', '2 rows'."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def outside_times(settings: dict[str, Any]) -> str:
    """Which events time_from and time_until leave out, in the words of the funnel."""
    sides = {"before": settings["time_from"], "at or after": settings["time_until"]}
    said = [f"{side} {time}" for side, time in sides.items() if time]
    return " or ".join(said) + " (time_from, time_until)"
