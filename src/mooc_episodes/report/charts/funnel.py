"""The funnel: how many rows each step keeps and drops."""

import altair as alt

from mooc_episodes.report.charts.style import (
    GREY,
    SPLIT_COLOURS,
    Chart,
    Report,
    chart_of,
    counts,
    finish,
    legend,
)

STEP_HEIGHT, BAR_HEIGHT, LABEL_GAP = 42, 14, 5


def funnel(report: Report) -> Chart:
    """Rows kept and dropped at each step."""
    kept = [
        {
            "number": step["step_number"],
            "step": step["step"],
            "part": "kept",
            "rows": step["rows_out"],
            "why": step["why"],
        }
        for step in report["funnel"]
    ]
    dropped = [
        row | {"part": "dropped", "rows": step["rows_in"] - step["rows_out"]}
        for row, step in zip(kept, report["funnel"], strict=True)
        if step["rows_in"] is not None
    ]
    parts = ["kept", "dropped"]
    y = alt.Y("number:O", axis=None)
    bars = (
        chart_of(kept + dropped)
        .transform_calculate(part_number="datum.part == 'dropped' ? 1 : 0")
        .mark_bar(size=BAR_HEIGHT)
        .encode(
            y=y,
            x=alt.X("rows:Q", axis=counts("rows", grid=False)),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=parts, range=[SPLIT_COLOURS["train"], GREY]),
                legend=legend(),
            ),
            order="part_number:Q",
            tooltip=["step:N", "part:N", alt.Tooltip("rows:Q", format=","), "why:N"],
        )
    )
    names = (
        chart_of(kept)
        .transform_calculate(name="datum.step + ': ' + format(datum.rows, ',')")
        .mark_text(align="left", baseline="bottom", dy=-BAR_HEIGHT / 2 - LABEL_GAP)
        .encode(y=y, x=alt.value(0), text="name:N")
    )
    return finish(
        bars + names,
        "Rows kept and dropped at each step, from the input to pairs in episodes.",
        height=STEP_HEIGHT * len(report["funnel"]),
    )
