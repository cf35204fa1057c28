"""What goes wrong with whole statements: missing, moved, leaving too early or not at all."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from benchmarks.repair.mutate.code import Block, Edit, Scope

_EXCEPTIONS = (
    ("ValueError", "TypeError", "AttributeError"),
    ("KeyError", "IndexError", "AttributeError"),
    ("StopIteration", "ValueError"),
    ("OverflowError", "ValueError"),
)
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete)


def statement_missing(scope: Scope) -> Iterator[Edit | None]:
    for block in scope.blocks():
        for node in block:
            lines = scope.lines_of(node)
            if lines and _droppable(scope, node):
                yield Edit(*lines, "" if len(block) > 1 else f"{scope.indent(node)}pass\n")


def _droppable(scope: Scope, node: ast.stmt) -> bool:
    """Not a docstring, and not the only binding of a name, which no one would overlook."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if not isinstance(node, ast.Assign):
        return isinstance(node, ast.AugAssign | ast.Delete)
    target = node.targets[0]
    if not isinstance(target, ast.Name):
        return isinstance(target, ast.Attribute | ast.Subscript)
    bound = [n for n in scope.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id == target.id]
    arguments = {argument.arg for argument in scope.node.args.args}
    return len(bound) > 1 or target.id in arguments


def statement_moved(scope: Scope) -> Iterator[Edit | None]:
    for block in scope.blocks():
        for first, second in itertools.pairwise(block):
            if isinstance(first, _SIMPLE) and isinstance(second, (*_SIMPLE, ast.If, ast.For)):
                yield _exchanged(scope, first, second)
            if isinstance(first, ast.For | ast.While | ast.If | ast.With):
                if len(first.body) > 1 and not getattr(first, "orelse", []):
                    yield _reindented(scope, first.body[-1], scope.indent(first))
                if isinstance(second, _SIMPLE) and not getattr(first, "orelse", []):
                    yield _reindented(scope, second, scope.indent(first.body[0]))


def _exchanged(scope: Scope, first: ast.stmt, second: ast.stmt) -> Edit | None:
    one, two = scope.lines_of(first), scope.lines_of(second)
    if not one or not two or one[1] != two[0]:
        return None
    return Edit(one[0], two[1], scope.module.text[slice(*two)] + scope.module.text[slice(*one)])


def _reindented(scope: Scope, statement: ast.stmt, indent: str) -> Edit | None:
    lines = scope.lines_of(statement)
    if not lines or isinstance(statement, ast.Break | ast.Continue):
        return None
    text = scope.module.text[slice(*lines)]
    old = scope.indent(statement)
    if '"""' in text or "'''" in text or not indent or scope.indent(statement) == indent:
        return None
    moved = [indent + line[len(old) :] if line.startswith(old) else line for line in text.splitlines(keepends=True)]
    return Edit(*lines, "".join(moved))


def wrong_return(scope: Scope) -> Iterator[Edit | None]:
    for block in scope.blocks():
        for before, node in zip([None, *block], block, strict=False):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from _returns(scope, block, before, node, node.value)


def _returns(
    scope: Scope, block: Block, before: ast.stmt | None, node: ast.Return, value: ast.expr
) -> Iterator[Edit | None]:
    lines = scope.lines_of(node)
    if isinstance(value, ast.Name):
        others = [name for name in [*scope.variables, "None"] if name != value.id]
        yield from (scope.replace(value, other) for other in others)
    elif isinstance(value, ast.Call):
        yield scope.replace(node, scope.source(value))
    elif isinstance(value, ast.Constant) and isinstance(value.value, bool):
        yield scope.replace(value, "None")
    if lines and len(block) > 1:
        yield Edit(*lines, "")
    if isinstance(before, ast.For | ast.While) and not before.orelse:
        yield _reindented(scope, node, scope.indent(before.body[0]))


def loop_exit(scope: Scope) -> Iterator[Edit | None]:
    for block in scope.blocks():
        for node in block:
            if isinstance(node, ast.Break | ast.Continue):
                yield scope.replace(node, "continue" if isinstance(node, ast.Break) else "break")
                lines = scope.lines_of(node)
                if lines and len(block) > 1:
                    yield Edit(*lines, "")


def update(scope: Scope) -> Iterator[Edit | None]:
    signs: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitOr: "|"}
    for node in scope.nodes:
        if isinstance(node, ast.AugAssign):
            sign = signs.get(type(node.op))
            if sign:
                yield scope.gap(node.target, node.value, f"{sign}=", "=")
                yield scope.gap(node.target, node.value, f"{sign}=", "-=" if sign == "+" else "+=")


def exception(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        kind: ast.expr | None = None
        if isinstance(node, ast.ExceptHandler):
            kind = node.type
        elif isinstance(node, ast.Raise):
            kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(kind, ast.Name):
            others = [other for family in _EXCEPTIONS if kind.id in family for other in family]
            yield from (scope.replace(kind, other) for other in dict.fromkeys(others) if other != kind.id)
        elif isinstance(kind, ast.Tuple):
            yield from (scope.replace(kind, scope.source(one)) for one in kind.elts)
