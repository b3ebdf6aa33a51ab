"""The report's tables: headings and cells as text, ready for a page."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mooc_episodes.contract import SPLITS
from mooc_episodes.report.alarms import LEVELS
from mooc_episodes.report.baselines import with_interval
from mooc_episodes.report.charts.evaluation import bin_of
from mooc_episodes.report.evaluation import VIEWS, series_name
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


def alarms(report: dict[str, Any]) -> Table:
    """The alarms, red and amber before green."""
    return Table(
        "Alarms",
        [
            Column("Alarm"),
            Column("Level", "status"),
            *numbers("Value", "Threshold"),
            Column("What it says", "sentence"),
            Column("Where the threshold is from", "sentence"),
        ],
        [
            [
                alarm["name"].replace("_", " "),
                alarm["level"],
                f"{alarm['value']:.4g}",
                f"{alarm['threshold']:g}",
                alarm["sentence"],
                alarm["source"],
            ]
            for alarm in sorted(
                report["alarms"], key=lambda alarm: LEVELS.index(alarm["level"])
            )
        ],
    )


def baselines(report: dict[str, Any]) -> Table:
    """HR@10 of each baseline on test in both views, with intervals."""
    rows = [row for row in report["evaluation"] or [] if row["split"] == "test"]
    found = {(series_name(row), row["view"]): with_interval(row, "hr") for row in rows}
    return Table(
        "Baselines",
        [Column("Baseline"), *numbers("All windows", "First windows")],
        [
            [name, *(found.get((name, view), "-") for view in VIEWS)]
            for name in dict.fromkeys(name for name, _ in found)
        ],
    )


def split_adds(report: dict[str, Any]) -> Table:
    """What the split adds to HR@10 of markov on test."""
    return Table(
        "What the split adds",
        [Column("Part"), Column("View"), *numbers("HR@10")],
        [
            [row["part"], row["view"], with_interval(row, "hr")]
            for row in report["split_adds"] or []
            if row["split"] == "test"
        ],
    )


def known_items(report: dict[str, Any]) -> Table:
    """HR@10 on test by the number of items known before the window."""
    rows = [
        row
        for row in report["known_items"] or []
        if row["split"] == "test" and row["form"] in {None, "past"}
    ]
    bins = {row["n_known_from"]: bin_of(row) for row in rows}
    found = {(series_name(row), row["n_known_from"]): row["hr"] for row in rows}
    return Table(
        "HR@10 by items known",
        [Column("Baseline"), *numbers(*(bins[start] for start in sorted(bins)))],
        [
            [name, *(fixed(found.get((name, start))) for start in sorted(bins))]
            for name in dict.fromkeys(series_name(row) for row in rows)
        ],
    )


def audit(report: dict[str, Any]) -> Table:
    """The figures of the audit, of val and test in both views."""
    found = {
        (row["name"], row["split"], row["view"]): row["value"]
        for row in report["audit"] or []
    }
    groups = [(split, view) for split in SPLITS[1:] for view in VIEWS]
    return Table(
        "Audit",
        [Column("Figure"), *numbers(*(f"{split}, {view}" for split, view in groups))],
        [
            [
                name.replace("_", " "),
                *(
                    fixed(found.get((name, split, view))).removesuffix(".000")
                    for split, view in groups
                ),
            ]
            for name in dict.fromkeys(name for name, _, _ in found)
        ],
    )


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
    "alarms": alarms,
    "baselines": baselines,
    "split_adds": split_adds,
    "known_items": known_items,
    "audit": audit,
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
