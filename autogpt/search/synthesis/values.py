"""Expressions with the values they take on the examples, and larger ones computed from them.

Only builtins and methods of plain data are applied, with limits on sizes: no code of the project runs here.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autogpt.search.synthesis.operations import MOST, Operation

Value = Any
"""Plain data: whatever a literal can say."""


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
        if (isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30) or (
            isinstance(value, str | list | tuple | dict | set) and len(value) > MOST
        ):
            value = FAILED
        found.append(value)
    return tuple(found) if good else None


def written(operation: Operation, operands: Sequence[Term]) -> str:
    return operation.template.format(*(one.held(room) for one, room in zip(operands, operation.rooms, strict=True)))


def quoted(text: str) -> str:
    """A literal in double quotes, unless the text holds some."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown else shown
