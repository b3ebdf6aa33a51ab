"""A pytest plugin: try faults of SQL in forks of one run.

All tests run first without a fault. What they parsed is kept, and which files of the
project each used. For each fault, a fork then runs the tests that used its file, up to
the first that fails. The fault is in the file and in what was parsed of it.
"""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from multiprocessing.util import _exit_function
from pathlib import Path
from typing import Any

import duckdb
import pytest
from _pytest.runner import runtestprotocol
from dbt.clients.jinja import MacroGenerator
from dbt.compilation import Compiler

from fault_groups import make_in_parsed
from faults import Fault
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.manifest.reading import Published
from mooc_episodes.promises import FOLDER
from mooc_episodes.verify import checks
from mooc_episodes.verify.rules import OWN, every_rule

FORK_SECONDS = 1200  # far more than all tests take
ANY_FILE = "*"  # of a test that starts another process
NONE_BROKEN = ""  # of a test that verifies a folder without a fault
RULES = tuple(f"{folder.relative_to(PROJECT)}/" for folder in (FOLDER, OWN))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the faults are, and where to write which test noticed each."""
    parser.addoption("--faults", type=Path, help="pickled: a list")
    parser.addoption("--noticed", type=Path, help="JSON: the test by id, or ''")
    parser.addoption(
        "--keep-fixtures", action="store_true", help="made once: no fault reaches them"
    )


class Used:
    """The files of the project that each test uses.

    Those whose macros and nodes dbt renders, and the rules that verify finds broken: it
    asks all of them of every folder.
    """

    def __init__(self) -> None:
        """Listen to dbt, to verify, and to what starts a process."""
        self.files: dict[pytest.Item, set[str]] = defaultdict(set)
        self.now: set[str] = set()
        self.listen(MacroGenerator, "call_macro", lambda it, *_: it.macro)
        self.listen(Compiler, "compile_node", lambda _, node: node)
        self.listen(subprocess.Popen, "__init__", lambda *_: None)
        broken_promises = checks.broken_promises

        def noting(published: Published) -> list[str]:
            problems = broken_promises(published)
            self.now |= broken_rules(problems) or {NONE_BROKEN}
            return problems

        checks.broken_promises = noting

    def listen(self, owner: Any, name: str, rendered: Callable[..., Any]) -> None:
        """Note what each call of a method renders."""
        method = getattr(owner, name)

        def listening(it: Any, *given: Any, **named: Any) -> Any:
            one = rendered(it, *given[:1])
            self.now.add(one.original_file_path if one else ANY_FILE)
            return method(it, *given, **named)

        setattr(owner, name, listening)

    def by(self, item: pytest.Item, file: str) -> bool:
        """Whether a test used a file, or may have."""
        if file.startswith(RULES):
            return file in self.files[item]
        return bool(self.files[item] & {file, ANY_FILE})


def broken_rules(problems: list[str]) -> set[str]:
    """The files of the rules that verify says are broken."""
    return {
        str((folder / f"{rule.name}.sql").relative_to(PROJECT))
        for rule in every_rule().values()
        if any(rule.sentence in line for line in problems)
        for folder in (FOLDER, OWN)
    }


class Parsed(dict[str, bytes]):
    """Pickled manifests by a key. The fault is made in each when it is first read."""

    def __init__(self, sound: dict[str, bytes], fault: Fault, text: str) -> None:
        """Take over what was parsed without the fault."""
        super().__init__(sound)
        self.sound, self.fault, self.text = {*sound}, fault, text

    def __getitem__(self, key: str) -> bytes:
        """The manifest with the fault."""
        if key in self.sound:
            manifest = pickle.loads(super().__getitem__(key))
            make_in_parsed(manifest, self.fault, self.text)
            self[key] = pickle.dumps(manifest)
            self.sound.discard(key)
        return super().__getitem__(key)


def run_test(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run a test; whether it passed."""
    reports = runtestprotocol(item, nextitem=following, log=False)
    return not any(report.failed for report in reports)


def first_failing(items: list[pytest.Item], last: pytest.Item | None) -> str:
    """The name of the first test that fails, if one does."""
    for item, following in pairwise([*items, last]):
        assert item is not None
        if not run_test(item, following):
            return item.nodeid
    return ""


def in_fork(find: Callable[[], str]) -> str:
    """What a function returns in a fork; "time" if it takes too long."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(FORK_SECONDS)
        # the threads of what was used before are not in the fork
        duckdb.set_default_connection(duckdb.connect())
        os.environ["DBT_STATIC_PARSER"] = "false"
        try:
            os.write(there, find().encode())
        finally:
            _exit_function()  # gives back dbt's semaphores
            os._exit(0)
    os.close(there)
    with os.fdopen(here, encoding="utf-8") as pipe:
        name = pipe.read()
    return "time" if os.waitpid(child, 0)[1] else name


class Trial:
    """The tests of a session, in the order in which a fault meets them."""

    def __init__(self, session: pytest.Session) -> None:
        """Run all tests without a fault."""
        self.items, self.used = [*session.items], Used()
        self.files = [*dict.fromkeys(item.path for item in self.items)]
        self.keeps_fixtures = session.config.getoption("keep_fixtures")
        self.state = session._setupstate
        self.telling: dict[str, list[pytest.Item]] = defaultdict(list)
        self.sound: set[str] = set()
        self.took: dict[pytest.Item, float] = {}
        last = self.items[0] if self.keeps_fixtures else None
        for item, following in pairwise([*self.items, last]):
            assert item is not None
            self.used.now, started = self.used.files[item], time.monotonic()
            if not run_test(item, following):
                pytest.exit(f"{item.nodeid} fails without a fault", returncode=1)
            self.took[item] = time.monotonic() - started
        verifying = [it for it in self.items if NONE_BROKEN in self.used.files[it]]
        self.none_broken = sorted(verifying, key=self.place)

    def noticed(self, fault: Fault) -> str:
        """The first test that fails with a fault and passes without, by its name."""
        path = Path(fault.file)
        sound = path.read_text("utf-8")
        path.write_text(fault.apply(sound), "utf-8")
        try:
            name = in_fork(lambda: self.first_failing(fault, sound))
        finally:
            path.write_text(sound, "utf-8")
        found = [item for item in self.items if item.nodeid == name]
        if not found:
            return name
        if name not in self.sound and in_fork(lambda: self.run_alone(found)):
            # it cannot be run in a fork
            self.items.remove(*found)
            return self.noticed(fault)
        self.sound.add(name)
        self.telling[fault.file] = found + [
            item for item in self.telling[fault.file] if item not in found
        ]
        return name

    def run_alone(self, items: Iterable[pytest.Item]) -> str:
        """Run some tests in this process, which is a fork's."""
        if self.keeps_fixtures:
            return first_failing([*items], self.items[0])
        self.state.teardown_exact(None)
        return first_failing([*items], None)

    def first_failing(self, fault: Fault, sound: str) -> str:
        """The first test that fails with a fault; in a fork."""
        shared = sys.modules["conftest"]
        shared.PARSED = Parsed(shared.PARSED, fault, sound)
        quickest = sorted(self.items, key=self.place)
        tests = [
            *self.telling[fault.file],
            *(item for item in quickest if self.used.by(item, fault.file)),
            *self.none_broken,
        ]
        return self.run_alone(dict.fromkeys(tests))

    def place(self, item: pytest.Item) -> tuple[int, float]:
        """File by file, as fixtures are made once for each; the quickest test first."""
        return self.files.index(item.path), self.took[item]


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run all tests without a fault, then with each."""
    trial = Trial(session)
    faults = pickle.loads(session.config.getoption("faults").read_bytes())
    noticed = {fault.id: trial.noticed(fault) for fault in faults}
    session.config.getoption("noticed").write_text(json.dumps(noticed))
    return True
