"""What more than one command says in the same words."""

import json

SHOWN = 80  # characters of a value
WRITE_ALIKE = "a build reads one form: write all times alike"


def have_another_form(value: str, setting: str, remedy: str = WRITE_ALIKE) -> str:
    """That rejected times have a form which another setting reads.

    Args:
        value: One of them.
        setting: The setting that reads them.
        remedy: What to do.
    """
    shown = value[:SHOWN] + "…" * (len(value) > SHOWN)
    return (
        "have times of another form, such as "
        f"{json.dumps(shown, ensure_ascii=False)}, which {setting} reads; {remedy}"
    )
