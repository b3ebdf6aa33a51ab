"""What the terminal and the report say about input that looks odd.

The rows are those of report_plausibility, whose unit tests say from where on one is a
warning. The last test builds a file with several of them.
"""

import html
import json
import re
from datetime import date
from typing import Any

import pytest

from conftest import Workspace
from mooc_episodes.publish.summary import repeats
from mooc_episodes.report.plausibility import other_times, warnings

BUILT_ON = date(2024, 3, 1)
MORE_PRECISE = (
    ": they are cut to days or seconds, it seems, or set for many at once; if another "
    "column has them in full, name it under columns (created_at: <column>, or "
    "[<date>, <time of day>])"
)


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


# each warning: the row's value and ids, and all that is said
ODD: dict[str, tuple[float, list[str] | None, str]] = {
    "days_with_events": (
        1,
        None,
        "all events are on one day; if they are not of one day, their times are those "
        "of an export, it seems, or in another unit: name another column under columns "
        "(created_at: <column>), or set time_format",
    ),
    "events_before_1990": (
        1200,
        None,
        "1,200 events are before 1990: a default date for a missing time, it seems, or "
        "a number in another unit; leave created_at empty if there is none, or see "
        "time_format",
    ),
    "share_of_events_at_midnight": (
        0.954,
        None,
        "95% of the events have a date and no time of day: those of one day are tied, "
        "and tied events are not labels of each other; if another column has the time "
        "of day, name both under columns (created_at: [<date>, <time of day>])",
    ),
    "share_of_events_tied": (
        0.75,
        None,
        "75% of the events share their time with another event of the user, so their "
        "order is not known" + MORE_PRECISE,
    ),
    "share_of_labels_tied": (
        0.51,
        None,
        "51% of the labels share their time with another event of the user, so a key "
        "decides which of these is the label" + MORE_PRECISE,
    ),
    "share_of_ratings_unreadable": (
        1,
        None,
        "100% of the ratings are not numbers such as 3.5, and are null; write them as "
        "such (3.5 for 3,5), or leave them out: rating: null under columns",
    ),
    "share_of_watch_percentages_unreadable": (
        0.6,
        None,
        "60% of the watch_percentages are not numbers such as 3.5, and are null; write "
        "them as such (3.5 for 3,5), or leave them out: watch_percentage: null under "
        "columns",
    ),
    "user_ids_spelled_in_several_ways": (
        2,
        None,
        "2 user ids are written in more than one way (007 and 7) and count as one; if "
        "they are not, set user_id_type: varchar",
    ),
    "course_ids_spelled_in_several_ways": (
        1234,
        None,
        "1,234 course ids are written in more than one way (007 and 7) and count as "
        "one; if they are not, set item_id_type: varchar",
    ),
    "user_ids_with_quotes": (
        3,
        None,
        "3 user ids have quotes in them that look like part of the file; set quote "
        "and escape under csv if they are",
    ),
    "course_ids_with_quotes": (
        4,
        None,
        "4 course ids have quotes in them that look like part of the file; set quote "
        "and escape under csv if they are",
    ),
    "user_ids_like_null_among_the_most_frequent": (
        2,
        ["NULL", "\\N"],
        'among the ten most frequent user ids: ["NULL", "\\\\N"], which looks like a '
        "missing value; if it is one, add it to null_values under csv",
    ),
    "course_ids_like_null_among_the_most_frequent": (
        1,
        ["nan"],
        'among the ten most frequent course ids: ["nan"], which looks like a missing '
        "value; if it is one, add it to null_values under csv",
    ),
}


def row(name: str, *, is_warning: bool = True) -> dict[str, Any]:
    """A row of report_plausibility."""
    value, ids, _ = ODD[name]
    return {"name": name, "value": value, "is_warning": is_warning, "ids": ids}


def said(
    found: list[dict[str, Any]],
    last: int | None = 0,
    funnel: list[dict[str, Any]] | None = None,
) -> list[str]:
    """The sentences on a build of 1 March 2024 without rejected times."""
    return warnings(found, {"last_ts_epoch": last}, funnel or [], [], BUILT_ON)


@pytest.mark.parametrize("name", ODD)
def test_what_looks_odd_is_said_with_its_cause_and_what_mends_it(name: str) -> None:
    assert said([row(name)]) == [ODD[name][2]]


def test_what_is_no_warning_is_not_said() -> None:
    assert said([row(name, is_warning=False) for name in ODD]) == []


def test_all_that_looks_odd_is_said_in_one_order() -> None:
    assert said([row(name) for name in reversed(ODD)]) == [
        one for _, _, one in ODD.values()
    ]


# 2024-03-02 00:00:00 UTC is 1709337600
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, []),
        (1709337599, []),
        (
            1709337600,
            [
                "the last event, 2024-03-02 00:00:00, is after 2024-03-01, the day of "
                "the build: planned or mistyped, it seems, or a number in another "
                "unit; set time_until to leave it out, or see time_format"
            ],
        ),
    ],
)
def test_an_event_after_the_day_of_the_build_is_said(
    last: int | None, expected: list[str]
) -> None:
    assert said([], last) == expected


def step(name: str, rows_in: int | None, rows_out: int) -> dict[str, Any]:
    """A row of report_funnel."""
    return {"step": name, "rows_in": rows_in, "rows_out": rows_out, "why": f"of {name}"}


def made(n_pairs: int, n_episodes: int) -> list[dict[str, Any]]:
    """The rows of report_plausibility about what was made."""
    return [
        {"name": "pairs", "value": n_pairs, "is_warning": n_pairs == 0, "ids": None},
        {
            "name": "episodes",
            "value": n_episodes,
            "is_warning": n_episodes == 0,
            "ids": None,
        },
    ]


def test_without_episodes_the_first_step_that_left_nothing_is_named() -> None:
    funnel = [
        step("read", None, 9),
        step("labels", 2345, 0),
        step("episodes", 0, 0),
    ]
    assert said(made(0, 0), funnel=funnel) == [
        '0 pairs, 0 episodes: of 2,345 rows before the step "labels" none is left (of '
        "labels)"
    ]


def test_pairs_without_an_episode_are_counted() -> None:
    assert said(made(1500, 0)) == ["1,500 pairs, 0 episodes"]
    assert said(made(1500, 1)) == []


def test_rows_in_several_files_are_one_line_of_the_summary() -> None:
    found = {
        "n_rows_repeated": 1234,
        "n_files": 24,
        "first_file": "jan.csv",
        "last_file": "jan_copy.csv",
    }
    assert repeats(found) == [
        "1,234 rows are in more than one of the 24 files, such as jan.csv and "
        "jan_copy.csv; if one is a copy, leave it out of raw_events."
    ]
    assert repeats(found | {"n_rows_repeated": 0}) == []


def test_a_build_names_all_that_looks_odd(workspace: Workspace) -> None:
    header = "user_id,item_id,created_at\n"
    # of each user's items 2 and 3 are tied, and 4 and 5: of the labels, the first of
    # either two and 6, two of three share their time
    steps = ((1, 8), (2, 9), (3, 9), (4, 10), (5, 10), (6, 11))
    rows = "".join(
        f"{user},{item},2024-01-01 {hour:02}:00\n"
        for user in ("NULL", "\\N", "'ana'")
        for item, hour in steps
    )
    # a user with too few events, who is in both files
    ben = "ben,1,2024-01-01 08:00\n"
    (workspace.root / "a.csv").write_text(header + rows + ben)
    (workspace.root / "b.csv").write_text(header + ben)
    workspace.build(
        raw_events=str(workspace.root / "*.csv"),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        **{"episode_k": 1, "episode_q": 2},
    )
    done = workspace.export()
    assert done.returncode == 0, done.stderr
    expected = [
        ODD["days_with_events"][2],
        "67% of the events share their time with another event of the user, so their "
        "order is not known" + MORE_PRECISE,
        "67% of the labels share their time with another event of the user, so a key "
        "decides which of these is the label" + MORE_PRECISE,
        "1 user ids have quotes in them that look like part of the file; set quote "
        "and escape under csv if they are",
        ODD["user_ids_like_null_among_the_most_frequent"][2],
    ]
    printed = done.stdout.splitlines()
    warned = [line.removeprefix("  warning    ") for line in printed]
    assert [one for one, line in zip(warned, printed, strict=True) if one != line] == (
        expected
    )
    assert (
        "1 rows are in more than one of the 2 files, such as a.csv and b.csv; if one "
        "is a copy, leave it out of raw_events."
    ) in printed
    folder = workspace.newest_report()
    report = json.loads((folder / "report.json").read_text())
    assert report["plausibility"]["warnings"] == expected
    page = (folder / "report.html").read_text()
    shown = page[page.index("What looks odd</h2>") :]
    listed = re.findall(r"<li>(.*?)</li>", shown)[: len(expected)]
    assert [html.unescape(one) for one in listed] == expected
    assert "(created_at: <column>" not in shown
