"""Tables for a terminal and for a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = "text-align: {}; font-variant-numeric: tabular-nums; white-space: nowrap"


@dataclass(frozen=True)
class Table:
    """Cells of text; the first column is left-aligned, the others right-aligned.

    Attributes:
        caption: What it shows, a line or more.
        header: The columns' names.
        rows: The cells, row by row.

    >>> Table("Users", ("split", "n"), (("train", "114"), ("val", "24")))
    Users
    <BLANKLINE>
    split    n
    ----- ----
    train  114
    val     24
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __repr__(self) -> str:
        """As text."""
        columns = [*zip(self.header, *self.rows, strict=True)]
        first, *others = [max(map(len, column)) for column in columns]
        widths = [first, *(width + 1 for width in others)]
        lines = [
            self.header,
            ["-" * width for width in widths],
            *self.rows,
        ]
        aligned = (
            " ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for number, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )
        return "\n".join([self.caption, "", *aligned])

    def _repr_html_(self) -> str:
        """As HTML, which notebooks show."""

        def line(tag: str, cells: Sequence[str]) -> str:
            aligned = (
                f'<{tag} style="{STYLE.format("right" if number else "left")}">'
                f"{escape(cell)}</{tag}>"
                for number, cell in enumerate(cells)
            )
            return f"<tr>{''.join(aligned)}</tr>"

        body = "".join(line("td", row) for row in self.rows)
        caption = escape(self.caption).replace("\n", "<br>")
        return (
            f"<table><caption>{caption}</caption>"
            f"<thead>{line('th', self.header)}</thead><tbody>{body}</tbody></table>"
        )
