"""What is left out: a guard, an operand of a condition, an argument, a call around a value, a statement."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Mapping

from autogpt.training.slips.code import Code, Slip, blocks, is_docstring

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete)
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def operands(code: Code) -> Iterator[Slip]:
    """`a and b`, `a or default`: one operand."""
    for node in code.all(ast.BoolOp):
        for index, operand in enumerate(node.values):
            weight = 2.0 if index else 1.0
            if len(node.values) > 2:
                yield (*code.without(node.values, index), weight)
            else:
                yield (*code.instead(node, node.values[1 - index]), weight if _small(operand) else weight / 2)


def guards(code: Code) -> Iterator[Slip]:
    """An `if` that leaves early."""
    for _, some in blocks(code):
        for stmt in some:
            if not isinstance(stmt, ast.If) or stmt.orelse or not isinstance(stmt.body[-1], _LEAVES):
                continue
            if len(some) > 1 and code.alone(stmt) and not code.is_branch(stmt):
                yield (*code.whole(stmt), "", 2.0 if len(stmt.body) == 1 else 0.5)


def branches(code: Code) -> Iterator[Slip]:
    """An `elif` or `else` of one or two statements."""
    for node in code.all(ast.If):
        last = node.orelse
        if not last or len(last) > 2 or not code.alone(last[-1]):
            continue
        end = code.whole(last[-1])[1]
        if len(last) == 1 and code.is_branch(last[0]) and isinstance(last[0], ast.If):
            if not last[0].orelse and len(last[0].body) <= 2:
                yield (code.whole(last[0])[0], end, "", 2.0)
        elif code.alone(node.body[-1]):
            start = code.whole(node.body[-1])[1]
            yield (start, end, "", 1.0)


def conditions(code: Code) -> Iterator[Slip]:
    """The `if` around one or two statements."""
    for node in code.all(ast.If):
        if node.orelse or len(node.body) > 2 or code.is_branch(node) or isinstance(node.body[-1], _LEAVES):
            continue
        if code.alone(node.body[-1]) and code.alone(node):
            start, end = code.whole(node)
            inner = code.source.text[code.whole(node.body[0])[0] : end]
            indent = code.source.indent_at(start)
            yield (start, end, textwrap.indent(textwrap.dedent(inner), indent), 1.0)


def statements(code: Code) -> Iterator[Slip]:
    """An assignment, a call, an update."""
    for node, some in blocks(code):
        for stmt in some:
            if not isinstance(stmt, _SIMPLE) or is_docstring(stmt) or not code.alone(stmt) or len(code.of(stmt)) > 120:
                continue
            if len(some) == 1:
                continue
            # Without its first value a name is unknown: people notice that at once.
            names = [one.id for one in ast.walk(stmt) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
            first = any(code.first_bound.get(name) == stmt.lineno for name in names)
            yield (*code.whole(stmt), "", 0.3 if first or isinstance(node, ast.ClassDef) else 1.5)


def exits(code: Code) -> Iterator[Slip]:
    """A `break`, `continue` or last `return`, or the word `return` before a value."""
    for _, some in blocks(code):
        stmt = some[-1]
        if isinstance(stmt, ast.Break | ast.Continue | ast.Return) and len(some) > 1 and code.alone(stmt):
            yield (*code.whole(stmt), "", 1.0)
        if isinstance(stmt, ast.Return) and isinstance(stmt.value, ast.Call):
            start = code.source.span(stmt)[0]
            yield (start, code.source.span(stmt.value)[0], "", 0.7)


def arguments(code: Code) -> Iterator[Slip]:
    """A positional argument, a keyword."""
    for call in code.all(ast.Call):
        some: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        for index, one in enumerate(some):
            if len(some) == 1:
                end = code.source.span(call)[1]
                start = code.source.span(call.func)[1]
                if code.source.text[start] == "(" and not isinstance(one, ast.GeneratorExp):
                    yield (start, end, "()", 0.15)
            else:
                weight = 1.5 if isinstance(one, ast.keyword) else 1.0 if index == len(some) - 1 else 0.4
                yield (*code.without(some, index), weight)


def calls(code: Code) -> Iterator[Slip]:
    """`int(x)` and `x.strip()` become `x`."""
    for call in code.all(ast.Call):
        if isinstance(code.parents.get(call), ast.Expr | ast.Raise):
            continue
        if isinstance(call.func, ast.Attribute):
            weight = 0.7 if call.args or call.keywords else 2.0
            yield (*code.instead(call, call.func.value), weight if code.is_value(call.func.value) else weight / 5)
        elif call.args and not isinstance(call.args[0], ast.Starred | ast.GeneratorExp):
            usual = isinstance(call.func, ast.Name) and code.is_value(call.func)
            yield (*code.instead(call, call.args[0]), (2.0 if len(call.args) == 1 else 0.3) if usual else 0.2)


def reads(code: Code) -> Iterator[Slip]:
    """`x[0]`, `x.name`, `self.x` become `x`; `-x` and `await x` too."""
    for node in code.all(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and not code.in_annotation(node):
            yield (*code.instead(node, node.value), 1.5 if isinstance(node.slice, ast.Slice) else 1.0)
    for node in code.all(ast.Attribute):
        if isinstance(node.ctx, ast.Load) and not code.is_called(node) and not code.in_annotation(node):
            yield (*code.instead(node, node.value), 0.5)
            if isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in code.bound:
                yield (*code.source.span(node), node.attr, 2.0)
    for node in code.all(ast.UnaryOp):
        if isinstance(node.op, ast.USub):
            yield (*code.instead(node, node.operand), 1.5)
    for node in code.all(ast.Await):
        yield (*code.instead(node, node.value), 1.0)


def negations(code: Code) -> Iterator[Slip]:
    for node in code.all(ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            yield (*code.instead(node, node.operand), 1.0)


def terms(code: Code) -> Iterator[Slip]:
    """`x + 1` becomes `x`: a term or a factor."""
    for node in code.all(ast.BinOp):
        small = isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)
        yield (*code.instead(node, node.left), 3.0 if small else 0.7)
        if isinstance(node.op, ast.Add | ast.Mult):
            yield (*code.instead(node, node.right), 0.4)


def bounds(code: Code) -> Iterator[Slip]:
    """A bound or the step of a slice."""
    for node in code.all(ast.Slice):
        for part in (node.lower, node.upper):
            if part is not None:
                yield (*code.source.span(part), "", 1.0)
        if node.step is not None:
            yield (*code.source.span(node.step), "", 1.0)


def elements(code: Code) -> Iterator[Slip]:
    """Of a tuple, list or set, an exception among several; an entry of a dict."""
    for node in code.all(ast.Tuple, ast.List, ast.Set):
        if isinstance(getattr(node, "ctx", None), ast.Store) or len(node.elts) < 2 or code.in_annotation(node):
            continue
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            parent = code.parents.get(node)
            if isinstance(parent, ast.ExceptHandler | ast.Call):
                for index in (0, 1):
                    yield (*code.instead(node, node.elts[index]), 1.0)
            continue
        for index in range(len(node.elts)):
            yield (*code.without(node.elts, index), 1.0 / len(node.elts))


def choices(code: Code) -> Iterator[Slip]:
    """`a if c else b` becomes one of both; a filter of a comprehension goes."""
    for node in code.all(ast.IfExp):
        yield (*code.instead(node, node.body), 2.0)
        yield (*code.instead(node, node.orelse), 1.0)
    for node in code.all(ast.comprehension):
        for test in node.ifs:
            start, end = code.source.span(test)
            before = code.source.text.rfind("if", 0, start)
            if len(node.ifs) == 1 and code.source.text[before + 2 : start].strip(" (") == "":
                yield (code.source.span(node.iter)[1], end, "", 2.0)


def _small(node: ast.expr) -> bool:
    return sum(1 for _ in ast.walk(node)) < 16


OMISSIONS: Mapping[str, tuple[float, Callable[[Code], Iterator[Slip]]]] = {
    "operand left out": (14, operands),
    "guard left out": (14, guards),
    "branch left out": (2, branches),
    "condition left out": (5, conditions),
    "statement left out": (7, statements),
    "exit left out": (2, exits),
    "argument left out": (6, arguments),
    "call left out": (7, calls),
    "read left out": (4, reads),
    "not left out": (8, negations),
    "term left out": (8, terms),
    "bound left out": (2, bounds),
    "element left out": (4, elements),
    "choice left out": (6, choices),
}
