"""Fingerprints of files, under paths that mean the same on every machine."""

import hashlib
from pathlib import Path
from typing import Any

from mooc_episodes.base.paths import relative


def sha256(path: Path) -> str:
    """The file's sha256, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fingerprint(path: Path, published_as: Path | None = None) -> dict[str, Any]:
    """A file's path, bytes and sha256.

    Args:
        path: Where the file is now.
        published_as: Where it will be, if elsewhere.
    """
    return {
        "path": relative(published_as or path),
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }
