"""What goes wrong in conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchmarks.repair.mutate.code import Edit, Scope

_BOUNDARY: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}
_OTHER: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", ">"),
    ast.Gt: (">", "<"),
    ast.LtE: ("<=", ">="),
    ast.GtE: (">=", "<="),
    ast.In: (" in ", " not in "),
    ast.NotIn: (" not in ", " in "),
    ast.Is: (" is ", " is not "),
    ast.IsNot: (" is not ", " is "),
}


def boundary(scope: Scope) -> Iterator[Edit | None]:
    yield from _compares(scope, _BOUNDARY)


def comparison(scope: Scope) -> Iterator[Edit | None]:
    yield from _compares(scope, _OTHER)


def _compares(scope: Scope, table: dict[type[ast.cmpop], tuple[str, str]]) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
                if type(operator) in table:
                    yield scope.gap(left, right, *table[type(operator)])


def connective(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield scope.gap(left, right, old, new)


def conditions(scope: Scope) -> list[ast.expr]:
    """Expressions whose truth decides something."""
    found: list[ast.expr] = []
    for node in scope.nodes:
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            found.append(node.test)
        elif isinstance(node, ast.BoolOp):
            found.extend(node.values)
        elif isinstance(node, ast.comprehension):
            found.extend(node.ifs)
    return found


def negation(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield scope.replace(node, scope.source(node.operand))
    for test in conditions(scope):
        if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            yield scope.replace(test, f"not {scope.source(test)}")
        elif isinstance(test, ast.BoolOp):
            yield scope.replace(test, f"not ({scope.source(test)})")


def condition_weak(scope: Scope) -> Iterator[Edit | None]:
    module = scope.module
    for node in scope.nodes:
        if isinstance(node, ast.BoolOp):
            yield Edit(module.start(node.values[0]), module.start(node.values[1]), "")
            for before, value in zip(node.values, node.values[1:], strict=False):
                yield Edit(module.end(before), module.end(value), "")


def condition_extra(scope: Scope) -> Iterator[Edit | None]:
    tests = [node.test for node in scope.nodes if isinstance(node, ast.If | ast.While | ast.IfExp)]
    simple = [test for test in tests if not isinstance(test, ast.BoolOp | ast.IfExp | ast.NamedExpr)]
    for test in simple:
        for other in simple:
            source = scope.source(other)
            if source != scope.source(test) and len(source) < 60 and "\n" not in source:
                yield scope.replace(test, f"{scope.source(test)} and {source}")
                yield scope.replace(test, f"{scope.source(test)} or {source}")


def guard_missing(scope: Scope) -> Iterator[Edit | None]:
    exits = (ast.Return, ast.Raise, ast.Continue, ast.Break)
    for block in scope.blocks():
        for node in block:
            if isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], exits) and len(node.body) < 3:
                lines = scope.lines_of(node)
                if lines and len(block) > 1 and scope.module.text[slice(*lines)].lstrip().startswith("if"):
                    yield Edit(*lines, "")


def branch_missing(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.If) and node.orelse:
            yield Edit(scope.module.end(node.body[-1]), scope.module.end(node), "")
