"""What happened to a user or a course, step by step."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """The rows of a query; only the first of n_rows unless all were requested."""

    rows: list[dict[str, Any]]
    n_rows: int


@dataclass(frozen=True)
class Step:
    """A step of the pipeline.

    Attributes:
        name: Its name.
        summary: What it did, in a sentence or two.
        facts: The same as values, by name.
        table: The resulting rows.
    """

    name: str
    summary: str
    facts: dict[str, Any]
    table: Table = Table([], 0)


@dataclass(frozen=True)
class Explanation:
    """What happened to a user or a course.

    Attributes:
        dataset: The dataset.
        kind: `user` or `course`.
        id: Its id, as in the input.
        steps: The steps it went through; after a step that drops it there are no more.
        warning: Why the build is not fit to publish, if it is not.
    """

    dataset: str
    kind: str
    id: Any
    steps: list[Step]
    warning: str | None

    def facts(self) -> dict[str, Any]:
        """All of it as one JSON object; one entry per step."""
        steps = {
            step.name: {"summary": step.summary, **step.facts, "rows": step.table.rows}
            for step in self.steps
        }
        head = {"dataset": self.dataset, f"{self.kind}_id": self.id}
        return head | ({"warning": self.warning} if self.warning else {}) | steps
