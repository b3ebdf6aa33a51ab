"""The commit of this checkout, for the reports under docs/."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
NOT_REPORTS = [":!docs/mutations.md", ":!docs/torture.md"]


def git(*arguments: str) -> str:
    """Run git in the project and return its output."""
    return subprocess.run(
        ["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout


def commit() -> str:
    """The current commit, marked if any file other than the reports differs from it."""
    name = git("rev-parse", "--short", "HEAD").strip()
    if git("status", "--porcelain", "--untracked-files=no", "--", ".", *NOT_REPORTS):
        name += " with uncommitted changes"
    return name
