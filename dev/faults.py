"""Small faults in the project: made from its source, or written in faults.yml."""

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

import python_faults
import sql_faults
from checkout import PROJECT
from sql_faults import Edit

SQL = ("models/**/*.sql", "macros/**/*.sql", "tests/**/*.sql", "src/**/*.sql")
PYTHON = ("scripts/*.py", "src/mooc_episodes/**/*.py")
SHOWN = 100


@dataclass(frozen=True)
class Fault:
    """A small fault.

    Attributes:
        kind: "sql", "jinja", "python" or "written".
        file: Where it is made, relative to the project.
        line: The line it is made in.
        operator: What is changed; if written by hand, what would be wrong.
        edit: The change.
        before: The lines it changes, as one.
        after: The same, changed.
        nth: Its number among those that read the same.
    """

    kind: str
    file: str
    line: int
    operator: str
    edit: Edit
    before: str
    after: str
    nth: int = 0

    @property
    def id(self) -> str:
        """A name that stays as long as the changed lines do, wherever they are."""
        said = (self.file, self.operator, self.before, self.after, str(self.nth))
        return hashlib.sha1("\0".join(said).encode()).hexdigest()[:8]

    def __str__(self) -> str:
        """One line: where, which operator, before and after."""
        before, after = shortened(self.before, self.after)
        return f"{self.file}:{self.line} {self.operator}: {before} → {after}"

    def apply(self, text: str) -> str:
        """The file's text with the fault."""
        return text[: self.edit.start] + self.edit.new + text[self.edit.end :]


def shortened(before: str, after: str) -> tuple[str, str]:
    """Two versions of a line, shortened to the part around the difference."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    start = max(0, same - SHOWN // 3)
    lead = "…" if start else ""
    cut = [
        lead + text[start : start + SHOWN] + ("…" if len(text) > start + SHOWN else "")
        for text in (before, after)
    ]
    return cut[0], cut[1]


def make_fault(kind: str, file: str, text: str, edit: Edit) -> Fault:
    """A fault with the lines it changes."""
    start = text.rfind("\n", 0, edit.start) + 1
    end = text.find("\n", edit.end)
    end = len(text) if end < 0 else end
    return Fault(
        kind=kind,
        file=file,
        line=text.count("\n", 0, edit.start) + 1,
        operator=edit.operator,
        edit=edit,
        before=" ".join(text[start:end].split()),
        after=" ".join(
            (text[start : edit.start] + edit.new + text[edit.end : end]).split()
        ),
    )


def numbered(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Number the faults that read the same."""
    seen: Counter[tuple[str, ...]] = Counter()
    for fault in faults:
        key = (fault.file, fault.operator, fault.before, fault.after)
        nth, seen[key] = seen[key], seen[key] + 1
        yield Fault(**{**vars(fault), "nth": nth}) if nth else fault


def paths(patterns: Iterable[str]) -> list[Path]:
    """The files of the project that fit a pattern, each once, in order."""
    return sorted({path for pattern in patterns for path in PROJECT.glob(pattern)})


def generated(kind: str) -> list[Fault]:
    """The faults of a kind made from the source: of SQL, Jinja or Python."""
    edits = python_faults.edits if kind == "python" else sql_faults.edits
    made = []
    for path in paths(PYTHON if kind == "python" else SQL):
        text, file = path.read_text("utf-8"), path.relative_to(PROJECT).as_posix()
        made += [
            make_fault(kind, file, text, edit)
            for edit in edits(text)
            if kind == "python" or edit.is_jinja == (kind == "jinja")
        ]
    return list(numbered(made))


def written(entries: list[dict[str, str]]) -> tuple[list[Fault], list[str]]:
    """The faults written by hand, and a line on each that does not apply.

    An entry applies if its old text is there once in all the files of its glob, so that
    it survives a move within them; white space may differ.
    """
    faults, wrong = [], []
    for entry in entries:
        old = re.compile(r"\s+".join(map(re.escape, entry["old"].split())))
        found = [
            (path, match)
            for path in paths([entry["file"]])
            for match in old.finditer(path.read_text("utf-8"))
        ]
        if len(found) != 1 or entry["old"] == entry["new"]:
            wrong.append(f"{len(found)} times in {entry['file']}: {entry['old']}")
            continue
        [(path, match)] = found
        file = path.relative_to(PROJECT).as_posix()
        edit = Edit(entry["why"], *match.span(), entry["new"])
        faults.append(make_fault("written", file, path.read_text("utf-8"), edit))
    return faults, wrong


def read_list() -> dict[str, Any]:
    """What faults.yml says."""
    return yaml.safe_load((PROJECT / "dev" / "faults.yml").read_text("utf-8"))


def chosen(faults: list[Fault], only: list[str]) -> list[Fault]:
    """The faults selected by id, file, glob or folder."""
    return [
        fault
        for fault in faults
        if not only
        or any(
            fault.id == one
            or fnmatch(fault.file, one)
            or fault.file.startswith(f"{one}/")
            for one in only
        )
    ]


def sampled(faults: list[Fault], size: int, seed: int) -> list[Fault]:
    """This many faults, spread evenly over files and operators."""
    draw = random.Random(seed)
    groups: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        groups[fault.file, re.sub("^jinja ", "", fault.operator)].append(fault)
    for group in groups.values():
        draw.shuffle(group)
    rounds: list[list[Fault]] = []
    for group in groups.values():
        for i, fault in enumerate(group):
            rounds += [[]] if i == len(rounds) else []
            rounds[i].append(fault)
    for one in rounds:
        draw.shuffle(one)
    taken = [fault for one in rounds for fault in one][:size]
    return sorted(taken, key=lambda fault: (fault.file, fault.line, fault.id))
