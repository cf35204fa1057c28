"""What stands in the wrong place: arguments, operands, branches, statements; a line too far in or out; one too many."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from autogpt.training.slips.code import Code, Slip, blocks, is_docstring

_LOOPS = (ast.For, ast.While, ast.If, ast.With, ast.AsyncFor)
_TOO_MANY = ("list({})", "len({})", "sorted({})", "str({})", "{}[0]", "{} + 1", "-{}", "not {}", "{}.strip()")
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)


def arguments(code: Code) -> Iterator[Slip]:
    """Two neighbours swapped."""
    for call in code.all(ast.Call):
        for first, second in pairwise(call.args):
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                yield _swapped(code, first, second, 1.0)


def operands(code: Code) -> Iterator[Slip]:
    """The sides of what is not symmetric; the values of a choice; targets of an assignment."""
    for node in code.all(ast.BinOp):
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Add) and not _is_text(node.left):
            yield _swapped(code, node.left, node.right, 0.3 if isinstance(node.op, ast.Add) else 1.0)
    for node in code.all(ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.Lt | ast.Gt):
            yield _swapped(code, node.left, node.comparators[0], 0.6)
    for node in code.all(ast.IfExp):
        yield _swapped(code, node.body, node.orelse, 1.5)
    for node in code.all(ast.Tuple):
        if len(node.elts) == 2 and not code.in_annotation(node):
            yield _swapped(code, node.elts[0], node.elts[1], 0.5)


def statements(code: Code) -> Iterator[Slip]:
    """Two neighbours swapped."""
    for _, some in blocks(code):
        for first, second in pairwise(some):
            simple = isinstance(first, _SIMPLE) and isinstance(second, _SIMPLE) and not is_docstring(first)
            if simple and code.alone(first) and code.alone(second):
                yield _lines_swapped(code, first, second)


def indents(code: Code) -> Iterator[Slip]:
    """The last statement of a block after it; the statement after a block in it."""
    for _, some in blocks(code):
        for stmt, after in zip(some, [*some[1:], None], strict=True):
            if not isinstance(stmt, _LOOPS) or not code.alone(stmt.body[-1]):
                continue
            last = (getattr(stmt, "orelse", None) or stmt.body)[-1]
            if len(stmt.body) > 1 and last is stmt.body[-1] and isinstance(last, _SIMPLE):
                yield _indented(code, last, code.source.indent_at(code.source.span(stmt)[0]))
            if after is not None and isinstance(after, _SIMPLE) and code.alone(after):
                yield _indented(code, after, code.source.indent_at(code.source.span(last)[0]))


def leaving(code: Code) -> Iterator[Slip]:
    """`break` for `continue`, and the other way round."""
    for node in code.all(ast.Break):
        yield (*code.source.span(node), "continue", 1.0)
    for node in code.all(ast.Continue):
        yield (*code.source.span(node), "break", 1.0)


def too_many(code: Code) -> Iterator[Slip]:
    """A value changed once too often: `x.strip()` for `x`, `len(x)` for `x`, `x[0]` for `x`."""
    for node in code.all(ast.Return):
        if isinstance(node.value, ast.Name | ast.Subscript | ast.Attribute):
            start, end = code.source.span(node.value)
            text = code.of(node.value)
            for form in (
                "list({})",
                "len({})",
                "sorted({})",
                "str({})",
                "{}[0]",
                "{} + 1",
                "-{}",
                "not {}",
                "{}.strip()",
            ):
                yield (start, end, form.format(text), 1.0)


def _swapped(code: Code, first: ast.expr, second: ast.expr, weight: float) -> Slip:
    (start, begin), (after, end) = code.among(first), code.among(second)
    text = code.source.text
    return start, end, f"{text[after:end]}{text[begin:after]}{text[start:begin]}", weight


def _lines_swapped(code: Code, first: ast.stmt, second: ast.stmt) -> Slip:
    start, end = code.whole(first, second)
    (_, middle), (after, _) = code.whole(first), code.whole(second)
    text = code.source.text
    return start, end, text[after:end] + text[middle:after] + text[start:middle], 1.0


def _indented(code: Code, stmt: ast.stmt, indent: str) -> Slip:
    start, end = code.whole(stmt)
    return start, end, textwrap.indent(textwrap.dedent(code.source.text[start:end]), indent), 1.0


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


ORDER: Mapping[str, tuple[float, Callable[[Code], Iterator[Slip]]]] = {
    "arguments swapped": (3, arguments),
    "operands swapped": (3, operands),
    "statements swapped": (2, statements),
    "indent": (3, indents),
    "leaving": (1, leaving),
    "one too many": (2, too_many),
}
