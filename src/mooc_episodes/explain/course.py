"""What happened to a course."""

from typing import Any

from mooc_episodes.contract import SPLITS
from mooc_episodes.explain.explanation import Step
from mooc_episodes.explain.reader import Reader
from mooc_episodes.explain.text import counted, printable


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
        where = "Not in the vocabulary: none of its users is eligible."
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
