"""The report's tables: headings and cells as text, ready for a page."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mooc_episodes.contract import SPLITS
from mooc_episodes.report.formatting import commas, fixed

FILES_SHOWN = 100
MEASURE_NAMES = {
    "events_per_user_raw": "events per user, all accepted",
    "events_per_user": "events per user",
    "course_popularity_raw": "events per course, all accepted",
    "course_popularity": "events per course",
    "session_length": "events per session",
    "session_duration_sec": "session duration, s",
    "gap_sec": "gap since the previous event, s",
    "prefix_length": "items per prefix",
}
SPLIT_COUNTS = {
    "n_users": "users",
    "n_events": "events",
    "n_sessions": "sessions",
    "n_courses": "courses",
    "n_pairs": "pairs",
    "n_episodes": "episodes",
    "n_users_with_episode": "users with an episode",
    "n_cold_items": "cold items",
    "n_cold_item_events": "events on cold items",
}

Kind = Literal["text", "sentence", "number", "code", "status"]


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and what its cells hold."""

    heading: str
    kind: Kind = "text"

    @property
    def labelled(self) -> bool:
        """Whether a cell needs the heading next to it to be understood."""
        return self.kind in {"text", "number", "status"}


@dataclass(frozen=True)
class Table:
    """A table whose first column names its rows.

    Attributes:
        label: Its name for screen readers.
        columns: The columns.
        rows: The cells of each row, as text.
    """

    label: str
    columns: list[Column]
    rows: list[list[str]]


def numbers(*headings: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(heading, "number") for heading in headings]


def steps(report: dict[str, Any]) -> Table:
    """What each step of the funnel keeps and drops."""
    return Table(
        "Steps",
        [
            Column("Step"),
            *numbers("Rows", "Dropped", "Users", "Courses"),
            Column("Why rows are dropped", "sentence"),
        ],
        [
            [
                step["step"],
                commas(step["rows_out"]),
                ""
                if step["rows_in"] is None
                else commas(step["rows_in"] - step["rows_out"]),
                commas(step["users_out"]),
                commas(step["courses_out"]),
                step["why"],
            ]
            for step in report["funnel"]
        ],
    )


def rejected(report: dict[str, Any]) -> Table:
    """Rejected rows by reason."""
    return Table(
        "Rejected rows",
        [Column("Reason"), *numbers("Rows")],
        [[row["reason"], commas(row["n_rows"])] for row in report["rejected"]],
    )


def promises(report: dict[str, Any]) -> Table:
    """The result of each test of a promise, and how much it checked."""
    return Table(
        "Promises",
        [
            Column("Test"),
            Column("Result", "status"),
            Column("Promise"),
            Column("Checked", "sentence"),
        ],
        [
            [
                promise["test"].replace("_", " "),
                promise["status"],
                promise["promise"],
                checked(promise),
            ]
            for promise in report["promises"]
        ],
    )


def checked(promise: dict[str, Any]) -> str:
    """How much the test of a promise checked; empty if it did not run."""
    if promise["status"] == "not run":
        return ""
    seen, total = promise["looked_at"], promise["of"]
    of_total = f" of {commas(total)}" if seen < total else ""
    return f"{promise['what']}: {commas(seen)}{of_total}"


def splits(report: dict[str, Any]) -> Table:
    """What each split holds."""
    found = {split["split"]: split for split in report["splits"]}
    return Table(
        "Splits",
        [Column("Number of"), *numbers(*SPLITS)],
        [
            [name, *(commas(found[split][column]) for split in SPLITS)]
            for column, name in SPLIT_COUNTS.items()
        ],
    )


def split_distances(report: dict[str, Any]) -> Table:
    """KS statistics of val and test against train, with their critical values."""
    return Table(
        "KS statistics",
        [
            Column("Measure"),
            Column("Split"),
            *numbers("n train", "n split", "KS statistic", "Critical, 5 %"),
            Column("Above"),
        ],
        [
            [
                MEASURE_NAMES[row["measure"]],
                row["split"],
                commas(row["n_train"]),
                commas(row["n_split"]),
                fixed(row["ks_statistic"]),
                fixed(row["critical_value_5pct"]),
                above(row),
            ]
            for row in sorted(
                report["split_distances"],
                key=lambda row: (
                    list(MEASURE_NAMES).index(row["measure"]),
                    SPLITS.index(row["split"]),
                ),
            )
        ],
    )


def above(distance: dict[str, Any]) -> str:
    """Whether a KS statistic is above its critical value; "-" if there is none."""
    if distance["ks_statistic"] is None:
        return "-"
    return "yes" if distance["ks_statistic"] > distance["critical_value_5pct"] else "no"


def distributions(report: dict[str, Any]) -> Table:
    """Quantiles of every measure."""
    statistics = {
        "n_values": "Values",
        "minimum": "Minimum",
        "median": "Median",
        "p90": "90th percentile",
        "maximum": "Maximum",
    }
    return Table(
        "Distributions",
        [Column("Measure"), *numbers(*statistics.values())],
        [
            [name, *(commas(report["distributions"][measure][s]) for s in statistics)]
            for measure, name in MEASURE_NAMES.items()
            if measure in report["distributions"]
        ],
    )


def settings(report: dict[str, Any]) -> Table:
    """The settings of the build, and the versions of what built it."""
    return Table(
        "Settings and versions",
        [Column("Setting"), Column("Value", "code")],
        [
            [name, json.dumps(value, ensure_ascii=False)]
            for name, value in sorted(report["settings"].items())
        ]
        + [
            [f"{name} version", value]
            for name, value in sorted(report["versions"].items())
        ],
    )


def fingerprints(report: dict[str, Any]) -> Table:
    """The files read and written, the first of many."""
    files = list(report["data_fingerprints"].values())[:FILES_SHOWN]
    return Table(
        "Fingerprints",
        [Column("File"), *numbers("Rows", "Bytes"), Column("sha256", "code")],
        [
            [
                file["path"],
                commas(file.get("rows")),
                commas(file["bytes"]),
                file["sha256"] or "not a file, so none",
            ]
            for file in files
        ],
    )


TABLES: dict[str, Callable[[dict[str, Any]], Table]] = {
    "steps": steps,
    "rejected": rejected,
    "promises": promises,
    "splits": splits,
    "split_distances": split_distances,
    "distributions": distributions,
    "settings": settings,
    "fingerprints": fingerprints,
}


def make_all(report: dict[str, Any]) -> dict[str, Table]:
    """Every table, by name."""
    return {name: make(report) for name, make in TABLES.items()}
