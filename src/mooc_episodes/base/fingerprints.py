"""Fingerprints of files, under paths that mean the same on every machine."""

import hashlib
import io
from pathlib import Path
from typing import Any

from mooc_episodes.base.paths import relative


def sha256(path: Path) -> str:
    """The file's sha256, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class HashedFile(io.BufferedWriter):
    """A new file that is hashed as it is written, and need not be read again.

    Attributes:
        hash: Of what was written so far.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, or empty it."""
        super().__init__(io.FileIO(path, "w"))
        self.hash = hashlib.sha256()

    def write(self, data: Any) -> int:
        """Append bytes."""
        self.hash.update(data)
        return super().write(data)


def fingerprint(
    path: Path, published_as: Path | None = None, digest: str | None = None
) -> dict[str, Any]:
    """A file's path, bytes and sha256.

    Args:
        path: Where the file is now.
        published_as: Where it will be, if elsewhere.
        digest: Its sha256, if it is known; otherwise the file is read.
    """
    return {
        "path": relative(published_as or path),
        "bytes": path.stat().st_size,
        "sha256": digest or sha256(path),
    }
