"""Options that several commands have."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mooc_episodes.base.paths import PROCESSED, PROJECT, REGISTRY, REPORTS
from mooc_episodes.cli.command import AS_JSON

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

PATH = click.Path(path_type=Path)


def as_json(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json."""
    return click.option(
        AS_JSON,
        "as_json",
        is_flag=True,
        help='Print one JSON object; {"error": …} if it fails.',
    )(function)


def default_database() -> Path:
    """The DuckDB file of env DUCKDB_PATH, as profiles.yml has it."""
    return PROJECT / (os.environ.get("DUCKDB_PATH") or "data/warehouse.duckdb")


def warehouse(default: str) -> Decorator:
    """Add --dataset and --database.

    Args:
        default: Which dataset is used if none is named.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        database = click.option(
            "--database",
            type=PATH,
            default=default_database(),
            help="The DuckDB file (default: env DUCKDB_PATH, else "
            "data/warehouse.duckdb).",
        )
        dataset = click.option(
            "--dataset", help=f"A preset of dbt_project.yml (default: {default})."
        )
        return dataset(database(function))

    return decorate


def registry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --registry."""
    return click.option(
        "--registry",
        type=PATH,
        default=REGISTRY,
        help="The registry of runs (default: meta.json).",
    )(function)


def layout(
    context: click.Context, option: click.Parameter, given: str | None
) -> str | None:
    """Check --layout by the contract, which imports pyarrow: only if it is given.

    Raises:
        BadParameter: There is no such layout.
    """
    if given is None:
        return None
    from mooc_episodes.contract import LAYOUTS

    return click.Choice(LAYOUTS).convert(given, option, context)


def publishing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --layout, --processed-dir, --reports-dir and --registry."""
    for option in (
        registry,
        click.option(
            "--reports-dir",
            type=PATH,
            default=REPORTS,
            help="Where reports and manifests go (default: reports).",
        ),
        click.option(
            "--processed-dir",
            type=PATH,
            default=PROCESSED,
            help="Where the datasets' folders go (default: data/processed).",
        ),
        click.option(
            "--layout",
            callback=layout,
            metavar="LAYOUT",
            help="full: every prefix is written out, too; compact: only each user's "
            "sequence, and pairs and episodes as positions in it, in "
            "<dataset>.compact (default: full).",
        ),
    ):
        function = option(function)
    return function
