"""Make small faults in a copy of the project, and see which test fails.

Most faults are made from the source (dev/sql_faults.py, dev/python_faults.py); those
that need a meaning are in dev/faults.yml, with those known to change nothing.
Those that reach different models are tried together first, by unit tests
(dev/fault_groups.py). For the others, one at a time, dbt builds what the fault reaches,
unit tests first; if no test fails, pytest runs what faults.yml names for the file. A
fault that still goes unnoticed is missed if it changes a table of the sample, and one
to judge if it changes none.

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
from concurrent.futures import ProcessPoolExecutor, as_completed
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
FORKED_TOGETHER = 100
Job = tuple[Fault, list[str]]
Forked = list[tuple[list[Fault], str]]
COPY: Copy | None = None


def make_copy(folder: str) -> None:
    """Give a worker its copy."""
    global COPY
    # a background job ignores it, and tests that interrupt a command would hang
    signal.signal(signal.SIGINT, signal.default_int_handler)
    COPY = Copy(Path(tempfile.mkdtemp(dir=folder)))


def try_fault(job: Job) -> tuple[Fault, Outcome]:
    """Try one fault in this worker's copy."""
    assert COPY is not None
    return job[0], COPY.outcome(*job)


def find_reach() -> Reach:
    """The models whose unit tests see a file, by this worker's copy."""
    assert COPY is not None
    return fault_groups.reach(COPY.manifest)


def try_group(group: list[Fault], reach: Reach) -> list[tuple[Fault, Outcome]]:
    """Try faults together in this worker's copy; those that a unit test notices."""
    assert COPY is not None
    found = COPY.outcomes(group, reach)
    return [(fault, found[fault.id]) for fault in group if fault.id in found]


def try_forked(faults: list[Fault], tests: str) -> list[tuple[Fault, Outcome]]:
    """Try faults in forks of one run of pytest; those that a test notices."""
    assert COPY is not None
    found = COPY.forked(faults, tests)
    return [(fault, found[fault.id]) for fault in faults if fault.id in found]


def tests_of(file: str, listed: list[dict[str, Any]], how: str) -> list[str]:
    """The pytest files for a file: those of the first pattern that names some."""
    for entry in listed:
        if fnmatch(file, entry["files"]) and how in entry:
            return [f"tests/python/{name}" for name in entry[how]]
    return []


def to_fork(
    faults: Iterable[Fault], listed: list[dict[str, Any]]
) -> Iterator[tuple[list[Fault], str]]:
    """The faults to try in forks of one run of pytest, and its tests."""
    by_tests: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        for tests in tests_of(fault.file, listed, "forked"):
            by_tests[tests].append(fault)
    for tests, some in by_tests.items():
        for start in range(0, len(some), FORKED_TOGETHER):
            yield some[start : start + FORKED_TOGETHER], tests


def read_kept(path: Path | None) -> dict[str, Outcome]:
    """What earlier runs caught, by fault id; the rest is tried again."""
    if not path or not path.exists():
        return {}
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = {entry.pop("id"): Outcome(**entry) for entry in entries}
    return {name: one for name, one in found.items() if one.kind not in NOT_CAUGHT}


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


def run(
    jobs: list[Job], workers: int, keep: Path | None, forked: Forked, alone: bool
) -> dict[str, Outcome]:
    """The outcome of each fault, printed and saved as it is found.

    Unit tests first, on as many faults together as possible, and what can be tried in
    forks; the rest one at a time.
    """
    found: dict[str, Outcome] = {}
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(workers, context, make_copy, (folder,)) as pool,
    ):
        try:
            reach = {} if alone else pool.submit(find_reach).result()
            groups = packed((fault for fault, _ in jobs), reach)
            together = [pool.submit(try_group, one, reach) for one in groups]
            together += [pool.submit(try_forked, *one) for one in forked]
            for group in as_completed(together):
                for fault, outcome in group.result():
                    found[fault.id] = outcome
                    save(fault, outcome, keep)
            rest = [job for job in jobs if job[0].id not in found]
            for one in as_completed([pool.submit(try_fault, job) for job in rest]):
                fault, outcome = one.result()
                found[fault.id] = outcome
                save(fault, outcome, keep)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


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
    add("--keep", type=Path, help="save the outcomes here, and resume from them")
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
        kept = read_kept(given.keep)
        jobs = [
            (
                fault,
                [] if given.no_pytest else tests_of(fault.file, known["tests"], "run"),
            )
            for fault in wanted
            if fault.id not in kept and fault.id not in equivalent
        ]
        forked: Forked = []
        if not given.no_pytest:
            forked = list(to_fork((fault for fault, _ in jobs), known["tests"]))
        found = kept
        if jobs:
            found |= run(jobs, given.jobs, given.keep, forked, given.alone)
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
        text = report(wanted, total, kinds, names, equivalent)
        given.report.write_text(text, "utf-8")
    open_ones = [fault for fault in wanted if kinds[fault.id] in NOT_CAUGHT]
    for fault in open_ones:
        print(f"{kinds[fault.id]}: {fault.id} {fault}")
    print(f"{len(wanted) - len(open_ones)} of {len(wanted)} faults caught or explained")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
