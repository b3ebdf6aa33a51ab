"""A sample as a table of texts: how its fields are separated, and its header."""

import csv
import io
import json
import re
import shlex
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.inspect.names import known, plain
from mooc_episodes.inspect.sample import ROWS, Sample, quoted, suffixes

# the first that fits is taken: those that text holds least come first
DELIMITERS = ("\t", "::", "\x01", ";", "|", ",", "^", " ")
TRIED_ROWS = 500
TABBED = {".tsv", ".inter"}
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
    """

    names: list[str] | None
    rows: list[Row]
    delimiter: str = ""
    csv: dict[str, Any] = field(default_factory=dict)
    types: list[str] | None = None
    nested: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

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
    found = [
        table
        for delimiter in DELIMITERS
        if (table := delimited(texts, delimiter, sample.kind)) is not None
    ]
    if not found:
        line = texts[0].split("\n")[0][:80]
        raise UserError(
            f"{sample.files[0]}: one column, beginning with '{line}'; events need a "
            "user, an item and a time in columns of their own"
        )
    return found


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
            described = connection.execute(
                f"describe select * from {source}"
            ).fetchall()
            names = [row[0] for row in described]
            types = [row[1] for row in described]
            query = f"select columns(*)::varchar from {source}"
            rows = connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise UserError(f"{sample.files[0]}: {reason(error)}") from None
    nested = [
        name
        for name, type_ in zip(names, types, strict=True)
        if type_.endswith("]") or type_.startswith(("STRUCT", "MAP"))
    ]
    return Table(names, [list(row) for row in rows], types=types, nested=nested)


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
            document = flat(document)
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
    head = [line for line in texts[0].split("\n")[:50] if line.strip()]
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
    for text in texts:
        rows = split(text, delimiter, quote, escape, ROWS)
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
    return Table(names, every[:ROWS], delimiter, setting, problems=problems)


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
    """The first rows, each a list of fields; blank lines are none."""
    if len(delimiter) > 1:
        lines = [line for line in text.split("\n") if line.strip()][: limit + 1]
        return [line.split(delimiter) for line in lines]
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
    return rows


def header(rows: list[list[str]]) -> list[str] | None:
    """The names in the first row, if it holds names."""
    first = [cell.strip() for cell in rows[0]]
    if any(known(cell) for cell in first):
        return rows[0]
    if any(is_value(cell) for cell in first if cell) or len({*first}) < len(first):
        return None
    rest = rows[1:]
    # a column of numbers or times under a word, or ids that all differ from it
    has_values = any(
        all(is_value(row[index].strip()) for row in rest) for index in range(len(first))
    )
    return rows[0] if rest and has_values else None


def is_value(text: str) -> bool:
    """Whether a text is a number or begins like a date."""
    return bool(re.match(r"[+-]?[0-9.]+$|[0-9]{1,4}[-/.:][0-9]", text))


def type_of(table: Table, index: int) -> str:
    """A Parquet column's type; empty for others."""
    return table.types[index] if table.types else ""
