"""Make small faults in a copy of the project, and see which test fails.

Most faults are made from the source (dev/sql_faults.py, dev/python_faults.py); those
that need a meaning are in dev/faults.yml, with those known to change nothing.
Those that reach different models are tried together first, by unit tests
(dev/fault_groups.py). For the others, one at a time, dbt builds what the fault reaches,
unit tests first. Those that no test of dbt notices are tried with the tests that
faults.yml names for the file, in forks of one run of pytest (dev/forked_pytest.py) if
they are SQL. A fault that still goes unnoticed is missed if it changes a table of the
sample, and one to judge if it changes none.

Exit codes: 0 all faults were caught or are known to change nothing, 1 some were not,
2 the project fails without a fault or a written one does not apply, 130 interrupted.
"""

import argparse
import json
import multiprocessing
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import fault_groups
import faults
from broken_copy import NOT_CAUGHT, Copy, NotReadyError, Outcome
from fault_groups import Reach, packed
from fault_report import report
from faults import Fault

MADE = ("sql", "jinja", "python")
# the tests run once without a fault before the first fork
FORKED_TOGETHER = range(20, 150)
Outcomes = list[tuple[Fault, Outcome]]
COPY: Copy | None = None


def make_copy(folder: str) -> None:
    """Give a worker its copy."""
    global COPY
    # a background job ignores it, and tests that interrupt a command would hang
    signal.signal(signal.SIGINT, signal.default_int_handler)
    COPY = Copy(Path(tempfile.mkdtemp(dir=folder)))


def try_fault(fault: Fault) -> Outcomes:
    """Try one fault with dbt in this worker's copy."""
    assert COPY is not None
    return [(fault, COPY.outcome(fault))]


def find_reach() -> Reach:
    """The models whose unit tests see a file, by this worker's copy."""
    assert COPY is not None
    return fault_groups.reach(COPY.manifest)


def try_group(group: list[Fault], reach: Reach) -> Outcomes:
    """Try faults together in this worker's copy; those that a unit test notices."""
    assert COPY is not None
    found = COPY.outcomes(group, reach)
    return [(fault, found[fault.id]) for fault in group if fault.id in found]


def try_forked(faults: list[Fault], tests: list[str], keep_fixtures: bool) -> Outcomes:
    """Try faults in forks of one run of pytest; those that a test notices."""
    assert COPY is not None
    found = COPY.forked(faults, tests, keep_fixtures=keep_fixtures)
    return [(fault, found[fault.id]) for fault in faults if fault.id in found]


def try_alone(fault: Fault, tests: list[str]) -> Outcomes:
    """Try one fault in a run of pytest of its own."""
    assert COPY is not None
    found = COPY.alone(fault, tests)
    return [(fault, found)] if found else []


def tests_of(file: str, listed: list[dict[str, Any]], how: str) -> list[str]:
    """The pytest files for a file: those of the first pattern that names some."""
    for entry in listed:
        if fnmatch(file, entry["files"]) and how in entry:
            return [f"tests/python/{name}" for name in entry[how]]
    return []


def by_tests(
    faults: Iterable[Fault], listed: list[dict[str, Any]], how: str, workers: int
) -> Iterator[tuple[list[Fault], list[str]]]:
    """The faults to try in forks of one run of pytest, and its tests."""
    found: dict[tuple[str, ...], list[Fault]] = defaultdict(list)
    for fault in faults:
        if tests := tests_of(fault.file, listed, how):
            found[tuple(tests)].append(fault)
    for names, some in found.items():
        at_once = -(-len(some) // workers)
        at_once = min(max(at_once, FORKED_TOGETHER.start), FORKED_TOGETHER.stop)
        for start in range(0, len(some), at_once):
            yield some[start : start + at_once], [*names]


def read_kept(path: Path | None) -> dict[str, Outcome]:
    """The outcomes of earlier runs, by fault id."""
    if not path or not path.exists():
        return {}
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {entry.pop("id"): Outcome(**entry) for entry in entries}


def save(fault: Fault, outcome: Outcome, keep: Path | None) -> None:
    """Print an outcome, and append it to a file."""
    print(
        f"{fault.id} {fault}\n         {outcome.kind} {outcome.name}"
        f" ({outcome.seconds} s)",
        flush=True,
    )
    if keep:
        with keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": fault.id, **asdict(outcome)}) + "\n")


class Run:
    """Faults being tried: the outcome of each, printed and saved as it is found."""

    def __init__(self, given: argparse.Namespace, listed: list[dict[str, Any]]) -> None:
        """Take over what earlier runs found."""
        self.given, self.listed = given, listed
        self.found = read_kept(given.keep)

    def collect(self, tried: Iterable[Future[Outcomes]]) -> None:
        """Save the outcomes of what workers try."""
        for one in as_completed(tried):
            for fault, outcome in one.result():
                self.found[fault.id] = outcome
                save(fault, outcome, self.given.keep)

    def with_dbt(self, faults: list[Fault], pool: ProcessPoolExecutor) -> None:
        """Unit tests first, on as many faults together as possible; the rest alone."""
        reach = {} if self.given.alone else pool.submit(find_reach).result()
        groups = packed(faults, reach)
        self.collect([pool.submit(try_group, one, reach) for one in groups])
        rest = [fault for fault in faults if fault.id not in self.found]
        self.collect([pool.submit(try_fault, fault) for fault in rest])

    def with_pytest(self, faults: list[Fault], pool: ProcessPoolExecutor) -> None:
        """SQL in forks, first of tests that share what they test; the rest alone."""
        sql = [fault for fault in faults if fault.file.endswith(".sql")]
        for how in ("forked", "run"):
            open_ones = [fault for fault in sql if self.is_open(fault)]
            batches = by_tests(open_ones, self.listed, how, self.given.jobs)
            self.collect(
                [pool.submit(try_forked, *one, how == "forked") for one in batches]
            )
        rest = [
            (fault, tests)
            for fault in faults
            if not fault.file.endswith(".sql")
            and (tests := tests_of(fault.file, self.listed, "run"))
        ]
        self.collect([pool.submit(try_alone, *one) for one in rest])

    def is_open(self, fault: Fault) -> bool:
        """Whether no test is known to notice a fault."""
        return fault.id not in self.found or self.found[fault.id].kind in NOT_CAUGHT

    def try_all(self, faults: list[Fault]) -> None:
        """Find the outcomes that earlier runs have not found."""
        new = [fault for fault in faults if fault.id not in self.found]
        if not new and (self.given.no_pytest or not any(map(self.is_open, faults))):
            return
        context = multiprocessing.get_context("spawn")
        with (
            tempfile.TemporaryDirectory() as folder,
            ProcessPoolExecutor(self.given.jobs, context, make_copy, (folder,)) as pool,
        ):
            try:
                if new:
                    self.with_dbt(new, pool)
                if not self.given.no_pytest:
                    self.with_pytest([*filter(self.is_open, faults)], pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def read_arguments() -> argparse.Namespace:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--kinds", nargs="+", choices=[*MADE, "written"], default=["sql", "written"])
    add("--only", nargs="+", default=[], metavar="WHAT", help="files, globs or ids")
    add("--sample", type=int, metavar="N", help="N, over all files and operators")
    add("--seed", type=int, default=0, help="which N")
    add("--jobs", type=int, default=1, help="copies working in parallel")
    add("--alone", action="store_true", help="no faults together, to compare")
    add("--no-pytest", action="store_true", help="dbt's tests only, for a first look")
    add("--list", action="store_true", help="list the faults and exit")
    add("--keep", type=Path, help="save the outcomes here, and do not repeat them")
    add("--report", type=Path, help="write the result here: docs/mutations.md")
    return parser.parse_args()


def choose_faults(
    given: argparse.Namespace, known: dict[str, Any]
) -> tuple[list[Fault], int]:
    """The requested faults, and how many there are without sampling.

    Entries of faults.yml that do not apply are printed on standard error.
    """
    by_hand, wrong = faults.written(known["written"])
    every = {kind: faults.generated(kind) for kind in MADE} | {"written": by_hand}
    made = [fault for kind in given.kinds for fault in every[kind]]
    if not given.only:
        ids = {fault.id for of_kind in every.values() for fault in of_kind}
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
    if not given.sample:
        return made, len(made)
    return faults.sampled(made, given.sample, given.seed), len(made)


def main() -> int:
    """Run the command and return its exit code."""
    given, known = read_arguments(), faults.read_list()
    equivalent = {entry["id"]: entry["why"] for entry in known["equivalent"]}
    try:
        wanted, total = choose_faults(given, known)
        if given.list:
            print(*(f"{fault.id} {fault}" for fault in wanted), sep="\n")
            return 0
        run = Run(given, known["tests"])
        run.try_all([fault for fault in wanted if fault.id not in equivalent])
        found = run.found
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
    if given.report:
        names = {name: outcome.name for name, outcome in found.items()}
        text = report(wanted, total, kinds, names, equivalent, given.only)
        given.report.write_text(text, "utf-8")
    open_ones = [fault for fault in wanted if kinds[fault.id] in NOT_CAUGHT]
    for fault in open_ones:
        print(f"{kinds[fault.id]}: {fault.id} {fault}")
    print(f"{len(wanted) - len(open_ones)} of {len(wanted)} faults caught or explained")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
