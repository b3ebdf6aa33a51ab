"""The report as a page: one file, no network, from report.json and config.json."""

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import vl_convert

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.contract import PAGE, REPORT, SETTINGS_USED
from mooc_episodes.report import formatting
from mooc_episodes.report.baselines import WRITERS
from mooc_episodes.report.charts import CONFIG, Report, draw_all
from mooc_episodes.report.tables import FILES_SHOWN, make_all

TEMPLATES = Path(__file__).with_name("templates")
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
PREFIX_SHOWN = 6


def read_report(folder: Path) -> Report:
    """What the page shows: report.json with the settings and versions of config.json.

    Raises:
        UserError: The folder does not hold a report.
    """
    try:
        config = json.loads((folder / SETTINGS_USED).read_text(encoding="utf-8"))
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        return report | {name: config[name] for name in ("settings", "versions")}
    except (OSError, ValueError, KeyError):
        raise UserError(
            f"{folder}: no report in this folder; name one of reports/08a_preprocess_*/"
        ) from None


def vega() -> str:
    """The JavaScript that draws the charts: gzip in base64, kept in target/."""
    version = f"{vl_convert.__version__}-{VEGA_LITE}"
    target = PROJECT / os.environ.get("DBT_TARGET_PATH", "target")
    kept = target / f"vega-{version}.js.gz.b64"
    try:
        return kept.read_text(encoding="ascii")
    except OSError:
        script = vl_convert.javascript_bundle(vl_version=VEGA_LITE).encode()
    packed = base64.b64encode(gzip.compress(script, mtime=0)).decode("ascii")
    new = kept.with_suffix(f".{os.getpid()}")
    try:
        new.write_text(packed, encoding="ascii")
        new.replace(kept)
    except OSError:  # the next run bundles it again
        new.unlink(missing_ok=True)
    return packed


def templates() -> jinja2.Environment:
    """The page's templates, with the filters they use."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters |= {
        "commas": formatting.commas,
        "percent": formatting.percent,
        "day": formatting.day,
        "duration": formatting.duration,
    }
    return environment


def facts(report: Report) -> dict[str, Any]:
    """What the page's sentences need in addition to tables and charts."""
    return {
        "split_of": {split["split"]: split for split in report["splits"]},
        "measures_drawn": {
            row["measure"] for row in report["histograms"] if row["total"]
        },
        "has_distances": any(
            row["ks_statistic"] is not None for row in report["split_distances"]
        ),
        "n_files_left_out": len(report["data_fingerprints"]) - FILES_SHOWN,
        "hashed_by_build": all(
            file.get("hashed") != "export"
            for file in report["data_fingerprints"].values()
        ),
        "prefix_shown": PREFIX_SHOWN,
    }


def render(report: Report) -> str:
    """The page.

    Args:
        report: As read_report returns it.
    """
    return (
        templates()
        .get_template("report.html.jinja")
        .render(
            report=report,
            tables=make_all(report),
            charts={name: chart.to_dict() for name, chart in draw_all(report).items()},
            config=CONFIG | {"background": "transparent"},
            vega=vega(),
            **facts(report),
        )
    )


def write_page(folder: Path) -> None:
    """Write the page next to the report.json and config.json it is made from."""
    page = render(read_report(folder))
    (folder / PAGE).write_text(page, encoding="utf-8")


def write_baselines(folder: Path) -> None:
    """Write the baselines as tables next to the report.json they are made from."""
    report = read_report(folder)
    for name, write in WRITERS.items():
        (folder / name).write_text(write(report), encoding="utf-8")
