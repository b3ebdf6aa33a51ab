"""The report's charts, drawn by Vega-Altair from the numbers in report.json.

Each function takes the report and returns a chart as wide as its place. Nothing is
computed here but shares of what the report models counted.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import altair as alt

from mooc_episodes.contract import SPLITS

# Okabe and Ito's colours, told apart by everyone and on light and dark alike
SPLIT_COLOURS = ("#0072b2", "#d55e00", "#009e73")
POPULARITY_COLOURS = ("#3a87b7", "#b5679a")
KEPT, LOST, THRESHOLD = "#0072b2", "#999999", "#d55e00"
HEIGHT = 220
SECONDS = {"1 s": 1, "1 min": 60, "1 h": 3600, "1 day": 86400, "30 days": 30 * 86400}
SECONDS_LABEL = " : ".join(
    f"datum.value == {seconds} ? '{label}'" for label, seconds in SECONDS.items()
)

Report = dict[str, Any]
Chart = alt.Chart | alt.LayerChart


def over(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart of rows."""
    return alt.Chart(alt.Data(values=rows))


def legend(title: str | None = None) -> alt.Legend:
    """A legend that takes no width."""
    return alt.Legend(title=title, orient="top")


def of_split() -> alt.Color:
    """The colour of a split, the same in all charts."""
    scale = alt.Scale(domain=list(SPLITS), range=list(SPLIT_COLOURS))
    return alt.Color("split:N", scale=scale, legend=legend())


def split_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the number of their split, to stack them in that order."""
    return [row | {"split_number": SPLITS.index(row["split"])} for row in rows]


def finished(chart: Chart, description: str, height: int = HEIGHT) -> Chart:
    """The chart in its final size, with what a screen reader says of it."""
    return chart.properties(width="container", height=height, description=description)


def funnel(report: Report) -> Chart:
    """Rows at each step, and what the step left out."""
    rows = [
        {
            "step": step["step"],
            "number": step["step_number"],
            "part": part,
            "part_number": part_number,
            "rows": n_rows,
            "why": step["why"],
        }
        for step in report["funnel"]
        for part_number, (part, n_rows) in enumerate(
            (
                ("kept", step["rows_out"]),
                ("left out", (step["rows_in"] or step["rows_out"]) - step["rows_out"]),
            )
        )
    ]
    steps = alt.Y("number:O", axis=None, scale=alt.Scale(paddingInner=0.6))
    tooltip = ["step:N", "part:N", alt.Tooltip("rows:Q", format=","), "why:N"]
    bars = (
        over(rows)
        .mark_bar()
        .encode(
            y=steps,
            x=alt.X("rows:Q", title="rows", axis=alt.Axis(tickCount=4, format="~s")),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=["kept", "left out"], range=[KEPT, LOST]),
                legend=legend(),
            ),
            order="part_number:O",
            tooltip=tooltip,
        )
    )
    names = (
        over([{**row, "name": f"{row['step']}: {row['rows']:,}"} for row in rows[::2]])
        .mark_text(align="left", baseline="bottom", dy=-9)
        .encode(y=steps, x=alt.value(0), text="name:N")
    )
    return finished(
        bars + names,
        "Rows kept and left out at each step, from the input to pairs in episodes.",
        height=44 * len(report["funnel"]),
    )


def split_balance(report: Report) -> Chart:
    """Each split's share of users, events, sessions, pairs and episodes."""
    things = ("users", "events", "sessions", "pairs", "episodes")
    rows = [
        {"split": split["split"], "of": thing, "n": split[f"n_{thing}"]}
        for split in report["splits"]
        for thing in things
    ]
    bars = (
        over(split_order(rows))
        .mark_bar()
        .encode(
            y=alt.Y("of:N", sort=list(things), title=None),
            x=alt.X(
                "n:Q",
                stack="normalize",
                title="share",
                axis=alt.Axis(format="%", tickCount=4),
            ),
            color=of_split(),
            order="split_number:O",
            tooltip=["split:N", "of:N", alt.Tooltip("n:Q", format=",")],
        )
    )
    return finished(bars, "Shares of train, val and test in what there is.", 180)


def bin_name(lower: int, upper: int) -> str:
    """The values of a bin: 4 to 7."""
    return f"{lower:,}" if lower == upper - 1 else f"{lower:,} to {upper - 1:,}"


def histogram(report: Report, measure: str) -> list[dict[str, Any]]:
    """The bins of a measure, the empty ones between others too, and their shares.

    Args:
        report: The report.
        measure: A measure of report_histograms.
    """
    found = [row for row in report["histograms"] if row["measure"] == measure]
    filled = {(row["split"], row["lower_bound"]): row for row in found}
    totals = Counter[str | None]()
    for row in found:
        totals[row["split"]] += row["n_values"]
    lower = min((row["lower_bound"] for row in found), default=0)
    last = max((row["lower_bound"] for row in found), default=-1)
    bins = []
    while lower <= last:
        upper = 2 * lower or 1
        for split, n_all in totals.items():
            row = filled.get((split, lower), {"n_values": 0, "total": 0})
            bins.append(
                {
                    "split": split,
                    "lower_bound": lower,
                    "upper_bound": upper,
                    "bin": bin_name(lower, upper),
                    "n_values": row["n_values"],
                    "total": row["total"],
                    "share": row["n_values"] / n_all,
                }
            )
        lower = upper
    return bins


def shares_by_split(
    measure: str, unit: str, counted: str, description: str
) -> Callable[[Report], Chart]:
    """A chart that compares how a measure is distributed in each split.

    Args:
        measure: A measure of report_histograms.
        unit: What its values count.
        counted: What has one of them: users, sessions, pairs.
        description: What a screen reader says.
    """

    def draw(report: Report) -> Chart:
        base = over(histogram(report, measure)).encode(
            x=alt.X(
                "lower_bound:O",
                title=unit,
                axis=alt.Axis(labelAngle=0, labelOverlap=True, format="~s"),
            ),
            y=alt.Y(
                "share:Q",
                title=f"share of the split's {counted}",
                axis=alt.Axis(format="%", tickCount=4),
            ),
            color=of_split(),
            tooltip=[
                "split:N",
                alt.Tooltip("bin:N", title=unit),
                alt.Tooltip("n_values:Q", title=counted, format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
        points = base.mark_point(filled=True, size=60, opacity=1).encode(
            shape=alt.Shape(
                "split:N", scale=alt.Scale(domain=list(SPLITS)), legend=legend()
            )
        )
        return finished(base.mark_line() + points, description)

    return draw


def course_popularity(report: Report) -> Chart:
    """The long tail: many courses with few events, a few that hold most."""
    bins = histogram(report, "course_popularity")
    total = sum(row["total"] for row in bins) or 1
    rows = [
        {
            "lower_bound": row["lower_bound"],
            "bin": row["bin"],
            "of": of,
            "n": n,
            "share": share,
        }
        for row in bins
        for of, n, share in (
            ("courses", row["n_values"], row["share"]),
            ("events", row["total"], row["total"] / total),
        )
    ]
    bars = (
        over(rows)
        .mark_bar()
        .encode(
            x=alt.X(
                "lower_bound:O",
                title="events of the course",
                axis=alt.Axis(labelAngle=0, labelOverlap=True, format="~s"),
            ),
            xOffset="of:N",
            y=alt.Y("share:Q", axis=alt.Axis(format="%", tickCount=4)),
            color=alt.Color(
                "of:N",
                scale=alt.Scale(
                    domain=["courses", "events"], range=list(POPULARITY_COLOURS)
                ),
                legend=legend("share of all"),
            ),
            tooltip=[
                alt.Tooltip("bin:N", title="events of the course"),
                "of:N",
                alt.Tooltip("n:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    return finished(
        bars, "Courses by their number of events, and the events they hold."
    )


def gaps(report: Report) -> Chart:
    """Time between a user's events, and the gap that starts a new session."""
    rows = [row for row in histogram(report, "gap_sec") if row["lower_bound"] > 0]
    bars = (
        over(split_order(rows))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "lower_bound:Q",
                bin="binned",
                scale=alt.Scale(type="log"),
                title="gap to the user's next event",
                axis=alt.Axis(
                    values=list(SECONDS.values()), labelExpr=f"{SECONDS_LABEL} : ''"
                ),
            ),
            x2="upper_bound:Q",
            y=alt.Y("n_values:Q", stack=True, title="gaps"),
            color=of_split(),
            order="split_number:O",
            tooltip=[
                "split:N",
                alt.Tooltip("bin:N", title="seconds"),
                alt.Tooltip("n_values:Q", title="gaps", format=","),
            ],
        )
    )
    gap = report["settings"]["session_gap_seconds"]
    threshold = over([{"gap": max(gap, 1), "longer starts a session": f"{gap:,} s"}])
    rule = threshold.mark_rule(
        strokeWidth=2, strokeDash=[6, 4], color=THRESHOLD
    ).encode(x="gap:Q", tooltip="longer starts a session:N")
    return finished(
        bars + rule,
        f"Gaps between a user's events; longer than {gap:,} seconds starts a session.",
    )


def activity(report: Report) -> Chart:
    """Events over time by split, and the first events of half the test users."""
    days = report["activity"][0]["n_days"] if report["activity"] else 1
    rows = [
        {
            "split": row["split"],
            "start": row["start_ts_epoch"] * 1000,
            "end": (row["start_ts_epoch"] + row["n_days"] * 86400) * 1000,
            "n_events": row["n_events"],
        }
        for row in report["activity"]
    ]
    bars = (
        over(split_order(rows))
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X(
                "start:T",
                bin="binned",
                scale=alt.Scale(type="utc"),
                title=None,
                axis=alt.Axis(
                    labelExpr="utcFormat(datum.value, '%Y-%m-%d')",
                    tickCount=5,
                    labelOverlap=True,
                ),
            ),
            x2="end:T",
            y=alt.Y(
                "n_events:Q",
                stack=True,
                title=f"events in {days} {'day' if days == 1 else 'days'}",
            ),
            color=of_split(),
            order="split_number:O",
            tooltip=[
                "split:N",
                alt.Tooltip("start:T", title="from", format="%Y-%m-%d"),
                alt.Tooltip("n_events:Q", title="events", format=","),
            ],
        )
    )
    firsts = [
        {"split": split["split"], "first": split["median_first_ts_epoch"] * 1000}
        for split in report["splits"]
        if split["split"] == "test" and split["median_first_ts_epoch"] is not None
    ]
    rule = (
        over(firsts)
        .mark_rule(strokeWidth=2, strokeDash=[6, 4], color=SPLIT_COLOURS[2])
        .encode(
            x="first:T",
            tooltip=alt.Tooltip(
                "first:T", title="half of the test users began by", format="%Y-%m-%d"
            ),
        )
    )
    return finished(bars + rule, "Events over time, by split.")


# in the order of the page
CHARTS: dict[str, Callable[[Report], Chart]] = {
    "funnel": funnel,
    "split_balance": split_balance,
    "activity": activity,
    "events_per_user": shares_by_split(
        "events_per_user", "events of the user", "users", "Events per user, by split."
    ),
    "course_popularity": course_popularity,
    "session_length": shares_by_split(
        "session_length",
        "events of the session",
        "sessions",
        "Session length, by split.",
    ),
    "gaps": gaps,
    "prefix_length": shares_by_split(
        "prefix_length", "items of the prefix", "pairs", "Prefix length, by split."
    ),
}


def draw_all(report: Report) -> dict[str, Chart]:
    """Every chart, by name."""
    return {name: draw(report) for name, draw in CHARTS.items()}
