"""The operations that expressions are built with: builtins and methods of plain data, written as Python writes them.

Each row says the types of the operands, the expression over `a`, `b` and `c`, and its cost; how tightly it binds and
where its operands need parentheses follows from its syntax tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from autogpt.search.space.precedence import ATOM, level_of, room_for

MOST = 10_000
"""Elements or characters that a value may have."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How to write and how to compute a larger expression from smaller ones of given types."""

    kinds: tuple[str, ...]
    """Types of the operands, several separated by `|`; `*` is any."""
    template: str
    """With `{0}`, `{1}`, `{2}` for the operands."""
    level: int
    rooms: tuple[int, ...]
    apply: Callable[..., object]
    cost: float
    commutes: bool


def _power(a: float, b: float) -> object:
    if abs(b) > 16 or abs(a) > MOST:
        raise ValueError
    return a**b


def _times(a: str, b: int) -> object:
    if len(a) * abs(b) > MOST:
        raise ValueError
    return a * b


def _range(*bounds: int) -> object:
    found = range(*bounds)
    if len(found) > 2000:
        raise ValueError
    return found


def _zero_filled(a: str, b: int) -> object:
    return a.zfill(min(b, 99))


def _rounded(a: float, b: int) -> object:
    """With places far beyond any number, `round` computes a power of ten that fills the memory."""
    if abs(b) > 20:
        raise ValueError
    return round(a, b)


_GUARDED: dict[str, Callable[..., object]] = {
    "a ** b": _power,
    "a * b/str": _times,
    "range(a)": _range,
    "range(a, b)": _range,
    "a.zfill(b)": _zero_filled,
    "round(a, b)": _rounded,
}
"""Operations that could make huge values, with limits."""

_COMMUTING = frozenset({"a + b/int", "a * b", "a == b", "a != b", "a & b", "max(a, b)", "min(a, b)"})

_ROWS = """
str|list|tuple|dict|set|range : len(a) : 1
list|tuple|range : sum(a) : 1
list|tuple : max(a) : 1.2
list|tuple : min(a) : 1
list|tuple|set|str|dict : sorted(a) : 1
list|tuple|str : set(a) : 1
tuple|str|range|set|dict : list(a) : 1
list : tuple(a) : 1.4
int|float : abs(a) : 1
int|float : str(a) : 1
str|float : int(a) : 1
int|str : float(a) : 1.4
float : round(a) : 1.2
list|tuple : any(a) : 2.5
list|tuple : all(a) : 2.5
int : range(a) : 1.4
* : bool(a) : 1.8
str : ord(a) : 2.5
int : chr(a) : 3
list : dict(a) : 1.8
str : a.strip() : 1
str : a.lower() : 1
str : a.upper() : 1
str : a.split() : 1
str : a.title() : 1.2
str : a.capitalize() : 1.2
str : a.isdigit() : 1.3
str : a.isalpha() : 1.3
str : a.isupper() : 1.4
str : a.islower() : 1.4
str : a.isalnum() : 1.4
str : a.isspace() : 1.5
str : a.swapcase() : 1.6
str : a.splitlines() : 1.6
dict : list(a.items()) : 1.2
dict : list(a.values()) : 1.2
str|list|tuple : a[::-1] : 1.2
str|list|tuple : a[0] : 1.1
str|list|tuple : a[-1] : 1.1
str|list|tuple : a[1] : 1.8
str|list|tuple : a[1:] : 1.2
str|list|tuple : a[:-1] : 1.6
str|list|tuple : a[1:-1] : 1.7
int|float : -a : 1
bool|int|str|list|tuple|dict|set|NoneType : not a : 1
* : a is None : 1.5
list|tuple : list(zip(a, a[1:])) : 2
list|tuple|str : list(enumerate(a)) : 2.2

int|float ; int|float : a + b : 1
int|float ; int|float : a - b : 1
int|float ; int|float : a * b : 1
int|float ; int|float : a / b : 1.1
int ; int : a // b : 1.1
int ; int : a % b : 1.1
int ; int : a % b == 0 : 1.6
int ; int : a % b != 0 : 1.7
int|float ; int|float : a ** b : 1.4
str ; str : a + b : 1
list ; list : a + b : 1
tuple ; tuple : a + b : 1.4
str|list ; int : a * b : 1.2
int|float ; int|float : a < b : 1
int|float ; int|float : a <= b : 1
int|float ; int|float : a > b : 1
int|float ; int|float : a >= b : 1
* ; * : a == b : 1
* ; * : a != b : 1.2
* ; str|list|tuple|dict|set : a in b : 1
* ; str|list|tuple|dict|set : a not in b : 1.2
bool ; bool : a and b : 1
bool ; bool : a or b : 1
set ; set : a & b : 1
set|dict ; set|dict : a | b : 1
set ; set : a - b : 1
int|float ; int|float : max(a, b) : 1.4
int|float ; int|float : min(a, b) : 1.4
str|list|tuple ; int : a[b] : 1.1
str|list|tuple ; int : a[b:] : 1.3
str|list|tuple ; int : a[:b] : 1.3
list|tuple|str ; int : a[::b] : 3
dict ; * : a[b] : 1.1
dict ; * : a.get(b) : 1.2
str ; str : a.split(b) : 1.2
str ; list|tuple|set : a.join(b) : 1.1
str ; str : a.startswith(b) : 1.3
str ; str : a.endswith(b) : 1.3
str|list|tuple ; * : a.count(b) : 1.3
list|tuple|str ; * : a.index(b) : 1.5
str ; str : a.find(b) : 1.5
str ; str : a.removeprefix(b) : 1.8
str ; str : a.strip(b) : 1.8
str ; int : a.zfill(b) : 2.2
int ; int : range(a, b) : 1.6
float|int ; int : round(a, b) : 1.4
list|tuple|str ; list|tuple|str : list(zip(a, b)) : 1.8
list|tuple|str ; list|tuple|str : dict(zip(a, b)) : 1.8
* ; * : (a, b) : 1.8

str|list|tuple ; int ; int : a[b:c] : 1.4
str ; str ; str : a.replace(b, c) : 1.2
dict ; * ; * : a.get(b, c) : 1.2
int|float ; int|float ; int|float : max(b, min(a, c)) : 2
"""


def _operation(row: str) -> Operation:
    left, _, rest = row.partition(" : ")
    code, _, cost = rest.rpartition(" : ")
    kinds = tuple(kind.strip() for kind in left.split(";"))
    names = "abc"[: len(kinds)]
    tree = ast.parse(code, mode="eval").body
    suffix = {"str|list": "/str", "int|float": "/int"}.get(kinds[0], "")
    apply = _GUARDED.get(code) or _GUARDED.get(code + suffix) or eval(f"lambda {', '.join(names)}: {code}")
    rooms = tuple(max(_rooms(tree, name), default=0) for name in names)
    template = _template(code, tree, names)
    level = ATOM if code.startswith("(") else level_of(tree)
    commutes = kinds[0] == kinds[-1] and bool({code, code + suffix} & _COMMUTING)
    return Operation(kinds, template, level, rooms, apply, float(cost), commutes)


def _rooms(tree: ast.expr, name: str) -> list[int]:
    """What each place of an operand asks of the text that is put there."""
    found: list[int] = []
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.Name) and child.id == name:
                    found.append(room_for(parent, field))
    return found


def _template(code: str, tree: ast.expr, names: str) -> str:
    spots = sorted(
        (node.col_offset, node.id) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in names
    )
    for column, name in reversed(spots):
        code = f"{code[:column]}{{{names.index(name)}}}{code[column + 1 :]}"
    return code


def _tables() -> tuple[tuple[Operation, ...], ...]:
    return tuple(tuple(_operation(row) for row in part.splitlines()) for part in _ROWS.strip().split("\n\n"))


UNARY, BINARY, TERNARY = _tables()
