"""The export: from a finished build to a published folder, a report and a record."""

import importlib.metadata
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

import mooc_episodes
from mooc_episodes.base.checkout import commit
from mooc_episodes.base.errors import UserError, leaving
from mooc_episodes.base.fingerprints import fingerprint
from mooc_episodes.base.paths import (
    PROCESSED,
    PROJECT,
    REGISTRY,
    REPORTS,
    public,
    relative,
)
from mooc_episodes.contract import (
    CARDS,
    LAYOUTS,
    MANIFEST,
    RECORDS,
    REPORT,
    SETTINGS_USED,
    all_artifacts,
)
from mooc_episodes.manifest.reading import SETTINGS
from mooc_episodes.publish.cards import write_cards
from mooc_episodes.publish.folders import (
    Publisher,
    read_registry,
    register,
    staging,
    write_json,
)
from mooc_episodes.publish.parquet import write_artifacts
from mooc_episodes.report.numbers import build_report
from mooc_episodes.report.page import write_baselines, write_page
from mooc_episodes.warehouse.build_record import (
    BuildStatus,
    check_build,
    read_settings,
)
from mooc_episodes.warehouse.connection import choose_dataset, connect


@dataclass(frozen=True)
class ExportPaths:
    """Where an export reads and writes."""

    database: Path
    processed: Path = PROCESSED
    reports: Path = REPORTS
    registry: Path = REGISTRY


@dataclass(frozen=True)
class Export:
    """What an export made."""

    dataset: str
    folder: Path
    report_folder: Path
    report: dict[str, Any]
    checked: BuildStatus


def export(
    places: ExportPaths, dataset: str | None = None, layout: str = LAYOUTS[0]
) -> Export:
    """Publish a dataset.

    Everything is written to a staging folder and fingerprinted, then moved into place:
    the artifacts in one atomic step, the report folder, the line in the registry.

    Args:
        places: Where to read and write.
        dataset: The dataset; None for the one built last.
        layout: Whether prefixes are written out, too; one of LAYOUTS.

    Raises:
        UserError: Nothing is fit to publish, or it cannot be published there.
    """
    with connect(places.database) as connection:
        dataset = choose_dataset(connection, places.database, dataset)
        checked = check_build(connection, dataset)
        settings = {"layout": layout, **read_settings(connection, dataset)}
        read_registry(places.registry)
        publisher = Publisher(places.processed, folder_name(dataset, layout))
        reports = places.reports / f"08a_preprocess_{dataset}"
        with staging(publisher.versions) as staged, staging(reports) as staged_report:
            run, program = new_run(dataset, reports), this_program()
            with leaving("nothing was published"):
                artifacts = write_folder(connection, settings, staged, publisher.link)
                report = run | build_report(
                    connection, dataset, settings, checked, artifacts
                )
                artifacts += write_description(
                    staged, publisher.link, program, settings, report, artifacts
                )
                write_records(
                    staged_report,
                    run,
                    program,
                    settings,
                    report,
                    artifacts,
                    publisher.link,
                    reports,
                )
            publisher.publish(staged, run["run_id"])
            published = "the artifacts are published, but the report or its line in"
            try:
                with leaving(f"{published} {places.registry} may not be"):
                    staged_report.rename(reports / run["run_tag"])
                    register(places.registry, run)
            except OSError as error:
                raise UserError(
                    f"{dataset}: {published} {places.registry} is not: "
                    f"{error.strerror or error}"
                ) from error
    return Export(dataset, publisher.link, reports / run["run_tag"], report, checked)


def folder_name(dataset: str, layout: str) -> str:
    """The published folder's name; dataset names have no dots."""
    return dataset if layout == LAYOUTS[0] else f"{dataset}.{layout}"


def new_run(dataset: str, reports: Path) -> dict[str, Any]:
    """A run's names, with a tag that is not yet used in the folder of reports."""
    now = datetime.now(UTC)
    tag = base = now.strftime("%Y%m%d_%H%M%S")
    number = 1
    while (reports / tag).exists():
        number += 1
        tag = f"{base}_{number}"
    return {
        "run_id": uuid.uuid4().hex,
        "notebook": reports.name,
        "dataset": dataset,
        "run_tag": tag,
        "created_at": now.isoformat(timespec="seconds"),
        "out_dir": relative(reports / tag),
    }


def this_program() -> dict[str, str | None]:
    """The version and the commit that export."""
    return {"mooc_episodes": mooc_episodes.__version__, "commit": commit()}


def write_folder(
    connection: duckdb.DuckDBPyConnection,
    settings: dict[str, Any],
    staged: Path,
    folder: Path,
) -> list[dict[str, Any]]:
    """Write every artifact.

    Args:
        connection: The warehouse.
        settings: The settings of the build.
        staged: Where to write.
        folder: Where readers will find it.

    Returns:
        Each artifact's path as published, bytes, sha256 and rows.
    """
    artifacts = all_artifacts(settings)
    written = write_artifacts(connection, settings, artifacts, staged)
    return [
        {
            **fingerprint(staged / file.path, folder / file.path, own.sha256),
            "rows": own.n_rows,
        }
        for file, own in zip(artifacts, written, strict=True)
    ]


def write_description(
    staged: Path,
    folder: Path,
    program: dict[str, str | None],
    settings: dict[str, Any],
    report: dict[str, Any],
    artifacts: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Write the cards, and the manifest that travels with the artifacts.

    The manifest names files relative to the folder and nothing of this run: it is the
    same for the same input, settings and commit, and stays true wherever the folder is
    copied.

    Args:
        staged: Where to write; the artifacts are there.
        folder: Where readers will find it.
        program: What this_program returned.
        settings: The settings of the build.
        report: Its report.
        artifacts: What write_folder returned.

    Returns:
        Each card's path as published, bytes and sha256.
    """
    own = [
        {**entry, "path": artifact.path}
        for entry, artifact in zip(artifacts, all_artifacts(settings), strict=True)
    ]
    write_cards(staged, settings, report, own)
    cards = [
        {**fingerprint(staged / name, folder / name), "rows": None} for name in CARDS
    ]
    own += [{**entry, "path": name} for entry, name in zip(cards, CARDS, strict=True)]
    manifest = {
        "dataset": settings["dataset"],
        "settings": verify_settings(settings),
        "made_from": made_from(program, settings, report),
        "artifacts": own,
    }
    write_json(staged / MANIFEST, manifest)
    return cards


def made_from(
    program: dict[str, str | None], settings: dict[str, Any], report: dict[str, Any]
) -> dict[str, Any]:
    """What a folder is made of and by what: input, licence, other settings, version.

    Args:
        program: What this_program returned.
        settings: The settings of the build.
        report: Its report.
    """
    files = [
        {fact: found[fact] for fact in ("path", "bytes", "sha256")}
        for name, found in report["data_fingerprints"].items()
        if name.startswith("raw_events")
    ]
    return {
        **program,
        "input": {"rows": report["raw_data"]["n_rows"], "files": files},
        "licence": settings["licence"],
        "settings": {
            name: value
            for name, value in public_settings(settings).items()
            if name not in {*SETTINGS, "licence"}
        },
    }


def public_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of the build as they may be published: no place on this machine."""
    choices = {
        name: value
        for name, value in settings.items()
        if name not in {"dbt_version", "engine_version"}
    }
    for name in ("raw_events", "pinned_splits", "pinned_vocab", "items"):
        if choices[name] and not choices[name].startswith("relation:"):
            choices[name] = public(PROJECT / choices[name])
    return choices


def verify_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings needed to check the artifacts; of a file its name alone."""
    needed = {name: settings[name] for name in SETTINGS}
    if needed["pinned_vocab"]:
        needed["pinned_vocab"] = Path(needed["pinned_vocab"]).name
    return needed


def write_records(
    staged: Path,
    run: dict[str, Any],
    program: dict[str, str | None],
    settings: dict[str, Any],
    report: dict[str, Any],
    artifacts: list[dict[str, Any]],
    folder: Path,
    reports: Path,
) -> None:
    """Write the files of RECORDS, and a manifest.json of these and the artifacts."""
    versions = {
        **program,
        "dbt": settings["dbt_version"],
        "engine": settings["engine_version"],
        "pyarrow": importlib.metadata.version("pyarrow"),
    }
    used = {"settings": public_settings(settings), "versions": versions}
    write_json(staged / SETTINGS_USED, {**run, **used})
    write_json(staged / REPORT, report)
    write_page(staged)
    write_baselines(staged)
    records = [
        {**fingerprint(staged / name, reports / run["run_tag"] / name), "rows": None}
        for name in RECORDS
    ]
    manifest = {
        **run,
        "root": relative(folder),
        "settings": verify_settings(settings),
        "tests": report["tests"]["status"],
        "artifacts": artifacts + records,
    }
    write_json(staged / MANIFEST, manifest)
