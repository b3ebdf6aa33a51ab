"""Make small faults in Python: comparisons, off-by-ones, a lost `not`, call, raise."""

import ast
import re
from collections.abc import Iterator

from sql_faults import Edit

COMPARISONS = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: (r"is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: (r"in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}


class Source:
    """A module's text and tree, and where in the text a node is."""

    def __init__(self, text: str) -> None:
        """Parse it."""
        self.text = text
        self.tree = ast.parse(text)
        self.lines = text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def place(self, line: int, column: int) -> int:
        """The position in the text; ast counts columns in bytes."""
        before = self.lines[line - 1].encode()[:column].decode()
        return self.starts[line - 1] + len(before)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node starts and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.place(node.lineno, node.col_offset),
            self.place(node.end_lineno, node.end_col_offset),
        )

    def between(
        self, operator: str, left: ast.expr, right: ast.expr, old: str, new: str
    ) -> Iterator[Edit]:
        """Replace what is between two operands, once."""
        start, end = self.span(left)[1], self.span(right)[0]
        found = re.search(rf"(?<!\w){old}(?!\w)", self.text[start:end])
        if found:
            yield Edit(operator, start + found.start(), start + found.end(), new)


def of_expression(source: Source, node: ast.expr) -> Iterator[Edit]:
    """The faults of one expression."""
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, kind, right in zip(
            operands, node.ops, node.comparators, strict=False
        ):
            old, new = COMPARISONS[type(kind)]
            yield from source.between("comparison", left, right, old, new)
    elif isinstance(node, ast.BoolOp):
        is_and = isinstance(node.op, ast.And)
        old, new = ("and", "or") if is_and else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from source.between("and or", left, right, old, new)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start = source.span(node)[0]
        blank = re.compile(r"not\s*").match(source.text, start)
        assert blank is not None
        yield Edit("not", start, blank.end())
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield Edit("true false", *source.span(node), str(not node.value))
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield Edit("number", *source.span(node), str(node.value + 1))
    elif (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add | ast.Sub)
        and isinstance(node.right, ast.Constant)
    ):
        yield Edit("number", source.span(node.left)[1], source.span(node.right)[1])


def edits(text: str) -> list[Edit]:
    """Every fault of a module, in the order of its text."""
    source = Source(text)
    made: list[Edit] = []
    nodes = list(ast.walk(source.tree))
    # options of calls, such as exist_ok=True, hardly affect what is computed
    options = {node.value for node in nodes if isinstance(node, ast.keyword)}
    for node in nodes:
        if isinstance(node, ast.Constant) and node in options:
            continue
        if isinstance(node, ast.expr):
            made += of_expression(source, node)
        elif isinstance(node, ast.Raise) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        ):
            made.append(Edit("statement", *source.span(node), "pass"))
    return sorted({*made}, key=lambda edit: (edit.start, edit.end, edit.new))
