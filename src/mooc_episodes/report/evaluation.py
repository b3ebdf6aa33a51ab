"""The evaluation, as report.json has it: its rows, and single figures of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from mooc_episodes.contract import BASELINES, FORMS, SPLITS
from mooc_episodes.warehouse.connection import rows, table

Rows = list[dict[str, Any]]
Evaluation = dict[str, Rows | None]

VIEWS = ("all", "first")
# the order of the rows, by column; what does not occur in the data is left out of it
ORDERS: dict[str, Sequence[str]] = {
    "split": SPLITS[1:],
    "view": VIEWS,
    "baseline": BASELINES,
    "form": FORMS,
    "part": ("split", "data", "time"),
    "name": (
        "later_train_events_median",
        "later_train_events_max",
        "leaked_events",
        "unknown_labels",
        "unknown_labels_before",
        "unseen_items",
        "next_id_labels",
        "repeated_labels",
        "n_known_median",
        "largest_user",
        "twin_users",
        "half_width",
        "detectable_difference",
    ),
}
# the key in report.json, its model, the columns that order its rows
TABLES = {
    "evaluation": ("evaluation_scores", ("split", "view", "baseline", "form")),
    "split_adds": ("evaluation_split_adds", ("split", "view", "part")),
    "audit": ("evaluation_audit", ("split", "view", "name")),
    "known_items": (
        "evaluation_known_items",
        ("split", "baseline", "form", "n_known_from"),
    ),
}
NOT_BUILT = (
    "The evaluation was not built (models/evaluation was excluded), so nothing is said "
    "here of what the split can be used for; dbt build without --exclude builds it."
)


def read_evaluation(
    connection: duckdb.DuckDBPyConnection, dataset: str, *, evaluated: bool
) -> Evaluation:
    """The rows of each table, in a fixed order.

    Args:
        connection: The warehouse.
        dataset: The dataset.
        evaluated: Whether the evaluation is part of this build. If not, its tables may
            be of an earlier one: each value is None.
    """
    if not evaluated:
        return dict.fromkeys(TABLES)
    return {
        key: rows(
            connection,
            f"from {table(dataset, model)} order by {', '.join(map(order, columns))}",
        )
        for key, (model, columns) in TABLES.items()
    }


def order(column: str) -> str:
    """What to order by for a column's values to be in their order."""
    if column not in ORDERS:
        return column
    return f"list_position({list(ORDERS[column])}, {column}) nulls first"


def coverage(splits: Rows, evaluation: Rows | None, q: int) -> Rows:
    """How many of its queries each split and view evaluates; fewer by the budget.

    Args:
        splits: A row per split, with its numbers of episodes and of users with one.
        evaluation: The scores; None if they were not built.
        q: Query pairs per episode.
    """
    windows = {"all": "n_episodes", "first": "n_users_with_episode"}
    evaluated = {
        (row["split"], row["view"]): row["n_queries"] for row in evaluation or []
    }
    return [
        {
            "split": row["split"],
            "view": view,
            "n_queries": evaluated.get((row["split"], view), 0),
            "of": row[windows[view]] * q,
        }
        for row in splits
        if row["split"] != "train" and evaluation is not None
        for view in VIEWS
    ]


@dataclass(frozen=True)
class Figures:
    """Single figures of a report, of test and all windows unless said otherwise.

    Attributes:
        report: The report, with its evaluation.
        settings: The settings of its build.
    """

    report: dict[str, Any]
    settings: dict[str, Any]

    @property
    def scores(self) -> Rows:
        """The scores of test in all windows, in order."""
        return [
            row
            for row in self.report["evaluation"] or []
            if (row["split"], row["view"]) == ("test", "all")
        ]

    def score(self, baseline: str) -> dict[str, Any] | None:
        """The scores of a baseline without forms."""
        return next((row for row in self.scores if row["baseline"] == baseline), None)

    @property
    def best(self) -> dict[str, Any] | None:
        """The baseline of greatest HR@10 that does not know the future.

        The first of equal ones, as for `half_width`.
        """
        honest = [row for row in self.scores if row["form"] in {None, "past"}]
        return max(honest, key=lambda row: row["hr"], default=None)

    def audit(self, name: str) -> float | None:
        """A figure of the audit."""
        return next(
            (
                row["value"]
                for row in self.report["audit"] or []
                if (row["split"], row["view"], row["name"]) == ("test", "all", name)
            ),
            None,
        )

    def greatest(self, name: str) -> float | None:
        """The greatest value of a figure of the audit, of val and test in any view."""
        values = [
            row["value"]
            for row in self.report["audit"] or []
            if row["name"] == name and row["value"] is not None
        ]
        return max(values, default=None)


def items(count: float) -> str:
    """A number of items: 1 item, 19.5 items."""
    return f"{count:g} item{'' if count == 1 else 's'}"


def series_name(row: dict[str, Any]) -> str:
    """A baseline with its form: markov (past)."""
    return (
        row["baseline"] if row["form"] is None else f"{row['baseline']} ({row['form']})"
    )
