"""A branch that does nothing: `pass` alone where the branches beside it assign, append or return something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autogpt.search.space.ingredients import pool
from autogpt.search.space.place import Place
from autogpt.search.space.scope import Function
from autogpt.search.space.source import blocks
from autogpt.search.space.spot import Fix, fit

_MOST_NAMES = 16


def stubs(place: Place) -> Iterator[Fix]:
    """What a lone `pass` may stand for."""
    if not isinstance(place.stmt, ast.Pass) or not place.is_alone or not place.owns_lines:
        return
    if not isinstance(place.scope.node, Function) or place.outer is None:
        return
    seen: set[str] = set()
    for text, cost in sorted(_statements(place, place.outer), key=lambda pair: pair[1]):
        if text not in seen:
            seen.add(text)
            yield place.replaced(place.line(text), "fill-stub", cost)


def _statements(place: Place, outer: Place) -> Iterator[tuple[str, float]]:
    scope, line = place.scope, place.stmt.lineno
    names = [name for name in scope.names_at(line) if name != scope.owner][:_MOST_NAMES]
    tested = {node.id for node in ast.walk(outer.stmt) if isinstance(node, ast.Name) and node.lineno <= line}
    beside = list(_beside(outer))
    targets = dict.fromkeys(target for stmt in beside for target in _targets(place, stmt))
    missing = [name for name in names if name not in targets and _is_tested_for_none(outer, name)]
    others = [name for name in names if name not in (*targets, *missing) and name not in scope.parameters]
    for target in (*targets, *missing, *others):
        far = 2.2 if target in others else 0.0
        for name in names if target in missing else ():
            yield f"{target} = len({name})", 3.0
        for name in names:
            if name != target:
                yield f"{target} = {name}", 2.0 + far - (0.6 if name in tested else 0.0)
        for entry in pool(scope):
            if entry.own and entry.free <= scope.readable_at(line) and entry.text != target:
                yield f"{target} = {entry.text}", 3.4 + far - (0.6 if entry.free & tested else 0.0)
        for text in ("None", "[]", '""', "0", "{}", "True", "False"):
            yield f"{target} = {text}", 3.4 + far
    for stmt in (*beside, *_near(outer)):
        yield from _variants(place, stmt, names)
    kinds = scope.types
    held = [name for name in (*names, *_attributes(place)) if kinds.get(name) in ("list", "deque", "set")]
    for container in held:
        method = "add" if kinds[container] == "set" else "append"
        for name in names:
            if name != container:
                yield f"{container}.{method}({name})", 3.0 - (0.6 if name in tested else 0.0)


def _is_tested_for_none(outer: Place, name: str) -> bool:
    """Whether the branch is for the case that nothing was given."""
    test = getattr(outer.stmt, "test", None)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return getattr(test.operand, "id", "") == name
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is):
        return getattr(test.left, "id", "") == name
    return False


def _attributes(place: Place) -> Iterator[str]:
    owner = place.scope.owner
    if owner:
        yield from (f"{owner}.{name}" for name, role in place.scope.members.items() if role == "attribute")


def _beside(outer: Place) -> Iterator[ast.stmt]:
    """Simple statements of the other branches of the same `if` or `try`, those of an `elif` chain included."""
    place = outer
    while place.outer is not None and place.source.text.startswith("elif", place.span[0]):
        place = place.outer
    yield from (node for block in _all_blocks(place.stmt) for node in block if isinstance(node, ast.Assign | ast.Expr))


def _near(outer: Place) -> Iterator[ast.stmt]:
    """Simple statements of what stands before and after."""
    for index in (outer.index - 1, outer.index + 1, outer.index + 2):
        if 0 <= index < len(outer.block):
            stmt = outer.block[index]
            for block in ([stmt], *_all_blocks(stmt)):
                yield from (node for node in block if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr))


def _all_blocks(stmt: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(stmt, Function | ast.ClassDef):
        return
    for block in blocks(stmt):
        yield block
        for inner in block:
            yield from _all_blocks(inner)


def _targets(place: Place, stmt: ast.stmt) -> Iterator[str]:
    if isinstance(stmt, ast.Assign):
        yield from (fit(place.source, target, 0) for target in stmt.targets)


def _variants(place: Place, stmt: ast.stmt, names: list[str]) -> Iterator[tuple[str, float]]:
    """The statement itself, and with one name, or one word of several names, said otherwise."""
    text = place.source.segment(stmt)
    if "\n" in text or len(text) > 90:
        return
    yield text, 3.0
    yield text.replace("(*", "(**"), 2.4
    used = dict.fromkeys(node.id for node in ast.walk(stmt) if isinstance(node, ast.Name))
    for old in used:
        for new in names:
            if new != old:
                yield re.sub(rf"(?<![A-Za-z0-9.]){re.escape(old)}(?![A-Za-z0-9_])", new, text), 2.8
                renamed = re.sub(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])", new, text)
                yield renamed, 2.9
