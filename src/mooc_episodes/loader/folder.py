"""A published folder: its manifest, and its files as they are wanted.

manifest.schema.json says what a manifest holds. It is checked here without jsonschema,
which an environment for training lacks, and only as far as the loader depends on it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import mooc_episodes
from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.fingerprints import sha256
from mooc_episodes.base.sentences import AGAIN, without_a_manifest
from mooc_episodes.contract import (
    ID_TYPES,
    LAYOUTS,
    MANIFEST,
    ParquetArtifact,
    all_artifacts,
)

OTHER_VERSION = (
    f"this is mooc-episodes {mooc_episodes.__version__}: install the version that "
    "published the folder, or publish it again with this one"
)
NOT_OURS = (
    "not a manifest of mooc-episodes; give a folder that scripts/export.py published"
)
PUBLISHED = "the one that scripts/export.py published, data/processed/<dataset>"
# read at once: few enough that what is made of them does not count
ROWS_AT_ONCE = 16_384


class FolderError(UserError):
    """A folder that cannot be read, in one line: what, where, what to do."""


@dataclass(frozen=True)
class Entry:
    """What the manifest says of a file."""

    bytes: int
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Folder:
    """A published folder.

    Attributes:
        path: Where it is: the version that was published when it was opened.
        dataset: The dataset's name.
        settings: The settings of the build that the files depend on.
        fingerprint: The sha256 of its manifest, in hex: the same for the same bytes,
            made by the same commit from the same input.
        entries: The manifest's entries, by file.
    """

    path: Path
    dataset: str
    settings: dict[str, Any]
    fingerprint: str
    entries: dict[str, Entry]

    def artifact(self, model: str, split: str | None = None) -> ParquetArtifact:
        """The Parquet file that a model is published as."""
        return next(
            artifact
            for artifact in all_artifacts(self.settings)
            if isinstance(artifact, ParquetArtifact)
            and (artifact.model, artifact.split) == (model, split)
        )

    def content(self) -> str:
        """The sha256 of the settings and the files that both layouts have, in hex.

        The full layout has these and what is made of them, so it is the same for both.
        """
        settings = {**self.settings, "layout": "compact"}
        files = {
            artifact.path: self.entries[artifact.path].sha256
            for artifact in all_artifacts(settings)
        }
        text = json.dumps([settings, files], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def rows(self, path: str) -> int:
        """The number of a file's rows, as the manifest says.

        Raises:
            FolderError: It does not.
        """
        n_rows = self.entries[path].rows
        if n_rows is None:
            raise self.error(MANIFEST, f"does not say how many rows {path} has")
        return n_rows

    def error(self, path: str, what: str, then: str = AGAIN) -> FolderError:
        """An error with a file."""
        return FolderError(f"{self.path / path}: {what}; {then}")

    def read_json(self, path: str) -> Any:
        """A JSON file.

        Raises:
            FolderError: It cannot be read.
        """
        try:
            return json.loads((self.path / path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self.error(path, f"cannot be read ({reason(error)})") from None

    @contextmanager
    def parquet(self, path: str) -> Iterator[pq.ParquetFile]:
        """A Parquet file, open.

        Raises:
            FolderError: It cannot be read, now or in the block.
        """
        try:
            with pq.ParquetFile(self.path / path) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            raise self.error(path, f"cannot be read ({reason(error)})") from None

    def batches(
        self, path: str, columns: list[str], length: int = 1
    ) -> Iterator[pa.RecordBatch]:
        """A Parquet file's rows, part by part.

        Args:
            path: The file.
            columns: Those to read.
            length: Of the lists in a row, if they are long: fewer rows are then read
                at once.

        Raises:
            FolderError: It cannot be read.
        """
        with self.parquet(path) as file:
            n_rows = max(ROWS_AT_ONCE // max(length, 1), 1)
            yield from file.iter_batches(n_rows, columns=columns)


def open_folder(path: Path, verify: bool) -> Folder:
    """Open a published folder and check what can be checked at once.

    Raises:
        FolderError: It is not one, or not whole; with verify, a byte has changed.
    """
    if not path.is_dir():
        what = "not a folder" if path.exists() else "no such folder"
        raise FolderError(f"{path}: {what}; give {PUBLISHED}")
    # the link may move on to the next version
    path = path.resolve()
    folder = read_manifest(path)
    check_sizes(folder)
    check_columns(folder)
    if verify:
        check_bytes(folder)
    return folder


def read_manifest(path: Path) -> Folder:
    """Read a folder's manifest.

    Raises:
        FolderError: There is none, or it is not one that this version can read.
    """
    file = path / MANIFEST
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise FolderError(f"{path}: {without_a_manifest(file)}") from None
    except OSError as error:
        raise FolderError(f"{file}: cannot be read ({reason(error)})") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise FolderError(f"{file}: not JSON; {AGAIN}") from None
    if isinstance(document, dict) and "root" in document:
        raise FolderError(
            f"{file}: the record of an export, not its data; open {document['root']}"
        )
    try:
        dataset, settings = document["dataset"], dict(document["settings"])
        entries = {
            str(entry["path"]): Entry(
                int(entry["bytes"]),
                str(entry["sha256"]),
                None if entry["rows"] is None else int(entry["rows"]),
            )
            for entry in document["artifacts"]
        }
    except (KeyError, TypeError, ValueError):
        raise FolderError(f"{file}: {NOT_OURS}") from None
    check_settings(file, settings)
    fingerprint = hashlib.sha256(text).hexdigest()
    return Folder(path, str(dataset), settings, fingerprint, entries)


def is_length(value: Any) -> bool:
    """Whether it is a whole number, 1 or more."""
    return type(value) is int and value > 0


def check_settings(file: Path, settings: dict[str, Any]) -> None:
    """Check that the settings are of the kinds that this version knows.

    Raises:
        FolderError: One is missing or not known.
    """
    known: dict[str, Callable[[Any], bool]] = {
        "layout": lambda value: value in LAYOUTS,
        "user_id_type": lambda value: value in ID_TYPES,
        "item_id_type": lambda value: value in ID_TYPES,
        "deduplicate_consecutive": lambda value: type(value) is bool,
        "episode_k": is_length,
        "episode_q": is_length,
        "max_prefix_len": lambda value: value is None or is_length(value),
    }
    for name, is_known in known.items():
        if name not in settings:
            raise FolderError(f"{file}: has no setting {name}: {NOT_OURS}")
        if not is_known(settings[name]):
            value = json.dumps(settings[name])[:60]
            raise FolderError(f"{file}: {name} is {value}, unknown; {OTHER_VERSION}")


def check_sizes(folder: Folder) -> None:
    """Check that the files are there, with the bytes of the manifest.

    Raises:
        FolderError: One is missing, of another size, or not in the manifest.
    """
    for artifact in all_artifacts(folder.settings):
        if artifact.path not in folder.entries:
            raise folder.error(MANIFEST, f"lists no {artifact.path}", OTHER_VERSION)
    for path, entry in folder.entries.items():
        try:
            found = (folder.path / path).stat().st_size
        except OSError as error:
            raise folder.error(path, f"missing ({error.strerror})") from None
        if found != entry.bytes:
            what = f"{found:,} bytes, where the manifest says {entry.bytes:,}"
            raise folder.error(path, what)


def check_columns(folder: Folder) -> None:
    """Check the columns that the contract names, and the numbers of rows.

    A column that this version does not know is not a fault.

    Raises:
        FolderError: A column has another type, or rows are missing.
    """
    for artifact in all_artifacts(folder.settings):
        if not isinstance(artifact, ParquetArtifact):
            continue
        with folder.parquet(artifact.path) as file:
            schema, n_rows = file.schema_arrow, file.metadata.num_rows
        for field in artifact.schema:
            if field.name not in schema.names:
                what = f"has no column {field.name}"
                raise folder.error(artifact.path, what, OTHER_VERSION)
            found = schema.field(field.name).type
            if not found.equals(field.type):
                what = f"{field.name} is {found}, not {field.type}"
                raise folder.error(artifact.path, what, OTHER_VERSION)
        if n_rows != folder.rows(artifact.path):
            what = f"{n_rows} rows, where the manifest says "
            raise folder.error(artifact.path, f"{what}{folder.rows(artifact.path)}")


def check_bytes(folder: Folder) -> None:
    """Check every byte of every file.

    Raises:
        FolderError: A file is not the one that was published.
    """
    for path, entry in folder.entries.items():
        if sha256(folder.path / path) != entry.sha256:
            raise folder.error(path, "changed since it was published")
