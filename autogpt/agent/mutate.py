"""Small wrong versions of lines that a change wrote: a test that passes with one does not guard that line. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator

_SWAPS: dict[type[ast.AST], ast.AST] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.Add(),
    ast.Div: ast.Mult(),
    ast.FloorDiv: ast.Mult(),
    ast.Mod: ast.Mult(),
    ast.Lt: ast.GtE(),
    ast.LtE: ast.Gt(),
    ast.Gt: ast.LtE(),
    ast.GtE: ast.Lt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.And: ast.Or(),
    ast.Or: ast.And(),
}


def mutants(source: str, lines: Collection[int], most: int = 1) -> Iterator[tuple[int, str]]:
    """The line (from 1) and the whole text of each version, `most` a line; none where the text does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    encoded = [line.encode() for line in source.splitlines(keepends=True)]
    done = Counter[int]()
    for node in ast.walk(tree):
        place, new = _mutated(node)
        if place is None or place.lineno not in lines or done[place.lineno] >= most:
            continue
        done[place.lineno] += 1
        yield place.lineno, _replaced(encoded, place, f"({new})" if isinstance(place, _NESTED) else new)


_NESTED = (ast.BinOp, ast.BoolOp, ast.Compare)


def _mutated(node: ast.AST) -> tuple[ast.expr | None, str]:
    """The expression to be replaced and its new text."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in _SWAPS:
            return node, ast.unparse(ast.BinOp(left, _swapped(op), right))  # type: ignore[arg-type]
        case ast.BoolOp(op, values):
            return node, ast.unparse(ast.BoolOp(_swapped(op), values))  # type: ignore[arg-type]
        case ast.Compare(left, [op, *ops], right) if type(op) in _SWAPS:
            return node, ast.unparse(ast.Compare(left, [_swapped(op), *ops], right))  # type: ignore[list-item]
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            return test, f"not ({ast.unparse(test)})"
        case ast.Return(ast.Constant(bool(value)) as constant):
            return constant, repr(not value)
        case ast.Return(ast.expr() as value) if not _is_none(value):
            return value, "None"
        case ast.Assign(value=ast.Constant(int(number)) as constant):
            return constant, repr(not number if isinstance(number, bool) else number + 1)
        case _:
            return None, ""


def _swapped(operator: ast.AST) -> ast.AST:
    return _SWAPS[type(operator)]


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _replaced(lines: list[bytes], place: ast.expr, new: str) -> str:
    """`ast` counts columns in bytes of UTF-8."""
    first, last = place.lineno - 1, (place.end_lineno or place.lineno) - 1
    head, tail = lines[first][: place.col_offset], lines[last][place.end_col_offset or 0 :]
    return b"".join([*lines[:first], head, new.encode(), tail, *lines[last + 1 :]]).decode()
