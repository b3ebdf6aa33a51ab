"""Make small faults in a copy of the project, one at a time, and see which test fails.

Most faults are made from the source (dev/sql_faults.py, dev/python_faults.py); those
that need a meaning are in dev/faults.yml, with those known to change nothing. Of each,
dbt builds what the fault reaches, unit tests first; where no test fails, pytest runs
what faults.yml names for the file. What still goes unnoticed is a missed fault if it
changes a table of the sample, and one to judge if it changes none.

Exit codes: 0 all faults were caught or are known to change nothing, 1 some were not,
2 the project fails without a fault or a written one does not apply, 130 interrupted.
"""

import argparse
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

import faults
from checkout import PROJECT, git
from fault_report import report
from faults import Fault

BUILD_SECONDS, TEST_SECONDS = 120, 900
NODE_KINDS = {"unit_test": "unit test", "test": "data test", "model": "model"}
NOT_SQL = re.compile("(Parser|Binder|Catalog) Error")

NOT_CAUGHT = ("missed", "to judge")
TABLES = """
    select table_schema || '.' || table_name from information_schema.tables
    where table_name not in ('build_record', 'input_files')
"""


class NotReadyError(Exception):
    """The project fails without a fault, or a fault does not apply."""


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    Attributes:
        kind: "unit test", "data test", "model" (its contract, or a value that cannot be
            computed), "dbt" (a gate, or no build at all), "pytest" or "time"; "invalid"
            if the fault is no SQL; "missed" if no test failed; "to judge" if no table
            of the sample changed either.
        name: The first test that failed, or the tables that changed.
        seconds: How long it took.
    """

    kind: str
    name: str = ""
    seconds: float = 0.0


class Copy:
    """A built copy of the project to break."""

    def __init__(self, root: Path) -> None:
        """Copy what git tracks or would track, and build it."""
        self.root, self.target = root, root / "target"
        for name in filter(
            None, git("ls-files", "-co", "--exclude-standard", "-z").split("\0")
        ):
            if (PROJECT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / name, root / name)
        (root / ".venv").symlink_to(PROJECT / ".venv")
        self.target.mkdir()
        os.environ |= {
            "DUCKDB_PATH": str(self.target / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target),
            "DBT_USE_COLORS": "false",
            "PYTHONPATH": str(root / "src"),
        }
        os.chdir(root)
        failed = self.build()
        shutil.copytree(self.target, root / "built")
        if failed.kind:
            raise NotReadyError(f"the project fails without a fault: {failed.name}")
        self.tables = self.fingerprints()

    def restore(self) -> None:
        """Put back the tables and what dbt has parsed."""
        for name in ("warehouse.duckdb", "partial_parse.msgpack"):
            shutil.copy2(self.root / "built" / name, self.target / name)

    def build(self, *selection: str) -> Outcome:
        """Build, unit tests first, up to the first failure; what failed."""
        results = self.target / "run_results.json"
        results.unlink(missing_ok=True)
        said = self.target / "said.txt"
        child = os.fork()  # dbt is imported once; what it keeps in memory is not kept
        if child == 0:
            signal.alarm(BUILD_SECONDS)
            output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            ok = False
            try:
                ok = (
                    dbtRunner()
                    .invoke(["-q", "build", "--fail-fast", *selection])
                    .success
                )
            finally:
                os._exit(0 if ok else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            return Outcome("")
        if status < 0:
            return Outcome("time", f"longer than {BUILD_SECONDS} s")
        return failed_node(results, said.read_text())

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

    def pytest(self, tests: list[str]) -> Outcome:
        """Run some tests up to the first that fails."""
        command = [".venv/bin/pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider"]
        try:
            done = subprocess.run(
                [*command, "--rootdir=.", *tests],
                capture_output=True, text=True, check=False, timeout=TEST_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Outcome("time", f"longer than {TEST_SECONDS} s")
        if done.returncode in (0, 4, 5):  # all passed, or a test named is gone
            return Outcome("")
        failed = re.search(
            r"^(?:FAILED|ERROR) tests/python/(.+?)(?: - .*)?$", done.stdout, re.M
        )
        return Outcome("pytest", failed[1] if failed else done.stdout[-200:])

    def outcome(self, fault: Fault, tests: list[str]) -> Outcome:
        """Make a fault, run the tests up to what notices it, and mend the fault."""
        path, started = self.root / fault.file, time.monotonic()
        text = path.read_text("utf-8")
        path.write_text(fault.apply(text), "utf-8")
        found, changed = Outcome(""), []
        try:
            if not fault.file.endswith(".py"):
                self.restore()
                found = self.build(*reached_by(fault.file))
                changed = [] if found.kind else self.changed_tables()
            if tests and not found.kind:
                found = self.pytest(tests)
        finally:
            path.write_text(text, "utf-8")
        if not found.kind and fault.file.endswith(".py"):
            found = Outcome("missed")
        elif not found.kind:
            found = Outcome("missed" if changed else "to judge", ", ".join(changed))
        return Outcome(found.kind, found.name, round(time.monotonic() - started, 1))


def reached_by(file: str) -> list[str]:
    """What of the project dbt builds for a fault in a file."""
    if file.startswith(("models/", "tests/")) and file.endswith(".sql"):
        return ["--select", "state:modified+", "--state", "built"]
    return []


def failed_node(results: Path, said: str) -> Outcome:
    """What failed in a build, by its results, or else by what was printed."""
    failed: dict[str, str] = {}
    for result in (
        json.loads(results.read_text())["results"] if results.exists() else []
    ):
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


Job = tuple[Fault, list[str]]
COPY: Copy | None = None


def make_copy(folder: str) -> None:
    """Give a worker its copy."""
    global COPY
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    COPY = Copy(Path(tempfile.mkdtemp(dir=folder)))


def try_fault(job: Job) -> tuple[Fault, Outcome]:
    """Try one fault in this worker's copy."""
    assert COPY is not None
    return job[0], COPY.outcome(*job)


def tests_of(file: str, listed: list[dict[str, Any]]) -> list[str]:
    """The pytest files to run for a file: those of the first pattern that it fits."""
    for entry in listed:
        if fnmatch(file, entry["files"]):
            return [f"tests/python/{name}" for name in entry["run"]]
    return []


def read_kept(path: Path | None) -> dict[str, Outcome]:
    """What earlier runs caught, by the faults' ids; the rest is to be tried again."""
    if not path or not path.exists():
        return {}
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = {entry.pop("id"): Outcome(**entry) for entry in entries}
    return {name: one for name, one in found.items() if one.kind not in NOT_CAUGHT}


def run(jobs: list[Job], workers: int, keep: Path | None) -> dict[str, Outcome]:
    """The outcome of each fault, printed and kept as it is found."""
    found: dict[str, Outcome] = {}
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(workers, context, make_copy, (folder,)) as pool,
    ):
        tried = [pool.submit(try_fault, job) for job in jobs]
        try:
            for done in as_completed(tried):
                fault, outcome = done.result()
                found[fault.id] = outcome
                print(
                    f"{fault.id} {fault}\n         {outcome.kind} {outcome.name}"
                    f" ({outcome.seconds} s)",
                    flush=True,
                )
                if keep:
                    with keep.open("a", encoding="utf-8") as file:
                        entry = {"id": fault.id, **asdict(outcome)}
                        file.write(json.dumps(entry) + "\n")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def read_arguments() -> argparse.Namespace:
    """What the command was given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--kinds", nargs="+", default=["sql", "written"], help="sql, written, python")
    add("--only", nargs="+", default=[], metavar="WHAT", help="files, globs or ids")
    add("--sample", type=int, metavar="N", help="N, over all files and operators")
    add("--seed", type=int, default=0, help="which N")
    add("--jobs", type=int, default=1, help="copies at work at once")
    add("--no-pytest", action="store_true", help="dbt's tests alone, for a first look")
    add("--list", action="store_true", help="list the faults, and end")
    add("--keep", type=Path, help="keep the outcomes here, and take up from there")
    add("--report", type=Path, help="write the result here: docs/mutations.md")
    return parser.parse_args()


def choose_faults(given: argparse.Namespace, known: dict[str, Any]) -> list[Fault]:
    """The faults asked for; a list of what does not apply goes to standard error."""
    by_hand, wrong = faults.written(known["written"])
    every = {
        "sql": lambda: faults.generated("sql"),
        "python": lambda: faults.generated("python"),
        "written": lambda: by_hand,
    }
    made = [fault for kind in given.kinds for fault in every[kind]()]
    if not given.only and {"sql", "written"} <= {*given.kinds}:
        ids = {fault.id for fault in [*made, *faults.generated("python")]}
        wrong += [
            f"no fault is {entry['id']}, known to change nothing: {entry['fault']}"
            for entry in known["equivalent"]
            if entry["id"] not in ids
        ]
    for line in wrong:
        print(f"mutations: does not apply: {line}", file=sys.stderr)
    if wrong and not (given.list or given.sample or given.only):
        raise NotReadyError(f"{len(wrong)} entries of dev/faults.yml do not apply")
    made = faults.chosen(made, given.only)
    return faults.sampled(made, given.sample, given.seed) if given.sample else made


def main() -> int:
    """Run the command and return its exit code."""
    given, known = read_arguments(), faults.read_list()
    equivalent = {entry["id"]: entry["why"] for entry in known["equivalent"]}
    try:
        wanted = choose_faults(given, known)
        if given.list:
            print(*(f"{fault.id} {fault}" for fault in wanted), sep="\n")
            return 0
        kept = read_kept(given.keep)
        jobs = [
            (fault, [] if given.no_pytest else tests_of(fault.file, known["tests"]))
            for fault in wanted
            if fault.id not in kept and fault.id not in equivalent
        ]
        found = kept | (run(jobs, given.jobs, given.keep) if jobs else {})
    except (NotReadyError, BrokenProcessPool) as error:
        print(f"mutations: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mutations: interrupted", file=sys.stderr)
        return 130
    kinds = {
        fault.id: "equivalent" if fault.id in equivalent else found[fault.id].kind
        for fault in wanted
    }
    text = report(wanted, kinds, {one: found[one].name for one in found}, equivalent)
    if given.report:
        given.report.write_text(text, "utf-8")
    open_ones = [fault for fault in wanted if kinds[fault.id] in NOT_CAUGHT]
    for fault in open_ones:
        print(f"{kinds[fault.id]}: {fault.id} {fault}")
    print(f"{len(wanted) - len(open_ones)} of {len(wanted)} faults caught or explained")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
