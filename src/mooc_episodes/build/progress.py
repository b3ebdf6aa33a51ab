"""A line for each model of a build, as it ends."""

import sys
from typing import Any


class BuildProgress:
    """For dbtRunner's callbacks; dbt's own lines come twice as many, in colours."""

    def __init__(self) -> None:
        """Begin before the first model."""
        self.n_tests = 0

    def __call__(self, event: Any) -> None:
        """Take an event of dbt."""
        if event.info.name != "NodeFinished":
            return
        node, result = event.data.node_info, event.data.run_result
        if node.resource_type != "model":
            self.n_tests += 1
            self.print(f"{self.n_tests} tests", end="\r")
        elif result.status == "success":
            kind = "view" if node.materialized == "view" else "table"
            self.print(f"{node.node_name:<30} {kind} {result.execution_time:8.1f} s")
        else:
            self.print(f"{node.node_name:<30} {result.status}")

    @staticmethod
    def print(line: str, end: str = "\n") -> None:
        """Print a line over the count of tests."""
        sys.stderr.write(f"{line:<24}{end}")  # at once: models end side by side
        sys.stderr.flush()
