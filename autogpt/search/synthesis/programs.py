"""Bodies of several statements: guards and cases, checks that raise, and the loops that programmers know by heart."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from autogpt.search.space.precedence import COMPARE
from autogpt.search.synthesis.examples import Example
from autogpt.search.synthesis.idioms import Body, filled
from autogpt.search.synthesis.loops import singular
from autogpt.search.synthesis.values import FAILED, Term, equal


def matches(one: Term, examples: Sequence[Example]) -> int:
    """The examples that an expression answers, as bits."""
    return sum(
        1 << index
        for index, (value, example) in enumerate(zip(one.values, examples, strict=True))
        if not example.raises and equal(value, example.result)
    )


def truths(one: Term) -> int | None:
    """The examples for which a test holds, as bits; None when it cannot be evaluated on one."""
    if any(value is FAILED for value in one.values):
        return None
    return sum(1 << index for index, value in enumerate(one.values) if value)


def cases(terms: Sequence[Term], examples: Sequence[Example]) -> Iterator[Body]:
    """`if test: return one`, `return other`; with up to three tests; raising where the examples raise."""
    everything = (1 << len(examples)) - 1
    errors = sum(1 << index for index, example in enumerate(examples) if example.raises)
    answers: dict[int, Term] = {}
    for one in terms:
        mask = matches(one, examples)
        if mask and _is_told(one, mask, examples) and (mask not in answers or answers[mask].size > one.size):
            answers[mask] = one
    tests: dict[int, Term] = {}
    for one in terms:
        if one.kind == "bool" and (mask := truths(one)) not in (None, 0, everything) and mask not in tests:
            tests[mask] = one
    for one, mask in thresholds(examples):
        if mask not in tests or tests[mask].size > one.size:
            tests[mask] = one
    head, cost, done = _checks(tests, examples, errors)
    if errors and head is None:
        return
    lines, left = tuple(head or ()), everything & ~done
    found: list[Body] = []
    for answer, one in answers.items():
        if answer & left == left:
            found.append((cost + one.size, (*lines, f"return {one.text}")))
    found += _split(answers, tests, left, lines, cost, 2)
    found.sort(key=lambda body: body[0])
    yield from found[:120]


def _split(
    answers: dict[int, Term], tests: dict[int, Term], left: int, lines: tuple[str, ...], cost: float, depth: int = 2
) -> list[Body]:
    """Decide by a test which expression answers; the rest is decided in the same way."""
    found: list[Body] = []
    ranked = sorted(answers.items(), key=lambda item: -bin(item[0] & left).count("1") * 3 + item[1].size)[:60]
    for mask, test in sorted(tests.items(), key=lambda item: item[1].size)[:220]:
        inside = mask & left
        if not inside or inside == left:
            continue
        first = _smallest(ranked, inside)
        if first is None:
            continue
        here = (*lines, f"if {test.text}:", f"    return {first.text}")
        price = cost + test.size + first.size + 1.5
        rest = left & ~inside
        price += 1.5 * (_ones(inside) == 1) + 1.0 * (_ones(rest) == 1)
        other = _smallest(ranked, rest)
        if other is not None:
            found.append((price + other.size, (*here, f"return {other.text}")))
        elif depth > 0 and len(found) < 60 and price < cost + 12:
            found += _split(answers, tests, rest, here, price, depth - 1)[:6]
    return sorted(found, key=lambda body: body[0])[:80]


def _ones(mask: int) -> int:
    return bin(mask).count("1")


def _is_told(one: Term, mask: int, examples: Sequence[Example]) -> bool:
    """A constant stands for a case only when two examples show it; else it would be the example itself."""
    if any(re.search(rf"\b{re.escape(name)}\b", one.text) for name in examples[0].arguments):
        return True
    return _ones(mask) > 1 or one.text in ("True", "False", "None", "0", "1", "-1", "[]", '""', "{}")


def thresholds(examples: Sequence[Example]) -> Iterator[tuple[Term, int]]:
    """`score >= 90` for numbers at which the result changes, `year % 4 == 0` for whole numbers."""
    for name in examples[0].arguments:
        values: list[Any] = [example.arguments[name] for example in examples]
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            continue
        if all(isinstance(value, int) for value in values):
            for divisor in _DIVISORS:
                size = 3.8 if divisor in (2, 3, 5) else 4.2
                yield _test(f"{name} % {divisor} == 0", [value % divisor == 0 for value in values], size)
        results = [repr(example.result) for example in examples]
        rows = sorted(zip(values, results, strict=True))
        edges = [(one[0], other[0]) for one, other in pairwise(rows) if one[1] != other[1]]
        for below, above in edges[:8]:
            for sign, edge in ((">=", above), ("<", above), ("<=", below), (">", below)):
                size = 3.2 if isinstance(edge, int) and edge % 5 == 0 else 4.4
                yield _test(f"{name} {sign} {edge}", [_SIGNS[sign](value, edge) for value in values], size)


_DIVISORS = (2, 3, 4, 5, 6, 7, 10, 15, 100, 400)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<": operator.lt, "<=": operator.le, ">": operator.gt,
}  # fmt: skip


def _test(text: str, truth: list[bool], size: float) -> tuple[Term, int]:
    return Term(text, COMPARE, tuple(truth), size, "bool"), sum(1 << index for index, one in enumerate(truth) if one)


def _smallest(ranked: Sequence[tuple[int, Term]], wanted: int) -> Term | None:
    best: Term | None = None
    for mask, one in ranked:
        if mask & wanted == wanted and (best is None or one.size < best.size):
            best = one
    return best


def _checks(tests: dict[int, Term], examples: Sequence[Example], errors: int) -> tuple[list[str] | None, float, int]:
    """`if test: raise …` for the examples that raise: one check for each exception, two where one is not enough."""
    lines: list[str] = []
    cost, done = 0.0, 0
    names = list(dict.fromkeys((example.raises, example.match) for example in examples if example.raises))
    for name, match in names:
        wanted = sum(
            1 << index for index, example in enumerate(examples) if (example.raises, example.match) == (name, match)
        )
        other = (errors | done) ^ ((1 << len(examples)) - 1)
        allowed = [(mask, one) for mask, one in tests.items() if not mask & other & ~wanted and mask & wanted]
        allowed.sort(key=lambda item: item[1].size)
        left = wanted
        while left:
            best = max(allowed[:200], key=lambda item: (bin(item[0] & left).count("1"), -item[1].size), default=None)
            if best is None or not best[0] & left or cost > 20:
                return None, 0.0, 0
            message = match if match and match.replace(" ", "").isalnum() else "invalid value"
            lines += [f"if {best[1].text}:", f'    raise {name}("{message}")']
            cost += best[1].size + 1.5
            left &= ~best[0]
            done |= best[0]
    return lines, cost, done | errors


def known_loops(names: Sequence[tuple[str, str]], function: str) -> Iterator[Body]:
    """Loops by heart over the parameters, given as names and types; unevaluated."""
    lists = [f"{name}.split()" for name, kind in names if kind == "str"]
    lists += [name for name, kind in names if kind in ("list", "tuple", "str", "", "set", "range")]
    numbers = [name for name, kind in names if kind in ("int", "float", "")]
    for items in lists:
        known = {"items": items, "item": singular(items), "self": function}
        yield from filled("over_items", known)
        for other in (name for name, _ in names if name not in items.split(".")):
            yield from filled("over_items_with", {**known, "other": other})
    for number in numbers:
        yield from filled("over_numbers", {"number": number})
        for other in numbers:
            if other != number:
                yield from filled("over_two_numbers", {"number": number, "other": other})
    for items in lists:
        for other in lists:
            if items != other and not items.endswith(")") and not other.endswith(")"):
                yield from filled("over_two_lists", {"items": items, "other": other})
    for name, kind in names:
        if kind in ("dict", ""):
            yield from filled("over_dicts", {"items": name})
