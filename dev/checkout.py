"""What git says of the project, for the reports under docs/."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
NOT_REPORTS = [":!docs/mutations.md", ":!docs/torture.md"]


def git(*arguments: str) -> str:
    """What git says of the project."""
    return subprocess.run(
        ["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout


def commit() -> str:
    """The commit that is tried, and whether files, reports aside, differ from it."""
    name = git("rev-parse", "--short", "HEAD").strip()
    if git("status", "--porcelain", "--untracked-files=no", "--", ".", *NOT_REPORTS):
        name += " with changes not yet committed"
    return name
