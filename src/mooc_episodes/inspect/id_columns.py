"""The columns that hold the users and the items of a table's events."""

import re
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect.columns import filled, ranked, to_unnest
from mooc_episodes.inspect.likely import best, best_two, misfits
from mooc_episodes.inspect.names import bare, one_of_several, rank
from mooc_episodes.inspect.sample import Sample, headers_next_to
from mooc_episodes.inspect.spelling import OWN_SQL
from mooc_episodes.inspect.table import Table, type_of

ASIN = re.compile(r"(B0[0-9A-Z]{8}|[0-9]{9}[0-9X])")
FLOATS = {"FLOAT", "DOUBLE"}


def ids(sample: Sample, table: Table, taken: set[int]) -> tuple[Any, int, list[str]]:
    """The columns of user and item, and what was guessed.

    Raises:
        UserError: Too few columns are left.
    """
    left = may_be_ids(table, taken)
    users = ranked(table, left, "user_id")
    items = [index for index in ranked(table, left, "item_id") if index not in users]
    user: Any = users[0] if users else None
    item = items[0] if items else None
    notes = []
    if user is None and sample.n_files > 1 and varies(sample):
        user = "filename"
        notes.append(
            "user_id is a guess: no column is named like one, and the files' names "
            "differ in a number"
        )
    likely = [
        index for index in left if index not in {user, item} and is_id(table, index)
    ]
    if user is None and item is None and len(likely) > 1:
        user, item = best_two(table, likely)
        if all(ASIN.fullmatch(value) for value in table.column(user)[:1_000]):
            user, item = item, user
    elif user is None and likely:
        user = best(table, likely, "user_id", item)[0]
    elif item is None and likely:
        known_user = user if isinstance(user, int) else None
        item = best(table, likely, "item_id", known_user)[0]
    if user is None or item is None:
        columns = ", ".join(str(table.label(index)) for index in range(table.width))
        what = "user" if user is None else "item"
        raise UserError(
            f"{sample.files[0]}: no column is left for the {what}, among {columns}; "
            f"an event needs a user, an item and a time{to_unnest(table)}"
        )
    if not users and user != "filename":
        notes.append(f"user_id is a guess: column {table.label(user)}")
    if not items:
        notes.append(f"item_id is a guess: column {table.label(item)}")
    return user, item, notes


def may_be_ids(table: Table, taken: set[Any]) -> list[int]:
    """The columns that are not taken and whose types ids may have."""
    return [
        index
        for index in range(table.width)
        if index not in taken
        and not (table.names and table.names[index] in table.nested)
        and type_of(table, index) not in {"BOOLEAN", "TIMESTAMP", "DATE"}
    ]


def not_a_learner(sample: Sample, table: Table, user: int) -> list[str]:
    """What to do if the user is something of which a learner may have several."""
    name = str(table.label(user))
    what = one_of_several(name)
    if not what:
        return []
    within = learners(table.names or [])
    where = f"if another file says whose it is, join the two ({OWN_SQL})"
    if within:
        where = f"{within[0]} may say whose it is"
    for path, names in headers_next_to(sample.files):
        if not within and learners(names) and bare(name) in map(bare, names):
            where = (
                f"{path.name} next to it has {name} and {learners(names)[0]}: join the "
                f"two ({OWN_SQL})"
            )
            break
    return [
        f"user_id is {name}, {what}: a learner may have several, and can then be in "
        f"train and in test; {where}"
    ]


def learners(names: list[str]) -> list[str]:
    """The names of columns that hold learners, the likeliest first."""
    found = [
        (place, name)
        for name in names
        if (place := rank(name, "user_id")) is not None and not one_of_several(name)
    ]
    return [name for _, name in sorted(found)]


def is_id(table: Table, index: int) -> bool:
    """Whether values could be ids: no fractions, and no long texts."""
    values = filled(table, index)[:2_000]
    if not values or type_of(table, index) in FLOATS:
        return False
    return not any(
        len(value) > 200 or re.fullmatch(r"\s*-?\d*[.]\d+\s*", value)
        for value in values
    )


def varies(sample: Sample) -> bool:
    """Whether the files' names are one pattern with something that differs."""
    stems = [re.sub(r"\d+", "0", path.name) for path in sample.files]
    return len({*stems}) == 1 and len({path.name for path in sample.files}) > 1


def also_likely(table: Table, left: list[int], role: str, other: Any) -> list[int]:
    """The columns that are ids as well, against which at most one thing speaks."""
    known = other if isinstance(other, int) else None
    return [
        index
        for index in best(table, [i for i in left if is_id(table, i)], role, known)
        if misfits(table, index, role, known) <= 1
    ]


def is_useful(table: Table, index: int, role: str) -> bool:
    """Whether a column has different users; different items in most of the rows."""
    values = filled(table, index)
    is_rare = role == "item_id" and len(values) < 0.5 * len(table.rows)
    return len({*values}) > 1 and not is_rare
