"""What all charts share: colours, one font size, axes, legends."""

import json
from collections.abc import Sequence
from typing import Any

import altair as alt

from mooc_episodes.contract import SPLITS

Report = dict[str, Any]
Chart = alt.Chart | alt.LayerChart

# Okabe and Ito's colours: distinct to colour-blind readers, on light and dark
SPLIT_COLOURS = dict(zip(SPLITS, ("#0072b2", "#d55e00", "#009e73"), strict=True))
BLUE, PURPLE, GREY = "#3a87b7", "#b5679a", "#8a8a8a"
HEIGHT = 220
FONT_SIZE = 12
CONFIG: dict[str, Any] = {
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal",
    },
    "text": {"fontSize": FONT_SIZE},
}
# 0 has no unit: d3 alone would write 0k next to 20k
SHORT_COUNT = "datum.value == 0 ? '0' : format(datum.value, '~s')"


def chart_of(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart with its data in it."""
    return alt.Chart(alt.Data(values=rows))


def stacked(rows: list[dict[str, Any]]) -> alt.Chart:
    """A chart of rows by split, with `split_number` to stack them by."""
    number = f"indexof({json.dumps(SPLITS)}, datum.split)"
    return chart_of(rows).transform_calculate(split_number=number)


def legend(title: str | None = None) -> alt.Legend:
    """A legend above the chart, where it takes no width."""
    return alt.Legend(title=title, orient="top")


def split_colour(splits: Sequence[str] = SPLITS) -> alt.Color:
    """The colour of a split, the same in all charts."""
    scale = alt.Scale(domain=list(splits), range=[SPLIT_COLOURS[s] for s in splits])
    return alt.Color("split:N", scale=scale, legend=legend())


def counts(title: str, *, grid: bool = True) -> alt.Axis:
    """An axis of counts."""
    return alt.Axis(title=title, tickCount=4, labelExpr=SHORT_COUNT, grid=grid)


def shares(title: str) -> alt.Axis:
    """An axis of shares."""
    return alt.Axis(title=title, tickCount=4, format="%")


def dashed_line(
    rows: list[dict[str, Any]], field: str, tooltip: str, colour: str = GREY
) -> alt.Chart:
    """A dashed vertical line at the field's value.

    Args:
        rows: One row, or none for no line.
        field: The field, with its Vega-Lite type.
        tooltip: The field shown on hover.
        colour: The line's colour.
    """
    mark = {"strokeWidth": 2, "strokeDash": [6, 4], "color": colour}
    return chart_of(rows).mark_rule(**mark).encode(x=field, tooltip=tooltip)


def finish(chart: Chart, description: str, height: int = HEIGHT) -> Chart:
    """Size a chart and describe it for screen readers."""
    return chart.properties(width="container", height=height, description=description)
