"""Wrong constants: numbers off by one, other strings of the file, True for False, None for empty, initial values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isfinite

from autogpt.search.space.likeness import likeness
from autogpt.search.space.precedence import ATOM, AWAIT, FACTOR, SUM
from autogpt.search.space.spot import Fix, Spot

_MOST_STRINGS = 24
"""Other strings of the file tried in one place, the likeliest."""
_EMPTY = {
    "[]": 3.0,
    "{}": 3.0,
    '""': 3.2,
    "0": 3.0,
    "False": 3.0,
    "True": 3.6,
    "()": 3.8,
    "1": 4.2,
    "-1": 4.4,
    "set()": 4.2,
}


def constants(spot: Spot) -> Iterator[Fix]:
    """Neighbours of a constant, and constants of the same type that the file uses."""
    node = spot.node
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if value is True or value is False:
        yield spot.swap(repr(not value), ATOM, "constant", 1.4)
        yield spot.swap("None", ATOM, "constant", 3.8)
    elif value is None:
        for text, cost in _EMPTY.items():
            yield spot.swap(text, ATOM, "constant", cost)
    elif isinstance(value, int):
        yield from _integer(spot, value)
    elif isinstance(value, float):
        yield from _float(spot, value)
    elif isinstance(value, str) and spot.field != "format_spec":
        yield from _string(spot, value)


def _integer(spot: Spot, value: int) -> Iterator[Fix]:
    negated = isinstance(spot.parent, ast.UnaryOp) and isinstance(spot.parent.op, ast.USub)
    small = abs(value) <= 3
    step = 1.5 if small else 2.0
    near: dict[int, float] = {}
    for other, cost in ((value + 1, step), (value - 1, step), (0, 2.2), (1, 2.4), (-value, 2.6), (-1, 2.8), (2, 3.2),
                        (value * 10, 4.0), (value * 2, 4.2), (value + 2, 4.2), (value - 2, 4.2)):  # fmt: skip
        near.setdefault(other, cost)
    if value % 2 == 0:
        near.setdefault(value // 2, 4.2)
    if value and value % 10 == 0:
        near[value // 10] = 3.4
    for other in (2, 3, 8, 10, 16, 24, 60, 100, 1000, 255, 256, 1024):
        near.setdefault(other, 4.6)
    for text, count in spot.scope.module.numbers.items():
        if text.isdigit():
            near.setdefault(int(text), 4.2 - min(count, 5) * 0.1)
    near.pop(value, None)
    for other, cost in near.items():
        if other < 0:
            if negated:
                continue
            yield spot.swap(str(other), FACTOR, "constant", cost + (0.0 if value in (0, 1) else 0.6))
        else:
            yield spot.swap(str(other), AWAIT, "constant", cost)
    if value in (0, 1, -1):
        yield spot.swap("None", ATOM, "constant", 3.8)
        yield spot.swap("True" if value else "False", ATOM, "constant", 4.4)
        if isinstance(spot.stmt, ast.Assign) and spot.parent is spot.stmt:
            for text in ("[]", "{}", '""'):
                yield spot.swap(text, ATOM, "constant", 4.6)
            yield spot.swap('float("inf")', ATOM, "constant", 5.0)
            yield spot.swap('float("-inf")', ATOM, "constant", 5.0)


def _float(spot: Spot, value: float) -> Iterator[Fix]:
    for other, cost in ((value + 1, 2.4), (value - 1, 2.4), (0.0, 2.6), (1.0, 2.6), (value * 10, 3.2),
    (value / 10, 3.2),
                        (value * 2, 3.4), (value / 2, 3.4), (100.0, 4.0), (0.5, 4.0), (-value, 3.0)):  # fmt: skip
        if other != value and isfinite(other):
            yield spot.swap(repr(other), AWAIT if other >= 0 else FACTOR, "constant", cost)
    for text in spot.scope.module.numbers:
        if "." in text and text != repr(value):
            yield spot.swap(text, AWAIT, "constant", 3.8)
    if value.is_integer():
        yield spot.swap(str(int(value)), AWAIT, "constant", 3.2)


def _string(spot: Spot, value: str) -> Iterator[Fix]:
    if len(value) > 80 or isinstance(spot.parent, ast.JoinedStr) or "\n" in spot.text or spot.text[-1:] not in "'\"":
        return
    prefix = spot.text[: len(spot.text) - len(spot.text.lstrip("rRbBuUfF"))]
    if prefix.lower() not in ("", "u"):
        return
    quote = spot.text[-1]
    near: dict[str, float] = {}
    for other, count in spot.scope.module.strings.items():
        literal = ast.literal_eval(other)
        same_size = 0.5 if len(literal) == len(value) > 1 else 0.0
        near[literal] = 4.0 - 1.6 * likeness(value, literal) - min(count, 5) * 0.08 - same_size
    near = dict(sorted(near.items(), key=lambda item: item[1])[:_MOST_STRINGS]) | _misspelt(spot, value)
    near |= _retyped(value)
    near.pop(value, None)
    for literal, cost in near.items():
        yield spot.swap(quoted(literal, quote), ATOM, "constant", cost)
    if not value:
        yield spot.swap("None", ATOM, "constant", 3.0)
        for text in ("[]", "0"):
            yield spot.swap(text, ATOM, "constant", 4.6)


def _misspelt(spot: Spot, value: str) -> dict[str, float]:
    """Names of the file that a string may have been meant to say."""
    if len(value) < 4 or not value.isidentifier():
        return {}
    module = spot.scope.module
    known = {
        *spot.names,
        *module.keywords,
        *module.attribute_counts,
        *module.functions,
        *module.parameters_elsewhere,
    }
    unheard = 0.0 if value in known or module.strings[repr(value)] > 1 else 0.8
    return {name: 3.6 - near - unheard for name in known if (near := likeness(value, name)) >= 0.6}


_SEPARATORS = (" ", "", ",", ", ", "\n", "-", "_", ".", ":", ": ", "/", ";", "\t", "=", "|", "+", "*", "0", "\\")
_CLOSERS = {"(": ")", ")": "(", "[": "]", "]": "[", "{": "}", "}": "{", "<": ">", ">": "<", "'": '"', '"': "'"}
_MODES = ("r", "w", "a", "rb", "wb", "x")


def _retyped(value: str) -> dict[str, float]:
    """What else a person may have meant to type."""
    near: dict[str, float] = {}
    if len(value) <= 2:
        near |= dict.fromkeys(_SEPARATORS, 3.4)
    if value in _CLOSERS:
        near[_CLOSERS[value]] = 2.0
    if value in _MODES:
        near |= dict.fromkeys(_MODES, 2.2)
    if value.strip() != value:
        near[value.strip()] = 2.6
        near[value.rstrip()] = 2.6
        near[value.lstrip()] = 2.6
    elif value:
        near[value + " "] = 3.2
        near[" " + value] = 3.4
        near[value + "s"] = 4.2
        near[value + "\n"] = 3.8
    if len(value) > 1:
        near[value[:-1]] = 3.0
        near[value[1:]] = 3.2
    if value.lower() != value.upper():
        near[value.lower()] = 2.8
        near[value.upper()] = 2.8
        near[value.capitalize()] = 3.0
    near.setdefault("", 3.4)
    return near


def quoted(text: str, quote: str) -> str:
    """A string literal with the quotes that the file uses here."""
    body = repr(text)
    if quote == '"' and body[0] == "'" and '"' not in body:
        return f'"{body[1:-1]}"'
    return body


def containers(spot: Spot) -> Iterator[Fix]:
    """An empty or wrong container, `[]` for `{}`; a display with one element too many."""
    node = spot.node
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    if spot.text in ("[]", "{}", "()", "set()", "dict()", "list()", "tuple()"):
        for text, cost in (("[]", 2.2), ("{}", 2.2), ("set()", 2.4), ("()", 3.0), ("None", 2.8), ('""', 3.2),
        ("0", 3.4),
                           ("[0]", 4.0), ("[None]", 4.4), ("False", 4.2), ("[[]]", 4.2), ('[""]', 4.4)):  # fmt: skip
            if text != spot.text:
                yield spot.swap(text, ATOM, "container", cost)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts:
        yield from _displays(spot, node)


def _displays(spot: Spot, node: ast.List | ast.Tuple | ast.Set) -> Iterator[Fix]:
    texts = [spot.fit(one, 2) for one in node.elts]
    closed = not isinstance(node, ast.Tuple) or _is_closed(spot.text)
    opening, closing = (spot.text[0], spot.text[-1]) if closed else ("", "")

    def shown(parts: list[str]) -> str:
        comma = "," if len(parts) == 1 and isinstance(node, ast.Tuple) else ""
        return f"{opening}{', '.join(parts)}{comma}{closing}"

    level = ATOM if closed else 0
    if len(texts) == 2:
        yield spot.swap(shown(texts[::-1]), level, "element-order", 1.8)
    elif len(texts) <= 6:
        for first in range(len(texts) - 1):
            parts = [*texts]
            parts[first], parts[first + 1] = parts[first + 1], parts[first]
            yield spot.swap(shown(parts), level, "element-order", 2.8)
    if 1 < len(texts) <= 12:
        for index in range(len(texts)):
            yield spot.swap(shown(texts[:index] + texts[index + 1 :]), level, "drop-element", 3.2)
    if len(texts) == 1 and not isinstance(node, ast.Set):
        yield spot.swap_node(node.elts[0], "unwrap", 3.2)
    if isinstance(node, ast.List) and len(texts) <= 6:
        yield spot.swap("(" + ", ".join(texts) + ("," if len(texts) == 1 else "") + ")", ATOM, "container", 3.8)
        if not any(isinstance(one, ast.Starred) for one in node.elts):
            yield spot.swap("{" + ", ".join(texts) + "}", ATOM, "container", 4.6)
    elif isinstance(node, ast.Tuple) and len(texts) <= 6:
        yield spot.swap("[" + ", ".join(texts) + "]", ATOM, "container", 3.4)


def _is_closed(text: str) -> bool:
    """Whether a tuple stands in its own parentheses: `(a, b)` does, `(a), (b)` and `[a], b` do not."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    try:
        ast.parse(f"({text[1:-1]})")
    except SyntaxError:
        return False
    return True


def off_by_one(spot: Spot) -> Iterator[Fix]:
    """`e + 1` and `e - 1` for a number that counts or indexes."""
    node = spot.node
    if not isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.BinOp | ast.Subscript):
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or isinstance(spot.parent, ast.Attribute):
        return
    if spot.field in ("func", "test", "ifs") or (isinstance(spot.parent, ast.keyword) and spot.type != "int"):
        return
    if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant):
        return
    cost = _cost_of_shift(spot)
    if cost is None:
        return
    text = spot.fit(node, SUM)
    yield spot.swap(f"{text} + 1", SUM, "off-by-one", cost)
    yield spot.swap(f"{text} - 1", SUM, "off-by-one", cost)


def _cost_of_shift(spot: Spot) -> float | None:
    kind = spot.type
    if kind not in ("", "int", "float"):
        return None
    parent = spot.parent
    if isinstance(parent, ast.Slice):
        return 1.8
    if isinstance(parent, ast.Subscript) and spot.field == "slice":
        return 1.9 if kind == "int" else 3.4
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "range":
        return 1.7
    if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
        return None
    if isinstance(parent, ast.BinOp | ast.Compare | ast.Return):
        return 2.4 if kind == "int" else 4.4
    if isinstance(parent, ast.Call | ast.Assign | ast.AugAssign):
        return 3.2 if kind == "int" else 5.0
    return 3.6 if kind == "int" else None
