"""Reading the models of one dataset."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.explain.explanation import Table
from mooc_episodes.explain.text import printable
from mooc_episodes.warehouse.connection import rows

QUERIES = Path(__file__).parent / "queries"


def query(name: str) -> str:
    """The query of that name, in queries/."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Reader:
    """Reads the models of one dataset.

    Attributes:
        connection: The warehouse; the dataset's schema is in use.
        settings: The settings of the build.
        limit: How many rows of a table to read; None for all.
        has_names: Whether the `items` file names the courses.
    """

    connection: duckdb.DuckDBPyConnection
    settings: dict[str, Any]
    limit: int | None
    has_names: bool = False

    def one(self, name: str, *values: Any) -> dict[str, Any]:
        """The first row of a query; empty if there is none."""
        found = rows(self.connection, query(name), *values)
        return found[0] if found else {}

    def table(self, name: str, *values: Any) -> Table:
        """The rows of a query that ends in its order."""
        counted = f"select count(*) as n from ({query(name)})"
        limit = f" limit {self.limit}" if self.limit else ""
        return Table(
            rows(self.connection, query(name) + limit, *values),
            rows(self.connection, counted, *values)[0]["n"],
        )

    def id(self, kind: str, text: str) -> Any:
        """An id of the dataset's type.

        Raises:
            UserError: The text is not such an id.
        """
        setting = {"user": "user_id_type", "course": "item_id_type"}[kind]
        if self.settings[setting] == "varchar":
            return text
        digits = text.removeprefix("-").removeprefix("+")
        if digits.isascii() and digits.isdigit() and abs(int(text)) < 2**63:
            return int(text)
        raise UserError(
            f"{kind} '{printable(text)}': {self.settings['dataset']} was built "
            f"with {setting} bigint; give a whole number below 2^63"
        )

    def unknown(self, kind: str, own: Any) -> UserError:
        """The error for an unknown id, with the ids nearest to it."""
        nearest = f"from ({query(f'known_{kind}s')}) as known"
        known = rows(
            self.connection, query("nearest").replace("from known", nearest), own
        )
        near = ", ".join(printable(str(row["id"])) for row in known)
        n_known = known[0]["n_known"] if known else 0
        return UserError(
            f"{kind} '{printable(str(own))}': not among the {n_known:,} {kind}s of "
            f"{self.settings['dataset']}; the nearest ids are {near or 'none'}"
        )
