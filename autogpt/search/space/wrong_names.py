"""Wrong names: another local, parameter, global or attribute of `self` was meant, or the name lacks a part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.likeness import likeness
from autogpt.search.space.precedence import ATOM
from autogpt.search.space.scope import BUILTINS, Scope
from autogpt.search.space.spot import Fix, Spot
from autogpt.search.space.types import METHODS, are_alike, clash

BASE = 2.8
_METHOD_NAMES = frozenset().union(*METHODS.values())


def names(spot: Spot) -> Iterator[Fix]:
    """Another name of like use and type in the place of a name that is read."""
    node = spot.node
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if isinstance(spot.parent, ast.Call) and spot.field == "func":
        return  # calls.py knows more about callees
    scope, types = spot.scope, spot.scope.types
    own = types.get(node.id, "")
    unknown = not scope.is_known(node.id) and node.id not in spot.extra
    base = BASE - (2.0 if unknown else 0.0)
    is_module = own == "module" or node.id in scope.module.imports
    for name in spot.names:
        if name == node.id:
            continue
        cost = base + distance(scope, node.id, own, name, types.get(name, ""))
        if scope.owner in (name, node.id) or is_module:
            cost += 2.0
        yield spot.swap(name, ATOM, "wrong-name", cost)
    yield from _globals(spot, node, own, base)
    yield from _members(spot, node, own, base)


def distance(scope: Scope, old: str, old_type: str, new: str, new_type: str) -> float:
    """How much dearer one name for another is than the cheapest: by letters, types and how often it is used."""
    cost = -1.2 * likeness(old, new)
    if are_alike(old_type, new_type):
        cost -= 0.7
    elif clash(old_type, new_type):
        cost += 1.5
    uses = scope.uses[new]
    if uses == 0 and new in scope.parameters:
        cost -= 1.6
    elif uses == 0:
        cost -= 0.8
    return cost


def _globals(spot: Spot, node: ast.Name, own: str, base: float) -> Iterator[Fix]:
    scope = spot.scope
    known = scope.module.globals
    is_global = node.id in known and node.id not in spot.names
    is_unknown = base < BASE
    for name in known:
        if name == node.id or name in spot.names:
            continue
        near = likeness(node.id, name)
        kind = scope.module.types.get(name, "")
        if is_global or is_unknown:
            penalty = 1.5 if clash(own, kind) else 0.0
            yield spot.swap(name, ATOM, "wrong-name", base + 0.4 - 1.8 * near + penalty)
        elif name in scope.module.constants and (near > 0.5 or are_alike(own, kind)):
            yield spot.swap(name, ATOM, "wrong-name", base + 1.8 - 1.5 * near)
    if (is_global and own == "class") or node.id in BUILTINS:
        for name in BUILTINS:
            if likeness(node.id, name) > 0.6 and name != node.id:
                yield spot.swap(name, ATOM, "wrong-name", base + 1.0 - likeness(node.id, name))


def _members(spot: Spot, node: ast.Name, own: str, base: float) -> Iterator[Fix]:
    """`self.limit` for `limit`."""
    scope = spot.scope
    if not scope.owner or node.id == scope.owner:
        return
    for member, role in scope.members.items():
        near = likeness(node.id, member)
        kind = scope.types.get(f"{scope.owner}.{member}", "")
        if member == node.id:
            yield spot.swap(f"{scope.owner}.{member}", ATOM, "missing-self", base - 1.4)
        elif (near > 0.45 and role != "method") or are_alike(own, kind):
            yield spot.swap(f"{scope.owner}.{member}", ATOM, "wrong-name", base + 1.4 - 1.2 * near)
        if role == "method" and near > 0.6:
            yield spot.swap(f"{scope.owner}.{member}()", ATOM, "missing-call", base + 0.8 - near)


def targets(spot: Spot) -> Iterator[Fix]:
    """The value went to the wrong variable."""
    node = spot.node
    if not isinstance(getattr(node, "ctx", None), ast.Store):
        return
    scope = spot.scope
    if isinstance(node, ast.Name):
        if isinstance(spot.stmt, ast.For | ast.AsyncFor) or not isinstance(spot.stmt, ast.Assign | ast.AugAssign):
            return
        for name in scope.bound_at:
            if name not in (node.id, scope.owner):
                near = likeness(node.id, name)
                extra = 0.8 if clash(scope.types.get(node.id, ""), scope.types.get(name, "")) else 0.0
                yield spot.swap(name, ATOM, "wrong-target", 4.0 - 1.2 * near + extra)
        if node.id in scope.members and scope.owner:
            yield spot.swap(f"{scope.owner}.{node.id}", ATOM, "missing-self", 2.4)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        for member, role in scope.members.items():
            if node.value.id == scope.owner and member != node.attr and role != "method":
                yield spot.swap(
                    f"{scope.owner}.{member}", ATOM, "wrong-target", 4.0 - 1.4 * likeness(node.attr, member)
                )
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(spot.stmt, ast.Assign | ast.For):
        first, second = (spot.fit(one, ATOM) for one in node.elts)
        opening, closing = ("(", ")") if spot.text.startswith("(") else ("", "")
        yield Fix(*spot.span, f"{opening}{second}, {first}{closing}", "element-order", 2.6)


def calls_missing(spot: Spot) -> Iterator[Fix]:
    """`f` where `f()` was meant, and the other way round."""
    node = spot.node
    if isinstance(node, ast.Call):
        if not node.args and not node.keywords and isinstance(node.func, ast.Name | ast.Attribute):
            yield spot.swap_node(node.func, "drop-call", 3.4)
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or (
        spot.field in ("func", "value") and isinstance(spot.parent, ast.Call)
    ):
        return
    if isinstance(node, ast.Name):
        kind = spot.scope.types.get(node.id, "")
        if kind in ("callable", "class") or node.id in ("list", "dict", "set", "tuple", "str", "int"):
            yield spot.swap(spot.text + "()", ATOM, "missing-call", 2.6)
        elif node.id in spot.scope.parameters and node.id in spot.scope.uses and not kind:
            yield spot.swap(spot.text + "()", ATOM, "missing-call", 5.2)
    elif isinstance(node, ast.Attribute):
        owned = isinstance(node.value, ast.Name) and node.value.id == spot.scope.owner
        role = spot.scope.members.get(node.attr, "") if owned else ""
        cost = (
            2.4
            if role == "method"
            else 6.0
            if role
            else 3.2
            if node.attr in _METHOD_NAMES | spot.scope.module.functions.keys()
            else 4.6
        )
        yield spot.swap(spot.text + "()", ATOM, "missing-call", cost)
