"""What looks odd about the input, in sentences with the likely cause and what to do."""

import json
from datetime import UTC, date, datetime
from typing import Any

from mooc_episodes.base.sentences import WRITE_ALIKE, have_another_form

Report = dict[str, Any]

MORE_PRECISE = (
    "they are cut to days or seconds, it seems, or set for many at once; if another "
    "column has them in full, name it under columns (created_at: <column>, or "
    "[<date>, <time of day>])"
)
SPELLED = (
    "{value:,.0f} {kind} ids are written in more than one way (007 and 7) and count as "
    "one; if they are not, set {setting}: varchar"
)
QUOTED = (
    "{value:,.0f} {kind} ids have quotes in them that look like part of the file; set "
    "quote and escape under csv if they are"
)
UNREADABLE = (
    "{value:.0%} of the {measure}s are not numbers such as 3.5, and are null; write "
    "them as such (3.5 for 3,5), or leave them out: {measure}: null under columns"
)
LIKE_NULL = (
    "among the ten most frequent {kind} ids: {ids}, which looks like a missing value; "
    "if it is one, add it to null_values under csv"
)
# by the name of a row of report_plausibility
WARNINGS = {
    "days_with_events": (
        "all events are on one day; if they are not of one day, their times are those "
        "of an export, it seems, or in another unit: name another column under columns "
        "(created_at: <column>), or set time_format"
    ),
    "events_before_1990": (
        "{value:,.0f} events are before 1990: a default date for a missing time, it "
        "seems, or a number in another unit; leave created_at empty if there is none, "
        "or see time_format"
    ),
    "share_of_events_at_midnight": (
        "{value:.0%} of the events have a date and no time of day: those of one day "
        "are tied, and tied events are not labels of each other; if another column "
        "has the time of day, name both under columns (created_at: [<date>, <time of "
        "day>])"
    ),
    "share_of_events_tied": (
        "{value:.0%} of the events share their time with another event of the user, so "
        "their order is not known: " + MORE_PRECISE
    ),
    "share_of_labels_tied": (
        "{value:.0%} of the labels share their time with another event of the user, so "
        "a key decides which of these is the label: " + MORE_PRECISE
    ),
    "share_of_ratings_unreadable": UNREADABLE.replace("{measure}", "rating"),
    "share_of_watch_percentages_unreadable": UNREADABLE.replace(
        "{measure}", "watch_percentage"
    ),
    "user_ids_spelled_in_several_ways": SPELLED,
    "course_ids_spelled_in_several_ways": SPELLED,
    "user_ids_with_quotes": QUOTED,
    "course_ids_with_quotes": QUOTED,
    "user_ids_like_null_among_the_most_frequent": LIKE_NULL,
    "course_ids_like_null_among_the_most_frequent": LIKE_NULL,
}


def warnings(
    found: list[dict[str, Any]],
    raw: dict[str, Any],
    funnel: list[dict[str, Any]],
    unread: list[dict[str, Any]],
    built_on: date,
) -> list[str]:
    """What looks odd, one sentence each.

    Args:
        found: The rows of report_plausibility.
        raw: The row of report_input.
        funnel: The rows of report_funnel.
        unread: The rows of report_unread_times.
        built_on: The day of the build.
    """
    odd = {row["name"]: row for row in found if row["is_warning"]}
    sentences = [
        sentence.format(
            value=odd[name]["value"], ids=quoted(odd[name]["ids"]), **of_kind(name)
        )
        for name, sentence in WARNINGS.items()
        if name in odd
    ]
    after = last_event_after(raw, built_on)
    return nothing_made(odd, found, funnel) + after + other_times(unread) + sentences


def other_times(unread: list[dict[str, Any]]) -> list[str]:
    """Whether half of the rejected times, or more, have a form that a setting reads."""
    if not unread:
        return []
    most = min(unread, key=lambda row: (-row["n_rows"], row["form_number"]))
    if most["n_rows"] * 2 < most["n_unread"]:
        return []
    remedy = WRITE_ALIKE
    if most["setting"] == "time_format: auto":
        remedy = "set it, unless the other times are read only as they are now"
    return [
        f"{most['n_rows']:,} of {most['n_unread']:,} rows rejected for their "
        "created_at " + have_another_form(most["first_value"], most["setting"], remedy)
    ]


def quoted(ids: list[str] | None) -> str:
    """Ids as a setting takes them, if a row names any."""
    return json.dumps(ids, ensure_ascii=False) if ids else ""


def of_kind(name: str) -> dict[str, str]:
    """The words of a row about ids."""
    kind = name.split("_")[0]
    return {
        "kind": kind,
        "setting": "user_id_type" if kind == "user" else "item_id_type",
    }


def last_event_after(raw: dict[str, Any], built_on: date) -> list[str]:
    """Whether the last event is after the day of the build."""
    last = raw["last_ts_epoch"]
    if last is None or last < tomorrow(built_on):
        return []
    return [
        f"the last event, {datetime.fromtimestamp(last, UTC):%Y-%m-%d %H:%M:%S}, is "
        f"after {built_on}, the day of the build: planned or mistyped, it seems, or a "
        "number in another unit; set time_until to leave it out, or see time_format"
    ]


def tomorrow(day: date) -> int:
    """The end of a day in UTC, in seconds since 1970."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) + 86_400


def nothing_made(
    odd: dict[str, Any], found: list[dict[str, Any]], funnel: list[dict[str, Any]]
) -> list[str]:
    """That there are no pairs or episodes, and which step of the funnel left none."""
    missing = next((name for name in ("pairs", "episodes") if name in odd), None)
    if missing is None:
        return []
    values = {row["name"]: row["value"] for row in found}
    n_pairs = f"{values['pairs']:,.0f} pairs"
    steps = [
        step for step in funnel if step["rows_out"] == 0 and step["rows_in"] is not None
    ]
    if not steps:
        return [f"{n_pairs}, 0 episodes"]
    first = steps[0]
    return [
        f"{n_pairs}, 0 episodes: of {first['rows_in']:,} rows before the step "
        f'"{first["step"]}" none is left ({first["why"]})'
    ]
