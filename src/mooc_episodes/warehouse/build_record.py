"""The record of a build: is it fit to publish, and what were its test results?

Each dataset's schema holds a table `build_record` (macros/record/), one row
per dbt invocation that touched it.
"""

import json
import os
import shlex
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.warehouse.connection import rows, table

SUCCESSFUL = {"success", "pass", "warn", "no-op"}
INTERRUPTED = "interrupted"
SKIPPED = "skipped"
NOT_RUN = "not run"
KINDS = ("model", "test", "unit_test")
NAMED_AT_MOST = 10
# the folder of models that a build may leave out: dbt build --exclude models/evaluation
EVALUATION = "models/evaluation"


@dataclass(frozen=True)
class Node:
    """A model or test as dbt last left it.

    Attributes:
        name: dbt's unique id, e.g. `model.mooc_episodes.pairs`.
        status: dbt's status, or `interrupted`, or `not run`.
        settings: The settings it ran under, as JSON; empty if it never ran.
        invocation: Number of the dbt invocation it ran in; 0 if it never ran.
    """

    name: str
    status: str = NOT_RUN
    settings: str = ""
    invocation: int = 0

    @property
    def kind(self) -> str:
        """`model`, `test` or `unit_test`."""
        return self.name.split(".")[0]

    @property
    def model(self) -> str | None:
        """The model that a unit test is of, which its parents do not say."""
        _, project, model = self.name.split(".")[:3]
        return f"model.{project}.{model}" if self.kind == "unit_test" else None

    @property
    def label(self) -> str:
        """A readable name."""
        parts = self.name.split(".")
        name = parts[3] if self.kind == "unit_test" else parts[2]
        return f"{self.kind.replace('_', ' ')} {name}"


@dataclass(frozen=True)
class Build:
    """A dataset's build, as recorded.

    Attributes:
        nodes: Its models and tests, by name.
        parents: The nodes each depends on.
        vars: The vars given to the last invocation that built a model, as JSON.
        settings: Its settings, as JSON.
        versions: Its versions of dbt and the engine, as JSON.
        started_at: When it started, UTC.
        evaluated: Whether the evaluation is part of it.
    """

    nodes: dict[str, Node]
    parents: dict[str, list[str]] = field(default_factory=dict)
    vars: str = "{}"
    settings: str = "{}"
    versions: str = "{}"
    started_at: datetime | None = None
    evaluated: bool = True

    @property
    def models(self) -> list[Node]:
        """The models."""
        return [node for node in self.nodes.values() if node.kind == "model"]

    @property
    def tests(self) -> list[Node]:
        """The tests; one that ran under other settings than the models did not run."""
        settings = {model.settings for model in self.models}
        return [
            node if node.settings in settings else Node(node.name)
            for node in self.nodes.values()
            if node.kind != "model"
        ]

    @property
    def stale(self) -> list[Node]:
        """Models older than a model they are built from."""
        return [
            model
            for model in self.models
            if any(
                self.nodes[parent].invocation > model.invocation
                for parent in self.parents.get(model.name, [])
                if parent in self.nodes
            )
        ]

    def command(self, name: str) -> str:
        """The dbt command of that name with the vars of this build."""
        given = "" if self.vars == "{}" else f" --vars {shlex.quote(self.vars)}"
        left_out = "" if self.evaluated else f" --exclude {EVALUATION}"
        return f"dbt {name}{left_out}{given}"


def replay(invocations: list[dict[str, Any]]) -> Build:
    """The state of each model and test, from the dbt invocations in order.

    An invocation without results was interrupted, and so was all it selected.
    Rebuilding a model invalidates earlier test results.

    Args:
        invocations: Rows of `build_record`, oldest first. The last one's `nodes` are
            those that must be there; `selected` is empty if dbt does not say.
    """
    parents = json.loads(invocations[-1]["nodes"])
    build = Build({name: Node(name) for name in parents}, parents)
    for invocation in invocations:
        ran = json.loads(invocation["results"] or "null")
        if ran is None:
            selected = json.loads(invocation["selected"]) or build.nodes
            ran = dict.fromkeys(selected, INTERRUPTED)
        nodes = dict(build.nodes)
        if any(name.startswith("model.") for name in ran):
            nodes |= {test.name: Node(test.name) for test in build.tests}
            last = ("vars", "settings", "versions", "started_at")
            build = replace(build, **{name: invocation[name] for name in last})
        for name, status in ran.items():
            if name.split(".")[0] in KINDS:
                number = invocation["number"]
                nodes[name] = Node(name, status, invocation["settings"], number)
        build = replace(build, nodes=nodes)
    return build


def without_stale_evaluation(build: Build) -> Build:
    """The build, without the evaluation if this build left it out.

    It did if every model of the evaluation ran before a model that the evaluation
    reads, or never: its tables, if they are there, are of an earlier build.
    """
    own = {
        f"model.mooc_episodes.{path.stem}"
        for path in (PROJECT / EVALUATION).glob("*.sql")
    } & build.nodes.keys()
    read = {parent for name in own for parent in build.parents.get(name, [])} - own
    last_read = max(
        (build.nodes[name].invocation for name in read & build.nodes.keys()), default=0
    )
    if any(build.nodes[name].invocation >= last_read for name in own):
        return build
    kept = {
        name: node
        for name, node in build.nodes.items()
        if own.isdisjoint({name, node.model, *build.parents.get(name, [])})
    }
    return replace(build, nodes=kept, evaluated=False)


@dataclass(frozen=True)
class BuildStatus:
    """A build that is fit to publish.

    Attributes:
        build: The build.
        passed: How many tests passed on it.
        not_run: How many did not run.
    """

    build: Build
    passed: int
    not_run: int

    @property
    def tests(self) -> str:
        """`passed` if all tests ran, else `not run`."""
        return NOT_RUN if self.not_run else "passed"


def read_build(connection: duckdb.DuckDBPyConnection, dataset: str) -> Build:
    """The build of a dataset, from its record.

    Raises:
        UserError: An earlier version of this project wrote the record.
    """
    record = table(dataset, "build_record")
    invocations = rows(connection, f"from {record} order by number")
    if "versions" not in invocations[-1]:
        raise UserError(f"{dataset}: built by an earlier version; run dbt build again")
    return replay(invocations)


def read_settings(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, Any]:
    """The settings of a build, and the versions that made it."""
    build = read_build(connection, dataset)
    settings, versions = json.loads(build.settings), json.loads(build.versions)
    settings.pop("empty", None)
    return settings | {f"{name}_version": versions[name] for name in versions}


def check_build(connection: duckdb.DuckDBPyConnection, dataset: str) -> BuildStatus:
    """Refuse a build that is not fit to publish.

    Raises:
        UserError: A model or test failed, was interrupted or never built; a model is
            older than one it is built from; the models have different settings.
    """
    build = without_stale_evaluation(read_build(connection, dataset))
    refuse_unfit(build, dataset)
    tests = build.tests
    not_run = sum(test.status == NOT_RUN for test in tests)
    return BuildStatus(build, len(tests) - not_run, not_run)


def log() -> str:
    """Where dbt's words are."""
    return str(Path(os.environ.get("DBT_LOG_PATH", "logs")) / "dbt.log")


def refuse_unfit(build: Build, dataset: str) -> None:
    """Raise a UserError with the reason if a build is not fit to publish."""
    again = f"run {replace(build, evaluated=True).command('build')} again"
    # a failure repeats unless its cause goes
    mend = f"{log()} says why; correct that, then {again}"

    def refuse(
        what: str, nodes: list[Node], why: bool = True, remedy: str = again
    ) -> None:
        if nodes:
            named = [
                f"{node.label} ({node.status})" if why else node.label
                for node in sorted(nodes, key=lambda node: node.name)[:NAMED_AT_MOST]
            ]
            if len(nodes) > len(named):
                named.append(f"{len(nodes) - len(named)} more")
            raise UserError(f"{dataset}: {what}: {', '.join(named)}; {remedy}")

    models = build.models
    others = {*SUCCESSFUL, INTERRUPTED, SKIPPED, NOT_RUN}
    both = models + build.tests
    failed = [node for node in both if node.status not in others]
    refuse("the build failed", failed, remedy=mend)
    if any(node.status == INTERRUPTED for node in both):
        raise UserError(f"{dataset}: the build was interrupted; {again}")
    refuse("the build skipped", [n for n in both if n.status == SKIPPED], why=False)
    refuse("not built", [node for node in models if node.status == NOT_RUN], why=False)
    settings = {node.settings for node in models}
    if len(settings) > 1:
        raise UserError(f"{dataset}: models have different settings; {again}")
    refuse("older than what they are made from", build.stale, why=False)
    if json.loads(settings.pop()).get("empty"):
        raise UserError(f"{dataset}: built with --empty, without rows; {again}")
