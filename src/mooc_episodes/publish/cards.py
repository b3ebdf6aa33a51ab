"""What other tools read about a folder: README.md, a dataset card, and croissant.json.

Both follow from settings, report and files: they name no date and no place on this
machine, so the same data have the same cards.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa
import pyarrow.parquet as pq

import mooc_episodes
from mooc_episodes.contract import (
    CARD_TITLE,
    CROISSANT,
    CROISSANT_NAME,
    README,
    Artifact,
    ParquetArtifact,
    all_artifacts,
)
from mooc_episodes.fetch.datasets import CITATION, DATASETS, PAGE
from mooc_episodes.publish.folders import write_json
from mooc_episodes.report.baselines import METRICS, with_interval

TEMPLATES = Path(__file__).with_name("templates")
# a configuration for each model, and the splits' names as Hugging Face has them; lists,
# which follow their offsets, take the place of these
CONFIGURATIONS = {
    "pair_offsets": "pairs",
    "pairs": "pairs",
    "episode_offsets": "episodes",
    "episodes": "episodes",
    "user_sequences": "sequences",
    "sessions": "sessions",
    "events_sessionized": "events",
    "items": "items",
}
SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test", None: "all_users"}
SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
)
XUETANGX = (
    "Feng, W., Tang, J., & Liu, T. X. (2019). Understanding Dropouts in MOOCs. "
    "Proceedings of the AAAI Conference on Artificial Intelligence, 33, 517-524, "
    "https://doi.org/10.1609/aaai.v33i01.3301517"
)
CROISSANT_TYPES = {
    pa.int64(): "sc:Integer",
    pa.string(): "sc:Text",
    pa.float64(): "sc:Float",
    pa.timestamp("us", tz="UTC"): "sc:DateTime",
}
PARQUET, JSON = "application/x-parquet", "application/json"


@dataclass(frozen=True)
class Source:
    """Where the events are from.

    Attributes:
        cite: What to cite, in words.
        license: Its identifier, as Hugging Face knows it.
        terms: Where the licence is; None if that is not known.
    """

    cite: str
    license: str
    terms: str | None = None


def source_of(dataset: str, is_sample: bool) -> Source:
    """Where a dataset's events are from, as far as its name says."""
    if is_sample:
        return Source("The events are synthetic and come with mooc-episodes.", "mit")
    if dataset in DATASETS:
        return Source(CITATION, "other", PAGE)
    if dataset == "xuetangx":
        return Source(XUETANGX, "unknown")
    return Source("Cite whoever published the events.", "unknown")


def write_cards(
    folder: Path,
    settings: dict[str, Any],
    report: dict[str, Any],
    entries: list[dict[str, Any]],
) -> None:
    """Write README.md and croissant.json.

    Args:
        folder: Where the artifacts are.
        settings: The settings of the build.
        report: Its report.
        entries: Path in the folder, bytes, sha256 and rows of each artifact.
    """
    source = source_of(settings["dataset"], report["is_synthetic_sample"])
    card = card_of(settings, report, entries, source)
    (folder / README).write_text(card, encoding="utf-8")
    tables = [
        record_set(artifact, pq.read_schema(folder / artifact.path))
        for artifact in all_artifacts(settings)
        if isinstance(artifact, ParquetArtifact)
    ]
    document = croissant_of(settings, report, entries, tables, source)
    write_json(folder / CROISSANT, document)


def card_of(
    settings: dict[str, Any],
    report: dict[str, Any],
    entries: list[dict[str, Any]],
    source: Source,
) -> str:
    """The dataset card, for Hugging Face and for people."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    n_rows = {entry["path"]: entry["rows"] for entry in entries}
    return environment.get_template("card.md.jinja").render(
        title=CARD_TITLE.format(dataset=settings["dataset"]),
        settings=settings,
        metrics=report["metrics"],
        splits=report["splits"],
        is_sample=report["is_synthetic_sample"],
        verdict=report["verdict"] if report["evaluation"] else [],
        baselines=baselines_of(report),
        metric_names=METRICS.values(),
        source=source,
        size=size_of(report["metrics"]["n_pairs_total"]),
        configurations=configurations(all_artifacts(settings), n_rows),
        version=mooc_episodes.__version__,
    )


def size_of(n_pairs: int) -> str:
    """The class of sizes, as Hugging Face names it.

    >>> size_of(2373)
    '1K<n<10K'
    """
    return next(name for limit, name in SIZES if n_pairs < limit)


def configurations(
    artifacts: list[Artifact], n_rows: dict[str, int]
) -> dict[str, dict[str, str]]:
    """The files to load, by configuration and split.

    Files without rows are left out, which `load_dataset` cannot read.
    """
    found: dict[str, dict[str, str]] = {}
    for artifact in artifacts:
        name = CONFIGURATIONS.get(artifact.model)
        if name and isinstance(artifact, ParquetArtifact) and n_rows[artifact.path]:
            own = found.setdefault(name, {})
            own[SPLIT_NAMES[artifact.split]] = artifact.path
    order = [*dict.fromkeys(CONFIGURATIONS.values())]
    return {name: found[name] for name in order if name in found}


def baselines_of(report: dict[str, Any]) -> list[list[str]]:
    """What rules without training reach on test, all windows: a row of cells each."""
    return [
        [
            ", ".join(filter(None, (row["baseline"], row["form"]))),
            *(with_interval(row, metric) for metric in METRICS),
        ]
        for row in report["evaluation"] or []
        if (row["split"], row["view"]) == ("test", "all")
    ]


def croissant_of(
    settings: dict[str, Any],
    report: dict[str, Any],
    entries: list[dict[str, Any]],
    tables: list[dict[str, Any]],
    source: Source,
) -> dict[str, Any]:
    """The Croissant 1.1 metadata: every file with its sha256, every table's columns."""
    k, q = settings["episode_k"], settings["episode_q"]
    metrics = report["metrics"]
    about = {
        "name": CROISSANT_NAME.format(dataset=settings["dataset"]),
        "description": (
            f"Few-shot training data for cold-start recommenders: {k} support and {q} "
            f"query pairs an episode. {metrics['n_users']:,} users, "
            f"{metrics['n_courses']:,} courses, {metrics['n_pairs_total']:,} pairs of "
            f"a prefix and its label, {metrics['n_episodes_total']:,} episodes."
        ),
        "version": mooc_episodes.__version__,
        "citeAs": source.cite,
        "license": source.terms
        or (settings["licence"] if source.license == "unknown" else None)
        or source.license,
    }
    if source.terms:
        about["url"] = source.terms
    return {
        "@context": json.loads((TEMPLATES / "croissant_context.json").read_text()),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        **about,
        "distribution": [file_object(entry) for entry in entries],
        "recordSet": tables,
    }


def file_object(entry: dict[str, Any]) -> dict[str, Any]:
    """A file, as Croissant describes it."""
    path = entry["path"]
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": Path(path).name,
        "contentUrl": path,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": PARQUET if path.endswith(".parquet") else JSON,
        "sha256": entry["sha256"],
    }


def record_set(table: ParquetArtifact, schema: pa.Schema) -> dict[str, Any]:
    """A table, as Croissant describes it.

    Args:
        table: The artifact.
        schema: Of its file, which may have more columns than the contract names.
    """
    name = "_".join(filter(None, (table.model, table.split)))
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [field_of(name, table.path, column) for column in schema],
    }


def field_of(records: str, path: str, column: pa.Field) -> dict[str, Any]:
    """A column, as Croissant describes it; lists are arrays of any length."""
    kind, depth = column.type, 0
    while pa.types.is_list(kind):
        kind, depth = kind.value_type, depth + 1
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{column.name}",
        "name": column.name,
        "dataType": CROISSANT_TYPES[kind],
        "source": {"fileObject": {"@id": path}, "extract": {"column": column.name}},
    }
    if depth:
        found |= {"isArray": True, "arrayShape": ",".join(["-1"] * depth)}
    return found
