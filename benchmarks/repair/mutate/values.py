"""What goes wrong in values: off by one, wrong constants, wrong arithmetic."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchmarks.repair.mutate.code import Edit, Scope

_ALIKE = {
    "0": ("1", "None"),
    "1": ("0",),
    "None": ("0", '""', "[]"),
    '""': ("None", '" "'),
    "''": ("None", "' '"),
    "[]": ("None", "{}"),
    "{}": ("None", "[]"),
    "True": ("False",),
    "False": ("True",),
}
_ARITHMETIC: dict[type[ast.operator], tuple[tuple[str, str], ...]] = {
    ast.Add: (("+", "-"),),
    ast.Sub: (("-", "+"),),
    ast.Mult: (("*", "/"), ("*", "**")),
    ast.Div: (("/", "*"), ("/", "//")),
    ast.FloorDiv: (("//", "/"), ("//", "%")),
    ast.Mod: (("%", "//"),),
    ast.Pow: (("**", "*"),),
}
_ORDERED = ([ast.Lt], [ast.Gt], [ast.LtE], [ast.GtE], [ast.In])


def off_by_one(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and _is_one(node.right):
            yield scope.replace(node, scope.source(node.left))
    for place in _counts(scope):
        if isinstance(place, ast.Name | ast.Attribute | ast.Call | ast.BinOp):
            for sign in ("+", "-"):
                yield scope.replace(place, f"{scope.source(place)} {sign} 1")


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and not isinstance(node.value, bool)


def _counts(scope: Scope) -> Iterator[ast.expr]:
    """Expressions that are most likely whole numbers that count or index."""
    for node in scope.nodes:
        if isinstance(node, ast.Slice):
            yield from (bound for bound in (node.lower, node.upper) if bound)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp):
            yield node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("range", "islice"):
                yield from node.args
            elif node.func.id == "len":
                yield node
        elif isinstance(node, ast.Return | ast.Assign):
            value = node.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub | ast.FloorDiv):
                yield value


def constant(scope: Scope) -> Iterator[Edit | None]:
    for node in _constants(scope):
        value = node.value
        if isinstance(value, bool):
            yield scope.replace(node, str(not value))
        elif isinstance(value, int | float):
            yield from (scope.replace(node, new) for new in _other_numbers(value))
        elif isinstance(value, str):
            yield from _other_strings(scope, node)


def _constants(scope: Scope) -> Iterator[ast.Constant]:
    fixed: set[int] = set()
    for node in scope.nodes:
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            fixed.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Constant) and id(node) not in fixed:
            yield node


def _other_numbers(value: int | float) -> list[str]:
    if isinstance(value, float):
        return [repr(value * 10), repr(value + 1)]
    return [str(value + 1), str(value - 1), *([str(value * 2), str(-value)] if value > 1 else [])]


def _other_strings(scope: Scope, node: ast.Constant) -> Iterator[Edit | None]:
    source = scope.source(node)
    quote = source[0]
    value = str(node.value)
    if quote not in "'\"" or source != quote + value + quote:
        return
    changed = [value[1:], value[:-1], value.strip(), value.upper(), value.lower(), value + " "] if value else [" "]
    for new in dict.fromkeys(changed):
        if new != value:
            yield scope.replace(node, quote + new + quote)


def initial(scope: Scope) -> Iterator[Edit | None]:
    stored: dict[str, int] = {}
    for node in scope.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored[node.id] = stored.get(node.id, 0) + 1
    for node in scope.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            source = scope.source(node.value)
            updated = stored[node.targets[0].id] > 1 or source in ("[]", "{}")
            if updated:
                yield from (scope.replace(node.value, new) for new in _ALIKE.get(source, ()))


def arithmetic(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.BinOp) and not _is_text(node.left):
            for old, new in _ARITHMETIC.get(type(node.op), ()):
                yield scope.gap(node.left, node.right, old, new)


def operand_order(scope: Scope) -> Iterator[Edit | None]:
    turned = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
    for node in scope.nodes:
        if isinstance(node, ast.BinOp):
            text_sum = isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
            if text_sum or (isinstance(node.op, turned) and not _is_text(node.left)):
                yield scope.swap(node.left, node.right)
        elif isinstance(node, ast.Compare) and [type(operator) for operator in node.ops] in _ORDERED:
            yield scope.swap(node.left, node.comparators[0])


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
