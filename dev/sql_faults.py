"""Make small faults in SQL templates by their tokens, so that rewording costs nothing.

A template is read uncompiled: `{{ }}` is one operand, `{% %}` ends a clause, and both
are parsed as Jinja expressions. So macros, and branches that no setting takes, are
covered too, which compiled SQL does not show.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

TOKENS = re.compile(
    r"(?P<skip>\s+|--[^\n]*|/\*.*?\*/|\{#.*?#\})"
    r"|(?P<block>\{%.*?%\})"
    r"|(?P<jinja>\{\{.*?\}\})"
    r"|(?P<string>'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>\$\d+|[^\W\d]\w*)"
    r"|(?P<sign><=|>=|!=|==|<>|->>|->|::|//|\*\*|\|\||.)",
    re.DOTALL,
)
# a string of Jinja that is SQL, whole or in part
SQL_STRING = re.compile(
    r"\b(select|where|having|is null|order by|sum|count)\b|^ [-+] (\d|$)| [-+] (\d+)?$"
)
SPARK_ONLY = re.compile(r"\{%-?\s*macro\s+spark__.*?endmacro\s*-?%\}", re.DOTALL)
NO_LOGIC = re.compile(r"\{[{%]-?\s*(config\(|macro |ref\(|endmacro|import |from )")

SWAPS = {
    "<": ("comparison", "<="),
    "<=": ("comparison", "<"),
    ">": ("comparison", ">="),
    ">=": ("comparison", ">"),
    "=": ("comparison", "!="),
    "==": ("comparison", "!="),
    "!=": ("comparison", "="),
    "and": ("and or", "or"),
    "or": ("and or", "and"),
    "asc": ("direction", "desc"),
    "desc": ("direction", "asc"),
    "true": ("true false", "false"),
    "false": ("true false", "true"),
}
SWAPPED_CALLS = {
    "min": "max",
    "max": "min",
    "greatest": "least",
    "least": "greatest",
    "lag": "lead",
    "lead": "lag",
    "floor": "ceil",
    "ceil": "floor",
    "round": "floor",
    "bool_and": "bool_or",
    "bool_or": "bool_and",
}
NO_OPERANDS = ("then", "else", "and", "or", "between", "in", "if", "select", "by")
CLAUSE_ENDS = {
    *("where", "group", "having", "order", "window", "union", "intersect", "except"),
    *("limit", "inner", "left", "right", "full", "cross", "join", "on", "using"),
    *("rows", "range", "select", "from"),
}
CONDITION_ENDS = CLAUSE_ENDS | {"then", "else"}


@dataclass(frozen=True)
class Token:
    """A token of SQL, with its depth of parentheses."""

    kind: str
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        """Where the next begins, at the earliest."""
        return self.start + len(self.text)

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, in either case."""
        return self.kind == "word" and self.text.lower() in words


@dataclass(frozen=True)
class Edit:
    """A fault: `new` instead of the text from `start` to `end`."""

    operator: str
    start: int
    end: int
    new: str = ""

    @property
    def is_jinja(self) -> bool:
        """Whether it is in the template's own logic, not in SQL."""
        return self.operator.startswith("jinja ")


def read_tokens(text: str, offset: int = 0) -> Iterator[Token]:
    """The tokens of SQL or of a Jinja expression, without white space and comments."""
    depth = 0
    for found in TOKENS.finditer(text):
        if found.lastgroup == "skip":
            continue
        closes = found[0] in (")", "]")
        depth -= closes
        yield Token(str(found.lastgroup), found[0], found.start() + offset, depth)
        depth += found[0] in ("(", "[")


class Sql:
    """The tokens of one file, or of one expression in it."""

    def __init__(self, text: str, offset: int = 0) -> None:
        """Read the tokens."""
        self.tokens = list(read_tokens(text, offset))

    def word(self, i: int, *words: str) -> bool:
        """Whether the token at i is one of these words."""
        return 0 <= i < len(self.tokens) and self.tokens[i].is_word(*words)

    def end_of(self, i: int, ends: set[str] = CLAUSE_ENDS) -> int:
        """Where the clause that continues at i ends."""
        depth = self.tokens[i].depth
        for j in range(i, len(self.tokens)):
            token = self.tokens[j]
            ended = token.depth == depth and token.is_word(*ends)
            if token.is_word("from") and self.word(j - 1, "distinct"):
                ended = False
            if token.depth < depth or token.kind == "block" or ended:
                return j
        return len(self.tokens)

    def cut(self, operator: str, first: int, end: int, new: str = "") -> Edit:
        """Take out the tokens from first up to end."""
        return Edit(operator, self.tokens[first].start, self.tokens[end - 1].end, new)

    def parts(self, first: int, end: int, between: str) -> list[tuple[int, int]]:
        """A clause's parts: the lists of tokens between those at its own depth."""
        depth, parts, start, spared = self.tokens[first].depth, [], first, 0
        for i in range(first, end):
            token = self.tokens[i]
            if token.depth == depth and token.text.lower() == "between":
                spared += 1
            elif token.depth == depth and token.text.lower() == between:
                if between == "and" and spared:
                    spared -= 1
                    continue
                parts.append((start, i))
                start = i + 1
        return [*parts, (start, end)]

    def without(self, operator: str, parts: list[tuple[int, int]]) -> Iterator[Edit]:
        """Leave out one of several parts, with its separator."""
        for (first, _), (following, _) in pairwise(parts):
            yield Edit(operator, self.tokens[first].start, self.tokens[following].start)
        if len(parts) > 1:
            yield Edit(
                operator,
                self.tokens[parts[-2][1] - 1].end,
                self.tokens[parts[-1][1] - 1].end,
            )

    # one token

    def swapped(self) -> Iterator[Edit]:
        """Another comparison, direction, function or join in place of one."""
        between = 0
        for i, token in enumerate(self.tokens):
            low = token.text.lower()
            between += low == "between"
            if low == "and" and between:
                between -= 1
            elif low == "=" and self.caller(i).startswith("read_"):
                continue  # a named argument
            elif token.kind in ("sign", "word") and low in SWAPS:
                operator, new = SWAPS[low]
                yield Edit(operator, token.start, token.end, new)
            elif low in SWAPPED_CALLS and self.text(i + 1) == "(":
                yield Edit("function", token.start, token.end, SWAPPED_CALLS[low])
            elif low == "count" and self.counts_a_column(i):
                yield self.cut("function", i, i + 4, f"{token.text}(*)")
            elif low in ("first", "last") and self.word(i - 1, "nulls"):
                new = "last" if low == "first" else "first"
                yield Edit("nulls", token.start, token.end, new)
            elif low in ("inner", "left") and self.word(i + 1, "join"):
                new = "left" if low == "inner" else "inner"
                yield Edit("join", token.start, token.end, new)
            elif low == "full" and self.word(i + 1, "outer"):
                yield self.cut("join", i, i + 2, "inner")

    def counts_a_column(self, i: int) -> bool:
        """Whether `count(column)` is at i."""
        return (
            self.text(i + 1) == "(" and self.word(i + 2, self.text(i + 2))
        ) and self.text(i + 3) == ")"

    def caller(self, i: int) -> str:
        """The function whose parentheses the token at i is in."""
        for j in range(i, 0, -1):
            if (
                self.tokens[j].text == "("
                and self.tokens[j].depth < self.tokens[i].depth
            ):
                return self.text(j - 1)
        return ""

    def text(self, i: int) -> str:
        """The token at i, or nothing."""
        return self.tokens[i].text.lower() if 0 <= i < len(self.tokens) else ""

    def negated(self) -> Iterator[Edit]:
        """`not` left out, or put in."""
        for i, token in enumerate(self.tokens):
            if token.is_word("not"):
                # the last word of a text that goes on in Jinja
                is_last = i + 1 == len(self.tokens)
                end = token.end if is_last else self.tokens[i + 1].start
                yield Edit("not", token.start, end)
            elif token.is_word("is") and not self.word(i + 1, "not"):
                yield Edit("not", token.end, token.end, " not")

    def distinct(self) -> Iterator[Edit]:
        """`distinct` left out."""
        for i, token in enumerate(self.tokens):
            if token.is_word("distinct") and not self.word(i + 1, "from"):
                yield Edit("distinct", token.start, self.tokens[i + 1].start)

    def off_by_one(self) -> Iterator[Edit]:
        """One more than a number; `+ 1` and its kin left out."""
        for i, token in enumerate(self.tokens):
            if token.kind != "number" or self.text(i - 2) == "decimal":
                continue
            if self.word(i - 1, "then") and self.caller(i) == "count":
                continue  # it counts any value
            whole, dot, part = token.text.partition(".")
            new = str(int(whole) + 1) + dot + part
            yield Edit("number", token.start, token.end, new)
            sign, before = self.text(i - 1), self.tokens[i - 2] if i > 1 else None
            is_operand = before is not None and (
                before.kind in ("number", "jinja", "string")
                or (before.kind == "word" and not before.is_word(*NO_OPERANDS))
                or before.text in (")", "]")
            )
            if sign in ("+", "-") and is_operand:
                yield Edit("number", self.tokens[i - 2].end, token.end)

    # clauses

    def conditions(self) -> Iterator[Edit]:
        """A condition of several left out; a `where` or `having` of one."""
        for i, token in enumerate(self.tokens[:-1]):
            if not token.is_word("where", "having", "on", "when", "if", "elif"):
                continue
            end = self.end_of(i + 1, CONDITION_ENDS)
            if self.tokens[i + 1].depth != token.depth or end <= i + 1:
                continue
            either = self.parts(i + 1, end, "or")
            parts = either if len(either) > 1 else self.parts(i + 1, end, "and")
            if len(parts) > 1:
                yield from self.without("condition", parts)
            elif token.is_word("where", "having"):
                yield self.cut("condition", i, end)

    def keys(self) -> Iterator[Edit]:
        """A key of an `order by` or `partition by` left out; its order reversed."""
        for i, token in enumerate(self.tokens[:-2]):
            if not (token.is_word("order", "partition") and self.word(i + 1, "by")):
                continue
            end = self.end_of(i + 2)
            operator = f"{token.text.lower()} key"
            parts = self.parts(i + 2, end, ",")
            if len(parts) > 1:
                yield from self.without(operator, parts)
            else:
                yield self.cut(operator, i, end)
            if not token.is_word("order"):
                continue
            for first, last in parts:
                words = [self.text(j) for j in range(first, last)]
                if "asc" not in words and "desc" not in words:
                    stop = first + words.index("nulls") if "nulls" in words else last
                    at = self.tokens[stop - 1].end
                    yield Edit("direction", at, at, " desc")

    def frames(self) -> Iterator[Edit]:
        """Another bound of a window's frame."""
        for i, token in enumerate(self.tokens):
            starts = self.word(i - 1, "between", "rows", "range")
            if token.is_word("unbounded"):
                yield self.cut("frame", i, i + 2, "current row")
            elif token.is_word("current") and self.word(i + 1, "row"):
                new = "1 following" if starts else "1 preceding"
                yield self.cut("frame", i, i + 2, new)
            elif token.kind == "number" and self.word(i + 1, "preceding", "following"):
                yield self.cut("frame", i, i + 2, "current row")

    def unions(self) -> Iterator[Edit]:
        """`union` for `union all`; the branch before it or after it left out."""
        for i, token in enumerate(self.tokens):
            if not token.is_word("union"):
                continue
            has_all = self.word(i + 1, "all")
            if has_all:
                yield self.cut("union", i, i + 2, "union")
            else:
                yield self.cut("union", i, i + 1, "union all")
            after = i + 1 + has_all
            if self.word(after, "select"):
                end = self.end_of(after, {"union"})
                yield self.cut("union", i, end)
            before = self.branch_before(i)
            if before is not None and self.word(after, "select"):
                yield Edit("union", self.tokens[before].start, self.tokens[after].start)

    def branch_before(self, i: int) -> int | None:
        """Where the select that ends at i starts, if no Jinja block is in it."""
        depth = self.tokens[i].depth
        for j in range(i - 1, -1, -1):
            token = self.tokens[j]
            if token.kind == "block" or token.depth < depth:
                return None
            if token.depth == depth and token.is_word("select"):
                return j
        return None

    def defaults(self) -> Iterator[Edit]:
        """Null in place of the last argument of `coalesce`."""
        for i, token in enumerate(self.tokens):
            if token.is_word("coalesce") and self.text(i + 1) == "(":
                end = self.end_of(i + 2)
                first, last = self.parts(i + 2, end, ",")[-1]
                yield self.cut("default", first, last, "null")

    def cases(self) -> Iterator[Edit]:
        """A branch of a `case` left out."""
        for i, token in enumerate(self.tokens):
            if not token.is_word("case"):
                continue
            nested, marks, depth = 0, [], token.depth
            for j in range(i + 1, len(self.tokens)):
                other = self.tokens[j]
                if other.kind == "block" or other.depth < depth:
                    break
                nested += other.is_word("case")
                if nested == 0 and other.depth == depth:
                    if other.is_word("when", "else", "end"):
                        marks.append(j)
                    if other.is_word("end"):
                        break
                nested -= other.is_word("end") and nested > 0
            if not marks or not self.word(marks[-1], "end"):
                continue
            for first, end in pairwise(marks):
                if self.word(first, "else") or (
                    len(marks) > 2 and self.word(marks[1], "when")
                ):
                    yield Edit("case", self.tokens[first].start, self.tokens[end].start)

    @cached_property
    def of_any_expression(self) -> list[Edit]:
        """The faults that only need a piece of SQL."""
        makers = (self.swapped, self.negated, self.distinct, self.off_by_one)
        return [edit for make in makers for edit in make()]

    @cached_property
    def of_clauses(self) -> list[Edit]:
        """The faults of whole clauses."""
        makers = (self.conditions, self.keys, self.frames, self.unions)
        others = (self.defaults, self.cases)
        return [edit for make in (*makers, *others) for edit in make()]


def jinja_edits(token: Token) -> Iterator[Edit]:
    """The faults inside `{{ }}` or `{% %}`, and in its strings of SQL."""
    if NO_LOGIC.match(token.text):
        return
    inside = token.text[2:-2].rstrip("-")
    inner = Sql(inside, token.start + 2)
    for i, head in enumerate(inner.tokens[:2]):
        if head.is_word("if", "elif"):
            end = token.start + 2 + len(inside.rstrip())
            for new in ("true", "false"):
                yield Edit("jinja if", inner.tokens[i + 1].start, end, new)
    for edit in [*inner.of_any_expression, *inner.conditions()]:
        old = token.text[edit.start - token.start : edit.end - token.start]
        if old == "=" or edit.new == "=":
            if old != "!=":
                continue
            edit = Edit(edit.operator, edit.start, edit.end, "==")
        yield Edit(f"jinja {edit.operator}", edit.start, edit.end, edit.new)
    for part in inner.tokens:
        if part.kind == "string" and SQL_STRING.search(part.text[1:-1]):
            yield from Sql(part.text[1:-1], part.start + 1).of_any_expression


def edits(source: str) -> list[Edit]:
    """Every fault of a template, in the order of its text."""
    # what only Spark runs is left to Spark's own tests
    text = SPARK_ONLY.sub(lambda found: " " * len(found[0]), source)
    sql = Sql(text)
    made = [*sql.of_any_expression, *sql.of_clauses]
    for token in sql.tokens:
        if token.kind in ("block", "jinja"):
            made += jinja_edits(token)
    return sorted({*made}, key=lambda edit: (edit.start, edit.end, edit.new))
