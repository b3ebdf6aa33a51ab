"""What more than one command says in the same words."""

import json
from pathlib import Path

AGAIN = "publish it again with scripts/export.py, or copy it again whole"
WRITE_ALIKE = "a build reads one form: write all times alike"


def without_a_manifest(manifest: Path) -> str:
    """What a folder without a manifest is, and what to do.

    Args:
        manifest: Where it would be.
    """
    inside = sorted(
        entry.parent.name
        for entry in manifest.parent.glob(f"*/{manifest.name}")
        if not entry.parent.name.startswith(".")
    )
    if inside:
        return f"holds published folders; give one of them: {', '.join(inside)}"
    return f"no {manifest.name} in it, so not published or not copied whole; {AGAIN}"


def cut(text: str) -> str:
    """A value or a row, not too long for a message."""
    return text if len(text) <= 80 else text[:80] + "…"


def have_another_form(value: str, setting: str, remedy: str = WRITE_ALIKE) -> str:
    """That rejected times have a form which another setting reads.

    Args:
        value: One of them.
        setting: The setting that reads them.
        remedy: What to do.
    """
    return (
        "have times of another form, such as "
        f"{json.dumps(cut(value), ensure_ascii=False)}, which {setting} reads; {remedy}"
    )
