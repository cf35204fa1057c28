"""Lets a language model have a say in what the edits of a statement cost; who that is, is not known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import islice
from math import exp, log
from typing import Protocol

from autogpt.search.edit import Edit
from autogpt.search.space.source import Source

RANKED = 48
"""Edits of a statement that are looked at, the cheapest first; the others keep what they cost."""

MOST_EVIDENCE = 300
"""Characters of a failure's text."""


class Ranker(Protocol):
    """Knows how likely an edit is in its context."""

    def costs(self, source: Source, edits: Sequence[Edit], evidence: str) -> Sequence[float]:
        """A cost in nats for each edit of one file, as `Edit.cost` is; `evidence` is what a failing test said."""
        ...


def reordered(found: Iterator[Edit], ranker: Ranker, source: Source, evidence: str) -> Iterator[Edit]:
    """The edits with the ranker's costs, the cheapest first; `found` comes in the order of its own costs."""
    first = list(islice(found, RANKED))
    own = [edit.cost for edit in first]
    costs = of_one_weight(own, ranker.costs(source, first, evidence)) if len(first) > 1 else own
    ranked = [replace(edit, cost=cost) for edit, cost in zip(first, costs, strict=True)]
    ranked.sort(key=lambda edit: edit.cost)
    yield from merge(ranked, found, key=lambda edit: edit.cost)


def of_one_weight(own: Sequence[float], costs: Sequence[float]) -> list[float]:
    """Costs moved so that the edits of a statement are together as likely as by their own costs: which of them is right
    is the ranker's to say, which statement is wrong is what the tests show."""
    moved = _likelihood(costs) - _likelihood(own)
    return [cost + moved for cost in costs]


def _likelihood(costs: Sequence[float]) -> float:
    """Logarithm of the sum of what each of them stands for."""
    least = min(costs)
    return log(sum(exp(least - cost) for cost in costs)) - least


def evidence_text(failing_line: str, exception: str, message: str) -> str:
    """A failure in two lines: what the test did, and what came of it."""
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    said = first if first.startswith(exception) or not exception else f"{exception}: {first}"
    return f"{failing_line.strip()}\n{said}"[:MOST_EVIDENCE]
