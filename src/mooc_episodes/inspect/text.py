"""An inspection in words and as an object for programs."""

import re
from typing import Any

from mooc_episodes.inspect.inspection import Inspection
from mooc_episodes.inspect.sample import PARQUET

SHOWN_ROWS = 3
SHOWN_CHARACTERS = 40
MARKS = {",": "commas", "\t": "tabs", ";": "semicolons", " ": "blanks"}


def facts(found: Inspection) -> dict[str, Any]:
    """What is known, for --json."""
    sample, table, reading = found.sample, found.table, found.reading
    n_enough, n_with_episode = reading.n_with(found.k + found.q)
    return {
        "raw_events": found.raw_events,
        "kind": sample.kind,
        "n_files": sample.n_files,
        "n_bytes": sample.n_bytes,
        "is_whole": sample.is_whole,
        "csv": found.settings.get("csv", {}),
        "header": table.names,
        "columns": found.guess.columns,
        "first_rows": table.rows[:SHOWN_ROWS],
        "user_id_type": found.settings.get("user_id_type", "bigint"),
        "item_id_type": found.settings.get("item_id_type", "bigint"),
        "time_form": found.guess.form.words,
        "first": str(reading.first),
        "last": str(reading.last),
        "n_rows": reading.n_rows,
        "n_read": reading.n_read,
        "unread": [
            {"reason": reason, "n_rows": n_rows, "values": values}
            for reason, n_rows, values in reading.unread
        ],
        "n_users": reading.n_users,
        "n_items": reading.n_items,
        "n_tied": reading.n_tied,
        "n_repeats": reading.n_repeats,
        "episode_k": found.k,
        "episode_q": found.q,
        "n_users_with_enough_events": n_enough,
        "n_users_with_episode": n_with_episode,
        "dataset": found.dataset,
        "settings": found.settings,
        "command": None if found.has_nothing_to_build else found.command(),
        "preset": None if found.has_nothing_to_build else found.preset(),
        "notes": found.notes,
        "others": [
            {"if": why, "settings": settings, "command": found.command(settings)}
            for why, settings in found.others
        ],
    }


def lines(found: Inspection) -> list[str]:
    """What is known, for a terminal."""
    return [
        headline(found),
        "",
        *columns(found),
        "",
        *figures(found),
        *(["", *(f"  note     {note}" for note in found.notes)] if found.notes else []),
        *([] if found.has_nothing_to_build else commands(found)),
        *others(found),
    ]


def commands(found: Inspection) -> list[str]:
    """What to run, and what to keep."""
    return [
        "",
        "Build it, in the project's folder:",
        "",
        found.command(),
        "",
        "Or keep the settings: paste this at the end of the block presets: in "
        "dbt_project.yml (not before sample, which it refers to), then",
        f"{found.link}make run DATASET={found.dataset}",
        "",
        found.preset(),
    ]


def headline(found: Inspection) -> str:
    """What the input is, in a line."""
    sample, table = found.sample, found.table
    files = f"{sample.n_files:,} files, " if sample.n_files > 1 else ""
    if sample.kind == PARQUET:
        what = "Parquet"
    elif sample.is_json:
        what = "JSON, an object a line"
    else:
        mark = table.delimiter
        header = "a header" if table.names else "no header"
        what = f"text separated by {MARKS.get(mark, repr(mark))}, {header}"
        if "quote" in table.csv:
            what += f", quoted by {table.csv['quote']}"
    of_them = "all of it was read"
    if not sample.is_whole:
        size = f"{sample.n_bytes / 1e6:,.1f} MB"
        of_them = f"a sample, about {sample.share:.1%} of {size}: what follows is of it"
    return f"{sample.given}: {files}{what}, {table.width} columns; {of_them}"


def columns(found: Inspection) -> list[str]:
    """Each column with what it is and its first values."""
    roles: dict[Any, str] = {}
    for role, label in found.guess.columns.items():
        for one in label if isinstance(label, list) else [label]:
            roles[one] = role
    labels = [found.table.label(index) for index in range(found.table.width)]
    width = min(max(len(str(label)) for label in labels), SHOWN_CHARACTERS)
    shown = [
        f"  {str(label)[:SHOWN_CHARACTERS]:<{width}}  {roles.get(label, ''):<16}  "
        f"{values(found, index)}".rstrip()
        for index, label in enumerate(labels)
    ]
    if roles.get("filename"):
        names = ", ".join(path.name for path in found.sample.files[:SHOWN_ROWS])
        shown.append(f"  {'filename':<{width}}  {'user_id':<16}  {names}")
    return shown


def values(found: Inspection, index: int) -> str:
    """The column's values in the first rows."""
    first = [row[index] for row in found.table.rows[:SHOWN_ROWS]]
    shown = " | ".join((value or "")[:SHOWN_CHARACTERS] for value in first)
    # a terminal acts on these
    return re.sub(r"[\x00-\x1f]", lambda sign: f"\\x{ord(sign[0]):02x}", shown)


def figures(found: Inspection) -> list[str]:
    """What the build makes of the rows."""
    reading, needed = found.reading, found.k + found.q
    n_enough, n_with_episode = reading.n_with(needed)
    types = " and ".join(
        f"{role} {found.settings.get(f'{role}_type', 'bigint')}"
        for role in ("user_id", "item_id")
    )
    return [
        f"  rows     {reading.n_rows:,}, of which {reading.n_read:,} are read",
        *(
            f"           {n_rows:,} {reason}: "
            f"{', '.join(repr(value) for value in some) or 'empty'}"
            for reason, n_rows, some in reading.unread
        ),
        f"  ids      {reading.n_users:,} users, {reading.n_items:,} items; {types}",
        f"  times    {reading.first} to {reading.last}: {found.guess.form.words}",
        f"  ties     {reading.n_tied:,} events at the time of another of their user",
        f"  repeats  {reading.n_repeats:,} events that repeat another's user, item "
        "and time",
        f"  episodes {n_enough:,} users have {needed} events or more (K + Q), "
        f"{n_with_episode:,} an episode",
    ]


def others(found: Inspection) -> list[str]:
    """The other readings, each with its command."""
    shown = []
    for why, settings in found.others:
        shown += ["", f"If {why}:", "", found.command(settings)]
    return shown
