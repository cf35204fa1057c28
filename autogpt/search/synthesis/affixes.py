"""What is missing of a text before and behind an expression's value: `text[:width - 1] + "…"` without trying each text.

Concatenation solved backwards, as in Gulwani, "Automating string processing" (POPL 2011): the examples' results and the
values of an expression leave only one text that could stand around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autogpt.search.space.precedence import ATOM, SUM
from autogpt.search.synthesis.examples import Example
from autogpt.search.synthesis.values import FAILED, Term, Value, quoted, term

LARGEST = 7.0
MOST = 6_000
"""Expressions that are looked at, and how large they may be."""
ARGUMENT = 1.0
"""Size of a parameter's name."""
JOINED = 1.5
"""Cost of one text that is put before or behind."""

_Affixes = tuple[str, str]


def with_affixes(terms: Sequence[Term], examples: Sequence[Example]) -> Iterator[Term]:
    """Expressions with a text before or behind them that answer at least one example.

    A text that a single example shows must be punctuation, or stand around an argument: else it would be the example.
    """
    if not any(isinstance(example.result, str) for example in examples):
        return
    for one in [one for one in terms if one.kind == "str" and one.size <= LARGEST][:MOST]:
        if one.text[:1] in "'\"":
            continue
        groups: dict[_Affixes, int] = {}
        for value, example in zip(one.values, examples, strict=True):
            if (missing := _missing(value, example.result)) is not None:
                groups[missing] = groups.get(missing, 0) + 1
        for (before, behind), count in groups.items():
            if count > 1 or one.size <= ARGUMENT or not any(char.isalnum() for char in before + behind):
                yield _joined(before, one, behind)


def _missing(value: Value, result: Value) -> _Affixes | None:
    """None when the value is no part of the result, or all of it."""
    if not isinstance(value, str) or not isinstance(result, str) or not value or value == result:
        return None
    before, found, behind = result.partition(value)
    return (before, behind) if found else None


def _joined(before: str, one: Term, behind: str) -> Term:
    parts = [quoted(before)] * bool(before) + [one.held(SUM)] + [quoted(behind)] * bool(behind)
    values = tuple(before + value + behind if isinstance(value, str) else FAILED for value in one.values)
    if before and one.level == ATOM and one.text.isidentifier() and not set('{}\\\n"') & {*before, *behind}:
        return term(f'f"{before}{{{one.text}}}{behind}"', ATOM, values, one.size + JOINED)
    return term(" + ".join(parts), SUM, values, one.size + JOINED * (len(parts) - 1))
