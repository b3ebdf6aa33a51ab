"""A pytest plugin: try faults in forks of one run, whose fixtures are made once.

For files that the tests read as they run, not before: the rules and promises that
verify applies to a published folder. All tests run first without a fault; for each
fault, a fork then runs them again, the quickest first, up to the first that fails.
"""

import json
import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

FORK_SECONDS = 1200  # far more than all tests take


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the faults are, and where to write which test noticed each."""
    parser.addoption("--faults", type=Path, help="JSON: [id, file, its text] of each")
    parser.addoption("--noticed", type=Path, help="JSON: the test by id, or ''")


def run_test(item: pytest.Item) -> tuple[bool, float]:
    """Run a test and keep the fixtures of its module: whether it passed, seconds."""
    other = next(one for one in item.session.items if one is not item)
    reports = runtestprotocol(item, nextitem=other, log=False)
    seconds = sum(report.duration for report in reports if report.when == "call")
    return not any(report.failed for report in reports), seconds


def first_failing(items: list[pytest.Item]) -> str:
    """The first test that fails, in a fork; "time" if it takes too long."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(FORK_SECONDS)
        try:
            for item in items:
                passed, _ = run_test(item)
                if not passed:
                    os.write(there, item.nodeid.encode())
                    break
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here, encoding="utf-8") as pipe:
        name = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "time" if status < 0 else name


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run all tests without a fault, then with each."""
    items, took = session.items, {}
    for item in items:
        passed, took[item] = run_test(item)
        if not passed:
            pytest.exit(f"{item.nodeid} fails without a fault", returncode=1)
    telling: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    by_name = {item.nodeid: item for item in items}
    quickest_first = sorted(items, key=lambda item: took[item])
    noticed = {}
    for id_, file, text in json.loads(session.config.getoption("faults").read_text()):
        path, first = Path(file), list(telling[file].values())
        sound = path.read_text("utf-8")
        path.write_text(text, "utf-8")
        try:
            rest = [item for item in quickest_first if item not in first]
            name = noticed[id_] = first_failing([*first, *rest])
        finally:
            path.write_text(sound, "utf-8")
        if name in by_name:
            telling[file] = {name: by_name[name]} | telling[file]
    session.config.getoption("noticed").write_text(json.dumps(noticed))
    return True
