"""Conditions made stronger, weaker, or taken from elsewhere; a comprehension's missing or superfluous filter."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from autogpt.search.space.likeness import likeness
from autogpt.search.space.precedence import AND, NOT, OR, TEST, level_of
from autogpt.search.space.scope import BUILTINS, Ingredient, Scope, free_names
from autogpt.search.space.spot import Fix, Spot, fit
from autogpt.search.space.types import NUMBERS, SIZED, clash

_MOST = 40
Atom = tuple[str, int, float]
"""A condition's text, its level, and its cost."""


def atoms(scope: Scope, names: tuple[str, ...], near: frozenset[str]) -> Iterator[Atom]:
    """Simple conditions over names in scope; those in `near` are cheaper."""
    for name in names:
        if name == scope.owner:
            continue
        kind = scope.types.get(name, "")
        cost = 1.0 if name in near else 1.9
        if not scope.uses[name] and name in scope.parameters:
            cost -= 0.6
        if kind in ("module", "class"):
            continue
        yield name, 16, cost + 0.2
        yield f"not {name}", NOT, cost
        if kind not in NUMBERS:
            yield f"{name} is None", 6, cost + 0.2
            yield f"{name} is not None", 6, cost + 0.4
        if kind in SIZED:
            yield f"len({name}) > 1", 6, cost + 1.6
            yield f"len({name}) == 1", 6, cost + 1.8
            yield f"len({name}) == 0", 6, cost + 1.8
            yield f"len({name}) < 2", 6, cost + 1.6
        if kind in ("int", "float", ""):
            extra = 0.6 if kind else 1.2
            for text, more in (("== 0", 0.0), ("< 0", 0.0), ("> 0", 0.2), ("<= 0", 0.2), (">= 0", 0.8), ("== 1", 0.8),
                               ("< 1", 1.0), ("<= 1", 0.8), ("> 1", 0.9), ("!= 0", 0.8), ("% 2 == 0",
                               2.4)):  # fmt: skip
                yield f"{name} {text}", 6, cost + extra + more
        if kind in ("", "str"):
            extra = 2.0 if kind == "" else 1.6
            for text in ("isinstance({0}, str)", "isinstance({0}, (list, tuple))", "isinstance({0}, bool)",
                         "isinstance({0}, int)", "isinstance({0}, dict)", "isinstance({0}, list)"):  # fmt: skip
                yield text.format(name), 16, cost + extra
    yield from _members(scope)
    yield from _pairs(scope, names, near)


def _members(scope: Scope) -> Iterator[Atom]:
    for member, role in scope.members.items():
        if scope.owner and role != "method" and not member.startswith("__"):
            text = f"{scope.owner}.{member}"
            yield text, 16, 2.4
            yield f"not {text}", NOT, 2.4
            yield f"{text} is None", 6, 2.6
            yield f"{text} is not None", 6, 2.8
            if scope.types.get(text, "") in NUMBERS:
                yield f"{text} > 0", 6, 3.6
                yield f"{text} <= 0", 6, 3.6
                yield f"{text} == 0", 6, 3.6


def _pairs(scope: Scope, names: tuple[str, ...], near: frozenset[str]) -> Iterator[Atom]:
    """Comparisons of two names: of numbers by size, of others by equality and membership."""
    plain = [name for name in names if name != scope.owner][:14]
    for one in plain:
        for other in plain:
            if one == other:
                continue
            kind, other_kind = scope.types.get(one, ""), scope.types.get(other, "")
            cost = 2.6 + (one not in near) * 0.5 + (other not in near) * 0.5
            if kind in ("int", "float", "") and other_kind in ("int", "float", "") and (kind or other_kind):
                yield f"{one} < {other}", 6, cost
                yield f"{one} <= {other}", 6, cost + 0.3
                if one < other:
                    yield f"{one} == {other}", 6, cost + 0.3
            elif one < other and kind == other_kind:
                yield f"{one} == {other}", 6, cost + 0.6
                yield f"{one} != {other}", 6, cost + 0.6
            if other_kind in SIZED - {"tuple", "bytes"} and kind not in SIZED - {"str", "tuple"}:
                yield f"{one} in {other}", 6, cost
                yield f"{one} not in {other}", 6, cost
            if kind in SIZED and other_kind in ("int", "float", ""):
                for sign in ("<", "<=", ">", ">="):
                    yield f"len({one}) {sign} {other}", 6, cost + (0.6 if other_kind else 1.4)
            elif kind in SIZED and other_kind in SIZED and one < other:
                yield f"len({one}) != len({other})", 6, cost + 0.8
            if other_kind in ("list", "str", "tuple") and kind == "int":
                yield f"{one} < len({other})", 6, cost + 0.2
                yield f"{one} >= len({other})", 6, cost + 0.2


def conditions(spot: Spot) -> Iterator[Fix]:
    """A condition with one more part, or another condition of the file in its place."""
    node = spot.node
    answer = isinstance(spot.parent, ast.Return | ast.Assign) and isinstance(node, ast.BoolOp | ast.Compare)
    if not (spot.is_condition or answer) or (isinstance(spot.parent, ast.BoolOp) and spot.field == "values"):
        return
    if isinstance(spot.parent, ast.UnaryOp):
        return
    near = frozenset(
        name.id for name in ast.walk(spot.stmt if spot.field == "ifs" else node) if isinstance(name, ast.Name)
    )
    own_and, own_or = spot.fit(node, AND), spot.fit(node, OR)
    known = {spot.text}
    for text in _compared_likewise(spot):
        yield spot.swap(f"{own_and} and {text}", AND, "strengthen", 3.0)
        yield spot.swap(f"{own_or} or {text}", OR, "weaken", 3.0)
    for text, level, cost in (*clones(spot), *_candidates(spot, near)):
        if text in known:
            continue
        known.add(text)
        cost += 0.6 if answer else 0.0
        held = text if level >= AND else f"({text})"
        guards_first = (text.split(" ")[0] in near and " is not None" in text) or text in near
        if guards_first:
            yield spot.swap(f"{held} and {own_and}", AND, "strengthen", 2.0 + cost)
            yield spot.swap(f"{own_and} and {held}", AND, "strengthen", 2.4 + cost)
        else:
            yield spot.swap(f"{own_and} and {held}", AND, "strengthen", 2.0 + cost)
        first_or = text.startswith("not ") or text.endswith("is None")
        if first_or:
            yield spot.swap(f"{text} or {own_or}", OR, "weaken", 2.0 + cost)
        yield spot.swap(f"{own_or} or {text}", OR, "weaken", 2.0 + cost + 0.4 * first_or)
        yield spot.swap(text, level, "other-condition", 2.8 + cost + (0.0 if spot.field == "test" else 0.4))
    if isinstance(spot.parent, ast.If | ast.While):
        yield spot.swap("True", 16, "drop-condition", 4.4)
        yield spot.swap("False", 16, "drop-condition", 5.4)


def _compared_likewise(spot: Spot) -> Iterator[str]:
    """`self.b == other.b` beside `self.a == other.a`, for every other attribute of the class."""
    said = ast.unparse(spot.node)
    for node in ast.walk(spot.node):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq) or len(node.ops) > 1:
            continue
        left, right = node.left, node.comparators[0]
        if not (isinstance(left, ast.Attribute) and isinstance(right, ast.Attribute) and left.attr == right.attr):
            continue
        one, other = ast.unparse(left.value), ast.unparse(right.value)
        sign = "==" if isinstance(node.ops[0], ast.Eq) else "!="
        for member, role in spot.scope.members.items():
            text = f"{one}.{member} {sign} {other}.{member}"
            if role != "method" and not member.startswith("__") and text not in said:
                yield text
        return


def _candidates(spot: Spot, near: frozenset[str]) -> Iterator[Atom]:
    for test in conditions_of(spot.scope):
        if test.free <= spot.readable:
            yield test.text, test.level, 1.4 if test.free & near else 2.2
    yield from atoms(spot.scope, spot.names, near)


def clones(spot: Spot) -> Iterator[Atom]:
    """The condition's own parts said of something else: `not url.host` for `not url.scheme`."""
    node = spot.node
    for part in node.values if isinstance(node, ast.BoolOp) else (node,):
        start = spot.source.span(part)[0]
        text = spot.source.segment(part)
        if "\n" in text or len(text) > 60:
            continue
        yield from _renamed_attributes(spot, part, text)
        for leaf in ast.walk(part):
            if isinstance(leaf, ast.Name | ast.Attribute | ast.Constant):
                first, last = spot.source.span(leaf)
                for other, cost in _other_leaves(spot, leaf):
                    yield text[: first - start] + other + text[last - start :], level_of(part), cost


def _renamed_attributes(spot: Spot, part: ast.expr, text: str) -> Iterator[Atom]:
    """`self.minor == other.minor` for `self.major == other.major`: both sides change together."""
    counts = Counter(one.attr for one in ast.walk(part) if isinstance(one, ast.Attribute))
    for attr, count in counts.items():
        if count > 1:
            for other, role in spot.scope.members.items():
                if other != attr and role != "method" and not other.startswith("__"):
                    yield re.sub(rf"\.{attr}\b", f".{other}", text), level_of(part), 0.6


def _other_leaves(spot: Spot, leaf: ast.Name | ast.Attribute | ast.Constant) -> Iterator[tuple[str, float]]:
    scope, types = spot.scope, spot.scope.types
    if isinstance(leaf, ast.Attribute) and isinstance(leaf.value, ast.Name):
        known = scope.members if leaf.value.id == scope.owner else scope.module.attributes.get(leaf.value.id, {})
        for attr in known:
            if attr != leaf.attr:
                yield f"{leaf.value.id}.{attr}", 1.4 - likeness(attr, leaf.attr) * 0.8
    elif isinstance(leaf, ast.Name):
        if leaf.id in scope.module.imports or not isinstance(leaf.ctx, ast.Load) or leaf.id in BUILTINS:
            return
        for name in spot.names:
            if name not in (leaf.id, scope.owner) and not clash(types.get(leaf.id, ""), types.get(name, "")):
                yield name, 1.8 - 0.8 * likeness(name, leaf.id)
    elif isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
        for text in scope.module.strings:
            if text != repr(leaf.value):
                yield text, 2.4


def conditions_of(scope: Scope) -> list[Ingredient]:
    """The conditions of the file, those of the function first, a part of a conjunction counted by itself."""
    kept = scope.module.tests.get(scope.name)
    if kept is not None:
        return kept
    found: dict[str, Ingredient] = {}
    for root in (scope.node, scope.source.tree):
        for node in ast.walk(root) if root is scope.node else scope.module.nodes:
            test = getattr(node, "test", None)
            if not isinstance(test, ast.expr) or isinstance(test, ast.Constant):
                continue
            for part in (test, *(test.values if isinstance(test, ast.BoolOp) else ())):
                text, free = fit(scope.source, part, TEST), free_names(part)
                if text not in found and free <= scope.all_known and len(text) <= 80:
                    found[text] = Ingredient(part, text, level_of(part), "bool", free, root is scope.node)
        if len(found) >= _MOST:
            break
    scope.module.tests[scope.name] = result = list(found.values())[:_MOST]
    return result


def filters(spot: Spot) -> Iterator[Fix]:
    """A comprehension without its condition, or with one more."""
    node = spot.node
    if not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    for part in node.generators:
        start = spot.source.span(part.iter)[1]
        for test in part.ifs:
            first, last = spot.source.span(test)
            word = spot.source.text.rfind(" if", start, first)
            if word >= 0 and spot.source.text[word:first].strip() == "if":
                yield Fix(word, last, "", "drop-filter", 2.4)
    last = node.generators[-1]
    if not last.ifs and not spot.source.is_bracketed(*spot.source.span(last.iter)):
        end = spot.source.span(last.iter)[1]
        names = tuple(name.id for name in ast.walk(last.target) if isinstance(name, ast.Name))
        near = frozenset(names)
        for text, _, cost in atoms(spot.scope, (*names, *spot.scope.names_at(spot.stmt.lineno)), near):
            if any(name in text for name in names):
                yield Fix(end, end, f" if {text}", "add-filter", 2.4 + cost)
        inner = Spot(spot.scope, spot.stmt, last.iter, last, "iter", (*names, *spot.extra))
        for test in conditions_of(spot.scope):
            if test.free <= inner.readable and near & test.free:
                yield Fix(end, end, f" if {fit(spot.source, test.node, OR)}", "add-filter", 3.2)
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) == 2:
        yield from _nesting(spot, node)
    if isinstance(node, ast.DictComp) and spot.text.startswith("{"):
        key, value = spot.fit(node.key, TEST), spot.fit(node.value, TEST)
        first, end = spot.source.span(node.key)[0], spot.source.span(node.value)[1]
        yield Fix(first, end, f"{value}: {key}", "element-order", 2.4)


def _nesting(spot: Spot, node: ast.ListComp | ast.GeneratorExp) -> Iterator[Fix]:
    one, other = node.generators
    if one.ifs or other.ifs:
        return
    start, end = spot.source.span(one.target)[0], spot.source.span(other.iter)[1]
    first = f"{spot.fit(one.target, 0)} in {spot.fit(one.iter, OR)}"
    second = f"{spot.fit(other.target, 0)} in {spot.fit(other.iter, OR)}"
    yield Fix(start, end, f"{second} for {first}", "loop-order", 3.4)
