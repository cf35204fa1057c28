"""Expressions that occur elsewhere in the function or the file, put where one of the same use stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.precedence import level_of
from autogpt.search.space.scope import Ingredient, Scope, free_names
from autogpt.search.space.spot import Fix, Spot, fit
from autogpt.search.space.types import are_alike, clash, type_of

_POOL = 120
_LONGEST = 60
"""Characters of an expression that is put elsewhere."""
_MOST = 16
"""Replacements kept for one expression, the cheapest."""


def pool(scope: Scope) -> list[Ingredient]:
    """Compound expressions of the function, then of its class and file."""
    kept = scope.module.pools.get(scope.name)
    if kept is not None:
        return kept
    found: dict[str, Ingredient] = {}
    roots: list[tuple[ast.AST, bool]] = [(scope.node, True)]
    if scope.cls is not None:
        roots.append((scope.cls, False))
    roots.append((scope.source.tree, False))
    for root, own in roots:
        for node in ast.walk(root) if root is not scope.source.tree else scope.module.nodes:
            if not isinstance(node, ast.Call | ast.BinOp | ast.Attribute | ast.Subscript | ast.IfExp | ast.BoolOp):
                continue
            if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                continue
            text, free = _piece(scope, node)
            if len(text) > _LONGEST or text in found:
                continue
            if free <= scope.all_known:
                found[text] = Ingredient(node, text, level_of(node), type_of(node, scope.types), free, own)
        if len(found) >= _POOL:
            break
    scope.module.pools[scope.name] = result = list(found.values())[:_POOL]
    return result


def _piece(scope: Scope, node: ast.expr) -> tuple[str, frozenset[str]]:
    """Its text and the names it needs, read once for all functions of the file."""
    pieces = scope.module.pieces
    if node not in pieces:
        text = fit(scope.source, node, 0)
        pieces[node] = text, free_names(node) if len(text) <= _LONGEST else frozenset()
    return pieces[node]


def expressions(spot: Spot) -> Iterator[Fix]:
    """Another expression for a whole value: what is returned, assigned, passed, iterated or compared."""
    node = spot.node
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or isinstance(node, ast.Starred | ast.Slice):
        return
    if spot.field in ("func", "format_spec") or (spot.field == "value" and isinstance(spot.parent, ast.Attribute)):
        return
    cost = _cost_of_place(spot)
    if cost is None:
        return
    kind, own_text, readable = spot.type, spot.text, spot.readable
    found: list[tuple[float, str, int]] = []
    for other in pool(spot.scope):
        text = other.text
        if text == own_text or not other.free <= readable:
            continue
        price = cost + (0.0 if other.own else 1.0) - (0.6 if type(other.node) is type(node) else 0.0)
        if are_alike(kind, other.type):
            price -= 0.5
        elif clash(kind, other.type):
            price += 1.2
        if text in own_text or own_text in text:
            price -= 0.6
        found.append((price, text, other.level))
    found.sort()
    for price, text, level in found[:_MOST]:
        yield spot.swap(text, level, "expression-elsewhere", price)


def _cost_of_place(spot: Spot) -> float | None:
    parent = spot.parent
    if isinstance(parent, ast.Return | ast.Assign | ast.AugAssign):
        return 4.8
    if isinstance(parent, ast.Call) and spot.field == "args":
        return 5.2
    if isinstance(parent, ast.For | ast.comprehension) and spot.field == "iter":
        return 4.8
    if isinstance(parent, ast.Compare | ast.BinOp | ast.Subscript | ast.Slice | ast.IfExp):
        return 5.4
    if isinstance(parent, ast.ListComp | ast.GeneratorExp | ast.SetComp) and spot.field == "elt":
        return 5.2
    return 6.0 if isinstance(parent, ast.Dict | ast.Tuple | ast.List | ast.keyword) else None


def names_for_values(spot: Spot) -> Iterator[Fix]:
    """A name at hand in the place of a compound value: `return total` for `return total / count`."""
    node = spot.node
    if isinstance(node, ast.Name | ast.Starred | ast.Slice) or _cost_of_place(spot) is None:
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or spot.field == "func":
        return
    types, kind = spot.scope.types, spot.type
    base = 4.2 if isinstance(spot.parent, ast.Return | ast.Assign) else 4.8
    for name in spot.names:
        if name == spot.scope.owner and not isinstance(spot.parent, ast.Return):
            continue
        other = types.get(name, "")
        cost = base + (1.2 if clash(kind, other) else -0.6 if are_alike(kind, other) else 0.0)
        if not spot.scope.uses[name]:
            cost -= 1.0
        yield spot.swap(name, 16, "name-for-value", cost)
    if isinstance(spot.parent, ast.Return):
        for text, extra in (
            ("None", 4.4),
            ("True", 4.6),
            ("False", 4.6),
            ("[]", 5.0),
            ("0", 5.0),
            ('""', 5.2),
            ("{}", 5.4),
        ):
            yield spot.swap(text, 16, "other-return", extra)
