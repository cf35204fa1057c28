"""What is mistaken for something like it: a name, an attribute, a callee, an operator, a number."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from autogpt.training.slips.alike import SWAPS, mistaken_for
from autogpt.training.slips.code import Code, Slip

_OPERATOR = re.compile(r"[\s)]*(not\s+in|is\s+not|is|in|and|or|<=|>=|==|!=|\*\*|//|<<|>>|[-+*/%&|^<>])[\s(]*")


def names(code: Code) -> Iterator[Slip]:
    """A parameter or local for another one."""
    for node in code.all(ast.Name):
        if not isinstance(node.ctx, ast.Load) or code.is_called(node) or code.in_annotation(node):
            continue
        if node.id not in code.bound:
            continue
        for name in code.bound:
            if name != node.id:
                alike = len(set(name) & set(node.id)) / len(set(name) | set(node.id))
                yield (*code.source.span(node), name, 0.3 + alike)


def attributes(code: Code) -> Iterator[Slip]:
    """An attribute for another one of the same receiver, or for one like it."""
    for node in code.all(ast.Attribute):
        start = code.source.span(node)[1] - len(node.attr)
        others = [(name, 1.0) for name in code.attributes[code.receiver(node)] if name != node.attr]
        for name, weight in (*others, *((name, 2.0) for name in mistaken_for(node.attr))):
            yield (start, start + len(node.attr), name, weight)


def callees(code: Code) -> Iterator[Slip]:
    """A function for another one called here, or for one like it."""
    for node in code.all(ast.Call):
        if isinstance(node.func, ast.Name):
            for name in code.called:
                yield (*code.source.span(node.func), name, 0.4)
            for name in mistaken_for(node.func.id):
                yield (*code.source.span(node.func), name, 2.0)


def numbers(code: Code) -> Iterator[Slip]:
    for node in code.all(ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            continue
        value = node.value
        others = {value + 1: 2.0, value - 1: 2.0, 1 - value if value in (0, 1) else value * 10: 1.0, -value: 0.5}
        for other, weight in others.items():
            if other >= 0 and abs(value) < 10_000:
                yield (*code.source.span(node), repr(other), weight)


def constants(code: Code) -> Iterator[Slip]:
    """True for False, a text for another one or the empty one, None for what is empty."""
    for node in code.all(ast.Constant):
        if isinstance(node.value, bool):
            yield (*code.source.span(node), repr(not node.value), 3.0)
        elif isinstance(node.value, str) and code.of(node) in code.texts:
            for text in code.texts:
                yield (*code.source.span(node), text, 1.0 / len(code.texts))
            yield (*code.source.span(node), '""' if node.value != "" else '" "', 0.3)
        elif node.value is None and isinstance(code.parents.get(node), ast.Return):
            yield (*code.source.span(node), "False", 0.5)
    for node in code.all(ast.Return):
        if isinstance(node.value, ast.Name | ast.List | ast.Dict | ast.Tuple | ast.Call):
            yield (*code.source.span(node.value), "None", 0.3)


def operators(code: Code) -> Iterator[Slip]:
    """An operator for one like it."""
    for node in code.all(ast.Compare):
        sides = [node.left, *node.comparators]
        for before, op, after in zip(sides, node.ops, sides[1:], strict=False):
            yield from _swapped(code, before, op, after, 1.5)
    for node in code.all(ast.BinOp):
        yield from _swapped(code, node.left, node.op, node.right, 1.0)
    for node in code.all(ast.BoolOp):
        if len(node.values) == 2:
            yield from _swapped(code, node.values[0], node.op, node.values[1], 1.0)
    for node in code.all(ast.AugAssign):
        start, end = code.source.span(node.target)[1], code.source.span(node.value)[0]
        sign = code.source.text[start:end].strip()
        yield (start, end, " = ", 1.0)
        yield (start, end, " -= " if sign == "+=" else " += ", 1.0)


def _swapped(code: Code, before: ast.expr, op: ast.AST, after: ast.expr, weight: float) -> Iterator[Slip]:
    start, end = code.source.span(before)[1], code.source.span(after)[0]
    between = code.source.text[start:end]
    found = _OPERATOR.fullmatch(between)
    if found is not None:
        for text, share in SWAPS.get(type(op), ()):
            first, last = found.span(1)
            yield (start + first, start + last, text, weight * share)


def off_by_one(code: Code) -> Iterator[Slip]:
    """`x + 1` for `x` where something is counted, and the other way round."""
    for node in code.all(ast.Subscript):
        parts = [node.slice.lower, node.slice.upper] if isinstance(node.slice, ast.Slice) else [node.slice]
        for part in parts:
            yield from _moved(code, part)
    for node in code.all(ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            for part in node.args:
                yield from _moved(code, part)
        elif isinstance(node.func, ast.Name) and node.func.id == "len":
            yield from _moved(code, node)
    for node in code.all(ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Sub) and isinstance(node.right, ast.Constant) and node.right.value == 1:
            sign = "-" if isinstance(node.op, ast.Add) else "+"
            yield (*code.source.span(node), f"{code.of(node.left)} {sign} 1", 1.0)


def _moved(code: Code, node: ast.expr | None) -> Iterator[Slip]:
    if isinstance(node, ast.Name | ast.Call | ast.Attribute):
        for sign in "+-":
            yield (*code.source.span(node), f"{code.of(node)} {sign} 1", 1.0)


def negated(code: Code) -> Iterator[Slip]:
    """A condition the wrong way round."""
    tests = [node.test for node in code.all(ast.If, ast.While, ast.IfExp, ast.Assert)]
    tests += [one for node in code.all(ast.BoolOp) for one in node.values]
    for test in tests:
        if isinstance(test, ast.Name | ast.Call | ast.Attribute):
            yield (*code.source.span(test), f"not {code.of(test)}", 1.0)


def exceptions(code: Code) -> Iterator[Slip]:
    """Another exception caught or raised."""
    places = [node.type for node in code.all(ast.ExceptHandler)]
    places += [node.exc.func if isinstance(node.exc, ast.Call) else node.exc for node in code.all(ast.Raise)]
    for node in places:
        if isinstance(node, ast.Name):
            for name in mistaken_for(node.id) or ("ValueError",):
                yield (*code.source.span(node), name, 1.0)


MISTAKES: Mapping[str, tuple[float, Callable[[Code], Iterator[Slip]]]] = {
    "name": (12, names),
    "attribute": (6, attributes),
    "callee": (5, callees),
    "number": (7, numbers),
    "constant": (4, constants),
    "operator": (13, operators),
    "off by one": (4, off_by_one),
    "negated": (3, negated),
    "exception": (1, exceptions),
}
