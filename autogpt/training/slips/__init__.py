"""Slips that people make in code that is right: something left out, something mistaken for its neighbour.

What a slip leaves out the repair has to put in, so that the repairs learnt are those that people need. The shares are
ours, rounded, after two counts of what fixes change: Pan, Kim and Whitehead, "Toward an understanding of bug fix
patterns" (2009): conditions and calls a quarter to a third each, assignments a tenth; Karampatsis and Sutton, "How
often do single-statement bugs occur?" (2020): wrong names and callees first, then conditions, arguments, numbers and
operators. How `benchmarks/repair` makes its bugs is not known here.
"""

from __future__ import annotations

import random

from autogpt.search.space.source import Source
from autogpt.training.slips.code import Code, Slip
from autogpt.training.slips.mistakes import MISTAKES
from autogpt.training.slips.omissions import OMISSIONS
from autogpt.training.slips.order import ORDER

KINDS = {**OMISSIONS, **MISTAKES, **ORDER}
"""The share of each kind where a function has places for all of them, and what finds its places: rare places weigh
more, so that what is left out is not crowded out by names, which are everywhere."""


def slips(code: str) -> dict[str, list[Slip]]:
    """Every slip of a function by its kind. Raises `SyntaxError`."""
    whole = Code(Source("slip.py", code))
    found: dict[str, list[Slip]] = {}
    for kind, (_, find) in KINDS.items():
        some = [slip for slip in find(whole) if code[slip[0] : slip[1]] != slip[2]]
        if some:
            found[kind] = some
    return found


def drawn(by_kind: dict[str, list[Slip]], dice: random.Random) -> tuple[str, Slip]:
    """A slip: the kind by its share, then one of the kind by its weight."""
    kinds = list(by_kind)
    kind = dice.choices(kinds, [KINDS[one][0] for one in kinds])[0]
    some = by_kind[kind]
    return kind, dice.choices(some, [weight for *_, weight in some])[0]
