"""The columns of a table by their names, and their values."""

from mooc_episodes.inspect.names import rank
from mooc_episodes.inspect.spelling import OWN_SQL
from mooc_episodes.inspect.table import Table

NULLS = (
    r"\N",
    "NULL",
    "null",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "nan",
    "NaN",
    "None",
    "none",
    "(null)",
    "undefined",
    "nil",
    "-",
    "?",
)


def ranked(table: Table, left: list[int], role: str) -> list[int]:
    """The columns whose names are in the role's list, most often filled first."""
    found = [
        (rank(table.names[index], role), index)
        for index in left
        if table.names and rank(table.names[index], role) is not None
    ]
    n_rows = max(len(table.rows), 1)
    # a column mostly empty, as the user of a log of sessions, comes last
    found.sort(key=lambda place: (len(filled(table, place[1])) < 0.5 * n_rows, place))
    return [index for _, index in found]


def filled(table: Table, index: int) -> list[str]:
    """A column's values that are not null, by any marker."""
    return [value for value in table.column(index) if value.strip() not in NULLS]


def to_unnest(table: Table) -> str:
    """What to do with columns of lists or objects, if there are any."""
    if not table.nested:
        return ""
    return (
        f"; {', '.join(table.nested)} hold lists or objects: unnest them by a select "
        f"of your own and name it, relation:<name> ({OWN_SQL})"
    )
