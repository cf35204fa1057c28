"""Expressions with the values they take on the examples, and the operations that build larger ones.

Only builtins and methods of plain data are applied, with limits on sizes: no code of the project runs here.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autogpt.search.space.precedence import ATOM, COMPARE, FACTOR, NOT, POWER, SUM, TERM

Value = object


class Failure:
    """Stands for an exception; nothing equals it."""

    def __repr__(self) -> str:
        return "<failure>"


FAILED = Failure()


@dataclass(frozen=True, slots=True)
class Term:
    """An expression, how tightly it binds, its values example by example, and its size in tokens or so."""

    text: str
    level: int
    values: tuple[Value, ...]
    size: float
    kind: str
    """Name of the type that all its values have, `` when they differ."""

    def held(self, room: int) -> str:
        return self.text if self.level >= room else f"({self.text})"


def kind_of(values: Iterable[Value]) -> str:
    kinds = {type(value).__name__ for value in values if value is not FAILED}
    return kinds.pop() if len(kinds) == 1 else "float" if kinds == {"int", "float"} else ""


def term(text: str, level: int, values: tuple[Value, ...], size: float) -> Term:
    return Term(text, level, values, size, kind_of(values))


def key_of(values: Sequence[Value]) -> bytes:
    """Equal for terms that no example tells apart; 1, 1.0 and True differ."""
    try:
        return marshal.dumps([... if value is FAILED else value for value in values], 2)
    except ValueError:
        return repr([(type(value).__name__, value) for value in values]).encode()


def equal(one: Value, other: Value) -> bool:
    """What `==` in a test says, floats with a little tolerance."""
    if one is FAILED or other is FAILED:
        return False
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, int | float) and isinstance(other, int | float):
            return abs(one - other) <= 1e-6 * max(abs(one), abs(other), 1e-6)
        return False
    try:
        return type(one) is type(other) and one == other
    except RecursionError:
        return False


@dataclass(frozen=True, slots=True)
class Operation:
    """How to write and how to compute a larger expression from smaller ones of given types."""

    kinds: tuple[str, ...]
    """Types of the operands, several separated by `|`; `*` is any."""
    template: str
    """With `{0}`, `{1}` for the operands."""
    level: int
    rooms: tuple[int, ...]
    apply: Callable[..., Value]
    cost: float = 1.0
    commutes: bool = False


MOST = 10_000
NUM, SEQ, SIZED = "int|float", "str|list|tuple", "str|list|tuple|dict|set|range"


def _power(a: float, b: float) -> Value:
    if abs(b) > 16 or abs(a) > 10_000:
        raise ValueError
    return a**b


def _times(a: int, b: Value) -> Value:
    if isinstance(b, str | list | tuple) and len(b) * abs(a) > MOST:
        raise ValueError
    return a * b  # type: ignore[operator]


def _range(*args: int) -> Value:
    found = range(*args)
    if len(found) > 2000:
        raise ValueError
    return found


def _call(name: str, kinds: str, function: Callable[..., Value], cost: float = 1.0) -> Operation:
    return Operation((kinds,), f"{name}({{0}})", ATOM, (0,), function, cost)


def _method(name: str, kinds: str, function: Callable[..., Value], cost: float = 1.0) -> Operation:
    return Operation((kinds,), f"{{0}}.{name}()", ATOM, (ATOM,), function, cost)


def _binary(symbol: str, left: str, right: str, level: int, function: Callable[..., Value], cost: float = 1.0,
            commutes: bool = False) -> Operation:  # fmt: skip
    return Operation((left, right), f"{{0}} {symbol} {{1}}", level, (level, level + 1), function, cost, commutes)


UNARY: tuple[Operation, ...] = (
    _call("len", SIZED, len), _call("sum", "list|tuple|range", sum), _call("max", "list|tuple", max, 1.2),
    _call("min", "list|tuple", min), _call("sorted", "list|tuple|set|str|dict", sorted), _call("set", "list|tuple|str", set),
    _call("list", "tuple|str|range|set|dict", list), _call("tuple", "list", tuple, 1.4), _call("abs", NUM, abs),
    _call("str", "int|float", str), _call("int", "str|float", int), _call("float", "int|str", float, 1.4),
    _call("round", "float", round, 1.2), _call("any", "list|tuple", any, 2.5), _call("all", "list|tuple", all, 2.5),
    _call("range", "int", _range, 1.4), _call("bool", "*", bool, 1.8), _call("ord", "str", ord, 2.5), _call("chr", "int", chr, 3.0),
    _call("dict", "list", dict, 1.8),
    _method("strip", "str", str.strip), _method("lower", "str", str.lower), _method("upper", "str", str.upper),
    _method("split", "str", lambda a: a.split()), _method("title", "str", str.title, 1.2),
    _method("capitalize", "str", str.capitalize, 1.2), _method("isdigit", "str", str.isdigit, 1.3),
    _method("isalpha", "str", str.isalpha, 1.3), _method("isupper", "str", str.isupper, 1.4),
    _method("islower", "str", str.islower, 1.4), _method("isalnum", "str", str.isalnum, 1.4),
    _method("isspace", "str", str.isspace, 1.5), _method("swapcase", "str", str.swapcase, 1.6),
    _method("splitlines", "str", str.splitlines, 1.6),
    Operation(("dict",), "list({0}.items())", ATOM, (ATOM,), lambda a: list(a.items()), 1.2),
    Operation(("dict",), "list({0}.values())", ATOM, (ATOM,), lambda a: list(a.values()), 1.2),
    Operation((SEQ,), "{0}[::-1]", ATOM, (ATOM,), lambda a: a[::-1], 1.2),
    Operation((SEQ,), "{0}[0]", ATOM, (ATOM,), lambda a: a[0], 1.1), Operation((SEQ,), "{0}[-1]", ATOM, (ATOM,), lambda a: a[-1], 1.1),
    Operation((SEQ,), "{0}[1]", ATOM, (ATOM,), lambda a: a[1], 1.8),
    Operation((SEQ,), "{0}[1:]", ATOM, (ATOM,), lambda a: a[1:], 1.2), Operation((SEQ,), "{0}[:-1]", ATOM, (ATOM,), lambda a: a[:-1], 1.6),
    Operation((NUM,), "-{0}", FACTOR, (FACTOR,), lambda a: -a, 1.0),
    Operation(("bool|int|str|list|tuple|dict|set|NoneType",), "not {0}", NOT, (NOT,), lambda a: not a, 1.0),
    Operation(("*",), "{0} is None", COMPARE, (COMPARE + 1,), lambda a: a is None, 1.5),
    Operation(("list|tuple",), "list(zip({0}, {0}[1:]))", ATOM, (ATOM,), lambda a: list(zip(a, a[1:], strict=False)), 2.0),
    Operation(("list|tuple|str",), "list(enumerate({0}))", ATOM, (0,), lambda a: list(enumerate(a)), 2.2),
)  # fmt: skip

BINARY: tuple[Operation, ...] = (
    _binary("+", NUM, NUM, SUM, lambda a, b: a + b, commutes=True), _binary("-", NUM, NUM, SUM, lambda a, b: a - b),
    _binary("*", NUM, NUM, TERM, lambda a, b: a * b, commutes=True), _binary("/", NUM, NUM, TERM, lambda a, b: a / b, 1.1),
    _binary("//", "int", "int", TERM, lambda a, b: a // b, 1.1), _binary("%", "int", "int", TERM, lambda a, b: a % b, 1.1),
    Operation((NUM, NUM), "{0} ** {1}", POWER, (POWER + 1, POWER), _power, 1.4),
    _binary("+", "str", "str", SUM, lambda a, b: a + b), _binary("+", "list", "list", SUM, lambda a, b: a + b),
    _binary("+", "tuple", "tuple", SUM, lambda a, b: a + b, 1.4),
    Operation(("str|list", "int"), "{0} * {1}", TERM, (TERM, TERM + 1), lambda a, b: _times(b, a), 1.2),
    _binary("<", NUM, NUM, COMPARE, lambda a, b: a < b), _binary("<=", NUM, NUM, COMPARE, lambda a, b: a <= b),
    _binary(">", NUM, NUM, COMPARE, lambda a, b: a > b), _binary(">=", NUM, NUM, COMPARE, lambda a, b: a >= b),
    _binary("==", "*", "*", COMPARE, lambda a, b: a == b, commutes=True), _binary("!=", "*", "*", COMPARE, lambda a, b: a != b, 1.2, True),
    _binary("in", "*", "str|list|tuple|dict|set", COMPARE, lambda a, b: a in b), _binary("and", "bool", "bool", 4, lambda a, b: a and b),
    _binary("not in", "*", "str|list|tuple|dict|set", COMPARE, lambda a, b: a not in b, 1.2),
    _binary("or", "bool", "bool", 3, lambda a, b: a or b),
    _binary("&", "set", "set", 9, lambda a, b: a & b, commutes=True), _binary("|", "set|dict", "set|dict", 7, lambda a, b: a | b),
    _binary("-", "set", "set", SUM, lambda a, b: a - b),
    Operation((NUM, NUM), "max({0}, {1})", ATOM, (0, 0), max, 1.4, True), Operation((NUM, NUM), "min({0}, {1})", ATOM, (0, 0), min, 1.4, True),
    Operation((SEQ, "int"), "{0}[{1}]", ATOM, (ATOM, 0), lambda a, b: a[b], 1.1),
    Operation((SEQ, "int"), "{0}[{1}:]", ATOM, (ATOM, 0), lambda a, b: a[b:], 1.3),
    Operation((SEQ, "int"), "{0}[:{1}]", ATOM, (ATOM, 0), lambda a, b: a[:b], 1.3),
    Operation(("list|tuple|str", "int"), "{0}[::{1}]", ATOM, (ATOM, 0), lambda a, b: a[::b], 3.0),
    Operation(("dict", "*"), "{0}[{1}]", ATOM, (ATOM, 0), lambda a, b: a[b], 1.1),
    Operation(("dict", "*"), "{0}.get({1})", ATOM, (ATOM, 0), lambda a, b: a.get(b), 1.2),
    Operation(("str", "str"), "{0}.split({1})", ATOM, (ATOM, 0), lambda a, b: a.split(b), 1.2),
    Operation(("str", "list|tuple|set"), "{0}.join({1})", ATOM, (ATOM, 0), lambda a, b: a.join(b), 1.1),
    Operation(("str", "str"), "{0}.startswith({1})", ATOM, (ATOM, 0), lambda a, b: a.startswith(b), 1.3),
    Operation(("str", "str"), "{0}.endswith({1})", ATOM, (ATOM, 0), lambda a, b: a.endswith(b), 1.3),
    Operation(("str|list|tuple", "*"), "{0}.count({1})", ATOM, (ATOM, 0), lambda a, b: a.count(b), 1.3),
    Operation(("list|tuple|str", "*"), "{0}.index({1})", ATOM, (ATOM, 0), lambda a, b: a.index(b), 1.5),
    Operation(("str", "str"), "{0}.find({1})", ATOM, (ATOM, 0), lambda a, b: a.find(b), 1.5),
    Operation(("str", "str"), "{0}.removeprefix({1})", ATOM, (ATOM, 0), lambda a, b: a.removeprefix(b), 1.8),
    Operation(("str", "str"), "{0}.strip({1})", ATOM, (ATOM, 0), lambda a, b: a.strip(b), 1.8),
    Operation(("str", "int"), "{0}.zfill({1})", ATOM, (ATOM, 0), lambda a, b: a.zfill(min(b, 99)), 2.2),
    Operation(("int", "int"), "range({0}, {1})", ATOM, (0, 0), _range, 1.6),
    Operation(("float|int", "int"), "round({0}, {1})", ATOM, (0, 0), round, 1.4),
    Operation(("list|tuple|str", "list|tuple|str"), "list(zip({0}, {1}))", ATOM, (0, 0), lambda a, b: list(zip(a, b, strict=False)), 1.8),
    Operation(("list|tuple|str", "list|tuple|str"), "dict(zip({0}, {1}))", ATOM, (0, 0), lambda a, b: dict(zip(a, b, strict=False)), 1.8),
    Operation(("*", "*"), "({0}, {1})", ATOM, (2, 2), lambda a, b: (a, b), 1.8),
)  # fmt: skip

TERNARY: tuple[Operation, ...] = (
    Operation((SEQ, "int", "int"), "{0}[{1}:{2}]", ATOM, (ATOM, 0, 0), lambda a, b, c: a[b:c], 1.4),
    Operation(("str", "str", "str"), "{0}.replace({1}, {2})", ATOM, (ATOM, 0, 0), lambda a, b, c: a.replace(b, c), 1.2),
    Operation(("dict", "*", "*"), "{0}.get({1}, {2})", ATOM, (ATOM, 0, 0), lambda a, b, c: a.get(b, c), 1.2),
    Operation((NUM, NUM, NUM), "max({1}, min({0}, {2}))", ATOM, (0, 0, 0), lambda a, b, c: max(b, min(a, c)), 2.0),
)  # fmt: skip


def applied(operation: Operation, operands: Sequence[Term]) -> tuple[Value, ...] | None:
    """Values example by example; None when the operation fails on all of them."""
    found: list[Value] = []
    good = False
    for row in zip(*(operand.values for operand in operands), strict=True):
        if any(value is FAILED for value in row):
            found.append(FAILED)
            continue
        try:
            value = operation.apply(*row)
            good = True
        except Exception:
            value = FAILED
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
            value = FAILED
        elif isinstance(value, str | list | tuple | dict | set) and len(value) > MOST:
            value = FAILED
        found.append(value)
    return tuple(found) if good else None


def written(operation: Operation, operands: Sequence[Term]) -> str:
    return operation.template.format(*(one.held(room) for one, room in zip(operands, operation.rooms, strict=True)))
