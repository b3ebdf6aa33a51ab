"""The report as a page: one file, no network, from report.json and config.json."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import altair as alt
import jinja2
import vl_convert

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.contract import SPLITS
from mooc_episodes.report.charts import Report, draw_all

PAGE = "report.html"
FIGURES = "figures"
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
PREFIX_SHOWN = 6
FILES_SHOWN = 100
COLUMN = {"width": 480, "background": "white"}
MEASURE_NAMES = {
    "events_per_user_raw": "events per user, all accepted",
    "events_per_user": "events per user",
    "course_popularity_raw": "events per course, all accepted",
    "course_popularity": "events per course",
    "session_length": "events per session",
    "session_duration_sec": "session duration, s",
    "gap_sec": "gap to the next event, s",
    "prefix_length": "items per prefix",
}


def read_report(folder: Path) -> Report:
    """What the page shows: report.json with the settings and versions of config.json.

    Raises:
        UserError: The folder is no report's.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return report | {name: config[name] for name in ("settings", "versions")}
    except (OSError, ValueError, KeyError):
        raise UserError(
            f"{folder}: no folder of a report; name one of reports/08a_preprocess_*/"
        ) from None


def vega() -> str:
    """The JavaScript that draws the charts, made once and kept in target/."""
    version = f"{vl_convert.__version__}-{VEGA_LITE}"
    kept = PROJECT / os.environ.get("DBT_TARGET_PATH", "target") / f"vega-{version}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        script = vl_convert.javascript_bundle(vl_version=VEGA_LITE)
    new = kept.with_suffix(f".{os.getpid()}")
    try:
        new.write_text(script, encoding="utf-8")
        new.replace(kept)
    except OSError:  # it is made again the next time
        new.unlink(missing_ok=True)
    return script


def day(seconds: float) -> str:
    """Epoch seconds as a day."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def commas(number: float | None) -> str:
    """A number with its thousands apart, to a tenth; a dash where there is none."""
    return "-" if number is None else f"{number:,.1f}".removesuffix(".0")


def percent(part: float | None, whole: float | None = 1) -> str:
    """A share, or a dash where it is of nothing."""
    return f"{part / whole:.1%}" if whole and part is not None else "-"


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,g} seconds"


def render(report: Report) -> str:
    """The page.

    Args:
        report: As read_report returns it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "commas": commas,
        "percent": percent,
        "day": day,
        "duration": duration,
    }
    charts = {name: chart.to_dict() for name, chart in draw_all(report).items()}
    return environment.get_template("report.html.jinja").render(
        report=report,
        charts=charts,
        vega=vega(),
        split_names=SPLITS,
        split_of={split["split"]: split for split in report["splits"]},
        prefix_shown=PREFIX_SHOWN,
        fingerprints=list(report["data_fingerprints"].values()),
        files_shown=FILES_SHOWN,
        measure_names=MEASURE_NAMES,
        measures_drawn={row["measure"] for row in report["histograms"] if row["total"]},
    )


def write_page(folder: Path) -> None:
    """Write the page beside the report.json and config.json it is made from."""
    page = render(read_report(folder))
    (folder / PAGE).write_text(page, encoding="utf-8")


def save_figures(folder: Path) -> list[Path]:
    """Write each chart of a report as SVG and PNG, for papers.

    Args:
        folder: The report's.

    Returns:
        The files, in `figures/` there.
    """
    figures = folder / FIGURES
    charts = draw_all(read_report(folder))
    figures.mkdir(exist_ok=True)
    written = []
    for name, chart in charts.items():
        for kind in ("svg", "png"):
            path = figures / f"{name}.{kind}"
            chart.properties(**COLUMN).save(path, scale_factor=2)
            written.append(path)
    return written
