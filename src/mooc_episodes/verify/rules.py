"""The rules, rendered as dbt would, but over a published folder's tables.

They are the promises of tests/promises and verify's own rules, those of rules/: about
what only files have, such as the order of their rows, and about what models compute so
directly that a dbt test would only compute it a second time (decision 0017). A rule
whose tables are not all published is left out: it needs the database, or the lists that
only the full layout has.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from mooc_episodes.promises import Promise, read_promises
from mooc_episodes.templates import Templates

OWN = Path(__file__).with_name("rules")
# macros that make SQL; the others ask dbt or the database
MACROS = ("engine", "input", "rules", "tests")


class Renderer:
    """Renders the promises for a published folder."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Load the project's macros.

        Args:
            settings: Those of the manifest.
        """
        self.refs: set[str] = set()
        context = {
            "ref": self.ref,
            "setting": lambda name: settings[name],
            # verify looks at every user
            "test_sample": lambda column="user_id": "true",
        }
        self.templates = Templates(MACROS, context)

    def ref(self, table: str) -> str:
        """A table of the folder."""
        self.refs.add(table)
        return table

    def render(self, promise: Promise) -> tuple[str, set[str]]:
        """The query for what breaks a promise, and the tables it reads."""
        self.refs = set()
        query = self.templates.render(promise.offenders)
        return query, self.refs


def every_rule() -> dict[str, Promise]:
    """The promises and verify's own rules, by name."""
    return read_promises() | read_promises(OWN)


def queries(
    settings: dict[str, Any], tables: Collection[str]
) -> list[tuple[Promise, str]]:
    """The rules that these tables allow checking, each with its query."""
    renderer = Renderer(settings)
    rendered = ((rule, *renderer.render(rule)) for rule in every_rule().values())
    return [(rule, query) for rule, query, refs in rendered if refs <= {*tables}]
