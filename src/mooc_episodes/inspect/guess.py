"""Which column is what, and the settings that say so."""

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect import times
from mooc_episodes.inspect.likely import best, best_two, decides, misfits
from mooc_episodes.inspect.names import (
    bare,
    is_hardly_of_events,
    one_of_several,
    rank,
)
from mooc_episodes.inspect.sample import Sample, headers_next_to, piped
from mooc_episodes.inspect.spelling import OWN_SQL, in_sql, same_ids
from mooc_episodes.inspect.table import Table, type_of
from mooc_episodes.inspect.times import Form

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
ASIN = re.compile(r"(B0[0-9A-Z]{8}|[0-9]{9}[0-9X])")
WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*")
# numbers that are not read as such, and the SQL that writes them as those that are
NUMBERS = {
    r"[+-]?\d+,\d*": "replace({}, ',', '.')",
    r"[+-]?\d+([.]\d*)? ?%": "replace({}, '%', '')",
}
# names of numbers that say how much time has passed
PASSED = re.compile(r"time|elapsed|offset|since|second|milli|(^|_)(ms|sec|secs)(_|$)")
BIGINTS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
}
FLOATS = {"FLOAT", "DOUBLE"}


@dataclass
class Guess:
    """The columns, and the settings that differ from the defaults.

    Attributes:
        columns: For each of our names the column as the setting has it.
        settings: All settings to give.
        form: The form of the times.
        notes: What was guessed and what to look out for.
        others: Other readings: what would be the case, and the settings that change.
    """

    columns: dict[str, Any]
    settings: dict[str, Any]
    form: Form
    notes: list[str] = field(default_factory=list)
    others: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


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


def choose(sample: Sample, found: list[Table]) -> tuple[Table, Guess]:
    """The first way to read the sample in which user, item and time are found.

    Raises:
        UserError: There is none; the line names what is missing.
    """
    errors = []
    fitting = []
    for table in found:
        try:
            fitting.append((table, guess(sample, table)))
        except UserError as error:
            errors.append(error)
    if not fitting:
        raise errors[0]
    table, chosen = fitting[0]
    for other, _ in fitting[1:2]:
        chosen.notes.append(f"it could also be separated by {other.delimiter!r}")
    return table, chosen


def guess(sample: Sample, table: Table) -> Guess:
    """The columns and settings of a table.

    Raises:
        UserError: No column holds times, or too few are left for user and item.
    """
    notes = list(table.problems)
    found = time_column(sample, table)
    created_at, form = found.columns, found.form
    taken = {created_at} if isinstance(created_at, int) else {*created_at}
    user, item, why = ids(sample, table, taken)
    notes += why
    if user != "filename":
        notes += not_a_learner(sample, table, user)
    labels: dict[str, Any] = {
        "user_id": user if isinstance(user, str) else table.label(user),
        "item_id": table.label(item),
        "created_at": table.label(created_at)
        if isinstance(created_at, int)
        else [table.label(index) for index in created_at],
    }
    taken |= {user, item} - {"filename"}
    if {"event_type", "context.course_id"} <= {*(table.names or [])}:
        notes.append(
            "an edX tracking log: each line is an event, clicks and page views too; "
            'docs/bring-your-own-data.md, "Like edX", selects some'
        )
    if isinstance(created_at, int):
        notes += in_another_column(table, created_at, form, taken)
    notes += parts_of_a_date(table, created_at)
    for role in ("watch_percentage", "rating"):
        index = measure(table, role, taken)
        labels[role] = None if index is None else table.label(index)
        if index is None:
            notes += not_numbers(table, role, taken)
        else:
            taken.add(index)
            notes += shares(table, role, index)
            if not table.names:
                notes.append(f"{role} is a guess: column {table.label(index)}")
    settings: dict[str, Any] = {}
    csv = dict(table.csv)
    nulls = null_markers(table, user, item, created_at)
    if nulls:
        csv["null_values"] = nulls
        notes.append(f"taken for missing values (null_values): {', '.join(nulls)}")
    if csv:
        settings["csv"] = csv
    if columns := renamed(labels):
        settings["columns"] = columns
    for role, index in (("user_id", user), ("item_id", item)):
        if index == "filename" or not is_bigint(table, index, nulls, notes, role):
            settings[f"{role}_type"] = "varchar"
    settings |= form.settings
    if form.doubt:
        label = labels["created_at"]
        column = in_sql(label[0] if isinstance(label, list) else label)
        notes.append(f"time is a guess: {form.doubt.replace('{column}', column)}")
    made = Guess(labels, settings, form, notes)
    for other in found.forms:
        change = {**dict.fromkeys(form.settings), **other.settings}
        made.others.append((f"time is {other.words}", change))
    other_times(table, found, (user, item), made)
    taken |= {index for index, _ in found.others}
    made.others += swaps(table, (user, item, created_at), made, taken, why)
    return made


def other_times(table: Table, found: Times, ids: tuple[Any, int], made: Guess) -> None:
    """Add the other columns that may be the time, and say that it is a guess."""
    others = [one for one in found.others if one[0] not in ids]
    if not others:
        return
    names = [str(table.label(index)) for index, _ in others]
    label = made.columns["created_at"]
    chosen = " and ".join(map(str, label if isinstance(label, list) else [label]))
    made.notes.append(
        f"created_at is a guess: column {chosen}; {listed(names)} "
        f"{'holds' if len(names) == 1 else 'hold'} times as well"
    )
    for index, form in others[:2]:
        nulls = null_markers(table, *ids, index)
        csv = {**table.csv, **({"null_values": nulls} if nulls else {})}
        change = {
            "csv": csv or None,
            "columns": renamed({**made.columns, "created_at": table.label(index)}),
            **dict.fromkeys(found.form.settings),
            **form.settings,
        }
        made.others.append((f"time is {table.label(index)}, {form.words}", change))


def listed(names: list[str]) -> str:
    """Up to three names in words, and how many more there are."""
    shown = names[:3] if len(names) <= 3 else [*names[:2], f"{len(names) - 2} others"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]][len(shown) < 2 :])


def renamed(labels: dict[str, Any]) -> dict[str, Any]:
    """The columns whose names are not ours, as the setting has them."""
    return {role: label for role, label in labels.items() if role != label}


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
    """Some values of the column whose name is a time's, and what to do."""
    named = ranked(table, list(range(table.width)), "created_at")
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
    return (
        f"; {column} is {shown}, which no one time_format that inspect tries reads; set"
        " the strptime pattern if there is one, or write all of it alike, for example "
        "as 2021-08-06 10:00:00"
    )


def to_unnest(table: Table) -> str:
    """What to do with columns of lists or objects, if there are any."""
    if not table.nested:
        return ""
    return (
        f"; {', '.join(table.nested)} hold lists or objects: unnest them by a select "
        f"of your own and name it, relation:<name> ({OWN_SQL})"
    )


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


def measure(table: Table, role: str, taken: set[Any]) -> int | None:
    """The column of a watch percentage or a rating, if there is one."""
    for index in ranked(table, [i for i in range(table.width) if i not in taken], role):
        if are_numbers(filled(table, index), 0.9):
            return index
    if table.names or role != "rating":
        return None
    for index in range(table.width):
        if index in taken:
            continue
        values = filled(table, index)
        if (
            are_numbers(values)
            and len({*values}) <= 11
            and all(0 < float(value) <= 10 for value in values)
        ):
            return index
    return None


def not_numbers(table: Table, role: str, taken: set[Any]) -> list[str]:
    """What to do with a watch percentage or rating that is not written as a number."""
    left = [index for index in range(table.width) if index not in taken]
    for index in ranked(table, left, role)[:1]:
        label = table.label(index)
        column, values = in_sql(label), filled(table, index)[:5_000]
        others = [value for value in values if not times.NUMBER.fullmatch(value)]
        if not others:
            continue
        hint = "write numbers to keep it"
        for form, change in NUMBERS.items():
            if all(re.fullmatch(form, value.strip()) for value in others):
                sql = change.replace("{}", column)
                hint = f"to keep it, select {sql} ({OWN_SQL})"
        return [f"{role} is left out: {label} has {others[0][:80]!r}; {hint}"]
    return []


def shares(table: Table, role: str, index: int) -> list[str]:
    """What to do with a watch percentage that may be a share."""
    amounts = [
        float(value)
        for value in filled(table, index)[:5_000]
        if times.NUMBER.fullmatch(value)
    ]
    if role != "watch_percentage" or max(amounts) > 1 or max(amounts) <= 0:
        return []
    label = table.label(index)
    return [
        f"{role} is {label}, and no value is above 1: if these are shares, not "
        f"percentages, select 100 * cast({in_sql(label)} as double) ({OWN_SQL})"
    ]


def are_numbers(values: list[str], share: float = 1) -> bool:
    """Whether so many of the values are numbers."""
    return bool(values) and times.part(values[:5_000], times.NUMBER.fullmatch) >= share


def null_markers(table: Table, user: Any, item: int, created_at: Any) -> list[str]:
    """The values of ids and times that are written for a missing one."""
    times_in = created_at if isinstance(created_at, tuple) else (created_at,)
    found: dict[str, None] = {}
    for index in (user, item, *times_in):
        if isinstance(index, int):
            found |= dict.fromkeys(
                value for value in {*table.column(index)} if value.strip() in NULLS
            )
    return sorted(found)


def is_bigint(
    table: Table, index: int, nulls: list[str], notes: list[str], role: str
) -> bool:
    """Whether ids are whole numbers that stay what they are as such."""
    if type_of(table, index) in BIGINTS:
        return True
    values = {value for value in table.column(index) if value not in nulls}
    if not all(WHOLE.fullmatch(value) for value in values):
        notes += same_ids(table.label(index), role, values)
        return False
    zeros = [value for value in values if re.match(r"\s*[+-]?0\d", value)]
    if zeros:
        merged = len(values) - len({int(value) for value in values})
        what = ""
        if merged:
            what = (
                f"; as numbers {merged:,} of them would be another's: if they are, set "
                f"{role}_type: bigint"
            )
        notes.append(
            f"{role} has leading zeros, as in {min(zeros)}, and is kept as text{what}"
        )
    return not zeros


def swaps(
    table: Table,
    chosen: tuple[Any, int, Any],
    made: Guess,
    taken: set[Any],
    why: list[str],
) -> list[tuple[str, dict[str, Any]]]:
    """Other columns that fit as well; user and item swapped, if both are guesses."""
    user, item, created_at = chosen
    labels, settings = made.columns, made.settings
    found: list[tuple[str, dict[str, Any]]] = []
    if len(why) == 2 and user != "filename":
        change = {
            "columns": renamed(
                {
                    **labels,
                    "user_id": labels["item_id"],
                    "item_id": labels["user_id"],
                }
            ),
            "user_id_type": settings.get("item_id_type"),
            "item_id_type": settings.get("user_id_type"),
        }
        found.append(("user and item are the other way round", change))
    left = may_be_ids(table, taken)
    for role in ("user_id", "item_id"):
        fitting = ranked(table, left, role)
        if any(note.startswith(role) for note in why):
            fitting += also_likely(
                table, left, role, item if role == "user_id" else user
            )
        useful = (i for i in dict.fromkeys(fitting) if is_useful(table, i, role))
        for index in islice(useful, 2):
            label = table.label(index)
            both = {"user_id": user, "item_id": item, role: index}
            nulls = null_markers(table, both["user_id"], both["item_id"], created_at)
            csv = {**table.csv, **({"null_values": nulls} if nulls else {})}
            is_whole = is_bigint(table, index, nulls, [], role)
            change = {
                "csv": csv or None,
                "columns": renamed({**labels, role: label}) or None,
                f"{role}_type": None if is_whole else "varchar",
            }
            found.append((f"{role} is {described(table, index, role)}", change))
    return found


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


def described(table: Table, index: int, role: str) -> str:
    """A column's name, how many different values it has, and what they leave open."""
    label = table.label(index)
    nulls = null_markers(table, index, index, index)
    missing = f"; {', '.join(nulls)} taken for a missing value" if nulls else ""
    words = f"{label} ({len({*filled(table, index)}):,} different{missing})"
    if role == "user_id" and one_of_several(str(label)):
        words += ", of which a learner may have several"
    return words


def dataset_name(given: str, taken: set[str]) -> str:
    """A name for the dataset, after its file or folder; not one that is taken."""
    path = Path(re.split(r"[*?\[]", given)[0].rstrip("/") or "events")
    stem = path.name
    while Path(stem).suffix.lower() in {
        ".gz",
        ".zst",
        ".csv",
        ".tsv",
        ".txt",
        ".dat",
        ".inter",
        ".jsonl",
        ".ndjson",
        ".parquet",
    }:
        stem = Path(stem).stem
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:40].strip("_")
    if not name or not name[0].isalpha():
        name = f"events_{name}".rstrip("_")
    if name in taken:
        name += "_events"
    return name
