"""Which column is what, and the settings that say so."""

import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect import times
from mooc_episodes.inspect.columns import NULLS, filled, ranked
from mooc_episodes.inspect.id_columns import (
    also_likely,
    ids,
    is_useful,
    may_be_ids,
    not_a_learner,
)
from mooc_episodes.inspect.names import one_of_several
from mooc_episodes.inspect.sample import Sample
from mooc_episodes.inspect.spelling import OWN_SQL, in_sql, same_ids
from mooc_episodes.inspect.table import Table, type_of
from mooc_episodes.inspect.time_column import (
    WHOLE,
    Times,
    in_another_column,
    parts_of_a_date,
    time_column,
)
from mooc_episodes.inspect.times import Form

# numbers that are not read as such, and the SQL that writes them as those that are
NUMBERS = {
    r"[+-]?\d+,\d*": "replace({}, ',', '.')",
    r"[+-]?\d+([.]\d*)? ?%": "replace({}, '%', '')",
}
BIGINTS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
}


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
    nulls = null_markers(table, user, item, created_at)
    if nulls:
        notes.append(f"taken for missing values (null_values): {', '.join(nulls)}")
    if csv := csv_with(table, nulls):
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
        change = {
            "csv": csv_with(table, nulls) or None,
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


def csv_with(table: Table, nulls: list[str]) -> dict[str, Any]:
    """How the file is written, as the setting csv, with these markers."""
    return {**table.csv, **({"null_values": nulls} if nulls else {})}


def is_bigint(
    table: Table, index: int, nulls: list[str], notes: list[str], role: str
) -> bool:
    """Whether ids are whole numbers that stay what they are as such."""
    if type_of(table, index) in BIGINTS:
        return True
    values = {value for value in table.column(index) if value not in nulls}
    texts = [value for value in values if not WHOLE.fullmatch(value)]
    if texts:
        notes += same_ids(table.label(index), role, values) or few_texts(
            role, texts, len(values)
        )
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


def few_texts(role: str, texts: list[str], n_ids: int) -> list[str]:
    """A note of texts among ids that are nearly all whole numbers."""
    if len(texts) * 10 > n_ids:
        return []
    return [
        f"{role} is kept as text: of {n_ids:,} ids {len(texts):,} "
        f"{'is not a whole number' if len(texts) == 1 else 'are not whole numbers'}, "
        f"such as {min(texts)!r}; if that is a mistake, set {role}_type: bigint, which "
        "rejects the rows"
    ]


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
            is_whole = is_bigint(table, index, nulls, [], role)
            change = {
                "csv": csv_with(table, nulls) or None,
                "columns": renamed({**labels, role: label}) or None,
                f"{role}_type": None if is_whole else "varchar",
            }
            found.append((f"{role} is {described(table, index, role)}", change))
    return found


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
