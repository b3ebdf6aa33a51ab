"""Where the project is, and paths that mean the same on every machine."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def relative(path: Path) -> str:
    """A path relative to the project's folder."""
    return Path(os.path.relpath(path.absolute(), PROJECT)).as_posix()
