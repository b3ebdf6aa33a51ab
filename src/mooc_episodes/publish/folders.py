"""Publishing a folder in one atomic step, and keeping the registry of runs.

`<processed>/<dataset>` is a symbolic link to a complete folder below
`<processed>/.versions/<dataset>/`. An export fills a new folder there and moves the
link to it: a reader sees the old set or the new one. The version before the published
one stays, for readers that are still in it.
"""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import relative
from mooc_episodes.contract import VERSIONS

STAGING = ".staging"
LOCK = ".lock"


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file; wait while another process does. A killed process frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = relative(path.parent)
            print(f"waiting for another export to {where}", file=sys.stderr)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """An empty staging folder, removed afterwards unless it was moved into place.

    The parent is locked meanwhile. Leftovers of a killed export are removed.
    """
    folder = parent / STAGING
    with lock(parent / LOCK):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class Publisher:
    """The published folder of a dataset and its versions.

    Attributes:
        link: `<processed>/<dataset>`, what readers open.
        versions: Where the folders it points to live.
    """

    def __init__(self, processed: Path, dataset: str) -> None:
        """Name the folders.

        Raises:
            UserError: `<processed>/<dataset>` was not made by an export.
        """
        self.link = processed / dataset
        self.versions = processed / VERSIONS / dataset
        if self.link.is_symlink():
            ours = self.target() == self.versions / self.target().name
        else:
            ours = not self.link.exists()
        if not ours:
            raise UserError(f"{self.link}: not made by an export; move it away first")

    def target(self) -> Path:
        """The folder that the link names."""
        return self.link.parent / self.link.readlink()

    def publish(self, staged: Path, name: str) -> None:
        """Move a complete folder into place under a name of its own, in one step."""
        write_through(staged)
        version = self.versions / name
        staged.rename(version)
        before = self.target() if self.link.is_symlink() else None
        new_link = self.versions / ".link"
        new_link.unlink(missing_ok=True)
        new_link.symlink_to(os.path.relpath(version, self.link.parent))
        new_link.replace(self.link)
        for other in self.versions.iterdir():
            if other.is_dir() and other not in {version, before}:
                shutil.rmtree(other, ignore_errors=True)


def write_through(folder: Path) -> None:
    """Flush a folder and its contents to disk."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def read_registry(path: Path) -> dict[str, Any]:
    """The registry of runs, or a new one.

    Raises:
        UserError: The file exists and is not a registry.
    """
    if not path.exists():
        return {"schema_version": 1, "runs": []}
    try:
        registry = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        registry = None
    if not isinstance(registry, dict) or not isinstance(registry.get("runs"), list):
        raise UserError(f"{path}: not a registry of runs; move it away first")
    return registry


def register(path: Path, run: dict[str, Any]) -> None:
    """Append a run to the registry, safe with concurrent writers."""
    with lock(path.with_name(f".{path.name}.lock")):
        registry = read_registry(path)
        registry["runs"].append(run)
        new = path.with_name(f".{path.name}.new")
        write_json(new, registry)
        new.replace(path)


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document as JSON, indented by two spaces, UTF-8, flushed to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as handle:
        json.dump(document, handle, ensure_ascii=False, indent=2)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
