"""Where the project is, and paths that mean the same on every machine."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
PROCESSED = PROJECT / "data" / "processed"
REPORTS = PROJECT / "reports"
REGISTRY = PROJECT / "meta.json"


def relative(path: Path) -> str:
    """A path relative to the project's folder."""
    return Path(os.path.relpath(path.absolute(), PROJECT)).as_posix()


def public(path: Path) -> str:
    """A path fit to publish: in the project relative to it, elsewhere the last part.

    Where somebody keeps their files is nobody else's business.
    """
    found = relative(path)
    return path.name if found.startswith("../") else found
