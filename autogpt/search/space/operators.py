"""Wrong operators: comparison, arithmetic, boolean, negation, and how expressions group."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autogpt.search.space.precedence import COMPARISONS, FACTOR, NOT, OPERATORS, level_of
from autogpt.search.space.spot import Fix, Spot
from autogpt.search.space.types import SEQUENCES

_COMPARE_COSTS: dict[str, dict[str, float]] = {
    "<": {"<=": 1.0, ">": 1.6, ">=": 2.2, "!=": 3.2, "==": 3.4},
    "<=": {"<": 1.0, ">=": 1.6, ">": 2.2, "==": 2.6, "!=": 3.6},
    ">": {">=": 1.0, "<": 1.6, "<=": 2.2, "!=": 3.0, "==": 3.4},
    ">=": {">": 1.0, "<=": 1.6, "<": 2.2, "==": 2.6, "!=": 3.6},
    "==": {"!=": 1.3, "<=": 2.3, ">=": 2.3, "is": 3.2, "in": 3.2, "<": 3.0, ">": 3.0},
    "!=": {"==": 1.3, "<": 2.6, ">": 2.6, "is not": 3.2, "not in": 3.2, "<=": 3.4, ">=": 3.4},
    "is": {"is not": 1.3, "==": 2.4},
    "is not": {"is": 1.3, "!=": 2.4},
    "in": {"not in": 1.3, "==": 3.2},
    "not in": {"in": 1.3, "!=": 3.2},
}

_ARITHMETIC_COSTS: dict[str, dict[str, float]] = {
    "+": {"-": 1.2, "*": 2.2, "|": 4.5, "//": 4.5, "/": 4.0, "%": 4.5},
    "-": {"+": 1.2, "*": 3.0, "/": 4.0, "//": 4.0, "%": 3.6, "|": 4.5, "&": 4.5},
    "*": {"+": 2.0, "/": 1.8, "//": 2.0, "**": 2.0, "-": 3.0, "%": 3.4},
    "/": {"//": 1.3, "*": 1.8, "%": 2.8, "-": 3.8},
    "//": {"/": 1.3, "%": 1.6, "*": 2.2, "-": 3.8},
    "%": {"//": 1.5, "/": 2.4, "*": 3.0, "+": 3.8, "-": 3.8},
    "**": {"*": 1.4, "+": 3.4, "//": 3.4},
    "&": {"|": 1.2, "^": 2.0, "-": 3.0},
    "|": {"&": 1.2, "^": 1.8, "+": 3.0},
    "^": {"|": 1.6, "&": 1.6, "**": 2.2},
    "<<": {">>": 1.2},
    ">>": {"<<": 1.2},
    "@": {"*": 2.0},
}

_LEVELS = dict(OPERATORS.values())


def comparisons(spot: Spot) -> Iterator[Fix]:
    """`<` for `<=`, `in` for `not in`, `is` for `==`, swapped operands, one half of a chain."""
    node = spot.node
    assert isinstance(node, ast.Compare)
    operands = [node.left, *node.comparators]
    for index, op in enumerate(node.ops):
        old = COMPARISONS[type(op)]
        place = _between(spot, operands[index], operands[index + 1], old)
        if place is None:
            continue
        for new, cost in _COMPARE_COSTS[old].items():
            if new in ("is", "is not") and not _is_singleton(operands[index + 1]):
                if isinstance(operands[index + 1], ast.Constant) or isinstance(operands[index], ast.Constant):
                    continue
                cost += 2.0
            if (
                new in ("==", "!=")
                and old in ("in", "not in")
                and isinstance(operands[index + 1], ast.Tuple | ast.List)
            ):
                cost += 2.0
            yield Fix(*place, new, "compare-operator", cost)
    if len(node.ops) == 1:
        left, right = spot.fit(node.left, level_of(node) + 1), spot.fit(node.comparators[0], level_of(node) + 1)
        op = COMPARISONS[type(node.ops[0])]
        if op in ("in", "not in"):
            yield spot.swap(f"{right} {op} {left}", level_of(node), "compare-operands", 3.5)
        elif op in ("==", "!=") and spot.scope.types:
            yield from _absolute(spot, node)
    elif len(node.ops) == 2:
        for start, end in ((0, 1), (1, 2)):
            first, _ = spot.source.span(operands[start])
            _, last = spot.source.span(operands[end])
            yield spot.swap(spot.source.text[first:last], level_of(node), "compare-chain", 3.0)


def _absolute(spot: Spot, node: ast.Compare) -> Iterator[Fix]:
    if type(node.left) is ast.Name and spot.scope.types.get(node.left.id) == "str":
        op = COMPARISONS[type(node.ops[0])]
        left, right = spot.fit(node.left, 16), spot.fit(node.comparators[0], 16)
        yield spot.swap(f"{left}.lower() {op} {right}.lower()", level_of(node), "compare-case", 4.5)


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _between(spot: Spot, left: ast.expr, right: ast.expr, operator: str) -> tuple[int, int] | None:
    """Span of an operator between two operands; None where a comment could hold its look-alike."""
    start, end = spot.source.span(left)[1], spot.source.span(right)[0]
    gap = spot.source.text[start:end]
    if "#" in gap:
        return None
    pattern = r"\s+".join(map(re.escape, operator.split()))
    pattern = rf"\b{pattern}\b" if operator[0].isalpha() else pattern
    match = re.search(pattern, gap)
    return (start + match.start(), start + match.end()) if match else None


def arithmetic(spot: Spot) -> Iterator[Fix]:
    """`-` for `+`, `//` for `/`, swapped operands, a dropped operand, missing or superfluous parentheses."""
    node = spot.node
    assert isinstance(node, ast.BinOp)
    old, level = OPERATORS[type(node.op)]
    place = _between(spot, node.left, node.right, old)
    if place is None:
        return
    kind = spot.type
    is_text = kind in SEQUENCES
    for new, cost in _ARITHMETIC_COSTS[old].items():
        if is_text and not (old == "+" and new in ("*",)):
            cost += 2.5
        if kind in ("set", "frozenset", "dict") and new not in ("|", "&", "-", "^"):
            cost += 2.5
        if _LEVELS[new] == level:
            yield Fix(*place, new, "arithmetic-operator", cost)
        else:
            right = spot.fit(node.right, _LEVELS[new] + (new != "**"))
            left = spot.fit(node.left, _LEVELS[new] + (new == "**"))
            yield spot.swap(f"{left} {new} {right}", _LEVELS[new], "arithmetic-operator", cost)
    if old in ("-", "/", "//", "%", "**", "<<", ">>") or is_text:
        text = f"{spot.fit(node.right, level + (old == '**'))} {old} {spot.fit(node.left, level + 1)}"
        yield spot.swap(text, level, "arithmetic-operands", 2.0 if not (old == "%" and kind == "str") else 5.0)
    for operand, cost in ((node.left, 2.4), (node.right, 2.9)):
        is_one = isinstance(node.right, ast.Constant) and node.right.value == 1
        yield spot.swap_node(operand, "drop-operand", cost - (1.0 if is_one and operand is node.left else 0.0))
    yield from _grouping(spot, node, old, level)
    yield from _rotated(spot, node, old, level)


def _rotated(spot: Spot, node: ast.BinOp, old: str, level: int) -> Iterator[Fix]:
    """Neighbours exchanged in a chain of three or more: `a + c + b` for `a + b + c`."""
    operands: list[ast.expr] = [node.right]
    inner = node.left
    while isinstance(inner, ast.BinOp) and type(inner.op) is type(node.op):
        operands.insert(0, inner.right)
        inner = inner.left
    operands.insert(0, inner)
    if len(operands) < 3 or (isinstance(spot.parent, ast.BinOp) and type(spot.parent.op) is type(node.op)):
        return
    texts = [spot.fit(operands[0], level), *(spot.fit(one, level + 1) for one in operands[1:])]
    for first in range(len(texts) - 1):
        order = [*texts]
        order[first], order[first + 1] = order[first + 1], order[first]
        yield spot.swap(f" {old} ".join(order), level, "arithmetic-operands", 3.0 if spot.type in SEQUENCES else 4.2)


def _grouping(spot: Spot, node: ast.BinOp, old: str, level: int) -> Iterator[Fix]:
    right = node.right
    if isinstance(right, ast.BinOp) and not spot.source.is_bracketed(*spot.source.span(right)):
        inner, inner_level = OPERATORS[type(right.op)]
        if inner_level > level:
            head = f"({spot.fit(node.left, level)} {old} {spot.fit(right.left, level + 1)})"
            yield spot.swap(f"{head} {inner} {spot.fit(right.right, inner_level + 1)}", inner_level, "grouping", 2.8)
    elif isinstance(right, ast.BinOp):
        inner, inner_level = OPERATORS[type(right.op)]
        head = f"{spot.fit(node.left, level)} {old} {spot.fit(right.left, level + 1)}"
        yield spot.swap(
            f"{head} {inner} {spot.fit(right.right, inner_level + 1)}", min(level, inner_level), "grouping", 2.8
        )
    left = node.left
    if isinstance(left, ast.BinOp):
        inner, inner_level = OPERATORS[type(left.op)]
        head = spot.fit(left.left, inner_level)
        tail = f"{spot.fit(left.right, inner_level + 1)} {old} {spot.fit(right, level + 1)}"
        if spot.source.is_bracketed(*spot.source.span(left)) and inner_level < level:
            yield spot.swap(f"{head} {inner} {tail}", inner_level, "grouping", 2.8)
        elif inner_level >= level and inner not in ("**",) and (inner, old) not in (("+", "+"), ("*", "*")):
            yield spot.swap(f"{head} {inner} ({tail})", inner_level, "grouping", 3.0)


def boolean(spot: Spot) -> Iterator[Fix]:
    """`and` for `or`, a dropped or negated operand, the other grouping."""
    node = spot.node
    assert isinstance(node, ast.BoolOp)
    level = level_of(node)
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    other_level = level_of(ast.BoolOp(ast.Or() if old == "and" else ast.And(), []))
    texts = [spot.fit(value, max(level, other_level) + 1) for value in node.values]
    yield spot.swap(f" {new} ".join(texts), other_level, "boolean-operator", 1.2)
    texts = [spot.fit(value, level + 1) for value in node.values]
    if len(texts) == 3:
        first, second, third = (spot.fit(value, max(level, other_level) + 1) for value in node.values)
        yield spot.swap(f"{first} {old} ({second} {new} {third})", level, "boolean-operator", 2.8)
        yield spot.swap(f"({first} {new} {second}) {old} {third}", level, "boolean-operator", 2.8)
    for index, value in enumerate(node.values):
        rest = texts[:index] + texts[index + 1 :]
        yield spot.swap(
            f" {old} ".join(rest), level if len(rest) > 1 else level_of(node.values[index - 1]), "drop-condition", 2.2
        )
        if isinstance(value, ast.BoolOp) and len(node.values) == 2:
            yield from _regroup(spot, node, value, index, old, new)
    if len(texts) == 2:
        yield spot.swap(f"{texts[1]} {old} {texts[0]}", level, "boolean-order", 4.2)


def _regroup(spot: Spot, node: ast.BoolOp, inner: ast.BoolOp, index: int, old: str, new: str) -> Iterator[Fix]:
    """`a or b and c` for `(a or b) and c`, and the other way round."""
    if type(inner.op) is type(node.op) or len(inner.values) != 2:
        return
    other = node.values[1 - index]
    a, b = inner.values
    if index == 0:
        head, tail = spot.fit(a, NOT), f"{spot.fit(b, NOT)} {old} {spot.fit(other, NOT)}"
        text = f"{head} {new} ({tail})" if old == "or" else f"{head} {new} {tail}"
    else:
        head, tail = f"{spot.fit(other, NOT)} {old} {spot.fit(a, NOT)}", spot.fit(b, NOT)
        text = f"({head}) {new} {tail}" if old == "or" else f"{head} {new} {tail}"
    yield spot.swap(text, level_of(inner), "grouping", 2.6)


def unary(spot: Spot) -> Iterator[Fix]:
    """A superfluous `not`, `-` or `~`."""
    node = spot.node
    assert isinstance(node, ast.UnaryOp)
    cost = 1.6 if isinstance(node.op, ast.Not) else 1.9
    yield spot.swap_node(node.operand, "drop-negation", cost)
    if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.BoolOp):
        first, *rest = node.operand.values
        word = " and " if isinstance(node.operand.op, ast.And) else " or "
        text = word.join(["not " + spot.fit(first, NOT), *(spot.fit(value, NOT) for value in rest)])
        yield spot.swap(text, level_of(node.operand), "grouping", 3.2)


_QUESTION = re.compile(r"^_*(is|has|can|should|contains|eq|ne|lt|le|gt|ge)(_|$)|^__contains__$|^(is|has)[A-Z]")


def _is_question(spot: Spot) -> bool:
    """Whether the function around, or the one that is called, is named like one that answers yes or no."""
    called = getattr(spot.node, "func", None)
    names = [spot.scope.name.rpartition(".")[2], getattr(called, "attr", getattr(called, "id", ""))]
    return any(_QUESTION.search(name) for name in names)


def negation(spot: Spot) -> Iterator[Fix]:
    """A missing `not` before a condition, a missing `-` before a number."""
    node = spot.node
    if isinstance(node, ast.Starred | ast.Constant | ast.UnaryOp) or isinstance(getattr(node, "ctx", None), ast.Store):
        return
    in_boolean = isinstance(spot.parent, ast.BoolOp)
    if (spot.is_condition or in_boolean) and not isinstance(spot.parent, ast.UnaryOp):
        if not isinstance(node, ast.Compare) or len(node.ops) > 1:
            yield spot.swap("not " + spot.fit(node, NOT), NOT, "add-negation", 1.8)
        return
    if (
        spot.type == "bool"
        or (isinstance(spot.parent, ast.Return) and isinstance(node, ast.BoolOp | ast.Call | ast.Name))
    ) and not isinstance(node, ast.Compare):
        asked = spot.type == "bool" or _is_question(spot)
        yield spot.swap("not " + spot.fit(node, NOT), NOT, "add-negation", 2.6 if asked else 4.5)
    in_key = bool(spot.extra) and isinstance(spot.parent, ast.Tuple | ast.Lambda) and spot.type == ""
    if (spot.type in ("int", "float") or in_key) and not isinstance(node, ast.Compare | ast.BoolOp):
        yield spot.swap("-" + spot.fit(node, FACTOR), FACTOR, "add-minus", 3.0 if in_key else 3.6)
