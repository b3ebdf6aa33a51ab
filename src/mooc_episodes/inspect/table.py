"""A sample as a table of texts: how its fields are separated, and its header."""

import csv
import io
import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.inspect.names import known, plain
from mooc_episodes.inspect.sample import ROWS, Sample, escaped, piped, quoted, suffixes

# the first that fits is taken: those that text holds least come first
DELIMITERS = ("\t", "::", "\x01", ";", "|", ",", "^")
# what a text may have as often in each line without being separated by it
ORDINARY = re.compile(r"[\w\s./:\"'+-]")
TRIED_ROWS = 500
TABBED = {".tsv", ".inter"}
HAS_DIGIT = re.compile(r"\d")
COMMA = {"delimiter": ",", "header": True, "quote": '"', "escape": '"'}

Row = list[str | None]


@dataclass(frozen=True)
class Table:
    """A sample's columns and rows.

    Attributes:
        names: The columns' names; None without a header.
        rows: Their values as text, None for an empty one.
        delimiter: What separates the fields of a text.
        csv: How the text is written, as the setting csv has it, without its defaults.
        types: Each Parquet column's type.
        nested: JSON's columns that hold lists or objects.
        problems: Why the build will not read it as it is.
        n_fields: How many fields a row of the first text has.
    """

    names: list[str] | None
    rows: list[Row]
    delimiter: str = ""
    csv: dict[str, Any] = field(default_factory=dict)
    types: list[str] | None = None
    nested: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_fields: int = 0

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.names) if self.names else max(map(len, self.rows), default=0)

    def column(self, index: int) -> list[str]:
        """A column's values that are not empty."""
        return [
            value
            for row in self.rows
            if index < len(row) and (value := row[index]) is not None and value.strip()
        ]

    def label(self, index: int) -> str | int:
        """What the setting columns calls a column: its name, or its number from 1."""
        return plain(self.names[index]) if self.names else index + 1


def tables(sample: Sample) -> list[Table]:
    """The ways to read the sample, the likeliest first.

    Raises:
        UserError: There is none.
    """
    if sample.is_parquet:
        return [parquet(sample)]
    texts = [text_of(copy) for copy in sample.copies]
    if sample.is_json:
        return [objects(sample, texts)]
    first = texts[0].lstrip()
    if first.startswith(("{", "[")):
        raise UserError(json_advice(sample.files[0], first))
    path = sample.files[0]
    found = [*by_delimiters(texts, DELIMITERS, sample.kind)]
    found = found or [*by_delimiters(texts, marks(texts[0]), sample.kind)]
    # blanks are in texts separated otherwise, too
    if not found or without_misfits(path, texts[0], found):
        found += by_delimiters(texts, " ", sample.kind)
    if fitting := without_misfits(path, texts[0], found):
        return fitting
    why = [padded(path, texts[0]), *(misfit(path, texts[0], table) for table in found)]
    line = texts[0].split("\n")[0][:80]
    one_column = (
        f"{path}: one column, beginning with '{line}'; events need a user, an item and "
        "a time in columns of their own"
    )
    raise UserError(next(filter(None, why), one_column))


def without_misfits(path: Path, text: str, found: list[Table]) -> list[Table]:
    """The tables whose rows have as many fields as line 1."""
    return [table for table in found if not misfit(path, text, table)]


def by_delimiters(
    texts: list[str], delimiters: Iterable[str], kind: str
) -> Iterator[Table]:
    """The tables of the delimiters that separate the texts."""
    for delimiter in delimiters:
        if (table := delimited(texts, delimiter, kind)) is not None:
            yield table


def first_lines(text: str) -> list[str]:
    """The first lines that are not blank."""
    return [line for line in text[:1_000_000].split("\n")[:50] if line.strip()]


def marks(text: str) -> list[str]:
    """The signs that are equally often in each line, at least twice."""
    lines = first_lines(text)
    return [
        mark
        for mark in dict.fromkeys(lines[0])
        if not ORDINARY.match(mark)
        and lines[0].count(mark) > 1
        and len({line.count(mark) for line in lines}) == 1
    ]


def misfit(path: Path, text: str, table: Table) -> str:
    """Why line 1 is not the header it seems to be; empty if it is, or is a row."""
    lines, mark = text[:1_000_000].split("\n")[:50], table.delimiter
    quote, escape = quotes(text[:1_000_000], mark)
    rows = [
        row for line in lines for row in split(line, mark, quote, escape, 1) or [[]]
    ]
    [first, *_] = filter(None, rows)
    if table.names and len(first) == table.n_fields:
        return ""
    header_at = next((n for n, row in enumerate(rows) if is_header(row, table)), 0)
    if any(rows[:header_at]):
        return line_above(path, lines[0], header_at, "the header")
    if len(first) == table.n_fields:
        return ""
    if lines[0][:1] in {"#", "%"}:
        row_at = next(n for n, row in enumerate(rows) if len(row) == table.n_fields)
        return line_above(path, lines[0], row_at, "the rows")
    if not any(known(cell) for cell in first):
        return ""
    why = (
        f"{path}: line 1 has {len(first)} fields, '{lines[0][:80]}', and the rows have "
        f"{table.n_fields}; give as many fields in each row as in line 1"
    )
    if len(first) == table.n_fields - 1 and mark != " ":
        command = piped(path, f"sed '1s/^/row{mark}/'", "named")
        why += (
            "; if it lacks a name for the first column, as R's write.table leaves it "
            f"out, add one: {command}, and inspect that"
        )
    return why


def is_header(row: list[str], table: Table) -> bool:
    """Whether a row is a table's header, or one that was not taken for it."""
    cells = [cell.strip() for cell in row]
    has_names = sum(map(known, cells)) > 1 and not any(map(is_value, cells))
    return cells == table.names or (has_names and len(cells) == table.n_fields)


def line_above(path: Path, line: str, n_lines: int, what: str) -> str:
    """What to do with lines above the header or the rows."""
    command = piped(path, f"sed '1,{n_lines}d'", "plain")
    return (
        f"{path}: line 1 is '{line[:80]}', above {what}; leave such lines out: "
        f"{command}, and inspect that"
    )


def padded(path: Path, text: str) -> str:
    """What to do with columns that blanks fill up to a width; empty if they do not."""
    lines = [line.strip() for line in first_lines(text)]
    if not any("  " in line for line in lines):
        return ""
    for blanks in ("  +", " +"):
        widths = {len(re.split(blanks, line)) for line in lines}
        if len(widths) == 1 and max(widths) > 1:
            command = (
                'awk \'{ sub(/^ +/, ""); sub(/[ \\r]+$/, ""); '
                f'gsub(/{blanks}/, "\\t"); print }}\''
            )
            return (
                f"{path}: its columns are padded with blanks; separate them by tabs: "
                f"{piped(path, command, 'tabbed')}, and inspect that"
            )
    return ""


def json_advice(path: Path, text: str) -> str:
    """What to do with JSON under another name, or in one piece."""
    packed = suffixes(path)[1]
    name = path.name.removesuffix(packed).rsplit(".", 1)[0]
    lines = shlex.quote(str(path.with_name(f"lines_{name}.jsonl")))
    there = shlex.quote(str(path))
    unpack = {".gz": "gzip -dc", ".zst": "zstd -dc"}.get(packed)
    if text.startswith("["):
        jq = f"{unpack} {there} | jq -c '.[]'" if unpack else f"jq -c '.[]' {there}"
        return (
            f"{path}: a JSON list; write an object a line, for example {jq} > {lines}"
        )
    return f"{path}: JSON, an object a line; rename it to {name}.jsonl{packed}"


def parquet(sample: Sample) -> Table:
    """The rows of Parquet files, as text."""
    try:
        with duckdb.connect() as connection:
            source = f"read_parquet({quoted(sample.pattern)}, union_by_name = true)"
            described = columns_of(connection, source)
            for copy in sample.copies:
                one = f"read_parquet({quoted(escaped(str(copy)))})"
                own = {name.lower() for name, _ in columns_of(connection, one)}
                described = [named for named in described if named[0].lower() in own]
            names = [name for name, _ in described]
            types = [type_ for _, type_ in described]
            values = ", ".join(f"{identifier(name)}::varchar" for name in names)
            rows = connection.execute(f"select {values} from {source}").fetchall()
    except duckdb.Error as error:
        raise UserError(f"{sample.files[0]}: {reason(error)}") from None
    nested = [
        name
        for name, type_ in zip(names, types, strict=True)
        if type_.endswith("]") or type_.startswith(("STRUCT", "MAP"))
    ]
    return Table(names, [list(row) for row in rows], types=types, nested=nested)


def columns_of(
    connection: duckdb.DuckDBPyConnection, source: str
) -> list[tuple[str, str]]:
    """The names and types of a table's columns."""
    rows = connection.execute(f"describe select * from {source}").fetchall()
    return [(row[0], row[1]) for row in rows]


def identifier(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def objects(sample: Sample, texts: list[str]) -> Table:
    """The top-level values of an object a line.

    Raises:
        UserError: A line is none.
    """
    names: dict[str, None] = {}
    nested: dict[str, None] = {}
    found = []
    for path, text in zip(sample.files, texts, strict=True):
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                document = json.loads(line)
            except ValueError:
                document = None
            if not isinstance(document, dict):
                if number == 1 and line.lstrip().startswith("["):
                    raise UserError(json_advice(path, text.lstrip()))
                raise UserError(
                    f"{path}, line {number}: not a JSON object: {line[:80]}"
                )
            document = flat(document) | whole(document)
            names |= dict.fromkeys(document)
            nested |= {
                name: None
                for name, value in document.items()
                if isinstance(value, list)
            }
            found.append(document)
            if len(found) == ROWS:
                break
    rows = [[as_text(document.get(name)) for name in names] for document in found]
    return Table(list(names), rows, nested=list(nested))


def flat(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The values of an object and of those in it: context.course_id."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict) and prefix.count(".") < 3:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """The values whose keys have a dot, which come before those of an object in it."""
    return {
        name: value
        for name, value in document.items()
        if "." in name and value is not None and not isinstance(value, dict)
    }


def as_text(value: Any) -> str | None:
    """A JSON value as text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def text_of(path: Path) -> str:
    """A file's text, its lines ended alike."""
    with path.open(encoding="utf-8-sig") as file:
        return file.read()


def delimited(texts: list[str], delimiter: str, kind: str) -> Table | None:
    """The rows of texts as a delimiter separates them; None if it does not."""
    head = first_lines(texts[0])
    if not head or sum(delimiter in line for line in head) < 0.9 * len(head):
        return None
    quote, escape = quotes(texts[0][:1_000_000], delimiter)
    rows = split(texts[0], delimiter, quote, escape, TRIED_ROWS)
    width, n_of_width = Counter(map(len, rows)).most_common(1)[0]
    if width < 2 or n_of_width < 0.9 * len(rows):
        return None
    names = header([row for row in rows if len(row) == width])
    every: list[Row] = []
    problems = []
    found = [split(text, delimiter, quote, escape, ROWS) for text in texts]
    n_fields = width
    if names and len(found[0][0]) == width:
        found = by_name(found)
        names = [cell.strip() for cell in found[0][0]]
        width = len(names)
    if width < 2:
        return None
    for rows in found:
        for number, row in enumerate(rows, 1):
            if len(row) != width and not problems:
                problems.append(
                    f"row {number} has {len(row)} fields, the others {width}: "
                    f"{delimiter.join(row)[:80]}"
                )
        every += [
            [value or None for value in row]
            for row in rows[bool(names) :]
            if len(row) == width
        ]
    given = {
        "delimiter": delimiter,
        "header": bool(names),
        "quote": quote,
        "escape": escape,
    }
    usual = COMMA | ({"delimiter": "\t"} if kind in TABBED else {})
    setting = {name: value for name, value in given.items() if usual[name] != value}
    return Table(
        names,
        every[:ROWS],
        delimiter,
        setting,
        problems=problems,
        n_fields=n_fields,
    )


def by_name(found: list[list[list[str]]]) -> list[list[list[str]]]:
    """The rows of texts, with the columns that all of their headers have."""
    heads = [[cell.strip().lower() for cell in rows[0]] for rows in found]
    if all(head == heads[0] for head in heads):
        return found
    shared = [name for name in heads[0] if all(name in head for head in heads)]
    return [
        [
            [row[head.index(name)] for name in shared] if len(row) == len(head) else []
            for row in rows
        ]
        for head, rows in zip(heads, found, strict=True)
    ]


def quotes(text: str, delimiter: str) -> tuple[str, str]:
    """What quotes a field, and what escapes a quote within one."""
    edge = re.escape(delimiter)
    wrapped = {
        quote: len(
            re.findall(rf"(?:^|{edge}){quote}[^\n]*?{quote}(?=\r?$|{edge})", text, re.M)
        )
        for quote in "'\""
    }
    if wrapped["'"] and not wrapped['"']:
        n_lines = sum(1 for line in text.split("\n") if line.strip())
        # all but the header: an apostrophe at both ends of a value is rarer
        if wrapped["'"] >= 0.5 * n_lines:
            return "'", "\\" if "\\'" in text else "'"
    return '"', "\\" if wrapped['"'] and '\\"' in text else '"'


def split(
    text: str, delimiter: str, quote: str, escape: str, limit: int
) -> list[list[str]]:
    """The first rows, each a list of fields; blank lines are none.

    An empty field more than the first row has is not counted, as the build does not.
    """
    if len(delimiter) > 1:
        lines = [line for line in text.split("\n") if line.strip()][: limit + 1]
        return without_a_last([line.split(delimiter) for line in lines])
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=quote,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape,
    )
    rows = []
    for row in reader:
        if row:
            rows.append(row)
        if len(rows) > limit:
            break
    return without_a_last(rows)


def without_a_last(rows: list[list[str]]) -> list[list[str]]:
    """The rows without an empty field after as many as the first has."""
    width = len(rows[0]) if rows else 0
    return [
        row[:width] if len(row) == width + 1 and not row[width] else row for row in rows
    ]


def header(rows: list[list[str]]) -> list[str] | None:
    """The names in the first row, if it holds names."""
    first = [cell.strip() for cell in rows[0]]
    if any(known(cell) for cell in first):
        return rows[0]
    if any(is_value(cell) for cell in first if cell) or len({*first}) < len(first):
        return None
    rest = rows[1:]
    # a column of numbers or times under a word
    has_values = any(
        all(is_value(row[index].strip()) for row in rest) for index in range(len(first))
    )
    # or of texts with a number in each
    has_numbers = len(rest) > 2 and any(
        not HAS_DIGIT.search(cell) and all(HAS_DIGIT.search(row[index]) for row in rest)
        for index, cell in enumerate(first)
    )
    return rows[0] if rest and (has_values or has_numbers) else None


def is_value(text: str) -> bool:
    """Whether a text is a number or begins like a date."""
    return bool(re.match(r"[+-]?[0-9.]+$|[0-9]{1,4}[-/.:][0-9]", text))


def type_of(table: Table, index: int) -> str:
    """A Parquet column's type; empty for others."""
    return table.types[index] if table.types else ""
