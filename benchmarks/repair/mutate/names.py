"""What goes wrong in names and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchmarks.repair.mutate.code import Edit, Scope

_RELATIVES = (
    ("strip", "lstrip", "rstrip"),
    ("split", "rsplit", "splitlines"),
    ("partition", "rpartition"),
    ("find", "rfind", "index"),
    ("startswith", "endswith"),
    ("lower", "upper", "title", "capitalize", "casefold"),
    ("append", "extend", "add", "insert"),
    ("pop", "popleft", "get", "setdefault"),
    ("remove", "discard"),
    ("keys", "values", "items"),
    ("union", "intersection", "difference", "update"),
    ("ljust", "rjust", "center"),
    ("isdigit", "isalpha", "isalnum", "isspace"),
    ("match", "search", "fullmatch", "findall"),
    ("start", "end", "span"),
    ("group", "groups"),
    ("days", "seconds"),
)
_FUNCTIONS = (
    ("min", "max"),
    ("any", "all"),
    ("sum", "len", "max"),
    ("list", "set", "tuple", "sorted"),
    ("int", "float", "str"),
    ("floor", "ceil", "round"),
    ("str", "repr"),
    ("ord", "chr"),
    ("hasattr", "getattr"),
    ("isinstance", "issubclass"),
    ("chain", "zip"),
    ("takewhile", "dropwhile", "filterfalse"),
    ("iter", "next"),
    ("abs", "int"),
)


def name(scope: Scope) -> Iterator[Edit | None]:
    called = {id(node.func) for node in scope.nodes if isinstance(node, ast.Call)}
    for node in scope.nodes:
        read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called
        if isinstance(node, ast.Name) and read and node.id in scope.variables:
            yield from (scope.replace(node, other) for other in scope.variables if other != node.id)


def attribute(scope: Scope) -> Iterator[Edit | None]:
    used: dict[str, set[str]] = {}
    for node in ast.walk(scope.module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    for node in scope.nodes:
        if isinstance(node, ast.Attribute):
            near = {other for family in _RELATIVES if node.attr in family for other in family}
            same = used.get(node.value.id, set()) if isinstance(node.value, ast.Name) else set[str]()
            for other in sorted((near | same) - {node.attr}):
                yield Edit(scope.module.end(node) - len(node.attr), scope.module.end(node), other)


def function(scope: Scope) -> Iterator[Edit | None]:
    neighbours = {
        node.name: len(node.args.args) for node in scope.module.tree.body if isinstance(node, ast.FunctionDef)
    }
    for node in scope.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = node.func.id
            near = {other for family in _FUNCTIONS if called in family for other in family}
            near |= {other for other, count in neighbours.items() if neighbours.get(called) == count}
            yield from (scope.replace(node.func, other) for other in sorted(near - {called}))


def swapped(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        if isinstance(node, ast.Call) and not any(isinstance(argument, ast.Starred) for argument in node.args):
            for left, right in zip(node.args, node.args[1:], strict=False):
                yield scope.swap(left, right)


def argument_missing(scope: Scope) -> Iterator[Edit | None]:
    module = scope.module
    for node in scope.nodes:
        if not isinstance(node, ast.Call):
            continue
        arguments: list[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
        for position, last in enumerate(arguments):
            droppable = position >= len(node.args) or (position == len(node.args) - 1 and not node.keywords)
            if not droppable:
                continue
            if position:
                yield Edit(module.end(arguments[position - 1]), module.end(last), "")
            elif len(arguments) == 1:
                yield Edit(module.end(node.func), module.end(node), "()")


def call_missing(scope: Scope) -> Iterator[Edit | None]:
    statements = {id(node.value) for node in scope.nodes if isinstance(node, ast.Expr)}
    for node in scope.nodes:
        if not isinstance(node, ast.Call) or id(node) in statements:
            continue
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Call):
            if len(node.args) < 2:
                yield scope.replace(node, scope.source(node.func.value))
        elif isinstance(node.func, ast.Name) and node.args and not isinstance(node.args[0], ast.GeneratorExp):
            yield scope.replace(node, scope.source(node.args[0]))


def call_extra(scope: Scope) -> Iterator[Edit | None]:
    for node in scope.nodes:
        places: list[ast.expr] = []
        if isinstance(node, ast.Return) and node.value is not None:
            places.append(node.value)
        elif isinstance(node, ast.Call):
            places.extend(node.args[:2])
        elif isinstance(node, ast.For | ast.Assign):
            places.append(node.iter if isinstance(node, ast.For) else node.value)
        for place in places:
            if isinstance(place, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
                source = scope.source(place)
                yield from (scope.replace(place, f"{f}({source})") for f in ("str", "list", "sorted", "int", "set"))
                yield scope.replace(place, f"{source}.strip()")
