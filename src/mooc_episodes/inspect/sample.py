"""The sample: the first bytes of the files, as files of their own to read.

However large the input, the time and memory it takes to look at it are bounded.
"""

import gzip
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.heads import opened

BYTES = 8 << 20
ROWS = 100_000
FILES = 20

TEXT = (".csv", ".tsv", ".txt", ".dat", ".inter")
JSON = (".jsonl", ".ndjson")
PARQUET = ".parquet"
PACKED = (".gz", ".zst")
KINDS = (*TEXT, *JSON, PARQUET)

# what a file begins with, where its ending says something else
MAGIC = {
    b"PK\x03\x04": "a zip archive (or an Excel file); unpack it, or save it as CSV",
    b"PK\x05\x06": "an empty zip archive",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"BZh": "compressed with bzip2; unpack it: bunzip2",
    b"\xfd7zXZ": "compressed with xz; unpack it: unxz",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as CSV",
    b"%PDF": "a PDF; find the data it was made from",
    b"SQLite format 3": "a SQLite database; write its table to a CSV",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"\x89HDF": "an HDF5 file; write it as Parquet or CSV",
    b"\x80\x04": "a Python pickle; write it as Parquet or CSV",
}
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
GZIP, ZSTD, PARQUET_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"


@dataclass(frozen=True)
class Sample:
    """What was looked at.

    Attributes:
        given: The path or glob for raw_events.
        kind: The ending that says how the files are read, without .gz.
        files: The files that are sampled.
        copies: The first bytes of each, in a folder of their own.
        n_files: How many files there are.
        n_bytes: How large they are together.
        n_bytes_read: How much of them was read.
        is_whole: Whether the sample is everything.
        has_distinct_names: Whether no two files have a name in common.
        notes: What is worth saying of the choice of files.
    """

    given: str
    kind: str
    files: list[Path]
    copies: list[Path]
    n_files: int
    n_bytes: int
    n_bytes_read: int
    is_whole: bool
    has_distinct_names: bool = True
    notes: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> str:
        """The copies, as one path for the build's reader."""
        if len(self.copies) == 1:
            return escaped(str(self.copies[0]))
        folder = escaped(str(self.copies[0].parents[1]))
        return f"{folder}/*/*{''.join(suffixes(self.copies[0]))}"

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet."""
        return self.kind == PARQUET

    @property
    def is_json(self) -> bool:
        """Whether it has an object a line."""
        return self.kind in JSON

    @property
    def share(self) -> float:
        """How much of the bytes the sample has."""
        return min(self.n_bytes_read / max(self.n_bytes, 1), 1.0)


@dataclass(frozen=True)
class Choice:
    """What of the input may be looked at.

    Attributes:
        pattern: The path or glob to read.
        files: Its files.
        notes: What is worth saying of the choice.
        rest: The other files of the folder, in words.
    """

    pattern: str
    files: list[Path]
    notes: list[str] = field(default_factory=list)
    rest: str = ""


def take(choice: Choice, folder: Path) -> Sample:
    """Copy the first bytes of what is chosen to a folder.

    Raises:
        UserError: It is not a table that the build can read.
    """
    files = choice.files
    kind = kind_of(files[0])
    sampled = files[:FILES]
    copies, n_read, whole = [], 0, len(files) <= FILES
    for number, path in enumerate(sampled):
        place = folder / f"{number:02}"
        place.mkdir()
        # the copy is not packed; its name says which kind it is
        name = path.name
        while Path(name).suffix.lower() in PACKED:
            name = name.removesuffix(Path(name).suffix)
        copy = place / (name if kind == Path(name).suffix.lower() else name + kind)
        n_bytes, is_all = copy_head(path, copy, kind, len(sampled))
        copies.append(copy)
        n_read += n_bytes
        whole = whole and is_all
    return Sample(
        given=choice.pattern,
        kind=kind,
        files=sampled,
        copies=copies,
        n_files=len(files),
        n_bytes=sum(path.stat().st_size for path in files),
        n_bytes_read=n_read,
        is_whole=whole,
        has_distinct_names=len({path.name for path in files}) == len(files),
        notes=choice.notes,
    )


def first_line(path: Path, kind: str) -> bytes:
    """The start of a file's first line; a Parquet file's names."""
    if kind == PARQUET:
        try:
            with duckdb.connect() as connection:
                names = connection.execute(
                    "select name from parquet_schema(?)", [escaped(str(path))]
                ).fetchall()
        except duckdb.Error:
            return b""
        # the first is that of the whole
        return ",".join(str(name) for (name,) in names[1:]).encode()
    if kind in JSON:
        return b""
    try:
        return next(chunks(path))[:65_536].partition(b"\n")[0]
    except (OSError, EOFError, UserError, StopIteration):
        return b""


def cells(line: bytes) -> list[str]:
    """What a line holds, separated by any delimiter but blanks."""
    text = line.decode("utf-8-sig", "replace")
    return [cell.strip(" '\"\r\n") for cell in re.split(r"[,;\t|]", text)]


def headers_next_to(files: list[Path]) -> Iterator[tuple[Path, list[str]]]:
    """The other files in the folder of these, each with its header's names."""
    others = sorted({*files[0].parent.iterdir()} - {*files})
    readable = [
        path for path in others if suffixes(path)[0] in KINDS and path.is_file()
    ]
    for path in readable[:FILES]:
        yield path, cells(first_line(path, suffixes(path)[0]))


def suffixes(path: Path) -> tuple[str, str]:
    """The ending that says the kind, and the one that says how it is packed."""
    ending = path.suffix.lower()
    if ending in PACKED:
        return Path(path.stem).suffix.lower(), ending
    return ending, ""


def kind_of(path: Path) -> str:
    """The kind of a file, by its ending and its first bytes.

    Raises:
        UserError: The build cannot read it; the line says what it is.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise UserError(f"{path}: empty; give a file with rows")
    ending, packed = suffixes(path)
    for magic, packing in ((GZIP, ".gz"), (ZSTD, ".zst")):
        if head.startswith(magic) and packed != packing:
            raise UserError(
                f"{path}: packed, but its name does not say so; rename it to "
                f"{path.name}{packing}"
            )
        if packed == packing and not head.startswith(magic):
            raise UserError(
                f"{path}: not packed, though its name says so; rename it to {path.stem}"
            )
    if head.startswith(PARQUET_MAGIC) and ending != PARQUET:
        raise UserError(f"{path}: Parquet; rename it to {path.name}{PARQUET}")
    if ending == PARQUET and not head.startswith(PARQUET_MAGIC):
        raise UserError(f"{path}: not a Parquet file, though its name says so")
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            raise UserError(f"{path}: {what}")
    if not packed:
        stop_if_utf_16(path, head)
    if ending in KINDS:
        return ending
    text = next(chunks(path), b"")[:4096] if packed else head
    stop_unless_text(path, text)
    # as text, under another name
    return ".jsonl" if text.lstrip().startswith(b"{") else ".csv"


def has_known_ending(path: Path) -> bool:
    """Whether the build reads files with this ending."""
    return suffixes(path)[0] in KINDS


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, unpacked, a mebibyte at a time.

    Raises:
        UserError: They cannot be unpacked.
    """
    packed = suffixes(path)[1]
    try:
        with opened(path, packed) as file:
            while chunk := file.read(1 << 20):
                yield chunk
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise UserError(
            f"{path}: damaged: {reason(error)}; copy or download it again"
        ) from None


def copy_head(path: Path, copy: Path, kind: str, n_files: int) -> tuple[int, bool]:
    """Copy a file's first rows; how many of its bytes that is, and whether it is all.

    Raises:
        UserError: They are not text in lines, or not Parquet.
    """
    if kind == PARQUET:
        return copy_parquet(path, copy, ROWS // n_files)
    budget = BYTES // n_files
    text, is_all = b"", True
    for chunk in chunks(path):
        text += chunk
        if len(text) > budget:
            is_all = False
            break
    if not text.strip():
        raise UserError(f"{path}: empty; give a file with rows")
    if not is_all:
        text = whole_rows(text[:budget])
        if not text:
            raise UserError(
                f"{path}: no end of a line in its first {budget >> 10} KiB; give text "
                "with a row a line"
            )
    stop_unless_text(path, text)
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}, line {line}: not UTF-8; convert it, for example "
            f"{converted(path, 'LATIN1')}"
        ) from None
    copy.write_bytes(text)
    packed = suffixes(path)[1]
    size = path.stat().st_size
    return (size if is_all else min(len(text) // (4 if packed else 1), size)), is_all


def stop_unless_text(path: Path, text: bytes) -> None:
    """Stop if it is no text, by the rule of macros/input/advice.sql."""
    stop_if_utf_16(path, text)
    found = CONTROL.findall(text[:512])
    if len(found) > 24 and (b"\0" in found or len({*found}) > 1):
        raise UserError(f"{path}: a binary file; give text or Parquet")


def stop_if_utf_16(path: Path, text: bytes) -> None:
    """Stop if it begins with a byte order mark, or if every other byte is zero."""
    start = text[:64]
    code = "UTF-16" if start.startswith(UTF_16) else ""
    for name, zeros, others in (
        ("UTF-16LE", start[1::2], start[::2]),
        ("UTF-16BE", start[::2], start[1::2]),
    ):
        if not code and len(zeros) > 1 and not any(zeros) and all(others):
            code = name
    if code:
        raise UserError(f"{path}: UTF-16 text; convert it: {converted(path, code)}")


def converted(path: Path, code: str) -> str:
    """A command that writes a text file as UTF-8, next to it."""
    return piped(path, f"iconv -f {code} -t UTF-8", "utf8")


def piped(path: Path, command: str, prefix: str) -> str:
    """A command that writes what another makes of a file, unpacked, next to it."""
    packed = suffixes(path)[1]
    copy = path.with_name(f"{prefix}_{path.stem if packed else path.name}")
    there, new = shlex.quote(str(path)), shlex.quote(str(copy))
    if not packed:
        return f"{command} {there} > {new}"
    unpack = {".gz": "gzip -dc", ".zst": "zstd -dc"}[packed]
    return f"{unpack} {there} | {command} > {new}"


def whole_rows(text: bytes) -> bytes:
    """The text up to its last row's end, which is not within quotes."""
    end = text.rfind(b"\n") + 1
    for _ in range(200):
        if text.count(b'"', 0, end) % 2 == 0 or end == 0:
            break
        end = text.rfind(b"\n", 0, end - 1) + 1
    return text[: end or text.rfind(b"\n") + 1]


def copy_parquet(path: Path, copy: Path, n_rows: int) -> tuple[int, bool]:
    """Copy a Parquet file's first rows."""
    try:
        with duckdb.connect() as connection:
            source = (
                f"read_parquet({quoted(escaped(str(path)))}, hive_partitioning = false)"
            )
            (n_all,) = connection.execute(f"select count(*) from {source}").fetchone()
            connection.execute(
                f"copy (select * from {source} limit {n_rows}) to {quoted(str(copy))}"
                " (format parquet)"
            )
    except duckdb.Error as error:
        if "magic bytes" in str(error):
            raise UserError(
                f"{path}: a Parquet file without its end; get a whole copy of it"
            ) from None
        raise UserError(f"{path}: {reason(error)}") from None
    size = path.stat().st_size
    return int(size * min(n_rows / max(n_all, 1), 1)), n_all <= n_rows


def escaped(path: str) -> str:
    """A path that DuckDB does not take for a glob."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def absolute(pattern: str) -> str:
    """A path or glob from the root."""
    return os.path.abspath(pattern)  # noqa: PTH100, Path would resolve links
