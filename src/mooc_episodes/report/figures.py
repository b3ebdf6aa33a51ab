"""The report's charts as figures for a paper: one column wide, one font size."""

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from mooc_episodes.report.charts import CONFIG, draw_all
from mooc_episodes.report.page import VEGA_LITE, read_report

FIGURES = "figures"
# a CSS pixel is 1/96 inch: a column of 3.5 inches, text of 12 px = 9 points
CSS_DPI = 96
COLUMN_WIDTH = 336
DPI = 300
# vl-convert takes a pixel for 1/72 inch
SCALE = 72 / CSS_DPI
FIGURE_CONFIG = CONFIG | {"font": "sans-serif", "background": "white"}


def figure(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """The specification of a chart one column wide, with its axes and legend."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return chart.properties(width=COLUMN_WIDTH, autosize=fit).to_dict()


def save_figures(folder: Path) -> list[Path]:
    """Write each chart of a report as SVG and as PNG of 300 dpi.

    Args:
        folder: The report's folder.

    Returns:
        The files, in `figures/` there.
    """
    figures = folder / FIGURES
    charts = draw_all(read_report(folder))
    figures.mkdir(exist_ok=True)
    written = []
    for name, chart in charts.items():
        spec = figure(chart)
        options = {"vl_version": VEGA_LITE, "config": FIGURE_CONFIG}
        svg, png = figures / f"{name}.svg", figures / f"{name}.png"
        svg.write_text(vl_convert.vegalite_to_svg(spec, **options), encoding="utf-8")
        png.write_bytes(
            vl_convert.vegalite_to_png(spec, scale=SCALE, ppi=DPI, **options)
        )
        written += [svg, png]
    return written
