"""The report's charts, drawn by Vega-Altair from the numbers in report.json.

Each function takes the report and returns a chart as wide as its container. Nothing is
computed here except shares of what the report models counted.
"""

from collections.abc import Callable

from mooc_episodes.report.charts.distributions import (
    course_popularity,
    gaps,
    shares_by_split,
)
from mooc_episodes.report.charts.evaluation import baselines, known_items, split_adds
from mooc_episodes.report.charts.funnel import funnel
from mooc_episodes.report.charts.splits import activity, split_balance, split_distances
from mooc_episodes.report.charts.style import CONFIG, Chart, Report

__all__ = ["CHARTS", "CONFIG", "Chart", "Report", "draw_all"]

# in the order of the page
CHARTS: dict[str, Callable[[Report], Chart]] = {
    "baselines_all": baselines("all", "HR@10 of rules without training, all windows."),
    "baselines_first": baselines(
        "first", "HR@10 of rules without training, first windows."
    ),
    "split_adds": split_adds,
    "known_items": known_items,
    "funnel": funnel,
    "split_balance": split_balance,
    "split_distances": split_distances,
    "activity": activity,
    "events_per_user": shares_by_split(
        "events_per_user", "events per user", "users", "Events per user, by split."
    ),
    "course_popularity": course_popularity,
    "session_length": shares_by_split(
        "session_length",
        "events per session",
        "sessions",
        "Events per session, by split.",
    ),
    "gaps": gaps,
    "prefix_length": shares_by_split(
        "prefix_length", "items per prefix", "pairs", "Prefix length, by split."
    ),
}


def draw_all(report: Report) -> dict[str, Chart]:
    """Every chart, by name."""
    return {name: draw(report) for name, draw in CHARTS.items()}
