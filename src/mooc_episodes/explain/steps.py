"""What happened to one user or one course: every step, from the warehouse.

No rule is applied a second time: each fact is a row of a model, or the absence of one.
"""

import textwrap
from collections.abc import Iterator

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.explain.course import course_steps
from mooc_episodes.explain.explanation import Explanation
from mooc_episodes.explain.reader import Reader
from mooc_episodes.explain.text import printable, table_lines
from mooc_episodes.explain.user import user_steps
from mooc_episodes.warehouse.build_record import check_build, read_settings
from mooc_episodes.warehouse.names import course_names

SHOWN = 20  # rows of a table, unless all are requested


def explain(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    kind: str,
    text: str,
    limit: int | None = None,
) -> Explanation:
    """Find out what happened to a user or a course.

    Args:
        connection: The warehouse.
        dataset: The dataset.
        kind: `user` or `course`.
        text: Its id.
        limit: How many rows of a table to read; None for all.

    Raises:
        UserError: The id is unknown, or the dataset is not built.
    """
    warning = None
    try:
        check_build(connection, dataset)
    except UserError as error:
        warning = str(error)
    try:
        settings = read_settings(connection, dataset)
        use(connection, dataset)
        has_names = name_courses(connection, dataset)
        reader = Reader(connection, settings, limit, has_names)
        own = reader.id(kind, text)
        steps = {"user": user_steps, "course": course_steps}[kind](reader, own)
    except duckdb.CatalogException:
        raise UserError(warning or f"{dataset}: not built; run dbt build") from None
    return Explanation(dataset, kind, own, steps, warning)


def use(connection: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """Let queries name the dataset's models without its schema."""
    (path,) = connection.execute(
        'select format(\'"{}"."{}"\', replace(current_database(), \'"\', \'""\'), $1)',
        [dataset],
    ).fetchall()[0]
    connection.execute(f"use {path}")


def name_courses(connection: duckdb.DuckDBPyConnection, dataset: str) -> bool:
    """Let queries read course_names; return whether courses have names."""
    found = course_names(connection, dataset)
    names = found or "select null as course_id, null as name where false"
    connection.execute(f"create or replace temp view course_names as {names}")
    return found is not None


def lines(explanation: Explanation, width: int) -> Iterator[str]:
    """The explanation as text.

    Args:
        explanation: What to print.
        width: Characters of a line, as far as a table's columns allow.
    """
    own = printable(str(explanation.id))
    yield f"{explanation.kind.capitalize()} {own} of {explanation.dataset}"
    for step in explanation.steps:
        yield ""
        yield step.name.capitalize()
        yield from textwrap.wrap(
            step.summary, width, initial_indent="  ", subsequent_indent="  "
        )
        yield from table_lines(step.table.rows, width)
        more = step.table.n_rows - len(step.table.rows)
        if more:
            yield f"    … and {more:,} more; --all prints all"
