"""Synthesis of unfinished functions: bodies from signature, docstring, examples and the file, the likeliest first.

`bodies` yields edits lazily: first expressions that give every example's result, then several cases and checks, then
loops known by heart and what a method's name promises, which only the tests can judge.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from heapq import merge

from autogpt.search.edit import Edit
from autogpt.search.space.place import unit_of
from autogpt.search.space.scope import Function, Module, Scope, scopes_of
from autogpt.search.space.source import Source, is_docstring
from autogpt.search.synthesis.solve import solutions
from autogpt.search.synthesis.typed import typed_bodies

__all__ = ["bodies", "unfinished"]


def unfinished(source: Source) -> tuple[str, ...]:
    """Qualified names of functions whose body is `...`, `pass`, a TODO or `raise NotImplementedError`."""
    return tuple(scope.name for scope in scopes_of(Module(source)) if is_unfinished(scope))


def is_unfinished(scope: Scope) -> bool:
    """Abstract methods, overloads and protocol members do not count."""
    if not isinstance(scope.node, Function):
        return False
    marks = " ".join(ast.dump(one) for one in scope.node.decorator_list)
    if "abstractmethod" in marks or "overload" in marks:
        return False
    if scope.cls is not None and any("Protocol" in ast.dump(base) for base in scope.cls.bases):
        return False
    rest = [stmt for stmt in scope.node.body if not is_docstring(stmt)]
    if len(rest) > 1 and isinstance(rest[-1], ast.Raise) and all(isinstance(one, ast.Pass) for one in rest[:-1]):
        rest = rest[-1:]
    return not rest or (len(rest) == 1 and _is_placeholder(rest[0], scope, scope.node))


def _is_placeholder(stmt: ast.stmt, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if isinstance(stmt, ast.Pass):
        return True
    if isinstance(stmt, ast.Expr):
        return isinstance(stmt.value, ast.Constant) and stmt.value.value is ...
    if isinstance(stmt, ast.Raise) and stmt.exc is not None:
        return "NotImplementedError" in ast.dump(stmt.exc)
    start = scope.source.span(node.body[0])[0]
    before = scope.source.text[scope.source.offset(node.lineno, 0) : start]
    todo = "TODO" in before or "FIXME" in before
    return todo and isinstance(stmt, ast.Return) and (stmt.value is None or isinstance(stmt.value, ast.Constant))


def bodies(source: Source, where: str, tests: Sequence[str] = (), others: Sequence[Source] = ()) -> Iterator[Edit]:
    """Edits that give the function a body; its docstring stays. `tests` are source texts of test files.

    `others` are files of the project whose classes the function may deal with.
    """
    module = Module(source)
    scope = next((one for one in scopes_of(module) if one.name == where and isinstance(one.node, Function)), None)
    if scope is None or not isinstance(scope.node, Function):
        return
    line = scope.node.lineno
    start, end, indent, head = _hole(scope)
    unit = unit_of(source)
    seen: set[tuple[str, ...]] = set()
    trees = [other.tree for other in others if other is not source]
    for cost, lines in merge(solutions(scope, tests), typed_bodies(scope, trees, tests), key=lambda body: body[0]):
        if lines in seen:
            continue
        seen.add(lines)
        text = head + _written(lines, indent, unit, source.newline)
        if _parses(lines):
            yield Edit(source.path, start, end, text, "synthesis", scope.name, line, cost)


def _hole(scope: Scope) -> tuple[int, int, str, str]:
    """Span of what is to be replaced, the indentation of the body, and what must come before its first line."""
    node, source = scope.node, scope.source
    assert isinstance(node, Function)
    rest = [stmt for stmt in node.body if not is_docstring(stmt)]
    outer = source.indent_at(source.span(node)[0])
    if rest:
        start, end = source.span(rest[0])[0], source.span(rest[-1])[1]
        on_header = source.text[source.line_start(start) : start].strip()
        indent = outer + unit_of(source) if on_header else source.indent_at(start)
        return start, end, indent, source.newline + indent if on_header else ""
    end = source.span(node.body[-1])[1]
    indent = source.indent_at(source.span(node.body[0])[0]) or outer + unit_of(source)
    return end, end, indent, source.newline + indent


def _written(lines: Sequence[str], indent: str, unit: str, newline: str) -> str:
    shifted: list[str] = []
    for line in lines:
        depth = (len(line) - len(line.lstrip(" "))) // 4
        shifted.append(unit * depth + line.lstrip(" ") if (len(line) - len(line.lstrip(" "))) % 4 == 0 else line)
    return (newline + indent).join(shifted)


def _parses(lines: Sequence[str]) -> bool:
    text = "def f():\n" + "".join(f"    {line}\n" for line in lines)
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
