"""Wrong indices and slices: bounds missing, superfluous or swapped, the whole for the part, two indices swapped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.precedence import ATOM
from autogpt.search.space.spot import Fix, Spot
from autogpt.search.space.types import SEQUENCES

_ENDS = {"0": "-1", "-1": "0"}
"""The other end of a sequence."""


def subscripts(spot: Spot) -> Iterator[Fix]:
    """Edits of `base[index]` and `base[a:b:c]`."""
    node = spot.node
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Slice):
        yield from _slices(spot, node, node.slice)
        return
    base = spot.fit(node.value, ATOM)
    index = spot.fit(node.slice, 0)
    stored = not isinstance(node.ctx, ast.Load)
    if not stored:
        yield spot.swap_node(node.value, "drop-subscript", 3.2)
        if not isinstance(node.slice, ast.Tuple) and not (
            isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
        ):
            yield spot.swap(f"{base}[{index}:]", ATOM, "slice", 3.4)
            yield spot.swap(f"{base}[:{index}]", ATOM, "slice", 3.6)
    if index in _ENDS:
        yield Fix(*spot.source.span(node.slice), _ENDS[index], "index", 1.8)
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        first, second = (spot.fit(one, 2) for one in node.slice.elts)
        yield spot.swap(f"{base}[{second}, {first}]", ATOM, "index-order", 2.0)
    inner = node.value
    if isinstance(inner, ast.Subscript) and not isinstance(inner.slice, ast.Slice):
        root = spot.fit(inner.value, ATOM)
        yield spot.swap(f"{root}[{index}][{spot.fit(inner.slice, 0)}]", ATOM, "index-order", 2.2)
        yield spot.swap(f"{root}[{index}]", ATOM, "drop-subscript", 3.4)
    if isinstance(node.slice, ast.Name | ast.Attribute | ast.BinOp) and not stored:
        text = spot.fit(node.slice, 13)
        yield spot.swap(f"{base}[-{text}]", ATOM, "index", 3.6)
        if isinstance(node.slice, ast.Name):
            yield spot.swap(f"{base}[-{text} - 1]", ATOM, "index", 4.0)
            yield spot.swap(f"{index}[{base}]", ATOM, "index-order", 4.6)
            yield spot.swap(f"{base}[{index} % len({base})]", ATOM, "index", 4.6)


def _slices(spot: Spot, node: ast.Subscript, part: ast.Slice) -> Iterator[Fix]:
    base = spot.fit(node.value, ATOM)
    lower, upper, step = ((spot.fit(one, 2) if one else "") for one in (part.lower, part.upper, part.step))

    def shown(low: str, high: str, by: str = step) -> str:
        return f"{base}[{low}:{high}{':' + by if by else ''}]"

    seen = {shown(lower, upper)}
    options: list[tuple[str, float]] = []
    if lower:
        options += [(shown("", upper), 2.2), (shown(lower, ""), 2.6 if upper else 99.0), (shown(upper, lower), 2.2)]
    if upper:
        options += [(shown(lower, ""), 2.2), (shown("", upper), 2.6), (shown(upper, lower), 2.4)]
    for text in ("1", "-1", "2"):
        if not lower:
            options.append((shown(text, upper), 2.4 if text == "1" else 3.8))
        if not upper:
            options.append((shown(lower, text), 2.4 if text == "-1" else 3.8))
    if step:
        options += [(shown(lower, upper, ""), 2.4), (shown(lower, upper, "-1" if step != "-1" else "1"), 2.8)]
        if step.isdigit():
            options.append((shown(lower, upper, str(int(step) + 1)), 2.6))
    else:
        options += [(shown(lower, upper, "-1"), 2.8), (shown(lower, upper, "2"), 3.8)]
    for name in spot.names:
        kind = spot.scope.types.get(name, "")
        if kind == "int" and name not in (lower, upper):
            options += [
                (shown(name, upper), 3.2 if not lower else 4.4),
                (shown(lower, name), 3.2 if not upper else 4.4),
            ]
            if not upper:
                options.append((shown(lower, f"{lower} + {name}" if lower and lower != "0" else f"{name} + 1"), 4.0))
    for sign, text in (("-", lower), ("-", upper)):
        if text and text.isidentifier():
            options.append((shown(sign + lower, upper) if text is lower else shown(lower, sign + upper), 3.0))
    if isinstance(node.ctx, ast.Load):
        yield spot.swap_node(node.value, "drop-slice", 2.6)
        if lower and not upper:
            options.append((f"{base}[{lower}]", 2.8))
        elif upper and not lower:
            options.append((f"{base}[{upper}]", 3.2))
    for text, cost in options:
        if text not in seen and cost < 90:
            seen.add(text)
            yield spot.swap(text, ATOM, "slice", cost)


def missing_subscript(spot: Spot) -> Iterator[Fix]:
    """`x` where `x[0]`, `x[1:]`, `x[::-1]` or `x[i]` was meant."""
    node = spot.node
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call) or isinstance(
        getattr(node, "ctx", None), ast.Store | ast.Del
    ):
        return
    if spot.field == "func" or (isinstance(spot.parent, ast.Attribute | ast.Subscript) and spot.field == "value"):
        return
    kind = spot.type
    if kind in ("int", "float", "bool", "None", "module", "class", "callable", "set"):
        return
    known = kind in SEQUENCES
    extra = 0.0 if known else 1.4
    if isinstance(node, ast.Name) and node.id in (spot.scope.owner, *spot.scope.module.imports):
        return
    text = spot.fit(node, ATOM)
    if kind == "dict":
        for key in spot.names:
            if key != text and spot.scope.types.get(key) in ("", "str", None):
                yield spot.swap(f"{text}[{key}]", ATOM, "missing-subscript", 4.4)
        return
    if kind in ("view", "iterator"):
        return
    for part, cost in (
        ("[0]", 3.2),
        ("[-1]", 3.4),
        ("[1:]", 3.4),
        ("[:-1]", 3.6),
        ("[::-1]", 3.8),
        ("[1]", 4.2),
        ("[:]", 4.6),
    ):
        yield spot.swap(text + part, ATOM, "missing-subscript", cost + extra)
    for name in spot.names:
        if name != text and spot.scope.types.get(name) == "int":
            yield spot.swap(f"{text}[{name}]", ATOM, "missing-subscript", 3.8 + extra)
            yield spot.swap(f"{text}[{name}:]", ATOM, "missing-subscript", 4.6 + extra)
            yield spot.swap(f"{text}[:{name}]", ATOM, "missing-subscript", 4.6 + extra)
