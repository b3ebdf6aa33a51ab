"""What courses are called, where the `items` file says so."""

import duckdb

from mooc_episodes.warehouse.connection import table

# columns that hold a course's name; the first that the file has counts
NAMES = ("name", "title")


def course_names(connection: duckdb.DuckDBPyConnection, dataset: str) -> str | None:
    """A query for course_id and name; None if there is no column of names.

    Upper and lower case are the same, and name means name:token, as RecBole writes it.
    """
    items = table(dataset, "stg_items")
    columns = connection.table(items).columns
    for wanted in NAMES:
        for column in columns:
            if column.lower().split(":")[0] == wanted:
                quoted = column.replace('"', '""')
                return f'select course_id, "{quoted}" as name from {items}'
    return None
