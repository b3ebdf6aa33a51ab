"""Reading JSON that others may have written: manifests, vocabularies, users.

Nothing of it is taken on trust: a value that is not what an export writes ends in one
line that says which, and what is allowed.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.contract import ID_TYPES, LAYOUTS

MANIFEST = "manifest.json"
RECORDS = ("config.json", "report.json", "report.html")
SHOWN = 60


@dataclass(frozen=True)
class Kind:
    """What a value may be: in words, and as a test."""

    allowed: str
    allows: Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Whether it is a string of whole characters: no half of a surrogate pair."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)


def is_whole(value: Any) -> bool:
    """Whether it is an integer; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_bigint(value: Any) -> bool:
    """Whether it is an integer of 64 bits."""
    return is_whole(value) and -(2**63) <= value < 2**63


def is_bigint_text(value: str) -> bool:
    """Whether it is a bigint as an export writes one: no sign +, no leading zeros."""
    digits = re.fullmatch("-?[0-9]{1,19}", value)
    return bool(digits) and str(int(value)) == value and is_bigint(int(value))


def whole(at_least: int, below: int = 2**63, or_null: bool = False) -> Kind:
    """A whole number, as macros/settings/check_settings.sql has it."""
    return Kind(
        f"a whole number, {at_least} or more" + (", or null" if or_null else ""),
        lambda value: (
            (is_whole(value) and at_least <= value < below)
            or (or_null and value is None)
        ),
    )


def one_of(values: Iterable[str]) -> Kind:
    """One of a few words."""
    values = tuple(values)
    return Kind(
        " or ".join(values), lambda value: isinstance(value, str) and value in values
    )


OBJECT = Kind("an object", lambda value: isinstance(value, dict))
LIST = Kind("a list", lambda value: isinstance(value, list))
BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool))
NAME = Kind(
    "a text without control characters",
    lambda value: is_text(value) and bool(re.fullmatch("[^\x00-\x1f\x7f]+", value)),
)
SHA256 = Kind(
    "64 hex digits",
    lambda value: is_text(value) and bool(re.fullmatch("[0-9a-f]{64}", value)),
)

SETTINGS = {
    "layout": one_of(LAYOUTS),
    "user_id_type": one_of(ID_TYPES),
    "item_id_type": one_of(ID_TYPES),
    "deduplicate_consecutive": BOOLEAN,
    "session_gap_seconds": whole(0, below=2**31),
    "episode_k": whole(1, below=2**31),
    "episode_q": whole(1, below=2**31),
    "max_prefix_len": whole(1, below=2**31, or_null=True),
}
ENTRY = {
    "path": NAME,
    "bytes": whole(0),
    "sha256": SHA256,
    "rows": whole(0, or_null=True),
}


@dataclass(frozen=True)
class Entry:
    """What a manifest says of a file; `rows` is None for the records of a run."""

    path: str
    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Published:
    """A published folder and what its manifest says of it.

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


def read_json(path: Path) -> Any:
    """Read a JSON document, UTF-8.

    Raises:
        UserError: There is none, or it is none; a key given twice is an error too.
    """
    try:
        return json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=without_repeats
        )
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON in UTF-8: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON.

    Raises:
        ValueError: A key is in it twice, so that readers may differ over its value.
    """
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key is given twice")
    return document


def shown(value: Any) -> str:
    """A value as JSON, on one line and not too long."""
    text = json.dumps(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def read_manifest(path: Path) -> Published:
    """Read a manifest, of a folder (beside its files) or of a run (in reports/).

    A folder stands for the manifest in it.

    Raises:
        UserError: There is none, or it is not one of ours.
    """
    path = path / MANIFEST if path.is_dir() else path
    if not path.exists():
        raise UserError(f"{path}: no such manifest")
    document = read_json(path)
    try:
        take(document, "dataset", NAME)
        settings = {
            name: take(document, f"settings.{name}", kind)
            for name, kind in SETTINGS.items()
        }
        entries = read_entries(take(document, "artifacts", LIST))
        base, folder, records = path.parent, path.parent, ()
        if "root" in document:
            base, folder = PROJECT, PROJECT / take(document, "root", NAME)
            reports = PROJECT / take(document, "out_dir", NAME)
            records = tuple(reports / name for name in RECORDS)
    except ValueError as error:
        raise UserError(f"{path}: not a manifest of an export: {error}") from None
    files = {base / entry.path: entry for entry in entries}
    if len(files) < len(entries):
        raise UserError(f"{path}: not a manifest of an export: it lists a file twice")
    return Published(path, folder, settings, files, records)


def read_entries(listed: list[Any]) -> list[Entry]:
    """The entries of a manifest.

    Raises:
        ValueError: One is not what an export writes.
    """
    return [
        Entry(
            **{
                name: take(entry, name, kind, f"artifacts[{number}]")
                for name, kind in ENTRY.items()
            }
        )
        for number, entry in enumerate(listed)
    ]


def take(document: Any, place: str, kind: Kind, inside: str = "") -> Any:
    """The value in a document at a place like `settings.episode_k`.

    Raises:
        ValueError: It is missing or not of its kind.
    """
    outer, _, name = place.rpartition(".")
    holder = take(document, outer, OBJECT, inside) if outer else document
    where = ".".join(part for part in (inside, place) if part)
    if not isinstance(holder, dict) or name not in holder:
        raise ValueError(f"{where} is missing; it must be {kind.allowed}")
    value = holder[name]
    if not kind.allows(value):
        raise ValueError(f"{where} is {shown(value)}; it must be {kind.allowed}")
    return value


def ids(id_type: str) -> Kind:
    """A list of ids of a type."""
    is_id = is_bigint if id_type == "bigint" else is_text
    return Kind(
        f"a list of {id_type}",
        lambda value: isinstance(value, list) and all(map(is_id, value)),
    )


def read_users(path: Path, id_type: str) -> list[Any]:
    """The users of a split.

    Raises:
        UserError: The file does not hold such.
    """
    try:
        return take(read_json(path), "users", ids(id_type))
    except ValueError as error:
        raise UserError(f"{path}: not users of a split: {error}") from None


def read_course2id(path: Path, id_type: str) -> dict[str, int]:
    """The vocabulary, from course as text to item.

    Raises:
        UserError: The file does not hold such.
    """
    course2id = read_json(path)
    if not isinstance(course2id, dict) or not all(map(is_bigint, course2id.values())):
        raise UserError(f"{path}: not an object from course to number")
    is_course = is_bigint_text if id_type == "bigint" else is_text
    for course in course2id:
        if not is_course(course):
            raise UserError(f"{path}: course {shown(course)} is not a {id_type}")
    return course2id
