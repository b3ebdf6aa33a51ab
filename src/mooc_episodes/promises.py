"""The promises: SQL files that select what breaks them, each headed by a sentence."""

from dataclasses import dataclass
from pathlib import Path

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT, relative

FOLDER = PROJECT / "tests" / "promises"
LOOKS_AT = "looks at: "
SAMPLED = "test_sample("


@dataclass(frozen=True)
class Promise:
    """A promise, as its file states it.

    Attributes:
        name: The file's name; for dbt, the test's.
        sentence: The first comment, without its full stop.
        looks_at: What its test checks, from a second comment; empty if there is none.
        is_sampled: Whether dbt's test checks the first users only.
        offenders: The query for the rows that break it, a template.
    """

    name: str
    sentence: str
    looks_at: str
    is_sampled: bool
    offenders: str


def read_promise(path: Path) -> Promise:
    """Read a promise.

    Raises:
        UserError: It does not start with a sentence.
    """
    text = path.read_text(encoding="utf-8")
    first, second = [*text.splitlines(), "", ""][:2]
    if not first.startswith("-- ") or not first.endswith("."):
        raise UserError(
            f"{relative(path)}: its first line must be a sentence, like '-- No … .'"
        )
    comment = second.removeprefix("-- ")
    return Promise(
        name=path.stem,
        sentence=first.removeprefix("-- ").removesuffix("."),
        looks_at=comment.removeprefix(LOOKS_AT) if LOOKS_AT in comment else "",
        is_sampled=SAMPLED in text,
        offenders=text,
    )


def read_promises(folder: Path = FOLDER) -> dict[str, Promise]:
    """The promises of a folder, by name."""
    return {path.stem: read_promise(path) for path in sorted(folder.glob("*.sql"))}
