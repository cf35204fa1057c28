"""A statement of the file written elsewhere in it, with one name changed: what is done to one thing like to another.

The name that does not exist there becomes one that does; or an attribute becomes one that its class sets and nothing
in the file reads, which a missing statement often would have read.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter

from autogpt.search.space.likeness import likeness
from autogpt.search.space.place import Place, unit_of
from autogpt.search.space.scope import Copyable, Function, Scope
from autogpt.search.space.source import is_docstring
from autogpt.search.space.spot import Fix

_MOST = 120
"""Statements that are adapted at one place, the cheapest."""


def adapted(place: Place) -> Iterator[Fix]:
    """Insert a statement of the file with one name changed, before this one or after the last of a block."""
    if not place.owns_lines or is_docstring(place.stmt) or place.source.text.startswith("elif", place.span[0]):
        return
    if not isinstance(place.scope.node, Function):
        return
    unread = unread_members(place.scope)
    # A great many, of which few are kept: a text is made only of those.
    variants = sorted(_all_variants(place, unread), key=itemgetter(0))
    texts: dict[str, float] = {}
    for cost, write in variants:
        if len(texts) == _MOST:
            break
        texts.setdefault(write(), cost)
    ends = isinstance(place.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue)
    for text, cost in texts.items():
        yield place.before(place.line(text), "adapted-statement", cost)
        if place.is_last and not ends:
            yield place.after(place.line(text), "adapted-statement", cost)


Variant = tuple[float, Callable[[], str]]
"""What it costs, and its text once that is asked for."""


def _all_variants(place: Place, unread: list[str]) -> Iterator[Variant]:
    known = frozenset(place.scope.names_at(place.stmt.lineno))
    around = {ast.dump(place.block[index]) for index in (place.index - 1, place.index) if index >= 0}
    for entry in place.scope.module.simple_statements:
        yield from _variants(place, entry, known, around, unread)


def _variants(
    place: Place, entry: Copyable, known: frozenset[str], around: set[str], unread: list[str]
) -> Iterator[Variant]:
    stmt, text, reads, writes, owner, neighbours, _ = entry
    if isinstance(stmt, ast.Return | ast.Raise):
        return
    scope = place.scope
    unknown = [name for name in reads | writes if name not in known and not scope.is_known(name)]
    cost = 4.6 - (1.0 if neighbours & around else 0.0) - (0.4 if owner == scope.name else 0.0)
    if not unknown and scope.owner in reads:
        for member in unread:
            yield from _with_member(place, stmt, text, member, cost)
    if len(unknown) == 1:
        gone = unknown[0]
        used = (reads | writes) & known - {scope.owner}
        for name in sorted(known - reads - writes - {scope.owner}):
            price = cost + 1.0 - likeness(gone, name) - 0.4 * bool(used)
            yield price, partial(_replaced, place, stmt, text, gone, name)
        if gone not in writes:
            for member in unread:
                yield cost - 0.6, partial(_replaced, place, stmt, text, gone, f"{scope.owner}.{member}")


def unread_members(scope: Scope) -> list[str]:
    """Attributes that the class sets from outside and that nothing in the file reads."""
    if scope.cls is None or not scope.owner:
        return []
    read = scope.module.attributes_read
    return [name for name, role in scope.members.items() if role == "attribute" and name not in read]


def _with_member(place: Place, stmt: ast.stmt, text: str, member: str, cost: float) -> Iterator[Variant]:
    start = place.source.span(stmt)[0]
    owner = place.scope.owner
    for node in ast.walk(stmt):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and getattr(node.value, "id", "") == owner
            and place.scope.members.get(node.attr) == "attribute"
        ):
            end = place.source.span(node)[1] - start
            changed = text[: end - len(node.attr)] + member + text[end:]
            yield cost - 0.6 - likeness(node.attr, member), partial(str, changed)


def _replaced(place: Place, stmt: ast.stmt, text: str, name: str, other: str) -> str:
    start = place.source.span(stmt)[0]
    spans = [place.source.span(node) for node in ast.walk(stmt) if isinstance(node, ast.Name) and node.id == name]
    for first, last in sorted(spans, reverse=True):
        text = text[: first - start] + other + text[last - start :]
    return text


def otherwise(place: Place) -> Iterator[Fix]:
    """After `if x is None: return f(a)`, what to do with an `x` that is there: `return f(x, a)`."""
    stmt = place.stmt
    if not isinstance(stmt, ast.If) or stmt.orelse or not place.owns_lines or len(stmt.body) != 1:
        return
    name, inner = _tested_for_none(stmt.test), stmt.body[0]
    call = getattr(inner, "value", None)
    if not name or not isinstance(inner, ast.Return | ast.Assign | ast.Expr) or not isinstance(call, ast.Call):
        return
    text, start = place.source.segment(inner), place.source.span(inner)[0]
    spans = [place.source.span(argument) for argument in call.args]
    inside = place.source.span(call.func)[1] + 1
    unit, indent = unit_of(place.source), place.source.indent_at(place.top)
    options = [f"{text[: first - start]}{name}, {text[first - start :]}" for first, _ in spans]
    after = spans[-1][1] if spans else inside
    comma = ", " if spans else ""
    options += [f"{text[: after - start]}{comma}{added}{text[after - start :]}" for added in (name, f"{name}={name}")]
    for option in dict.fromkeys(options):
        yield place.after(place.line("else:", indent) + place.line(option, indent + unit), "add-else", 3.0)


def _tested_for_none(test: ast.expr) -> str:
    """The name that `x is None` and `not x` ask for."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return getattr(test.operand, "id", "")
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Is):
        is_none = isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None
        return getattr(test.left, "id", "") if is_none else ""
    return ""
