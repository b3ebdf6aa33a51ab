"""Run every attack on the promises in full and record the results.

With TORTURE set, pytest runs in full the attacks that `make test` samples; the outcome
of each goes to docs/torture.md. The mutation check is a separate command
(dev/mutations.py).

Exit codes: pytest's; 1 if it succeeded but left no result.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from checkout import PROJECT, commit

ATTACKS = [
    "tests/python/test_attacks.py",
    "tests/python/test_bad_input.py",
    "tests/python/test_input.py",
    "tests/python/test_properties.py",
    "tests/python/test_settings.py",
    "tests/python/test_verify.py",
]
HEAD = """# Torture

Every attack on the promises, in full (`make torture`); `make test` runs a sample.
Last run: {date}, commit {commit}, {seconds:.0f} s: {outcomes}.

{done}

| file | attack | cases | |
|---|---|---|---|
"""


def outcome(case: ET.Element) -> str:
    """`passed`, `failed`, or `skipped` with the reason."""
    skipped = case.find("skipped")
    if skipped is not None:
        return f"skipped: {skipped.get('message')}"
    failed = case.find("failure") is not None or case.find("error") is not None
    return "failed" if failed else "passed"


def counted(counts: Counter[str]) -> str:
    """`3 passed, 1 failed`, the most frequent first."""
    return ", ".join(f"{number:,} {name}" for name, number in counts.most_common())


def table(cases: list[ET.Element]) -> list[str]:
    """One row per test, with its number of cases and their outcome."""
    tests: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in cases:
        file = case.get("classname", "").rsplit(".")[-1]
        name = case.get("name", "").partition("[")[0]
        tests[file, name][outcome(case)] += 1
    lines = []
    for (file, name), outcomes in sorted(tests.items()):
        attack = name.removeprefix("test_").replace("_", " ")
        how = counted(outcomes) if len(outcomes) > 1 else next(iter(outcomes))
        shown = how.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {file} | {attack} | {outcomes.total()} | {shown} |")
    return lines


def done_in_full(cases: list[ET.Element], coverage: str | None) -> str:
    """How much was attacked, as the tests recorded it, and the suite's coverage."""
    attacked: Counter[str] = Counter()
    for case in cases:
        for recorded in case.iter("property"):
            attacked[recorded.get("name", "")] += int(recorded.get("value", "0"))
    text = f"Attacked: {counted(attacked)}." if attacked else "No attack was counted."
    if coverage:
        text += f"\nCoverage of `src/` by the suite: {coverage} %."
    return text


def report(cases: list[ET.Element], seconds: float, coverage: str | None) -> str:
    """The page about a run."""
    outcomes = Counter(outcome(case).partition(":")[0] for case in cases)
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        commit=commit(),
        seconds=seconds,
        outcomes=counted(outcomes),
        done=done_in_full(cases, coverage),
    )
    return head + "\n".join(table(cases)) + "\n"


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tests", nargs="*", default=ATTACKS, help="default: all")
    parser.add_argument("--report", type=Path, default=PROJECT / "docs" / "torture.md")
    parser.add_argument(
        "--coverage", help="coverage of src/ in percent, for the report"
    )
    args = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--junitxml={results}", *args.tests],
            cwd=PROJECT,
            env=os.environ | {"TORTURE": "1"},
            check=False,
        )
        cases = list(ET.parse(results).iter("testcase")) if results.exists() else []
    if not cases:
        print(
            f"torture: pytest exited with {done.returncode} and no result; "
            "the report is unchanged",
            file=sys.stderr,
        )
        return done.returncode or 1
    text = report(cases, time.monotonic() - start, args.coverage)
    args.report.write_text(text, encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
