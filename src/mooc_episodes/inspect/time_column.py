"""The column or columns that hold the times of a table's events."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect import times
from mooc_episodes.inspect.columns import filled, ranked, to_unnest
from mooc_episodes.inspect.likely import decides
from mooc_episodes.inspect.names import bare, is_hardly_of_events, rank
from mooc_episodes.inspect.sample import Sample, piped
from mooc_episodes.inspect.spelling import OWN_SQL, in_sql
from mooc_episodes.inspect.table import Table, type_of
from mooc_episodes.inspect.times import Form

WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*")
# a day and a year in words, as "4 janvier 2024" is
YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20\d\d)(?!\d)")
WORD = re.compile(r"[^\W\d_]{3}")
# names of numbers that say how much time has passed
PASSED = re.compile(r"time|elapsed|offset|since|second|milli|(^|_)(ms|sec|secs)(_|$)")


@dataclass(frozen=True)
class Times:
    """The column or columns of times.

    Attributes:
        columns: One, or a date's and a time of day's.
        form: Their form.
        forms: Other forms that they may have.
        others: Other columns that hold times, each with its form.
    """

    columns: int | tuple[int, int]
    form: Form
    forms: list[Form] = field(default_factory=list)
    others: list[tuple[int, Form]] = field(default_factory=list)


def time_column(sample: Sample, table: Table) -> Times:
    """The column or columns of times.

    Raises:
        UserError: There is none.
    """
    candidates = times_in(table)
    if not candidates:
        raise UserError(no_time(sample, table))
    if len(candidates) > 1:
        candidates = by_likeliness(table, candidates)
    index, found = candidates[0]
    others = [
        (other, forms[0])
        for other, forms in candidates[1:]
        if forms[0].is_strong and len({*filled(table, other)}) > 1
    ]
    values = table.column(index)
    if times.is_date_only(values, found[0]):
        for other, pattern in times_of_day(table):
            if other == index:
                continue
            both = [
                times.with_time_of_day(
                    form,
                    values,
                    table.column(other),
                    pattern,
                    f"column {table.label(other)}",
                )
                for form in found
                if form.share == found[0].share
            ]
            others = [one for one in others if one[0] != other]
            return Times((index, other), both[0], both[1:], others)
    best_share = found[0].share
    same = [form for form in found[1:] if form.share == best_share]
    return Times(index, found[0], same, others)


def times_of_day(table: Table) -> list[tuple[int, str]]:
    """The columns that hold times of a day, those with colons first."""
    found = []
    for index in range(table.width):
        name = bare(table.names[index]) if table.names else ""
        if pattern := times.clock(table.column(index), name):
            found.append((index, pattern))
    return sorted(found, key=lambda one: ":" not in one[1])


def times_in(table: Table) -> list[tuple[int, list[Form]]]:
    """The columns that hold times, each with the forms they may have."""
    candidates = []
    for index in range(table.width):
        name = table.names[index] if table.names else ""
        is_named = rank(name, "created_at") is not None
        kind = type_of(table, index)
        if kind.startswith(("TIMESTAMP", "DATE")):
            found = [Form(f"Parquet's {kind}", 1.0)]
        elif kind in {"BOOLEAN"}:
            continue
        else:
            found = times.forms(table.column(index), bare(name))
        if not found or not (is_named or found[0].is_strong):
            continue
        is_of_id = (rank(name, "user_id"), rank(name, "item_id")) != (None, None)
        if is_named or not (is_of_id or found[0].share < 0.9):
            candidates.append((index, found))
    return candidates


def by_likeliness(
    table: Table, candidates: list[tuple[int, list[Form]]]
) -> list[tuple[int, list[Form]]]:
    """Columns of times, the likeliest to be the events' own first."""
    every = [*range(table.width)]
    users = ranked(table, every, "user_id")[:1]
    are_times = {index for index, _ in candidates}
    deciding = [other for other in every if other not in are_times]

    def key(candidate: tuple[int, list[Form]]) -> tuple[Any, ...]:
        index, found = candidate
        name = table.names[index] if table.names else ""
        place = rank(name, "created_at")
        return (
            is_hardly_of_events(name) or len({*table.column(index)}) < 2,
            not found[0].is_strong,
            any(decides(table, user, index) for user in users),
            any(decides(table, other, index) for other in deciding),
            times.is_date_only(table.column(index), found[0]),
            place if place is not None else 1_000 + index,
        )

    return sorted(candidates, key=key)


def in_another_column(
    table: Table, created_at: int, form: Form, taken: set[Any]
) -> list[str]:
    """What to do if the dates' time of day may be a number in a column of its own."""
    if not times.is_date_only(table.column(created_at), form):
        return []
    numbers = [
        str(table.label(index))
        for index, name in enumerate(table.names or [])
        if index not in taken
        and PASSED.search(bare(name))
        and are_whole(filled(table, index))
    ]
    return [
        f"{table.label(created_at)} has no time of day; if {name} adds it, as the "
        "milliseconds since a session began do, no setting adds the two: a SELECT of "
        f"your own does ({OWN_SQL})"
        for name in numbers[:1]
    ]


def parts_of_a_date(table: Table, created_at: int | tuple[int, int]) -> list[str]:
    """What to do if year, month and day are columns of their own."""
    names = {bare(name): name for name in table.names or []}
    parts = [names.get(part) for part in ("year", "month", "day")]
    label = table.label(created_at) if isinstance(created_at, int) else None
    if None in parts or label not in parts:
        return []
    year, month, day = (f"cast({in_sql(str(part))} as integer)" for part in parts)
    return [
        f"created_at is {label}, a part of a date: select make_date({year}, {month}, "
        f"{day}) ({OWN_SQL})"
    ]


def are_whole(values: list[str]) -> bool:
    """Whether there are different values, and all are whole numbers."""
    return len({*values}) > 1 and all(WHOLE.fullmatch(value) for value in values)


def unread_times(table: Table) -> str:
    """Some values of the column that seems to hold times, and what to do."""
    every = list(range(table.width))
    named = ranked(table, every, "created_at")
    named += [index for index in every if are_dates(filled(table, index))]
    if not named:
        return ""
    column = f"{table.label(named[0])}"
    # one of each form
    forms = {re.sub(r"\d", "0", value): value for value in filled(table, named[0])}
    values = [value[:80] for value in sorted(forms.values())[:3]]
    if not values:
        return f"; {column} is empty"
    shown = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
    if times.is_filetime(filled(table, named[0])):
        hint = times.FILETIME.replace("{column}", in_sql(table.label(named[0])))
        return f"; {column} is {shown}: {hint}"
    language = ""
    if any(WORD.search(value) for value in values):
        language = " (months and days are read in English only)"
    return (
        f"; {column} is {shown}, which no one time_format that inspect tries reads"
        f"{language}; set the strptime pattern if there is one, or write all of it "
        "alike, for example as 2021-08-06 10:00:00"
    )


def are_dates(values: list[str]) -> bool:
    """Whether nearly all of different values have a year and another number."""
    share = times.part(
        values[:2_000] or [""],
        lambda value: YEAR.search(value) and times.TWO_NUMBERS.search(value),
    )
    return len({*values}) > 1 and share > 0.9


def no_time(sample: Sample, table: Table) -> str:
    """What to do without times."""
    columns = ", ".join(str(table.label(index)) for index in range(table.width))
    path = sample.files[0]
    why = f"{path}: no column holds times, among {columns}"
    if table.nested:
        return f"{why}{to_unnest(table)}"
    mark = table.delimiter
    unread = unread_times(table)
    if sample.is_parquet or sample.is_json:
        number = f"; if its rows are in order, number them by a select ({OWN_SQL})"
        return f"{why}; every event needs one{unread or number}"
    if len(mark) > 1 or unread:
        return f"{why}; every event needs one{unread}"
    mark = {"\t": "\\t"}.get(mark, mark)
    name = f'NR == 1 {{ print $0 "{mark}created_at"; next }} ' if table.names else ""
    number = (
        f'awk \'{{ sub(/\\r$/, "") }} {name}{{ print $0 "{mark}" 1000000000 + NR }}\''
    )
    return (
        f"{why}; every event needs one: if its rows are in order, number them as "
        f"seconds, {piped(path, number, 'timed')}, and inspect that"
    )
