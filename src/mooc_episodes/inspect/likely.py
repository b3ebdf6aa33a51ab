"""Which columns may hold users or items, by what their values have in common."""

import itertools
import re

from mooc_episodes.inspect.names import bare, is_of_the_row, rank, unwrapped
from mooc_episodes.inspect.table import Table

ROWS = 5_000
# so many columns are compared with each other
COLUMNS = 8
# a kind, a country or a rating has no more values in so many rows
FEW, OF_MANY = 10, 100
# more than all else that may speak against a column
CONSTANT = 9
# what is of several items
BASKET = re.compile(
    r"invoice|order|transaction|basket|receipt|cart|session|visit|batch"
)
ID_LIKE = re.compile(r"(id|key|code|no|nr|num|number|uuid|guid|hash|sku)$")


def best(table: Table, left: list[int], role: str, other: int | None) -> list[int]:
    """The columns for a role, the likeliest first.

    Args:
        table: The columns.
        left: Those to choose from.
        role: user_id or item_id.
        other: The column of the other of the two, if it is known.
    """
    return sorted(
        left,
        key=lambda index: (
            misfits(table, index, role, other),
            not is_id_like(table, index),
            index,
        ),
    )


def best_two(table: Table, left: list[int]) -> tuple[int, int]:
    """The columns of user and item, by their values alone; the user comes first."""
    return min(
        itertools.combinations(left[:COLUMNS], 2),
        key=lambda two: (
            misfits(table, two[0], "user_id", two[1])
            + misfits(table, two[1], "item_id", two[0]),
            two,
        ),
    )


def misfits(table: Table, index: int, role: str, other: int | None) -> int:
    """How many things speak against a column's being what a role is."""
    name = table.names[index] if table.names else ""
    values = column(table, index)
    given = [value for value in values if value]
    n_different = len({*given})
    if n_different < 2:
        return CONSTANT
    against = [
        bool(name) and is_of_the_row(name),
        role == "item_id" and BASKET.search(bare(name)) is not None,
        len(given) > 1 and n_different == len(given),
        n_different <= FEW and len(given) >= OF_MANY,
        any(
            rank(name, measure) is not None
            for measure in ("rating", "watch_percentage")
        ),
    ]
    if other is not None:
        others = column(table, other)
        pairs = {
            (one, two) for one, two in zip(values, others, strict=True) if one and two
        }
        n_others = len({two for _, two in pairs})
        # each belongs to one of the other: an order's number to its customer, or the
        # other way: a country
        against += [
            n_others > 1 and len(pairs) < 1.1 * n_different,
            n_different > 1 and len(pairs) < 1.1 * n_others,
            bool(name) and is_next_to(table, index, other),
        ]
    return sum(against)


def column(table: Table, index: int) -> list[str | None]:
    """The values of the first rows, None for those that are missing."""
    return [row[index] if index < len(row) else None for row in table.rows[:ROWS]]


def is_id_like(table: Table, index: int) -> bool:
    """Whether a name ends as those of ids do."""
    if not table.names:
        return True
    name = table.names[index]
    return unwrapped(name) != name or ID_LIKE.search(bare(name)) is not None


def is_next_to(table: Table, index: int, other: int) -> bool:
    """Whether two values are in one JSON object, and another object has an id."""
    names = table.names or []
    objects = [name.rpartition(".")[0] for name in names]
    return (
        objects[index] != ""
        and objects[index] == objects[other]
        and any(
            unwrapped(name) != name and one != objects[other]
            for name, one in zip(names, objects, strict=True)
        )
    )


def decides(table: Table, other: int, index: int) -> bool:
    """Whether a column decides another's values, as a course its deadline."""
    others = column(table, other)
    n_others = len({two for two in others if two})
    # each has to be met several times
    if not 1 < n_others <= 0.5 * len(others):
        return False
    return len({*zip(others, column(table, index), strict=True)}) <= n_others
