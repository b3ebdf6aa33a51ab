"""Charts of distributions, from histograms whose bins start at powers of two."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import altair as alt

from mooc_episodes.contract import SPLITS
from mooc_episodes.report.charts.style import (
    BLUE,
    PURPLE,
    Chart,
    Report,
    chart_of,
    counts,
    dashed_line,
    finish,
    legend,
    shares,
    split_colour,
    stacked,
)

SECONDS = {"1 s": 1, "1 min": 60, "1 h": 3600, "1 day": 86400, "30 days": 30 * 86400}
SECONDS_LABEL = " : ".join(
    f"datum.value == {seconds} ? '{label}'" for label, seconds in SECONDS.items()
)


def bins_of(report: Report, measure: str) -> list[dict[str, Any]]:
    """The bins of a measure in report_histograms."""
    return [row for row in report["histograms"] if row["measure"] == measure]


def bin_name(row: dict[str, Any]) -> str:
    """The values of a bin: 4 to 7."""
    first, last = row["lower_bound"], row["upper_bound"] - 1
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def bin_axis(bins: list[dict[str, Any]], title: str) -> alt.X:
    """An axis with a place for every bin, empty or not, labelled with its start."""
    return alt.X(
        "start:O",
        scale=alt.Scale(domain=sorted({row["lower_bound"] for row in bins})),
        axis=alt.Axis(title=title, labelAngle=0, labelOverlap=True, format=","),
    )


def shares_by_split(
    measure: str, unit: str, counted: str, description: str
) -> Callable[[Report], Chart]:
    """A chart that compares the distribution of a measure between the splits.

    Args:
        measure: A measure of report_histograms.
        unit: What its values count.
        counted: What has one value each: users, sessions, pairs.
        description: For screen readers.
    """

    def draw(report: Report) -> Chart:
        bins = bins_of(report, measure)
        totals = Counter[str]()
        for row in bins:
            totals[row["split"]] += row["n_values"]
        rows = [
            {
                "split": row["split"],
                "start": row["lower_bound"],
                "bin": bin_name(row),
                "count": row["n_values"],
                "share": round(row["n_values"] / totals[row["split"]], 6),
            }
            for row in bins
            if row["n_values"]
        ]
        bars = (
            chart_of(rows)
            .mark_bar()
            .encode(
                x=bin_axis(bins, unit),
                xOffset=alt.XOffset("split:N", scale=alt.Scale(domain=list(SPLITS))),
                y=alt.Y("share:Q", axis=shares(f"share of the split's {counted}")),
                color=split_colour(),
                tooltip=[
                    "split:N",
                    alt.Tooltip("bin:N", title=unit),
                    alt.Tooltip("count:Q", title=counted, format=","),
                    alt.Tooltip("share:Q", format=".1%"),
                ],
            )
        )
        return finish(bars, description)

    return draw


def course_popularity(report: Report) -> Chart:
    """The long tail: many courses with few events, and a few with most of them."""
    bins = bins_of(report, "course_popularity")
    totals = {field: sum(row[field] for row in bins) for field in ("n_values", "total")}
    rows = [
        {
            "start": row["lower_bound"],
            "bin": bin_name(row),
            "kind": kind,
            "count": row[field],
            "share": round(row[field] / totals[field], 6),
        }
        for row in bins
        for kind, field in (("courses", "n_values"), ("events", "total"))
        if row[field]
    ]
    unit = "events per course"
    kinds = ["courses", "events"]
    bars = (
        chart_of(rows)
        .mark_bar()
        .encode(
            x=bin_axis(bins, unit),
            xOffset="kind:N",
            y=alt.Y("share:Q", axis=shares("share of all")),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[BLUE, PURPLE]),
                legend=legend(),
            ),
            tooltip=[
                alt.Tooltip("bin:N", title=unit),
                "kind:N",
                alt.Tooltip("count:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    return finish(bars, "Courses by their number of events, and those events.")


def gaps(report: Report) -> Chart:
    """Time since the user's previous event, and the gap that starts a session."""
    rows = [
        {
            "split": row["split"],
            "start": row["lower_bound"],
            "end": row["upper_bound"],
            "gaps": row["n_values"],
        }
        for row in bins_of(report, "gap_sec")
        if row["lower_bound"] > 0 and row["n_values"]
    ]
    bars = (
        stacked(rows)
        .transform_calculate(seconds="datum.start + ' to ' + (datum.end - 1)")
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "start:Q",
                bin="binned",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(
                    title="gap since the previous event",
                    values=list(SECONDS.values()),
                    labelExpr=f"{SECONDS_LABEL} : ''",
                ),
            ),
            x2="end:Q",
            y=alt.Y("gaps:Q", stack=True, axis=counts("gaps")),
            color=split_colour(),
            order="split_number:Q",
            tooltip=["split:N", "seconds:N", alt.Tooltip("gaps:Q", format=",")],
        )
    )
    gap = report["settings"]["session_gap_seconds"]
    line = dashed_line(
        [{"gap": max(gap, 1), "longer starts a session": f"{gap:,} s"}],
        "gap:Q",
        "longer starts a session:N",
    )
    return finish(
        bars + line,
        "Gaps since the user's previous event; a gap longer than "
        f"{gap:,} seconds starts a session.",
    )
