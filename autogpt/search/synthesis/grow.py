"""Bottom-up enumeration: every expression over some atoms, smallest first, one for each behaviour on the examples.

Observational equivalence after Albarghouthi et al., "Recursive program synthesis" (CAV 2013), and Udupa et al.,
"TRANSIT" (PLDI 2013): of two expressions with the same values on all examples only the smaller is built upon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from autogpt.search.space.precedence import ATOM
from autogpt.search.synthesis.operations import BINARY, TERNARY, UNARY, Operation
from autogpt.search.synthesis.values import FAILED, Term, applied, key_of, term, written

_STEP = 0.5
UNUSUAL = 1.5
"""Cost of an intermediate value of a type that neither inputs nor results have."""


@dataclass
class Bank:
    """The expressions found so far. `applications` bounds the work, not the size of expressions."""

    applications: int
    largest: float = 9.0
    wanted: frozenset[str] = frozenset()
    """Types among the results; tuples are only built where there are some."""
    usual: frozenset[str] = frozenset()
    """Types that inputs and results have. Values of others are rarely on the way; empty where nothing is known."""
    goal: bytes = b""
    """Key of the values asked for. Of the expressions that have them none is left out: words choose among them."""
    terms: list[Term] = field(default_factory=list[Term])
    _seen: set[bytes] = field(default_factory=set[bytes])
    _shelves: dict[tuple[int, str], list[Term]] = field(default_factory=dict[tuple[int, str], "list[Term]"])
    """By size and type."""

    def add(self, one: Term) -> bool:
        """Keep an expression unless a smaller one behaves the same."""
        key = key_of(one.values)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.terms.append(one)
        for kind in (one.kind, "*"):
            self._shelves.setdefault((_slot(one.size), kind), []).append(one)
        return True

    def grow(self, atoms: Iterable[Term]) -> Iterator[Term]:
        """Yield every new expression, the atoms first. Ends when the work is used up."""
        for atom in sorted(atoms, key=lambda one: one.size):
            if self.add(atom):
                yield atom
        slot = 2
        while slot * _STEP <= self.largest and self.applications > 0:
            for operation in UNARY:
                yield from self._unary(operation, slot)
            for operation in BINARY:
                yield from self._binary(operation, slot)
            for operation in TERNARY:
                yield from self._ternary(operation, slot)
            slot += 1

    def _of(self, slot: int, kinds: str) -> list[Term]:
        """Expressions of one size and any of the types."""
        if "|" not in kinds:
            return self._shelves.get((slot, kinds), [])
        return [one for kind in kinds.split("|") for one in self._shelves.get((slot, kind), ())]

    def _unary(self, operation: Operation, slot: int) -> Iterator[Term]:
        for one in tuple(self._of(slot - _slot(operation.cost), operation.kinds[0])):
            if not (one.text.startswith("not ") and operation.template == "not {0}"):
                yield from self._made(operation, (one,))

    def _binary(self, operation: Operation, slot: int) -> Iterator[Term]:
        rest = slot - _slot(operation.cost)
        for size in range(1, rest):
            if operation.commutes and size < rest - size:
                continue
            right = tuple(self._of(rest - size, operation.kinds[1]))
            for one in tuple(self._of(size, operation.kinds[0])) if right else ():
                for other in right:
                    if self.applications <= 0:
                        return
                    if one is not other and self._is_sensible(operation, one, other):
                        yield from self._made(operation, (one, other))

    def _is_sensible(self, operation: Operation, one: Term, other: Term) -> bool:
        """Equality of unlike types, and pairs that no result holds, are not worth building."""
        if operation.kinds != ("*", "*"):
            return True
        if operation.template.startswith("("):
            return "tuple" in self.wanted
        return one.kind == other.kind or {one.kind, other.kind} <= {"int", "float"}

    def _ternary(self, operation: Operation, slot: int) -> Iterator[Term]:
        rest = slot - _slot(operation.cost)
        for first_size in range(1, 5):
            for second_size in range(1, 5):
                third_size = rest - first_size - second_size
                if not 1 <= third_size <= 4:
                    continue
                shelves = [tuple(self._of(size, kinds)) for size, kinds in zip(
                    (first_size, second_size, third_size), operation.kinds, strict=True)]  # fmt: skip
                for operands in product(*shelves):
                    if self.applications <= 0:
                        return
                    if len({id(one) for one in operands}) == 3 and not _is_literal(operands[0]):
                        yield from self._made(operation, operands)

    def _made(self, operation: Operation, operands: tuple[Term, ...]) -> Iterator[Term]:
        if all(_is_literal(one) for one in operands):
            return
        self.applications -= 1
        values = applied(operation, operands)
        if values is None:
            return
        size = operation.cost + sum(one.size for one in operands)
        if operation.level == ATOM and operation.template.endswith("]") and _is_built(operands[0].text):
            size += 1.0  # a part of something built on the spot is rarely what a person writes
        if len(operands) == 2 and operation.template[4] in "%/" and _is_literal(operands[0]):
            size += 1.5  # `1 % x` fits examples by chance
        made = term(written(_the_usual_way(operation, operands), operands), operation.level, values, size)
        if self.usual and made.kind not in self.usual:
            made = replace(made, size=size + UNUSUAL)
        if self.add(made) or (self.goal and key_of(made.values) == self.goal):
            yield made


_MIRRORED = {
    f"{{0}} {sign} {{1}}": f"{{1}} {other} {{0}}"
    for sign, other in (("<", ">"), (">", "<"), ("<=", ">="), (">=", "<="), ("==", "=="), ("!=", "!="))
}


def _the_usual_way(operation: Operation, operands: tuple[Term, ...]) -> Operation:
    """`x > 2` for `2 < x`."""
    mirrored = _MIRRORED.get(operation.template)
    if mirrored and _is_literal(operands[0]) and not _is_literal(operands[1]):
        return replace(operation, template=mirrored)
    return operation


def _slot(size: float) -> int:
    return max(1, round(size / _STEP))


def _is_built(text: str) -> bool:
    return not text.replace(".", "").replace("_", "").isalnum()


def _is_literal(one: Term) -> bool:
    return one.text[:1] in "0123456789'\"-[{" or one.text in ("True", "False", "None", "()")


__all__ = ["FAILED", "Bank"]
