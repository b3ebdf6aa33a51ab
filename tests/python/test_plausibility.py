"""What the terminal and the report say about rejected times."""

import pytest

from mooc_episodes.report.plausibility import other_times


def form(number: int, setting: str, n_rows: int, n_unread: int) -> dict[str, object]:
    """A row of report_unread_times."""
    return {
        "form_number": number,
        "setting": f'time_format: "{setting}"',
        "n_rows": n_rows,
        "n_unread": n_unread,
        "first_value": "01/02/2021",
    }


def test_the_form_of_most_of_the_rejected_times_is_named_with_one_of_them() -> None:
    found = [form(9, "%m/%d/%Y", 3, 6), form(8, "%d/%m/%Y", 5, 6)]
    assert other_times(found) == [
        "5 of 6 rows rejected for their created_at have times of another form, such as "
        '"01/02/2021", which time_format: "%d/%m/%Y" reads; a build reads one form: '
        "write all times alike"
    ]


def test_of_two_forms_that_fit_as_well_the_first_is_named() -> None:
    (said,) = other_times([form(9, "%m/%d/%Y", 3, 6), form(8, "%d/%m/%Y", 3, 6)])
    assert "%d/%m/%Y" in said


@pytest.mark.parametrize(("n_rows", "is_said"), [(2, False), (3, True)])
def test_a_form_of_less_than_half_is_not_named(n_rows: int, is_said: bool) -> None:
    assert bool(other_times([form(8, "%d/%m/%Y", n_rows, 6)])) == is_said


def test_times_that_auto_reads_need_not_be_alike() -> None:
    (said,) = other_times([form(1, "", 5, 5) | {"setting": "time_format: auto"}])
    assert said.endswith(
        "which time_format: auto reads; set it, unless the other times are read only "
        "as they are now"
    )


def test_nothing_is_said_if_no_form_fits() -> None:
    assert other_times([]) == []


def test_a_long_time_is_cut() -> None:
    row = form(8, "%d/%m/%Y", 6, 6) | {"first_value": "x" * 90}
    assert f'"{"x" * 80}…"' in other_times([row])[0]
