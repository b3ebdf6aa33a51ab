"""What dbt-duckdb loads, as profiles.yml says: `dbt build` by itself has it too.

It checks the database before dbt opens it, and lets SQL hash a file and see how it
begins: DuckDB's own `sha256` takes a value, and a file of 10 GB does not fit in one.
"""

from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.fingerprints import sha256
from mooc_episodes.base.heads import file_head
from mooc_episodes.base.texts import may_leave_quote_open
from mooc_episodes.build.checks import check_database


def file_sha256(path: str) -> str | None:
    """A file's sha256, in hex; None if it is not a file of this machine."""
    try:
        return sha256(Path(path))
    except OSError:
        return None


def add_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Let SQL use these functions of a file's path."""
    for function, n_arguments, result in [
        (file_sha256, 1, "VARCHAR"),
        (file_head, 1, "VARCHAR[]"),
        (may_leave_quote_open, 4, "BOOLEAN"),
    ]:
        connection.create_function(
            function.__name__,
            function,
            ["VARCHAR"] * n_arguments,
            result,
            # the first two may return none
            null_handling="special",
            # the file may change between two calls
            side_effects=True,
        )


class Plugin(BasePlugin):
    """The project's plugin for dbt-duckdb."""

    def initialize(self, _: dict[str, Any]) -> None:
        """Check the database.

        Raises:
            DbtRuntimeError: dbt could not write to it.
        """
        try:
            check_database(Path(self.creds.path))
        except UserError as error:
            raise DbtRuntimeError(str(error)) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Let SQL use the functions of a file's path."""
        add_functions(conn)
