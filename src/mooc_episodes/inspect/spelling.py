"""Ids kept as text that are written in several ways, so that one becomes two."""

import re
from collections.abc import Callable, Iterable
from itertools import chain

OWN_SQL = 'docs/bring-your-own-data.md, "Anything else: your own SQL"'
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+([.]0*)?")
DECIMAL = re.compile(r"([+-]?[0-9]+)[.]0*")
ZEROS = re.compile(r"0+([0-9]+)")
WHAT = {"user_id": "a user", "item_id": "an item"}


def without_blanks(text: str) -> str:
    """An id without the blanks around it."""
    return text.strip(" ")


def without_commas(text: str) -> str:
    """A number without the commas between its thousands."""
    return text.replace(",", "") if THOUSANDS.fullmatch(text) else text


def without_decimals(text: str) -> str:
    """A whole number without the decimals that are all 0."""
    found = DECIMAL.fullmatch(text)
    return found[1] if found else text


def without_zeros(text: str) -> str:
    """A number without the zeros in front."""
    found = ZEROS.fullmatch(text)
    return found[1] if found else text


# in what ids may differ, and the SQL that writes them alike
SPELLINGS: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("blanks around them", without_blanks, "trim({})"),
    ("commas of thousands", without_commas, "replace({}, ',', '')"),
    (
        "decimals of 0",
        without_decimals,
        r"regexp_replace({}, '^([+-]?[0-9]+)[.]0*$', '\1')",
    ),
    ("leading zeros", without_zeros, r"regexp_replace({}, '^0+([0-9]+)$', '\1')"),
)


def same_ids(label: str | int, role: str, values: Iterable[str]) -> list[str]:
    """What to do if ids differ only in how they are written.

    Args:
        label: The column, as the setting has it.
        role: What of ours it is.
        values: Its different values.
    """
    groups: dict[str, list[str]] = {}
    by_value: dict[str, set[int]] = {}
    for value in sorted({*values}):
        spelled, changed = value, set[int]()
        for number, (_, change, _) in enumerate(SPELLINGS):
            if (one := change(spelled)) != spelled:
                spelled = one
                changed.add(number)
        groups.setdefault(spelled, []).append(value)
        by_value[value] = changed
    twins = [group for group in groups.values() if len(group) > 1]
    if not twins and by_value and all(map(DECIMAL.fullmatch, by_value)):
        return [
            f"{role} is text, as in {min(by_value)!r}: to have whole numbers, select "
            f"cast({in_sql(label)} as bigint) ({OWN_SQL})"
        ]
    if not twins:
        return []
    used = sorted({*chain(*(by_value[value] for value in chain(*twins)))})
    sql = in_sql(label)
    for number in used:
        sql = SPELLINGS[number][2].replace("{}", sql)
    differ = " or ".join(SPELLINGS[number][0] for number in used)
    n_more = sum(len(group) - 1 for group in twins)
    verb = "differs" if n_more == 1 else "differ"
    one, other = (repr(value[:80]) for value in twins[0][:2])
    return [
        f"{role} is text, and {n_more:,} of its ids {verb} from another only in "
        f"{differ}, as {other} from {one}: each is {WHAT[role]} of its own; to make "
        f"them one, select {sql} ({OWN_SQL})"
    ]


def in_sql(label: str | int) -> str:
    """A column in a query of DuckDB's read_csv or read_parquet."""
    if isinstance(label, int):
        return f"column{label - 1}"
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label)
    return label if is_plain else '"' + label.replace('"', '""') + '"'
