"""Run every attack on the promises in full, and keep the result.

pytest runs the attacks of which `make test` runs a sample, with TORTURE set; what came
of each goes to docs/torture.md. The mutation check is a command of its own
(tests/mutations.py).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ATTACKS = [
    "test_attacks.py",
    "test_properties.py",
    "test_input.py",
    "test_bad_input.py",
    "test_settings.py",
    "test_verify.py",
]
HEAD = """# Torture

Every attack on the promises, in full (`make torture`); `make test` runs a sample of it.
Last run: {date}, commit {commit}, {seconds:.0f} s: {passed} passed, {failed}
failed, {skipped} skipped.

| file | attack | |
|---|---|---|
"""


def outcome(case: ET.Element) -> str:
    """`passed`, `failed`, or `skipped` with the reason."""
    skipped = case.find("skipped")
    if skipped is not None:
        return f"skipped: {skipped.get('message')}"
    failed = case.find("failure") is not None or case.find("error") is not None
    return "failed" if failed else "passed"


def main() -> int:
    """Run the command and return pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", type=Path, default=PROJECT / "docs" / "torture.md")
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        tests = [f"tests/python/{name}" for name in ATTACKS]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"--junitxml={results}", *tests],
            cwd=PROJECT,
            env=os.environ | {"TORTURE": "1"},
            check=False,
        )
        cases = list(ET.parse(results).iter("testcase"))
    found = [
        (case.get("classname", ""), case.get("name", ""), outcome(case))
        for case in cases
    ]
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        commit=subprocess.check_output(
            ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, text=True
        ).strip(),
        seconds=time.monotonic() - start,
        passed=sum(how == "passed" for *_, how in found),
        failed=sum(how == "failed" for *_, how in found),
        skipped=sum(how.startswith("skipped") for *_, how in found),
    )
    lines = []
    for module, name, how in found:
        attack = name.removeprefix("test_").replace("_", " ").replace("|", "\\|")
        lines.append(f"| {module.rsplit('.')[-1]} | {attack} | {how} |")
    given.report.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
