"""Which names statements and classes bind, and which ones an expression needs; syntax alone, no scopes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from autogpt.search.space.source import Scoped, blocks

Function = ast.FunctionDef | ast.AsyncFunctionDef


def free_names(node: ast.AST) -> frozenset[str]:
    """Names that an expression or statement reads and does not bind itself."""
    reads: set[str] = set()
    binds: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            (reads if isinstance(one.ctx, ast.Load) else binds).add(one.id)
        elif isinstance(one, ast.arg):
            binds.add(one.arg)
    return frozenset(reads - binds)


def members_of(cls: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(cls):
        if isinstance(node, Function) and node in cls.body:
            is_property = any("property" in ast.dump(one) for one in node.decorator_list)
            found[node.name] = "property" if is_property else "method"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            found.setdefault(node.attr, "attribute")
    for stmt in cls.body:
        for name in bound_in([stmt], deep=False):
            found.setdefault(name, "attribute")
    return found


def bound_in(body: Iterable[ast.stmt], *, deep: bool) -> dict[str, int]:
    """Names bound by statements with their first line; nested functions and classes bind only their own names."""
    found: dict[str, int] = {}
    for stmt in body:
        if isinstance(stmt, Scoped):
            found.setdefault(stmt.name, stmt.lineno)
            continue
        for name, line in _targets_of(stmt):
            found.setdefault(name, line)
        if deep:
            for block in blocks(stmt):
                for name, line in bound_in(block, deep=True).items():
                    found.setdefault(name, line)
    return found


def _targets_of(stmt: ast.stmt) -> Iterator[tuple[str, int]]:
    if isinstance(stmt, ast.Import | ast.ImportFrom):
        for alias in stmt.names:
            yield alias.asname or alias.name.partition(".")[0], stmt.lineno
        return
    if isinstance(stmt, ast.Try):
        for handler in stmt.handlers:
            if handler.name:
                yield handler.name, handler.lineno
    for node in _own_expressions(stmt):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def _own_expressions(stmt: ast.stmt) -> Iterator[ast.AST]:
    """Nodes of the statement itself, comprehensions, lambdas and nested statements left out."""
    stack: list[ast.AST] = [child for child in ast.iter_child_nodes(stmt) if not isinstance(child, ast.stmt)]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(
            node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda | ast.ExceptHandler
        ):
            continue
        stack.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt))
