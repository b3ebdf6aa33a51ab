"""Reading JSON that others may have written: manifests, vocabularies, users.

Nothing in it is trusted: a value that an export would not write ends in one line that
says which, and what is allowed. manifest.schema.json checks manifests; what JSON Schema
cannot check, or only slowly, is here.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import extend

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.base.sentences import without_a_manifest
from mooc_episodes.contract import MANIFEST, RECORDS

SHOWN = 60
SCHEMA = json.loads(Path(__file__).with_name("manifest.schema.json").read_text())
# what files are written and checked by
SETTINGS = tuple(SCHEMA["$defs"]["settings"]["required"])


@dataclass(frozen=True)
class Entry:
    """A manifest's entry for a file; `rows` is None for the records of a run."""

    path: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Published:
    """A published folder and what its manifest says about it.

    Attributes:
        manifest: The manifest's file.
        folder: Where the artifacts are.
        settings: The settings of the build.
        entries: The manifest's entries, by file.
        records: The records of the run, if the manifest is a run's.
    """

    manifest: Path
    folder: Path
    settings: dict[str, Any]
    entries: dict[Path, Entry]
    records: tuple[Path, ...]


def is_text(value: Any) -> bool:
    """Whether it is a string of whole characters: no half of a surrogate pair."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def is_whole(value: Any) -> bool:
    """Whether it is an integer, written as one; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_bigint(value: Any) -> bool:
    """Whether it is an integer of 64 bits."""
    return is_whole(value) and -(2**63) <= value < 2**63


def is_bigint_text(value: str) -> bool:
    """Whether it is a bigint as an export writes one: no sign +, no leading zeros."""
    digits = re.fullmatch("-?[0-9]{1,19}", value)
    return bool(digits) and str(int(value)) == value and is_bigint(int(value))


# to JSON Schema 2.0 is an integer, and half a surrogate pair a string
TYPES = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: is_whole(value),
        "string": lambda _, value: is_text(value),
    }
)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("of the calendar", raises=ValueError)
def is_of_the_calendar(value: Any) -> bool:
    """Whether a text is a day that there is, and a time of it."""
    return bool(datetime.fromisoformat(value)) if isinstance(value, str) else True


VALIDATOR = extend(Draft202012Validator, type_checker=TYPES)(
    SCHEMA, format_checker=FORMATS
)


def read_json(path: Path) -> Any:
    """Read a JSON document, UTF-8.

    Raises:
        UserError: It cannot be read, is not JSON, or gives a key twice.
    """
    try:
        return json.loads(
            path.read_text(encoding="utf-8"),
            object_pairs_hook=without_repeats,
            parse_constant=no_number,
        )
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON in UTF-8: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; by the time a schema sees it, a repeated key is gone.

    Raises:
        ValueError: A key is in it twice, so readers may differ over its value.
    """
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key is given twice")
    return document


def no_number(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads but JSON does not have.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f"{name} is not a number")


def shown(value: Any) -> str:
    """A value as JSON, on one line and not too long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    # half a character of UTF-16 cannot be printed
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def read_manifest(path: Path) -> Published:
    """Read a manifest, of a folder (next to its files) or of a run (in reports/).

    A folder means the manifest in it.

    Raises:
        UserError: There is none, or no export wrote it.
    """
    if path.is_dir():
        folder, path = path, path / MANIFEST
        if not path.exists():
            raise UserError(f"{folder}: {without_a_manifest(path)}")
    if not path.exists():
        raise UserError(f"{path}: no such folder or manifest")
    document = read_json(path)
    error = best_match(VALIDATOR.iter_errors(document))
    if error:
        raise UserError(f"{path}: not a manifest of an export: {one_line(error)}")
    settings = {name: document["settings"][name] for name in SETTINGS}
    entries = [
        Entry(entry["path"], entry["bytes"], entry["sha256"], entry["rows"])
        for entry in document["artifacts"]
    ]
    base, folder, records = path.parent, path.parent, ()
    if "root" in document:
        base, folder = PROJECT, PROJECT / document["root"]
        reports = PROJECT / document["out_dir"]
        records = tuple(reports / name for name in RECORDS)
    if document["dataset"] != settings["dataset"]:
        dataset, built = document["dataset"], settings["dataset"]
        raise UserError(
            f"{path}: not a manifest of an export: dataset is {shown(dataset)}; it "
            f"must be {shown(built)}, as settings.dataset is"
        )
    files = {base / entry.path: entry for entry in entries}
    # JSON Schema knows equal entries, not two of one file
    if len(files) < len(entries):
        raise UserError(f"{path}: not a manifest of an export: it lists a file twice")
    return Published(path, folder, settings, files, records)


def one_line(error: ValidationError) -> str:
    """Which value is wrong, and what is allowed; jsonschema quotes all of the value."""
    where = error.json_path.removeprefix("$").removeprefix(".")
    allowed, found = error.schema, f"is {shown(error.instance)}"
    if error.validator == "required":
        name = next(
            name for name in error.validator_value if name not in error.instance
        )
        where, found = ".".join(filter(None, (where, name))), "is missing"
        allowed = error.schema.get("properties", SCHEMA["properties"])[name]
    if error.validator == "additionalProperties":
        name = next(
            name for name in error.instance if name not in error.schema["properties"]
        )
        where = ".".join(filter(None, (where, shown(name))))
        return f"{where} is unknown; leave it out"
    if "$ref" in allowed:
        allowed = SCHEMA["$defs"][allowed["$ref"].removeprefix("#/$defs/")]
    return f"{where or 'it'} {found}; it must be {allowed['description']}"


# lists of ids: jsonschema takes 10 s for a million of them


def read_users(path: Path, id_type: str) -> list[Any]:
    """The users of a split.

    Raises:
        UserError: The file does not hold them.
    """
    document = read_json(path)
    is_id = is_bigint if id_type == "bigint" else is_text
    if not isinstance(document, dict) or "users" not in document:
        found = "users is missing"
    elif len(document) > 1:
        other = next(name for name in document if name != "users")
        raise UserError(
            f"{path}: not users of a split: {shown(other)} is unknown; leave it out"
        )
    elif not isinstance(users := document["users"], list) or not all(map(is_id, users)):
        found = f"users is {shown(users)}"
    else:
        return users
    allowed = f"it must be a list of {id_type}"
    raise UserError(f"{path}: not users of a split: {found}; {allowed}")


def read_course2id(path: Path, id_type: str) -> dict[str, int]:
    """The vocabulary, from course as text to item.

    Raises:
        UserError: The file does not hold one.
    """
    course2id = read_json(path)
    if not isinstance(course2id, dict) or not all(map(is_bigint, course2id.values())):
        raise UserError(f"{path}: not an object from course to number")
    is_course = is_bigint_text if id_type == "bigint" else is_text
    for course in course2id:
        if not is_course(course):
            raise UserError(f"{path}: course {shown(course)} is not a {id_type}")
    return course2id
