"""Links to files with an ending that is not read, which have one that is."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect.sample import Sample, absolute, has_known_ending, suffixes

# what a shell and DuckDB take for the same
GLOB = re.compile(r"(\*|\?|\[!?[\w-]+\])")


@dataclass(frozen=True)
class Links:
    """How to read files with an ending that is not read.

    Attributes:
        raw_events: The links, as a path or glob in the project's folder.
        command: What makes them, for a shell in the project's folder.
        note: What it does.
    """

    raw_events: str
    command: str
    note: str


def links_to(sample: Sample, dataset: str) -> Links | None:
    """The links that make the files readable; None if they are as they are.

    Raises:
        UserError: No short command makes them.
    """
    if has_known_ending(Path(sample.given)):
        return None
    first = sample.files[0]
    packed = suffixes(first)[1]
    ending = sample.kind + packed
    there = absolute(sample.given)
    note = (
        "the build goes by a file's ending: the command first makes links that end in "
        f"{ending}"
    )
    if Path(sample.given) == first:
        link = f"data/raw/{dataset}{ending}"
        return Links(
            link, f"mkdir -p data/raw && ln -sf {shlex.quote(there)} {link}", note
        )
    folder = f"data/raw/{dataset}_links"
    name = f'$(basename "$f"{f" {packed}" if packed else ""})'
    if not sample.has_distinct_names:
        name = '$(printf %s "$f" | tr / _)'
    command = (
        # those of an earlier look are not to be read too
        f"mkdir -p {folder} && find {folder} -type l -delete && "
        f'{loop(there)} ln -s "$f" "{folder}/{name}{ending}"; done'
    )
    return Links(f"{folder}/*{ending}", command, note)


def loop(pattern: str) -> str:
    """The start of a shell's loop over the files of a glob.

    Raises:
        UserError: A shell has no such glob.
    """
    if "**" not in pattern:
        words = [
            part if GLOB.fullmatch(part) else shlex.quote(part)
            for part in GLOB.split(pattern)
            if part
        ]
        return f"for f in {''.join(words)}; do"
    folder, _, name = pattern.partition("/**/")
    if GLOB.search(folder) or "**" in name or "/" in name:
        raise UserError(
            f"{pattern}: files with an ending that is not read are linked by a shell, "
            "which has no such glob; give <folder>/**/<name> or a glob without **"
        )
    found = f"find {shlex.quote(folder)} -type f -name {shlex.quote(name)}"
    return f"{found} | while IFS= read -r f; do"
