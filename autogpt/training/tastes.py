"""How much more often each kind of edit is right among the training's own bugs than the search's costs say.

The training draws its bugs as it can, and people slip otherwise. What is only a matter of the draw is put into the
costs before anything is learnt, so that the model learns which edits of a kind are right, and no taste in kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autogpt.training.choices import Choice

ROUNDS = 60
DOUBT = 5.0
"""Right edits that each kind is taken to have more, and is expected to have more."""

MOST = 4.0
"""Nats: of a kind that is never right here something is left, or nothing would be learnt of it."""


def tastes(choices: Sequence[Choice]) -> dict[str, float]:
    """Nats by kind, by generalised iterative scaling (Darroch and Ratcliff, 1972), each edit having one feature."""
    import numpy

    names = sorted({kind for one in choices for kind in one.kinds})
    number = {name: index for index, name in enumerate(names)}
    kinds = numpy.array([number[kind] for one in choices for kind in one.kinds])
    costs = numpy.array([cost for one in choices for cost in one.costs])
    starts = numpy.cumsum([0, *(len(one.costs) for one in choices[:-1])])
    sizes = [len(one.costs) for one in choices]
    right = numpy.array([start + one.right for start, one in zip(starts, choices, strict=True)])
    seen = numpy.bincount(kinds[right], minlength=len(names)) + DOUBT
    found = numpy.zeros(len(names))
    for _ in range(ROUNDS):
        weights = numpy.exp(found[kinds] - costs)
        shares = weights / numpy.repeat(numpy.add.reduceat(weights, starts), sizes)
        found += numpy.log(seen / (numpy.bincount(kinds, shares, minlength=len(names)) + DOUBT))
        found = found.clip(-MOST, MOST)
    return {name: float(nats) for name, nats in zip(names, found, strict=True)}


def without_tastes(choice: Choice, nats: Mapping[str, float]) -> Choice:
    """The choice with costs in which all kinds are as frequent as they are here."""
    return replace(
        choice, costs=[cost - nats.get(kind, 0.0) for cost, kind in zip(choice.costs, choice.kinds, strict=True)]
    )
