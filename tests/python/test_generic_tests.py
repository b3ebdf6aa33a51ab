"""The project's generic data tests return the rows they should, and no others."""

from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest

from conftest import PROJECT

GENERIC: Path = PROJECT / "tests" / "generic"
Rows = list[tuple[Any, ...]]


def offenders(test: str, given: Rows, **arguments: Any) -> Rows:
    """What a generic test returns on rows of two columns, a and b."""
    source = (GENERIC / f"{test}.sql").read_text()
    as_macro = source.replace("{% test ", "{% macro ").replace("endtest", "endmacro")
    module = jinja2.Environment().from_string(as_macro).module
    query = getattr(module, test)("given", **arguments)
    with duckdb.connect() as connection:
        connection.execute("create table given (a bigint, b bigint)")
        for row in given:
            connection.execute("insert into given values (?, ?)", row)
        return sorted(connection.execute(query).fetchall())


@pytest.mark.parametrize(
    ("given", "columns", "expected"),
    [
        ([(1, 2)], ["a", "b"], []),
        ([(None, 2), (1, 2)], ["a", "b"], [(None, 2)]),
        ([(1, None)], ["a", "b"], [(1, None)]),
        ([(None, 2), (1, 2)], ["a"], [(None,)]),
        ([(1, None)], ["a"], []),
    ],
)
def test_a_null_in_any_of_the_columns_is_returned(
    given: Rows, columns: list[str], expected: Rows
) -> None:
    assert offenders("not_null_columns", given, columns=columns) == expected


@pytest.mark.parametrize(
    ("given", "columns", "expected"),
    [
        ([(1, 1), (1, 2), (2, 1)], ["a", "b"], []),
        ([(1, 1), (1, 1), (2, 1)], ["a", "b"], [(1, 1)]),
        ([(1, 1), (1, 2), (2, 1)], ["a"], [(1,)]),
    ],
)
def test_a_combination_that_is_there_twice_is_returned(
    given: Rows, columns: list[str], expected: Rows
) -> None:
    found = offenders("unique_combination_of_columns", given, columns=columns)
    assert found == expected


@pytest.mark.parametrize(
    ("numbers", "is_sequential"),
    [
        ([], True),
        ([0], True),
        ([2, 0, 1], True),
        ([1], False),
        ([1, 2], False),
        ([-1, 1], False),
        ([-1, 0], False),
        ([0, 2], False),
        # from 0 to the last number, with a repeat in place of one
        ([0, 2, 2], False),
        ([0, 0, 2], False),
        ([0, 0], False),
    ],
)
def test_numbers_with_a_hole_or_a_repeat_or_another_start_are_returned(
    numbers: list[int], is_sequential: bool
) -> None:
    given = [(number, 1) for number in numbers]
    found = offenders("sequential_from_zero", given, column_name="a")
    assert found == ([] if is_sequential else [(1, len(numbers))])


def test_numbers_are_sequential_within_each_value_of_another_column() -> None:
    given = [(0, 7), (1, 7), (0, 8), (1, 9)]
    within_b = {"column_name": "a", "within": "b"}
    assert offenders("sequential_from_zero", given, **within_b) == [(9, 1)]
    assert offenders("sequential_from_zero", given, column_name="a") == [(1, 4)]
