"""Comprehensions: for each way to iterate over a value, the expressions over one element, mapped, filtered, folded."""

from __future__ import annotations

import ast
import builtins
import itertools
import keyword
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from autogpt.search.space.precedence import ATOM
from autogpt.search.synthesis.grow import Bank
from autogpt.search.synthesis.relations import Spoken, spoken_of
from autogpt.search.synthesis.values import FAILED, Term, Value, term

MOST_ELEMENTS = 80
MOST_TESTS, MOST_PAIRS = 60, 3600
"""Of tests with expressions to be combined, in loops that are no larger than `PLAIN`."""
PLAIN = 1.5


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


_TAKEN = frozenset(dir(builtins)) | frozenset(keyword.kwlist)


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
        return name[:-1] if name[:-1] not in _TAKEN else "row"
    return "item" if name != "item" else "part"


def elements(loop: Loop, outer: Sequence[Term], applications: int, relations: tuple[Spoken, ...] = ()) -> list[Term]:
    """Expressions over one element, and over what stands outside of the loop; `relations` are built first."""
    atoms = [term(name, ATOM, column, 1.0) for name, column in zip(loop.names, loop.columns, strict=True)]
    atoms += spoken_of(relations, atoms)
    atoms += [
        term(one.text, one.level, tuple(one.values[owner] for owner in loop.owners), one.size + _far(one))
        for one in outer
    ]
    return list(Bank(applications, 7.0).grow(atoms))


def _far(one: Term) -> float:
    """What does not change from element to element is rarely more than compared with, whole collections least."""
    return 0.3 if one.kind in ("int", "float", "str", "bool") else 1.5


def comprehensions(loop: Loop, inside: Sequence[Term], wanted: Collection[str] = ()) -> Iterator[Term]:
    """Lists, sums, dictionaries and the like over the elements, as expressions of the function.

    `wanted` are types of the results: what is both mapped and filtered is only folded into those.
    """
    item = [one for one in inside if one.text in loop.names]
    names = re.compile(rf"\b(?:{'|'.join(loop.names)})\b")
    uses = [one for one in inside if names.search(one.text) and FAILED not in one.values]
    values = uses[:160]
    tests = [one for one in uses if one.kind == "bool"][:140]
    for value in values:
        yield from _folds(loop, value, None)
    for test in tests:
        for value in item:
            yield from _folds(loop, value, test)
    if loop.size <= PLAIN:
        fit = [one for one in uses if one not in item and one.kind != "bool" and (not wanted or one.kind in wanted)]
        tests = tests[:MOST_TESTS]
        for test in tests:
            for value in fit[: MOST_PAIRS // len(tests)]:
                yield from _folds(loop, value, test, wanted)
    yield from _keyed(loop, values)


@dataclass(frozen=True, slots=True)
class Fold:
    """What is made of all elements: code around a generator `{0}`, the types it takes and gives, its cost."""

    code: str
    takes: str
    """Types of the elements, several separated by `|`; `` for any."""
    gives: str
    apply: Callable[[Sequence[Value]], Value]
    cost: float
    needs_change: bool = False
    """Worth nothing over elements that are neither changed nor chosen: there is a shorter way to write it."""


def _first(row: Sequence[Value]) -> Value:
    return row[0] if row else None


def _joined(code: str, cost: float) -> Fold:
    text = ast.literal_eval(code)
    return Fold(f"{code}.join({{0}})", "str", "str", text.join, cost)


_FOLDS = (
    Fold("[{0}]", "", "list", list, 0.0, needs_change=True),
    Fold("{{{0}}}", "", "set", set, 1.0, needs_change=True),
    Fold("sum({0})", "int|float", "int|float", sum, 0.5),
    Fold("max({0})", "int|float", "int|float", max, 0.7),
    Fold("min({0})", "int|float", "int|float", min, 0.7),
    Fold("sum({0})", "bool", "int", sum, 1.5),
    Fold("all({0})", "bool", "bool", all, 0.2),
    Fold("any({0})", "bool", "bool", any, 0.2),
    _joined('""', 0.6),
    _joined('" "', 0.8),
    _joined('", "', 1.4),
    _joined('","', 1.4),
    _joined('"-"', 1.6),
    _joined('"_"', 1.6),
    Fold("sorted({0})", "int|float|str|tuple", "list", sorted, 0.9, needs_change=True),
    Fold(
        "sorted([{0}], reverse=True)", "int|float|str|tuple", "list", lambda row: sorted(row, reverse=True), 1.5, True
    ),
    Fold("len({{{0}}})", "int|float|str|tuple", "int", lambda row: len(set(row)), 1.6, needs_change=True),
    Fold("next(({0}), None)", "", "", _first, 1.6, needs_change=True),
    Fold("max(({0}), default=None)", "int|float|str", "int|float|str", lambda row: max(row, default=None), 1.3),
    Fold("min(({0}), default=None)", "int|float|str", "int|float|str", lambda row: min(row, default=None), 1.3),
    Fold('max(({0}), key=len, default="")', "str", "str", lambda row: max(row, key=len, default=""), 1.5),
)


def _folds(loop: Loop, value: Term, test: Term | None, wanted: Collection[str] = ()) -> Iterator[Term]:
    """All folds of `value` over the elements that pass `test`; with `wanted`, those that give one of these types."""
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
    is_same = value.text == loop.target and test is None
    is_changed = not is_same or not loop.iterable.isidentifier()
    for fold in _FOLDS:
        is_fit = not fold.takes or value.kind in fold.takes.split("|")
        is_wanted = not wanted or not fold.gives or not set(fold.gives.split("|")).isdisjoint(wanted)
        if is_fit and is_wanted and (is_changed or not fold.needs_change) and (test is None or value.kind != "bool"):
            code, extra = fold.code.format(head), 0.0
            if is_same and "({0}" in fold.code:  # what takes a generator takes the collection, too
                code, extra = fold.code.replace("({0})", "{0}", "(({0})" in fold.code).format(loop.iterable), -0.8
            yield _term(code, rows, fold.apply, size + fold.cost + extra)
    if value.kind in ("list", "tuple") and value.text in loop.names:
        flat = (
            f"[part for {loop.target} in {loop.iterable}"
            + (f" if {test.text}" if test else "")
            + f" for part in {value.text}]"
        )
        yield _term(flat, rows, _flattened, size + 1.0)


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
