"""Reading JSON that others wrote: what an export writes is taken, to the last value."""

from pathlib import Path
from typing import Any

import pytest

from mooc_episodes.base.errors import UserError
from mooc_episodes.manifest.reading import (
    read_course2id,
    read_json,
    read_users,
    shown,
)

LAST = 2**63 - 1  # of 64 bits
FIRST = -(2**63)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "document.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("users", [[], [0], [FIRST, -1, 7, LAST]])
def test_users_are_integers_of_64_bits(users: list[int], tmp_path: Path) -> None:
    path = written(tmp_path, f'{{"users": {users}}}')
    assert read_users(path, "bigint") == users


@pytest.mark.parametrize("user", [LAST + 1, FIRST - 1, 3**41, 7.0, "true", '"7"'])
def test_other_users_are_refused(user: Any, tmp_path: Path) -> None:
    path = written(tmp_path, f'{{"users": [{user}]}}')
    with pytest.raises(UserError, match=r"users is \[.*; it must be a list of bigint"):
        read_users(path, "bigint")


def test_users_may_be_texts(tmp_path: Path) -> None:
    path = written(tmp_path, '{"users": ["", "007", "é"]}')
    assert read_users(path, "varchar") == ["", "007", "é"]
    for other in ("7", "null", '"\\ud800"'):
        path = written(tmp_path, f'{{"users": [{other}]}}')
        with pytest.raises(UserError, match="it must be a list of varchar"):
            read_users(path, "varchar")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('["users"]', "users is missing"),
        ("{}", "users is missing"),
        ('{"users": {}}', "users is {}"),
        ('{"users": null}', "users is null"),
        ('{"users": [], "n": 0}', '"n" is unknown; leave it out'),
        ('{"n": 0, "users": []}', '"n" is unknown; leave it out'),
    ],
)
def test_a_document_has_users_and_nothing_else(
    text: str, found: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as error:
        read_users(path, "bigint")
    assert f"{path}: not users of a split: {found}" in str(error.value)


def test_courses_are_integers_of_64_bits_as_an_export_writes_them(
    tmp_path: Path,
) -> None:
    vocabulary = {str(FIRST): 0, "-1": 1, "0": 2, "7": 3, str(LAST): LAST}
    path = written(tmp_path, str(vocabulary).replace("'", '"'))
    assert read_course2id(path, "bigint") == vocabulary


@pytest.mark.parametrize(
    "course", [LAST + 1, FIRST - 1, 10**19, "07", "+7", "-0", "7.0", "x", "", "\u0667"]
)
def test_other_courses_are_refused(course: Any, tmp_path: Path) -> None:
    path = written(tmp_path, f'{{"1": 0, "{course}": 1}}')
    with pytest.raises(UserError, match=r"course \".*\" is not a bigint"):
        read_course2id(path, "bigint")
    assert read_course2id(path, "varchar") == {"1": 0, str(course): 1}


@pytest.mark.parametrize(
    "text", ["[]", "7", '{"1": "0"}', '{"1": 0, "2": 1.0}', f'{{"1": {LAST + 1}}}']
)
def test_a_vocabulary_is_an_object_from_course_to_number(
    text: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="not an object from course to number"):
        read_course2id(written(tmp_path, text), "bigint")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "a key is given twice"),
        ("[NaN]", "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        ("[" * 100_000, ""),
        ("{", ""),
    ],
)
def test_what_is_not_json_is_refused(text: str, why: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as error:
        read_json(path)
    assert str(error.value).startswith(f"{path}: not JSON in UTF-8: {why}")


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_json(tmp_path)
    assert str(error.value) == f"{tmp_path}: cannot be read: Is a directory"


def test_a_long_value_is_shown_up_to_60_characters() -> None:
    assert shown("x" * 58) == '"' + "x" * 58 + '"'
    assert shown("x" * 59) == '"' + "x" * 59 + " …"
