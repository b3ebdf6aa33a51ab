"""A copy of the project to make a fault in, and the test that notices it."""

import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.util import _exit_function
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

import _src  # noqa: F401, the package of this project
from checkout import PROJECT, git
from fault_groups import (
    Reach,
    has_macros_of_dbt,
    in_files,
    make_in_parsed,
    users_of_macros,
    with_users,
)
from faults import Fault
from mooc_episodes.build.dbt import collect_garbage_rarely

# far more than either takes on a busy machine
BUILD_SECONDS, TEST_SECONDS = 300, 3600
ANY_MODEL = ("raw_events",)
NODE_KINDS = {"unit_test": "unit test", "test": "data test", "model": "model"}
NOT_SQL = re.compile("(Parser|Binder|Catalog) Error")

NOT_CAUGHT = ("missed", "to judge")
TABLES = """
    select table_schema || '.' || table_name from information_schema.tables
    where table_name != 'build_record'
"""


class NotReadyError(Exception):
    """The project fails without a fault, or a fault does not apply."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fault.

    Attributes:
        kind: "unit test", "data test", "model" (its contract, or a value that cannot be
            computed), "dbt" (a gate, or no build at all), "pytest" or "time"; "invalid"
            if the fault is not SQL; "missed" if no test failed; "to judge" if no table
            of the sample changed either.
        name: The first test that failed, or the tables that changed.
        seconds: The time it took.
    """

    kind: str
    name: str = ""
    seconds: float = 0.0


class Copy:
    """A built copy of the project to break."""

    def __init__(self, root: Path) -> None:
        """Copy what git tracks or would track, and build it."""
        self.root, self.target = root, root / "target"
        self.results = self.target / "run_results.json"
        self.sound: set[str] = set()
        self.telling: dict[str, list[str]] = defaultdict(list)
        for name in filter(
            None, git("ls-files", "-co", "--exclude-standard", "-z").split("\0")
        ):
            if (PROJECT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / name, root / name)
        (root / ".venv").symlink_to(PROJECT / ".venv")
        self.target.mkdir()
        # tests choose their own databases; forked_pytest is in dev
        paths = f"{root / 'src'}:{root / 'dev'}"
        self.env_of_tests = os.environ | {"PYTHONPATH": paths}
        os.environ |= {
            "DUCKDB_PATH": str(self.target / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target),
            "DBT_USE_COLORS": "false",
            "PYTHONPATH": str(root / "src"),
        }
        os.chdir(root)
        collect_garbage_rarely()
        failed = self.build()
        shutil.copytree(self.target, root / "built")
        if failed.kind:
            raise NotReadyError(f"the project fails without a fault: {failed.name}")
        self.tables = self.fingerprints()
        self.manifest = json.loads((root / "built" / "manifest.json").read_text())
        self.parts = in_files(self.manifest)
        self.users = users_of_macros(self.manifest)
        parsed = dbtRunner().invoke(["-q", "parse"]).result
        assert isinstance(parsed, Manifest)
        self.parsed = parsed
        built = json.loads((root / "built" / "run_results.json").read_text())
        # dbt builds models in this order, and each after its unit tests
        self.rank = {one["unique_id"]: i for i, one in enumerate(built["results"])}

    def restore(self) -> None:
        """Restore the tables and what dbt has parsed."""
        (self.target / "warehouse.duckdb.wal").unlink(missing_ok=True)
        for name in ("warehouse.duckdb", "partial_parse.msgpack"):
            shutil.copy2(self.root / "built" / name, self.target / name)

    @contextmanager
    def on_disk(self, fault: Fault) -> Iterator[None]:
        """With a fault in its file."""
        path = self.root / fault.file
        sound = path.read_text("utf-8")
        path.write_text(fault.apply(sound), "utf-8")
        try:
            yield
        finally:
            path.write_text(sound, "utf-8")

    def build(self, *selection: str, faults: Sequence[Fault] = ()) -> Outcome:
        """Build, unit tests first, up to the first failure; what failed."""
        status, said = self.dbt("build", "--fail-fast", *selection, faults=faults)
        if status == 0:
            return Outcome("")
        if status < 0:
            return Outcome("time", f"longer than {BUILD_SECONDS} s")
        return failed_node(self.results, said)

    def dbt(self, *command: str, faults: Sequence[Fault] = ()) -> tuple[int, str]:
        """Run dbt; its exit code, negative if it took too long, and what it printed.

        Given faults are made in what dbt has parsed, and nothing is parsed again.
        """
        self.results.unlink(missing_ok=True)
        said = self.target / "said.txt"
        child = os.fork()  # dbt is imported once; what it keeps in memory is not kept
        if child == 0:
            signal.alarm(BUILD_SECONDS)
            output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            ok = False
            try:
                for fault in faults:
                    text = (self.root / fault.file).read_text("utf-8")
                    make_in_parsed(self.parsed, fault, text)
                runner = dbtRunner(self.parsed if faults else None)
                ok = runner.invoke(["-q", *command]).success
                DuckDBConnectionManager.close_all_connections()
            finally:
                _exit_function()  # gives back dbt's semaphores
                os._exit(0 if ok else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return status, said.read_text()

    def fingerprints(self) -> dict[str, Any]:
        """The number of rows and a sum of hashes of every table and view."""
        place = str(self.target / "warehouse.duckdb")
        with duckdb.connect(place, read_only=True) as database:
            return {
                name: database.execute(
                    f"select count(*), sum(hash(t)) from {name} as t"
                ).fetchall()
                for (name,) in database.execute(TABLES).fetchall()
            }

    def changed_tables(self) -> list[str]:
        """The tables that are not as they were without the fault."""
        try:
            now = self.fingerprints()
        except duckdb.Error as error:
            return [str(error).splitlines()[0]]
        names = self.tables.keys() | now.keys()
        return sorted(name for name in names if now.get(name) != self.tables.get(name))

    def run_pytest(
        self, *arguments: str, timeout: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run pytest in the copy, in one process."""
        command = (".venv/bin/pytest", "-q", "-n0", "-p", "no:cacheprovider")
        return subprocess.run(
            [*command, "--rootdir=.", *arguments],
            env=self.env_of_tests,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def pytest(self, tests: list[str]) -> str:
        """Run some tests up to the first that fails; which."""
        # without --keep-duplicates, a test named before its file runs with the file
        done = self.run_pytest("-x", "--keep-duplicates", *tests, timeout=TEST_SECONDS)
        if done.returncode == 0:
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.M)
        if not failed:
            raise NotReadyError(f"pytest did not run: {done.stdout}{done.stderr}")
        return failed[1].partition("[")[0]

    def forked(
        self, faults: list[Fault], tests: list[str], *, keep_fixtures: bool
    ) -> dict[str, Outcome]:
        """Try faults in forks of one run of pytest: outcomes, by id, of those seen.

        Args:
            faults: Of SQL.
            tests: The files of tests.
            keep_fixtures: Whether what the tests share is made once, without a fault.
        """
        started = time.monotonic()
        given, noticed = self.target / "faults", self.target / "noticed.json"
        given.write_bytes(pickle.dumps(faults))
        noticed.unlink(missing_ok=True)
        done = self.run_pytest(
            *("-p", "forked_pytest", *tests),
            *(["--keep-fixtures"] if keep_fixtures else []),
            *("--faults", str(given), "--noticed", str(noticed)),
        )
        if not noticed.exists():
            raise NotReadyError(f"pytest did not run: {done.stdout}{done.stderr}")
        seconds = round((time.monotonic() - started) / len(faults), 1)
        return {
            id_: Outcome(
                "time" if name == "time" else "pytest", name.partition("[")[0], seconds
            )
            for id_, name in json.loads(noticed.read_text("utf-8")).items()
            if name
        }

    def check(self, test: str) -> None:
        """Raise an error if a test fails without a fault, too."""
        if test not in self.sound and self.pytest([test]):
            raise NotReadyError(f"{test} fails without a fault")
        self.sound.add(test)

    def outcomes(self, group: list[Fault], models: Reach) -> dict[str, Outcome]:
        """Try faults together: the outcomes, by id, of those a unit test notices.

        If dbt does not get as far as the tests, each half of the faults is tried.
        """
        if len(group) < 2:
            return {}
        started = time.monotonic()
        self.restore()
        results = self.unit_tests({m for f in group for m in models[f.file]}, group)
        if results is None:
            half = len(group) // 2
            first = self.outcomes(group[:half], models)
            return first | self.outcomes(group[half:], models)
        seconds = round((time.monotonic() - started) / len(group), 1)
        found = {}
        for fault in group:
            for model, result in results:
                if model in models[fault.file] and result["status"] != "pass":
                    invalid = NOT_SQL.search(result["message"] or "")
                    kind = "invalid" if invalid else "unit test"
                    name = result["unique_id"].split(".")[-1]
                    found[fault.id] = Outcome(kind, name, seconds)
                    break
        return found

    def unit_tests(
        self, models: set[str], faults: list[Fault]
    ) -> list[tuple[str, dict[str, Any]]] | None:
        """Run the unit tests of models: model and result of each, upstream first.

        None if dbt does not run them all.
        """
        names = sorted(model.split(".")[-1] for model in models)
        selection = (f"{name},test_type:unit" for name in names)
        self.dbt("test", "--select", *selection, faults=faults)
        expected = {
            id_: test["depends_on"]["nodes"][0]
            for id_, test in self.manifest["unit_tests"].items()
            if test["depends_on"]["nodes"][0] in models
        }
        if not self.results.exists():
            return None
        results = [
            (expected[result["unique_id"]], result)
            for result in json.loads(self.results.read_text("utf-8"))["results"]
            if result["unique_id"] in expected and result["status"] != "skipped"
        ]
        if len(results) < len(expected):
            return None
        return sorted(results, key=lambda one: (self.rank[one[0]], one[1]["unique_id"]))

    def outcome(self, fault: Fault) -> Outcome:
        """The first of dbt's tests that notices a fault."""
        started = time.monotonic()
        found = self.noticed_by_dbt(fault)
        return Outcome(found.kind, found.name, round(time.monotonic() - started, 1))

    def alone(self, fault: Fault, tests: list[str]) -> Outcome | None:
        """The first test of pytest that notices a fault, in a run of its own."""
        started = time.monotonic()
        with self.on_disk(fault):
            found = self.noticed_by_pytest(fault, tests)
        if not found:
            return None
        if found.kind == "pytest":
            self.check(found.name)
        return Outcome(found.kind, found.name, round(time.monotonic() - started, 1))

    def noticed_by_dbt(self, fault: Fault) -> Outcome:
        """What fails as dbt builds all a fault reaches, or else what it changes."""
        if fault.file.startswith(("src/", "scripts/")):
            return Outcome("missed", "no table of dbt")
        self.restore()
        reached = with_users(self.parts[fault.file], self.users)
        if not fault.file.endswith(".sql") or has_macros_of_dbt(reached, self.manifest):
            with self.on_disk(fault):
                found = self.build()
        else:
            nodes = [self.manifest["nodes"].get(id_) for id_ in sorted(reached)]
            if not any(nodes):
                return Outcome("missed", "no table of dbt")
            names = [f"{one['name']}+" for one in nodes if one and is_selected(one)]
            # what only hooks call, any build runs
            found = self.build("--select", *(names or ANY_MODEL), faults=[fault])
        if found.kind:
            return found
        changed = self.changed_tables()
        return Outcome("missed" if changed else "to judge", ", ".join(changed))

    def noticed_by_pytest(self, fault: Fault, tests: list[str]) -> Outcome | None:
        """The first test of pytest that fails with a fault on disk."""
        telling = self.telling[fault.file]
        try:
            failed = self.pytest([*telling, *tests])
        except subprocess.TimeoutExpired:
            return Outcome("time", f"longer than {TEST_SECONDS} s")
        if not failed:
            return None
        # the next fault of the file may well be caught by the same test
        self.telling[fault.file] = [failed, *(one for one in telling if one != failed)]
        return Outcome("pytest", failed)


def is_selected(node: dict[str, Any]) -> bool:
    """Whether dbt selects a node by its name: no hook, which it runs anyway."""
    return node["resource_type"] in ("model", "test")


def failed_node(results: Path, said: str) -> Outcome:
    """What failed in a build, by its results, or else by what was printed."""
    failed: dict[str, str] = {}
    recorded = json.loads(results.read_text())["results"] if results.exists() else []
    for result in recorded:
        kind, *_, name = re.sub(r"\.[0-9a-f]{10}$", "", result["unique_id"]).split(".")
        if result["status"] in ("error", "fail", "runtime error"):
            if NOT_SQL.search(result["message"] or ""):
                return Outcome("invalid", name)
            failed.setdefault(kind, name)
    for kind, called in NODE_KINDS.items():
        if kind in failed:
            return Outcome(called, failed[kind])
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return Outcome("dbt", (lines or ["no message"])[-1][:200])
