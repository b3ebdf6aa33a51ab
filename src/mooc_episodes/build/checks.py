"""Whether dbt can write what it needs, checked before it starts.

dbt itself would fail with a traceback in its log, seconds later.
"""

import os
from pathlib import Path

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.memory import limits
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.warehouse.connection import cannot_open, check_name

DBT_FOLDERS = {"DBT_TARGET_PATH": "target", "DBT_LOG_PATH": "logs"}


def check_database(path: Path) -> None:
    """Raise a UserError if dbt could not write to the database."""
    remedy = "name a writable file with --database or env DUCKDB_PATH"
    check_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent}: {error.strerror}; {remedy}") from None
    try:
        # by itself: with other limits, a database open in this process would not open
        duckdb.connect(config=limits()).close()
        duckdb.connect(str(path)).close()
    except duckdb.Error as error:
        if "Permission denied" in str(error):
            raise UserError(f"{path}: Permission denied; {remedy}") from None
        raise cannot_open(path, error) from None


def check_folders() -> None:
    """Raise a UserError if dbt could not write its log or its own files."""
    for name, default in DBT_FOLDERS.items():
        folder = PROJECT / os.environ.get(name, default)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            there = [folder, *folder.iterdir()]
            closed = [path for path in there if not os.access(path, os.W_OK)]
        except OSError:
            closed = [folder]
        if closed:
            raise UserError(
                f"{closed[0]}: dbt must write there and is not permitted to; make it "
                f"writable, or name another folder in env {name}"
            )
