"""Charts of the evaluation: baselines, what the split adds, HR@10 by known items."""

from collections.abc import Callable
from typing import Any

import altair as alt

from mooc_episodes.contract import BASELINES
from mooc_episodes.report.charts.style import (
    BLUE,
    GREY,
    PURPLE,
    SPLIT_COLOURS,
    Chart,
    Report,
    chart_of,
    dashed_line,
    finish,
    legend,
)
from mooc_episodes.report.evaluation import VIEWS

ROW_HEIGHT = 42
NO_FORM = "no train"
# by the form of the scores
FORM_NAMES = {None: NO_FORM, "past": "past", "all": "all", "thinned": "thinned"}
FORM_COLOURS = [GREY, *SPLIT_COLOURS.values()]
BASELINE_COLOURS = dict(
    zip(BASELINES, (GREY, PURPLE, "#a68a00", *SPLIT_COLOURS.values()), strict=True)
)
HR = "HR@10"


def of_test(report: Report, table: str) -> list[dict[str, Any]]:
    """The rows of test of a table of the evaluation, without missing values."""
    return [
        row
        for row in report[table] or []
        if row["split"] == "test" and row["hr"] is not None
    ]


def interval_shown() -> list[alt.Tooltip]:
    """What is shown of a value with its interval on hover."""
    return [
        alt.Tooltip("hr:Q", title=HR, format=".3f"),
        alt.Tooltip("hr_low:Q", title="from", format=".3f"),
        alt.Tooltip("hr_high:Q", title="to", format=".3f"),
    ]


def with_intervals(base: alt.Chart, colour: alt.Color) -> alt.LayerChart:
    """Points of HR@10 with lines for their intervals."""
    x = alt.X("hr_low:Q", axis=alt.Axis(title=HR, tickCount=5))
    lines = base.mark_rule(strokeWidth=2).encode(x=x, x2="hr_high:Q", color=colour)
    points = base.mark_point(filled=True, size=50, opacity=1).encode(
        x="hr:Q", color=colour
    )
    return lines + points


def baselines(view: str, description: str) -> Callable[[Report], Chart]:
    """A chart of HR@10 of each baseline and form of test in a view.

    Args:
        view: The view.
        description: For screen readers.
    """

    def draw(report: Report) -> Chart:
        scores = [r for r in of_test(report, "evaluation") if r["view"] == view]
        rows = [
            {name: row[name] for name in ("baseline", "hr", "hr_low", "hr_high")}
            | {"form": FORM_NAMES[row["form"]]}
            for row in scores
            if row["baseline"] != "random"
        ]
        forms = list(FORM_NAMES.values())
        base = chart_of(rows).encode(
            y=alt.Y("baseline:N", sort=list(BASELINES), title=None),
            yOffset=alt.YOffset("form:N", scale=alt.Scale(domain=forms)),
            tooltip=["baseline:N", "form:N", *interval_shown()],
        )
        colour = alt.Color(
            "form:N",
            scale=alt.Scale(domain=forms, range=FORM_COLOURS),
            legend=alt.Legend(title=None, orient="top", columns=2),
        )
        chance = [
            {"hr": r["hr"], "random": f"HR@10 {r['hr']:.3f}"}
            for r in scores
            if r["baseline"] == "random"
        ]
        return finish(
            with_intervals(base, colour) + dashed_line(chance, "hr:Q", "random:N"),
            description,
            height=ROW_HEIGHT * (len(BASELINES) - 1),
        )

    return draw


def split_adds(report: Report) -> Chart:
    """What the split adds to HR@10 of markov: in all, by more data, by later data."""
    names = {"split": "the split", "data": "more data", "time": "later data"}
    rows = [
        {name: row[name] for name in ("view", "hr", "hr_low", "hr_high")}
        | {"part": names[row["part"]]}
        for row in of_test(report, "split_adds")
    ]
    base = chart_of(rows).encode(
        y=alt.Y("part:N", sort=list(names.values()), title=None),
        yOffset=alt.YOffset("view:N", scale=alt.Scale(domain=list(VIEWS))),
        tooltip=["part:N", "view:N", *interval_shown()],
    )
    colour = alt.Color(
        "view:N",
        scale=alt.Scale(domain=list(VIEWS), range=[BLUE, PURPLE]),
        legend=legend(),
    )
    zero = dashed_line([{"hr": 0, "adds": "nothing"}] if rows else [], "hr:Q", "adds:N")
    return finish(
        with_intervals(base, colour) + zero,
        "What the split adds to HR@10 of markov on test: the split, which is more data "
        "and later data.",
        height=ROW_HEIGHT * len(names),
    )


def bin_of(row: dict[str, Any]) -> str:
    """A bin of n_known: 3 to 5, or 11 or more."""
    first, last = row["n_known_from"], row["n_known_to"]
    return f"{first} or more" if last is None else f"{first} to {last}"


def known_items(report: Report) -> Chart:
    """HR@10 of test by the number of items known of the user before the window."""
    rows = [
        {
            "bin": bin_of(row),
            "from": row["n_known_from"],
            **{name: row[name] for name in ("baseline", "hr", "n_users", "n_queries")},
        }
        for row in of_test(report, "known_items")
        if row["form"] in {None, "past"}
    ]
    lines = (
        chart_of(rows)
        .mark_line(point={"size": 50})
        .encode(
            x=alt.X(
                "bin:O",
                sort=alt.SortField("from"),
                axis=alt.Axis(title="items known before the window", labelAngle=0),
            ),
            y=alt.Y("hr:Q", axis=alt.Axis(title=HR, tickCount=5)),
            color=alt.Color(
                "baseline:N",
                scale=alt.Scale(
                    domain=list(BASELINE_COLOURS),
                    range=list(BASELINE_COLOURS.values()),
                ),
                legend=alt.Legend(title=None, orient="top", columns=2),
            ),
            tooltip=[
                "baseline:N",
                alt.Tooltip("bin:O", title="items known"),
                alt.Tooltip("hr:Q", title=HR, format=".3f"),
                alt.Tooltip("n_users:Q", title="users"),
                alt.Tooltip("n_queries:Q", title="queries", format=","),
            ],
        )
    )
    return finish(
        lines, "HR@10 on test by the number of items known before the window."
    )
