"""The commit of the project's git checkout."""

import os
import subprocess
from pathlib import Path

from mooc_episodes.base.paths import PROJECT

# what decides what is computed and published
SOURCES = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "src")


def commit(project: Path = PROJECT) -> str | None:
    """The commit checked out, with -dirty if a file of SOURCES is not as it has it.

    The same for the same checkout. None if the project is not a checkout of its own,
    or there is no git.
    """
    top = git(project, "rev-parse", "--show-toplevel")
    found = git(project, "rev-parse", "--verify", "HEAD")
    files = ("--porcelain", "--untracked-files=normal")
    changed = git(project, "status", *files, "--", *SOURCES)
    if not top or not found or changed is None:
        return None
    if Path(top).resolve() != project.resolve():
        return None
    return f"{found}-dirty" if changed else found


def git(project: Path, *arguments: str) -> str | None:
    """What git prints in the project's folder; None if it fails.

    It changes nothing and follows no GIT_DIR.
    """
    own = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }
    safely = ("--no-optional-locks", "-c", "core.fsmonitor=false")
    try:
        done = subprocess.run(
            ["git", *safely, *arguments],
            cwd=project,
            env=own,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
