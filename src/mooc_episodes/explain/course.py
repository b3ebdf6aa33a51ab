"""What happened to a course."""

from typing import Any

from mooc_episodes.contract import SPLITS
from mooc_episodes.explain.explanation import Step
from mooc_episodes.explain.reader import Reader
from mooc_episodes.explain.text import counted, outside_times, printable


def course_steps(reader: Reader, course: Any) -> list[Step]:
    """How many events and users a course has, and which item it is.

    Raises:
        UserError: No accepted event has this course.
    """
    found = reader.one("course", course)
    if not found["n_events"]:
        raise reader.unknown("course", course)
    item = found.pop("item_id")
    events, users = (
        counted(found["n_events"], "event"),
        counted(found["n_users"], "user"),
    )
    if item is None:
        where = f"Not in the vocabulary: {why_without_item(reader, course)}."
    else:
        where = f"Item {item}; its events of eligible users are in these splits."
    if reader.has_names:
        found["name"] = reader.one("course_name", course).get("name")
    name = f"{printable(found['name'])}: " if found.get("name") else ""
    return [
        Step("popularity", f"{name}{events} of {users}.", found),
        Step(
            "vocabulary",
            where,
            {"item_id": item},
            reader.table("course_splits", item, list(SPLITS)),
        ),
    ]


def why_without_item(reader: Reader, course: Any) -> str:
    """Why no event of a course is kept: the first step that leaves all of them out."""
    found = reader.one("course_users", course)
    if not found:
        return f"all of its events are {outside_times(reader.settings)}"
    if not found["has_enough_users"]:
        needed = reader.settings["min_item_users"]
        return f"has {found['n_users']:,} of {needed:,} users (min_item_users)"
    if found["n_eligible_events"]:
        return "its events of eligible users are cut, by split_method new_users"
    return "none of its users is eligible"
