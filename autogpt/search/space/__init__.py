"""The space of program edits: pure functions from a file's text and tree to small replacements with their costs.

`edits` yields them lazily, statement by statement in the order of the text, each resulting text once. A cost is minus
the logarithm of how likely a person is to need this edit, whatever the tests say; where to look is not known here.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autogpt.search.edit import Edit
from autogpt.search.space.catalogue import expression_fixes, statement_fixes
from autogpt.search.space.scope import Module, Scope, scopes_of
from autogpt.search.space.source import Source, blocks
from autogpt.search.space.spot import Fix

__all__ = ["Ingredients", "Source", "edits"]


@dataclass(frozen=True)
class Ingredients:
    """What the edits may use besides the file itself."""

    siblings: tuple[Source, ...] = ()
    """Other files of the same package."""
    hints: frozenset[str] = frozenset()
    """Names in the failing tests and in their messages; edits that use them are cheaper."""


def edits(
    source: Source,
    lines: Collection[int] | None = None,
    context: Ingredients = Ingredients(),  # noqa: B008 - frozen
) -> Iterator[Edit]:
    """Every single edit of the statements that touch `lines` (all when None). SyntaxError when the file is broken.

    A statement's own edits come together, cheapest first; a compound statement's header counts as its lines.
    """
    module = Module(source)
    seen: set[tuple[int, int, str]] = set()
    for scope in scopes_of(module):
        for stmt, line, last in _statements(scope):
            if lines is None or any(number in lines for number in range(line, last + 1)):
                yield from _edits_of(scope, stmt, line, context, seen)


def _statements(scope: Scope) -> Iterator[tuple[ast.stmt | None, int, int]]:
    """Statements of a scope with the first and last line of their own text; first the scope's own header as None."""
    node = scope.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield None, node.lineno, max(node.lineno, node.body[0].lineno - 1)
    stack: list[ast.stmt] = [*reversed(node.body)]
    while stack:
        stmt = stack.pop()
        if isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inner = [one for block in blocks(stmt) for one in block]
        last = stmt.end_lineno or stmt.lineno
        if inner:
            last = max(stmt.lineno, inner[0].lineno - 1)
        yield stmt, stmt.lineno, last
        stack.extend(reversed(inner))


def _edits_of(
    scope: Scope, stmt: ast.stmt | None, line: int, context: Ingredients, seen: set[tuple[int, int, str]]
) -> Iterator[Edit]:
    source = scope.source
    fixes: list[Fix] = []
    if stmt is not None:
        fixes.extend(expression_fixes(scope, stmt))
    fixes.extend(statement_fixes(scope, stmt))
    fixes.sort(key=lambda fix: fix.cost)
    for fix in fixes:
        key = _trimmed(source.text, fix)
        if key in seen or key[0] == key[1] and not key[2]:
            continue
        seen.add(key)
        cost = fix.cost - _hinted(fix.text, context)
        yield Edit(source.path, fix.start, fix.end, fix.text, fix.kind, scope.name, line, cost)


def _trimmed(text: str, fix: Fix) -> tuple[int, int, str]:
    """The same edit without what it leaves as it is: two edits with equal results have equal keys."""
    start, end, new = fix.start, fix.end, fix.text
    head = 0
    size = min(end - start, len(new))
    while head < size and text[start + head] == new[head]:
        head += 1
    tail = 0
    while tail < size - head and text[end - 1 - tail] == new[len(new) - 1 - tail]:
        tail += 1
    return start + head, end - tail, new[head : len(new) - tail]


def _hinted(text: str, context: Ingredients) -> float:
    if not context.hints:
        return 0.0
    return 0.8 if any(hint in text for hint in context.hints) else 0.0
