"""Running `dbt build` in this process."""

import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mooc_episodes.base import progress
from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.build.checks import check_database, check_folders
from mooc_episodes.build.messages import failures
from mooc_episodes.build.progress import BuildProgress
from mooc_episodes.warehouse import spark


class BuildError(UserError):
    """dbt build failed."""


@dataclass(frozen=True)
class Built:
    """A dataset that dbt built, in the DuckDB database to export it from.

    Attributes:
        database: The database.
        dataset: Its name.
    """

    database: Path
    dataset: str


def build_vars(
    given: str, dataset: str | None, raw_events: str | None
) -> dict[str, Any]:
    """The vars of the build: those given as YAML, the dataset, and the input.

    Raises:
        UserError: The YAML is not a mapping, or contradicts another option.
    """
    try:
        chosen = yaml.safe_load(given)
    except yaml.YAMLError:
        chosen = None
    if not isinstance(chosen, dict):
        raise UserError(f"--vars: '{given}' is not a mapping; use '{{name: value}}'")
    if raw_events and not dataset:
        raise UserError(
            f"'{raw_events}' is given without a dataset; name the preset whose "
            "settings and output folder it has (make run DATASET=…, or --dataset)"
        )
    is_path = raw_events and not raw_events.startswith("relation:")
    if is_path and not Path(raw_events).is_absolute():
        # dbt runs in the project's folder, wherever the user is
        raw_events = os.path.relpath(raw_events, PROJECT)
    for name, value in {"dataset": dataset, "raw_events": raw_events}.items():
        if value and chosen.setdefault(name, value) != value:
            raise UserError(f"{name}: given twice, '{value}' and '{chosen[name]}'")
    return chosen


@contextmanager
def ready(target: str, database: Path) -> Iterator[None]:
    """Make sure that dbt can start and write; hold Spark's warehouse.

    Raises:
        UserError: They cannot, or another run builds there.
    """
    if target == "spark":
        with spark.ready():
            check_folders()
            yield
    else:
        check_database(database)
        check_folders()
        yield


def collect_garbage_rarely() -> None:
    """Have Python look for garbage less often: dbt makes many objects, which stay.

    Parsing the project takes three quarters of the CPU time that it takes otherwise,
    and 20 MB more memory.
    """
    gc.set_threshold(100_000, 50, 100)


def build(target: str, database: Path, chosen: dict[str, Any]) -> Built:
    """Run dbt build; from here on the project is the working directory.

    Args:
        target: The engine, duckdb or spark.
        database: The DuckDB file to build in.
        chosen: The vars.

    Raises:
        BuildError: It failed; one line per reason.
        UserError: There is no var of a name that is given.
    """
    os.environ["DUCKDB_PATH"] = str(database.absolute())
    os.chdir(PROJECT)
    settings = json.dumps(chosen, default=str)
    options = f" --vars '{settings}'" if chosen else ""
    progress.announce(f"dbt build{options}: some seconds to its first model")
    collect_garbage_rarely()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    # what dbt would print is printed here: once, and without colours
    quietly = ["--log-level=none", "--log-level-file=debug", "--no-use-colors"]
    dbt = dbtRunner(callbacks=[BuildProgress()] if progress.on_terminal() else [])
    done = dbt.invoke([*quietly, "build", "--target", target, "--vars", settings])
    DuckDBConnectionManager.close_all_connections()
    if "> in macro check_settings " in str(done.exception):
        raise UserError("\n".join(failures(done)))
    if not done.success:
        raise BuildError("\n".join(failures(done)))
    # the one in the database that was built last may be another
    dataset = chosen.get("dataset") or default_dataset()
    if target == "duckdb":
        return Built(database, dataset)
    database = spark.warehouse() / "warehouse.duckdb"
    spark.read_with_duckdb(dataset, database)
    return Built(database, dataset)


def default_dataset() -> str:
    """The dataset that dbt_project.yml names."""
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["vars"]["dataset"]
