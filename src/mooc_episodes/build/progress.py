"""Prints a line for each model of a build when it ends."""

import sys
from typing import Any


class BuildProgress:
    """For dbtRunner's callbacks; dbt itself prints twice as many lines, in colours."""

    def __init__(self) -> None:
        """Start before the first model."""
        self.n_tests = 0

    def __call__(self, event: Any) -> None:
        """Handle an event from dbt."""
        if event.info.name != "NodeFinished":
            return
        node, result = event.data.node_info, event.data.run_result
        if node.resource_type in {"test", "unit_test"}:
            self.n_tests += 1
            self.print(f"{self.n_tests} tests", end="\r")
        elif node.resource_type != "model":
            pass
        elif result.status == "success":
            kind = "view" if node.materialized == "view" else "table"
            self.print(f"{node.node_name:<30} {kind} {result.execution_time:8.1f} s")
        else:
            self.print(f"{node.node_name:<30} {result.status}")

    @staticmethod
    def print(line: str, end: str = "\n") -> None:
        """Print a line over the count of tests."""
        sys.stderr.write(f"{line:<24}{end}")  # in one write: models run in parallel
        sys.stderr.flush()
