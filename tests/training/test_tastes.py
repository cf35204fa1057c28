"""What is only a matter of how bugs are drawn goes into the costs."""

from __future__ import annotations

import random
from math import exp

from autogpt.training.choices import Choice
from autogpt.training.tastes import tastes, without_tastes


def choice(kinds: list[str], right: int) -> Choice:
    return Choice([1], [-1], [0] * len(kinds), [1.0] * len(kinds), kinds, right)


def test_a_kind_drawn_more_often_costs_less() -> None:
    """Of two edits with one cost, that of the one kind is right nine times of ten."""
    dice = random.Random(1)
    some = [choice(["put in", "take out"], int(dice.random() < 0.9)) for _ in range(2000)]

    nats = tastes(some)
    first, second = without_tastes(some[0], nats).costs

    assert abs(1 / (1 + exp(second - first)) - 0.9) < 0.03


def test_within_a_kind_nothing_changes() -> None:
    some = [choice(["a", "a", "b"], index % 3) for index in range(300)]

    costs = without_tastes(some[0], tastes(some)).costs

    assert costs[0] == costs[1] and abs(costs[0] - costs[2]) < 0.05
