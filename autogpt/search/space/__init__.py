"""The space of program edits: pure functions from a file's text and tree to small replacements with their costs.

`edits` yields them lazily, statement by statement in the order of the text, each resulting text once. A cost is minus
the logarithm of how likely a person is to need this edit, whatever the tests say; where to look is not known here.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autogpt.search.edit import Edit
from autogpt.search.space.catalogue import expression_fixes, header_fixes, statement_fixes
from autogpt.search.space.place import Place, places_of
from autogpt.search.space.scope import Module, Scope, scopes_of
from autogpt.search.space.source import Scoped, Source
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
    context: Ingredients = Ingredients(),
) -> Iterator[Edit]:
    """Every single edit of the statements that touch `lines` (all when None). SyntaxError when the file is broken.

    A statement's own edits come together, cheapest first; a compound statement's header counts as its lines.
    """
    module = Module(source, context.siblings)
    seen: set[tuple[int, int, str]] = set()
    wanted = None if lines is None else frozenset(lines)
    for scope in scopes_of(module):
        node = scope.node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = max(node.lineno, node.body[0].lineno - 1)
            if _is_wanted(wanted, node.lineno, last):
                yield from _kept(scope, node.lineno, header_fixes(scope), context, seen)
        for place in places_of(scope):
            if not isinstance(place.stmt, Scoped) and _is_wanted(wanted, *_own_lines(place.stmt)):
                yield from _kept(scope, place.stmt.lineno, _fixes(place), context, seen)


def _is_wanted(wanted: frozenset[int] | None, first: int, last: int) -> bool:
    return wanted is None or any(line in wanted for line in range(first, last + 1))


def _own_lines(stmt: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, of a compound one only its header."""
    body = getattr(stmt, "body", None) or getattr(stmt, "cases", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return stmt.lineno, max(stmt.lineno, body[0].lineno - 1)
    return stmt.lineno, stmt.end_lineno or stmt.lineno


def _fixes(place: Place) -> Iterator[Fix]:
    yield from expression_fixes(place.scope, place.stmt)
    yield from statement_fixes(place)


def _kept(
    scope: Scope, line: int, fixes: Iterator[Fix], context: Ingredients, seen: set[tuple[int, int, str]]
) -> Iterator[Edit]:
    """The fixes as edits, cheapest first, each result once."""
    source = scope.source
    for fix in sorted(fixes, key=lambda one: one.cost):
        key = _trimmed(source.text, fix)
        if key in seen or (key[0] == key[1] and not key[2]):
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
    return _rightmost(text, start + head, end - tail, new[head : len(new) - tail])


def _rightmost(text: str, start: int, end: int, new: str) -> tuple[int, int, str]:
    """Where else the same insertion or deletion could be made, the last place of all."""
    if new and start == end:
        shift = 0
        while start + shift < len(text) and text[start + shift] == new[shift % len(new)]:
            shift += 1
        turn = shift % len(new)
        return start + shift, start + shift, new[turn:] + new[:turn]
    if not new:
        while end < len(text) and text[start] == text[end]:
            start, end = start + 1, end + 1
    return start, end, new


def _hinted(text: str, context: Ingredients) -> float:
    if not context.hints:
        return 0.0
    return 0.8 if any(hint in text for hint in context.hints) else 0.0
