"""A folder that appears when it is complete, and replaces only what a conversion made.

Two renames replace an older conversion: the old folder goes, the new one comes. Readers
see one of them or, for a moment, neither; never a mixture.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mooc_episodes.base.errors import UserError

# in every folder made here: what it was made from
RECORD = "conversion.json"
MADE_BY = "mooc-episodes"


@contextmanager
def new_folder(destination: Path, record: dict[str, Any]) -> Iterator[Path]:
    """An empty folder to fill; at the end of the block it is the destination.

    Args:
        destination: Where it goes: there is nothing, or an older conversion.
        record: What conversion.json says, in addition to who made it.

    Raises:
        UserError: There is something else at the destination.
    """
    check(destination)
    parent = destination.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{destination.name}.", dir=parent
    ) as place:
        made = Path(place, "new")
        made.mkdir()
        yield made
        document = {"made_by": MADE_BY, **record}
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (made / RECORD).write_text(f"{text}\n", encoding="utf-8")
        # whatever came while it was filled
        check(destination)
        old = Path(place, "old")
        if destination.exists():
            destination.rename(old)
        try:
            made.rename(destination)
        except BaseException:
            if old.exists() and not destination.exists():
                old.rename(destination)
            raise


def check(destination: Path) -> None:
    """Check that the destination may be written.

    Raises:
        UserError: There is something that no conversion made.
    """
    if not destination.exists() and not destination.is_symlink():
        return
    try:
        found = json.loads((destination / RECORD).read_text(encoding="utf-8"))
        ours = found["made_by"] == MADE_BY
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours or destination.is_symlink():
        raise UserError(
            f"{destination}: exists, and scripts/convert.py did not make it; "
            "give a new folder, or move it away first"
        )
