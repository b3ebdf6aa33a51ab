"""Charts that compare train, val and test."""

import altair as alt

from mooc_episodes.contract import SPLITS
from mooc_episodes.report.charts.style import (
    SPLIT_COLOURS,
    Chart,
    Report,
    chart_of,
    counts,
    dashed_line,
    finish,
    shares,
    split_colour,
    stacked,
)
from mooc_episodes.report.formatting import day

UNITS = ("users", "events", "sessions", "pairs", "episodes")
SHORT_NAMES = {
    "events_per_user": "events per user",
    "session_length": "events per session",
    "session_duration_sec": "session duration",
    "gap_sec": "gap between events",
    "prefix_length": "prefix length",
}
DAY_MS = 86_400_000


def split_balance(report: Report) -> Chart:
    """Each split's share of users, events, sessions, pairs and episodes."""
    rows = [
        {"split": split["split"], "unit": unit, "count": split[f"n_{unit}"]}
        for split in report["splits"]
        for unit in UNITS
    ]
    bars = (
        stacked(rows)
        .mark_bar()
        .encode(
            y=alt.Y("unit:N", sort=list(UNITS), title=None),
            x=alt.X("count:Q", stack="normalize", axis=shares("share")),
            color=split_colour(),
            order="split_number:Q",
            tooltip=[
                "split:N",
                "unit:N",
                alt.Tooltip("count:Q", title="number", format=","),
            ],
        )
    )
    return finish(bars, "Shares of train, val and test in users, events and more.", 180)


def split_distances(report: Report) -> Chart:
    """How far val and test are from train: KS statistics and their critical values."""
    rows = [
        {
            "measure": SHORT_NAMES[row["measure"]],
            "split": row["split"],
            "ks": row["ks_statistic"],
            "critical": row["critical_value_5pct"],
        }
        for row in report["split_distances"]
        if row["ks_statistic"] is not None
    ]
    base = chart_of(rows).encode(
        y=alt.Y("measure:N", sort=list(SHORT_NAMES.values()), title=None),
        yOffset=alt.YOffset("split:N", sort=list(SPLITS[1:])),
        tooltip=[
            "measure:N",
            "split:N",
            alt.Tooltip("ks:Q", title="KS statistic", format=".3f"),
            alt.Tooltip("critical:Q", title="5 % critical value", format=".3f"),
        ],
    )
    x = alt.X("ks:Q", stack=False, axis=alt.Axis(title="KS statistic", tickCount=4))
    bars = base.mark_bar().encode(x=x, color=split_colour(SPLITS[1:]))
    critical_values = base.mark_tick(
        thickness=4, color="black", stroke="white", opacity=1
    ).encode(x="critical:Q")
    return finish(
        bars + critical_values,
        "KS statistics of val and test against train, with 5 % critical values.",
    )


def activity(report: Report) -> Chart:
    """Events over time by split, and when half of the test users had started."""
    days = report["activity"][0]["n_days"] if report["activity"] else 1
    rows = [
        {
            "split": row["split"],
            "start": row["start_ts_epoch"] * 1000,
            "events": row["n_events"],
        }
        for row in report["activity"]
    ]
    bars = (
        stacked(rows)
        .transform_calculate(
            end=f"datum.start + {days * DAY_MS}",
            day="utcFormat(datum.start, '%Y-%m-%d')",
        )
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X(
                "start:T",
                bin="binned",
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(
                    title=None,
                    labelExpr="utcFormat(datum.value, '%Y-%m-%d')",
                    tickCount=5,
                    labelOverlap=True,
                ),
            ),
            x2="end:T",
            y=alt.Y(
                "events:Q",
                stack=True,
                axis=counts(
                    "events per day" if days == 1 else f"events in {days} days"
                ),
            ),
            color=split_colour(),
            order="split_number:Q",
            tooltip=[
                "split:N",
                alt.Tooltip("day:N", title="from"),
                alt.Tooltip("events:Q", format=","),
            ],
        )
    )
    known = "half of the test users had started by"
    median_start = [
        {"start": start * 1000, known: day(start)}
        for split in report["splits"]
        if split["split"] == "test"
        and (start := split["median_first_ts_epoch"]) is not None
    ]
    line = dashed_line(median_start, "start:T", f"{known}:N", SPLIT_COLOURS["test"])
    return finish(bars + line, "Events over time, by split.")
