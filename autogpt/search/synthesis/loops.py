"""Comprehensions: for each way to iterate over a value, the expressions over one element, mapped, filtered, folded."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from autogpt.search.space.precedence import ATOM
from autogpt.search.synthesis.grow import Bank
from autogpt.search.synthesis.values import FAILED, Term, Value, term

MOST_ELEMENTS = 80


@dataclass(frozen=True, slots=True)
class Loop:
    """`for target in iterable`: the elements of all examples in one row, and whose they are."""

    target: str
    iterable: str
    names: tuple[str, ...]
    columns: tuple[tuple[Value, ...], ...]
    """Values of each name, element by element."""
    owners: tuple[int, ...]
    """The example that each element is of."""
    examples: int
    size: float

    def split(self, values: Sequence[Value]) -> list[list[Value]]:
        """A row over elements as lists by example."""
        found: list[list[Value]] = [[] for _ in range(self.examples)]
        for owner, value in zip(self.owners, values, strict=True):
            found[owner].append(value)
        return found


def loops_over(one: Term) -> Iterator[Loop]:
    """The ways to iterate over an expression: its elements, with their index, in pairs of neighbours, its items."""
    if one.kind not in ("list", "tuple", "str", "set", "dict", "range") or any(value is FAILED for value in one.values):
        return
    rows: list[list[Value]] = [
        sorted(value, key=repr) if isinstance(value, set) else list(value) for value in one.values
    ]
    name = singular(one.text)
    if one.kind == "dict":
        items = [list(value.items()) for value in one.values]
        yield from _loop(one, "key, value", f"{one.held(ATOM)}.items()", ("key", "value"), items, 0.5)
    widths = {len(value) if isinstance(value, tuple) else 0 for row in rows for value in row}
    if widths and len(widths) == 1 and 2 <= (width := widths.pop()) <= 3:
        names = ("first", "second", "third")[:width]
        yield from _loop(one, ", ".join(names), one.text, names, rows, 0.5)
    yield from _loop(one, name, one.text, (name,), [[(value,) for value in row] for row in rows], 0.0)
    if one.kind in ("list", "tuple", "str"):
        indexed = [list(enumerate(row)) for row in rows]
        yield from _loop(one, f"index, {name}", f"enumerate({one.text})", ("index", name), indexed, 1.5)
        pairs = [list(itertools.pairwise(row)) for row in rows]
        held = one.held(ATOM)
        yield from _loop(one, "left, right", f"zip({one.text}, {held}[1:])", ("left", "right"), pairs, 1.5)


def _loop(
    one: Term, target: str, iterable: str, names: tuple[str, ...], rows: Sequence[Sequence[Value]], extra: float
) -> Iterator[Loop]:
    flat = [value for row in rows for value in row]
    if not flat or len(flat) > MOST_ELEMENTS:
        return
    owners = tuple(index for index, row in enumerate(rows) for _ in row)
    columns = tuple(tuple(value[index] for value in flat) for index in range(len(names)))
    yield Loop(target, iterable, names, columns, owners, len(rows), one.size + extra)


def zipped(one: Term, other: Term) -> Iterator[Loop]:
    """`for a, b in zip(one, other)`."""
    if not {one.kind, other.kind} <= {"list", "tuple", "str"}:
        return
    if any(value is FAILED for value in (*one.values, *other.values)):
        return
    rows = [list(zip(a, b, strict=False)) for a, b in zip(one.values, other.values, strict=True)]
    names = (singular(one.text), singular(other.text))
    if names[0] == names[1]:
        names = ("left", "right")
    yield from _loop(one, ", ".join(names), f"zip({one.text}, {other.text})", names, rows, other.size + 0.5)


def singular(text: str) -> str:
    """A name for one element of what an expression gives."""
    if text.endswith(".split()"):
        return "word"
    name = text.rpartition(".")[2]
    if not name.isidentifier():
        return "item"
    if name in ("text", "string", "s", "word", "line"):
        return "char"
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith("s") and len(name) > 2 and not name.endswith("ss"):
        return name[:-1]
    return "item" if name != "item" else "part"


def elements(loop: Loop, outer: Sequence[Term], applications: int) -> list[Term]:
    """Expressions over one element, and over what stands outside of the loop."""
    atoms = [term(name, ATOM, column, 1.0) for name, column in zip(loop.names, loop.columns, strict=True)]
    atoms += [
        term(one.text, one.level, tuple(one.values[owner] for owner in loop.owners), one.size + 0.3) for one in outer
    ]
    return list(Bank(applications, 6.0).grow(atoms))


def comprehensions(loop: Loop, inside: Sequence[Term]) -> Iterator[Term]:
    """Lists, sums, dictionaries and the like over the elements, as expressions of the function."""
    item = [one for one in inside if one.text in loop.names]
    uses = [one for one in inside if any(name in one.text for name in loop.names) and FAILED not in one.values]
    values = uses[:160]
    tests = [one for one in uses if one.kind == "bool"][:140]
    for value in values:
        yield from _folds(loop, value, None)
    for test in tests:
        for value in item:
            yield from _folds(loop, value, test)
    for test in tests[:50]:
        for value in values[:40]:
            if value not in item and value.kind != "bool":
                yield from _folds(loop, value, test)
    yield from _keyed(loop, values)


def _folds(loop: Loop, value: Term, test: Term | None) -> Iterator[Term]:
    rows = loop.split(value.values)
    head = f"{value.text} for {loop.target} in {loop.iterable}"
    size = 0.6 * loop.size + 0.6 * value.size + 1.4
    if test is not None:
        kept = loop.split(test.values)
        rows = [
            [one for one, keep in zip(row, keeps, strict=True) if keep] for row, keeps in zip(rows, kept, strict=True)
        ]
        head += f" if {test.text}"
        size += 0.6 * test.size + 0.3
        if value.text in loop.names:
            yield _term(f"sum(1 for {loop.target} in {loop.iterable} if {test.text})", rows, len, size + 0.5)
    if value.text != loop.target or test is not None or not loop.iterable.isidentifier():
        yield _term(f"[{head}]", rows, list, size)
        yield _term(f"{{{head}}}", rows, set, size + 1.0)
    if value.kind in ("int", "float"):
        yield _term(f"sum({head})", rows, sum, size + 0.5)
        yield _term(f"max({head})", rows, max, size + 0.7)
        yield _term(f"min({head})", rows, min, size + 0.7)
    elif value.kind == "bool" and test is None:
        yield _term(f"all({head})", rows, all, size + 0.2)
        yield _term(f"any({head})", rows, any, size + 0.2)
        yield _term(f"sum({head})", rows, sum, size + 1.5)
    elif value.kind == "str":
        yield _term(f'"".join({head})', rows, "".join, size + 0.6)
        yield _term(f'" ".join({head})', rows, " ".join, size + 0.8)
        yield _term(f'", ".join({head})', rows, ", ".join, size + 1.4)
        yield _term(f'"-".join({head})', rows, "-".join, size + 1.6)
        yield _term(f'"_".join({head})', rows, "_".join, size + 1.6)
    elif value.kind in ("list", "tuple") and value.text in loop.names:
        flat = (
            f"[part for {loop.target} in {loop.iterable}"
            + (f" if {test.text}" if test else "")
            + f" for part in {value.text}]"
        )
        yield _term(flat, rows, _flattened, size + 1.0)
    if test is not None:
        yield _term(f"next(({head}), None)", rows, _first, size + 1.4)


def _first(row: Sequence[Value]) -> Value:
    return row[0] if row else None


def _keyed(loop: Loop, values: Sequence[Term]) -> Iterator[Term]:
    """`sorted(items, key=…)`, `max(items, key=…)`, dictionaries by a key."""
    single = len(loop.names) == 1
    for one in values[:80]:
        if single and one.kind and one.text not in loop.names and loop.iterable.replace(".", "").isidentifier():
            yield from _by_key(loop, one)
    for key in values[:14]:
        for value in values[:24]:
            if key.kind in ("str", "int", "float", "bool", "tuple") and key.text != value.text:
                pairs = list(zip(key.values, value.values, strict=True))
                text = f"{{{key.text}: {value.text} for {loop.target} in {loop.iterable}}}"
                yield _term(text, loop.split(pairs), dict, 0.6 * (loop.size + key.size + value.size) + 1.6)


def _by_key(loop: Loop, key: Term) -> Iterator[Term]:
    rows = loop.split(list(zip(key.values, loop.columns[0], strict=True)))
    function = f"lambda {loop.target}: {key.text}"
    size = 0.6 * loop.size + 0.7 * key.size + 1.6
    plain = re.fullmatch(rf"(\w+)\({loop.target}\)", key.text)
    if plain:
        function, size = plain.group(1), size - 0.8
    yield _term(f"sorted({loop.iterable}, key={function})", rows, _in_order, size)
    yield _term(f"sorted({loop.iterable}, key={function}, reverse=True)", rows, _in_reverse, size + 0.5)
    yield _term(f"max({loop.iterable}, key={function})", rows, _largest, size)
    yield _term(f"min({loop.iterable}, key={function})", rows, _smallest, size)


_FIRST = itemgetter(0)


def _in_order(pairs: Sequence[Value]) -> Value:
    return [item for _, item in sorted(pairs, key=_FIRST)]


def _in_reverse(pairs: Sequence[Value]) -> Value:
    return [item for _, item in sorted(pairs, key=_FIRST, reverse=True)]


def _largest(pairs: Sequence[Value]) -> Value:
    return max(pairs, key=_FIRST)[1]


def _smallest(pairs: Sequence[Value]) -> Value:
    return min(pairs, key=_FIRST)[1]


def _flattened(rows: Sequence[Value]) -> Value:
    return [part for row in rows for part in row]


def _term(text: str, rows: Sequence[Sequence[Value]], fold: Callable[..., Value], size: float) -> Term:
    found: list[Value] = []
    for row in rows:
        try:
            found.append(fold(row))
        except Exception:
            found.append(FAILED)
    return term(text, ATOM, tuple(found), size)
