"""What more than one command says in the same words."""

import json

WRITE_ALIKE = "a build reads one form: write all times alike"


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
