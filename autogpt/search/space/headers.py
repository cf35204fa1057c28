"""A function's own header: decorators, `async`, a parameter's default or order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.scope import Function, Scope
from autogpt.search.space.spot import Fix

_DECORATORS = ("staticmethod", "classmethod", "property")


def headers(scope: Scope) -> Iterator[Fix]:
    """Edits of the header of a function or method."""
    node, source = scope.node, scope.source
    if not isinstance(node, Function):
        return
    if scope.cls is not None and scope.outer is not None and scope.outer.node is scope.cls:
        yield from _decorators(scope, node)
    for decorator in node.decorator_list:
        start, end = source.span(decorator)
        yield Fix(source.line_start(start), source.line_end(end), "", "drop-decorator", 3.6)
    names = [one.arg for one in node.args.args]
    for first in range(1 if scope.owner else 0, len(names) - 1):
        one, other = node.args.args[first], node.args.args[first + 1]
        if first + 1 < len(names) - len(node.args.defaults) and one.annotation is None and other.annotation is None:
            start, end = source.span(one)[0], source.span(other)[1]
            yield Fix(start, end, f"{other.arg}, {one.arg}", "parameter-order", 3.6)
    for one in (*node.args.args, *node.args.kwonlyargs)[-1:]:
        if not node.args.defaults and one.arg != scope.owner and not node.args.vararg and not node.args.kwonlyargs:
            end = source.span(one)[1]
            for text in ("None", "0", "1", "False", "True", '""', "()"):
                equals = " = " if one.annotation else "="
                yield Fix(end, end, equals + text, "default-value", 3.8)


def _decorators(scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Fix]:
    source = scope.source
    present = {one.id for one in node.decorator_list if isinstance(one, ast.Name)}
    start = source.line_start(source.span(node)[0])
    indent = source.indent_at(start)
    first = scope.parameters[0] if scope.parameters else ""
    if present & set(_DECORATORS):
        for one in node.decorator_list:
            if isinstance(one, ast.Name) and one.id in _DECORATORS:
                for other in _DECORATORS:
                    if other != one.id:
                        yield Fix(*source.span(one), other, "decorator", 2.8)
        return
    for name in _DECORATORS:
        suits = {"staticmethod": first != "self", "classmethod": first == "cls", "property": len(scope.parameters) == 1}
        if suits[name]:
            yield Fix(start, start, f"{indent}@{name}{source.newline}", "decorator", 2.8 if name == "property" else 1.6)
