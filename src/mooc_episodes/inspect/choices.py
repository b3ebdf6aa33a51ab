"""Which files are looked at: those given, or the ones of a folder that go together."""

import itertools
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.inspect.guess import dataset_name
from mooc_episodes.inspect.sample import (
    KINDS,
    Choice,
    cells,
    escaped,
    first_line,
    has_known_ending,
    suffixes,
)
from mooc_episodes.inspect.spelling import OWN_SQL

# of a folder whose files differ, so many are tried
CHOICES = 5
# so much of the folders in a folder is looked at
PATHS = 100_000
# a user, an item and a time
NAMES = 3
WILD = re.compile(r"[*?\[]")


def find(given: str) -> list[Choice]:
    """What may be read, the likeliest first.

    Raises:
        UserError: There is no file.
    """
    if given.startswith("relation:"):
        raise UserError(for_a_relation(given))
    path = Path(given)
    if path.is_dir():
        return in_folder(path)
    if path.exists():
        if not path.is_file():
            raise UserError(f"{given}: not a file; give a file, a folder or a glob")
        return [Choice(given, [path])]
    try:
        with duckdb.connect() as connection:
            rows = connection.execute("select file from glob(?)", [given]).fetchall()
    except duckdb.Error as error:
        raise UserError(f"{given}: {reason(error)}") from None
    if not rows:
        raise UserError(f"{given}: no such file; give a file, a folder or a glob")
    files = sorted(Path(row[0]) for row in rows)
    return [Choice(with_ending(given, files), files, those_hidden(given, files))]


def for_a_relation(given: str) -> str:
    """What to do with a relation."""
    name = given.removeprefix("relation:").replace(".", "_")
    return (
        f"{given}: inspect reads files only; build it with make run "
        f"DATASET={dataset_name(name, {'main', 'warehouse'})} RAW_EVENTS={given} "
        "VARS='{preset: sample, columns: {watch_percentage: null, rating: null}}', "
        "or the DATASET that enabled names, if it is a model with that setting; if its "
        "names for user_id, item_id and created_at are others, add them to columns, "
        "and if its ids are texts add user_id_type: varchar, item_id_type: varchar "
        f"({OWN_SQL})"
    )


def with_ending(pattern: str, files: list[Path]) -> str:
    """The glob, with the ending that all of its files have if it has none.

    Raises:
        UserError: The files are of several kinds, which are not read together.
    """
    found = [*map(suffixes, files)]
    if has_known_ending(Path(pattern)):
        return pattern
    if len({(ending * (ending in KINDS), packed) for ending, packed in found}) > 1:
        counts = Counter(map("".join, found)).most_common()
        some = ", ".join(f"{n:,} {ending or 'none'}" for ending, n in counts[:3])
        most = next(ending for ending, _ in counts if ending)
        start = pattern.rpartition("/")[0] or "."
        raise UserError(
            f"{pattern}: files of several endings ({some}), which are not read "
            f"together; give those of one, such as {shlex.quote(f'{start}/*{most}')}"
        )
    ending = "".join(suffixes(files[0]))
    if has_known_ending(files[0]) and re.search(r"(^|[^*])\*$", pattern):
        return f"{pattern}{ending}"
    return pattern


def those_hidden(pattern: str, files: list[Path]) -> list[str]:
    """A note of the hidden files that a glob matches."""
    fixed = itertools.takewhile(lambda part: not WILD.search(part), Path(pattern).parts)
    start = Path(*fixed)
    hidden = [path for path in files if is_hidden(path, start)]
    return [
        f"{len(hidden):,} of the {len(files):,} files are hidden, as "
        f"{path.relative_to(start)} is, and the build reads them too: remove them, or "
        "give a glob without them ([!.]* is any name that does not begin with a dot)"
        for path in hidden[:1]
    ]


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether a file, or a folder it is in below the one given, begins with a dot."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def in_folder(folder: Path) -> list[Choice]:
    """The files of a folder that are read together, or else each kind of them.

    Raises:
        UserError: It has none that can be.
    """
    found: list[Path] = []
    for pattern in ("*", "**/*"):
        every = visible(folder, sorted(folder.glob(pattern)))
        endings = Counter(
            "".join(suffixes(path)) for path in every if suffixes(path)[0] in KINDS
        )
        if endings:
            found = every
            break
        found = found or every
    else:
        without = f"{folder}: a folder without {', '.join(KINDS)}"
        what = (
            f"it has {listed(found)}" if found else "name the file that has the events"
        )
        raise UserError(f"{without}; {what}")
    notes = those_below(folder, endings) if pattern == "*" else []
    groups: dict[tuple[str, bytes], list[Path]] = {}
    for path in found:
        kind, packed = suffixes(path)
        if kind in KINDS:
            key = kind + packed, first_line(path, kind)
            groups.setdefault(key, []).append(path)
    # without a header each file begins with a row of its own
    of_ending = {ending: [k for k in groups if k[0] == ending] for ending in endings}
    (ending, n_most), *_ = endings.most_common()
    heads = of_ending[ending]
    are_alike = len(heads) == 1 or not any(has_words(head) for _, head in heads)
    if are_alike and (len(endings) == 1 or n_most > 1):
        return [all_of(folder, found, ending, notes)]
    likeliest = sorted(
        groups.values(),
        key=lambda paths: (
            -likeness(first_line(paths[0], suffixes(paths[0])[0])),
            -sum(path.stat().st_size for path in paths),
        ),
    )
    chosen = [one_of(found, paths, notes) for paths in likeliest[:CHOICES]]
    if len(heads) > 1 and (by_name := names_in_common([head for _, head in heads])):
        chosen.insert(0, all_of(folder, found, ending, [by_name, *notes]))
    return chosen


def visible(folder: Path, paths: Iterable[Path]) -> list[Path]:
    """The files among the paths in a folder that are not hidden."""
    return [path for path in paths if path.is_file() and not is_hidden(path, folder)]


def those_below(folder: Path, endings: Iterable[str]) -> list[str]:
    """A note of the files with these endings in the folders of a folder."""
    some = itertools.islice(folder.glob("*/**/*"), PATHS)
    ended = (path for path in some if "".join(suffixes(path)) in endings)
    below = sorted(visible(folder, ended))
    return [
        f"only the files directly in {folder} are read, as the build reads a folder; "
        f"{len(below):,} more {'is' if len(below) == 1 else 'are'} in folders below, "
        f"such as {below[0].relative_to(folder)}: to read all give "
        f"{shlex.quote(f'{escaped(str(folder))}/**/*{ending}')}"
        for ending in ["".join(suffixes(path)) for path in below[:1]]
    ]


def names_in_common(headers: list[bytes]) -> str:
    """A note of headers that differ; empty if too few names are in all of them."""
    names = [{cell.lower(): cell for cell in cells(line) if cell} for line in headers]
    every = {name: cell for one in names for name, cell in one.items()}
    others = [cell for name, cell in every.items() if any(name not in n for n in names)]
    if len(every) - len(others) < NAMES:
        return ""
    note = "the files' headers differ, and columns are read by name"
    if others:
        note += f"; not in all of them, so not read: {', '.join(sorted(others))[:200]}"
    return note


def all_of(folder: Path, found: list[Path], ending: str, notes: list[str]) -> Choice:
    """All files of an ending."""
    files = found_with(found, ending)
    pattern = glob_of(folder, files, ending)
    matched = files
    if "**" in pattern:
        # its hidden files are read
        matched = [
            path
            for path in found_with([*folder.glob("**/*")], ending)
            if path.is_file()
        ]
    others = ", ".join(
        sorted(
            {"".join(suffixes(path)) for path in found if suffixes(path)[0] in KINDS}
            - {ending}
        )
    )
    of_others = packed_otherwise(found, files[0]) or (
        [f"the folder also has {others}; looked at {ending} only"] if others else []
    )
    notes = [*of_others, *notes, *those_hidden(pattern, matched)]
    return Choice(pattern, sorted(matched), notes, without_those(found, files))


def glob_of(folder: Path, files: list[Path], ending: str) -> str:
    """A glob for files of a folder, without the hidden ones if there is such a glob."""
    depths = {len(path.relative_to(folder).parts) for path in files}
    start, is_flat = escaped(str(folder)), depths == {1}
    every = found_with([*folder.glob("*" if is_flat else "**/*")], ending)
    if any(is_hidden(path, folder) for path in every) and len(depths) == 1:
        return f"{start}/" + "[!.]*/" * (max(depths) - 1) + f"[!.]*{ending}"
    return f"{start}/*{ending}" if is_flat else f"{start}/**/*{ending}"


def packed_otherwise(found: list[Path], path: Path) -> list[str]:
    """A note of files that begin as one does, but are packed in another way."""
    kind, packed = suffixes(path)
    ending = kind + packed
    others = [
        other
        for other in found
        if suffixes(other)[0] == kind
        and suffixes(other)[1] != packed
        and first_line(other, kind) == first_line(path, kind)
    ]
    kinds = ", ".join(sorted({ending, *("".join(suffixes(one)) for one in others)}))
    return [
        f"the folder's files are of several kinds ({kinds}), which are not read "
        f"together; looked at {ending} only: to read {other.name} too, pack or unpack "
        f"it so that its name ends in {ending}"
        for other in others[:1]
    ]


def one_of(found: list[Path], alike: list[Path], notes: list[str]) -> Choice:
    """The first of files that are alike, in a folder where others differ."""
    first, *others = alike
    names = ", ".join(path.name for path in found if path != first)
    note = (
        f"the folder's files differ; looked at {first.name} and left out "
        f"{names[:200]}; name another to look at it"
    )
    those_alike = ", ".join(path.name for path in others)
    begin_alike = [
        f"of these, {those_alike[:200]} {'begins' if len(others) == 1 else 'begin'} as "
        f"{first.name} does: to read them together, put them in a folder of their own"
        for _ in others[:1]
    ]
    return Choice(
        str(first),
        [first],
        [note, *begin_alike, *packed_otherwise(found, first), *notes],
        without_those(found, [first]),
    )


def without_those(found: list[Path], files: list[Path]) -> str:
    """The other files, in words; empty if there are none."""
    others = [path for path in found if path not in {*files}]
    return listed(others) if others else ""


def listed(files: list[Path]) -> str:
    """The most files of an ending, and how to name them; else the files' names."""
    endings = Counter("".join(suffixes(path)) for path in files)
    ending, n_files = max(endings.items(), key=lambda one: (bool(one[0]), one[1]))
    if n_files == 1 or not ending:
        names = ", ".join(path.name for path in files[:5])
        more = f" and {len(files) - 5:,} more" if len(files) > 5 else ""
        return f"{names}{more}; name one that has events"
    alike = found_with(files, ending)
    folders = sorted({path.parent for path in alike})
    start = folders[0] if len(folders) == 1 else Path(os.path.commonpath(folders), "**")
    glob = shlex.quote(f"{start}/*{ending}")
    return f"{n_files:,} files that end in {ending}: give {glob}"


def found_with(found: list[Path], ending: str) -> list[Path]:
    """The files with an ending."""
    return [path for path in found if "".join(suffixes(path)) == ending]


def has_words(line: bytes) -> bool:
    """Whether a line may be a header: none of its cells is a number."""
    return not any(cell.isdigit() for cell in cells(line))


def likeness(header: bytes) -> int:
    """How many words of events a header has."""
    text = header.decode("utf-8", "replace").lower()
    times = any(word in text for word in ("time", "date", "created", "ts"))
    users = any(word in text for word in ("user", "student", "learner", "session"))
    items = any(word in text for word in ("item", "course", "movie", "site", "product"))
    return times + users + items
