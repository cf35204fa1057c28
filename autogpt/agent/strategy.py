"""Phase two: a short plan, the tests that prove it, and the way of asking for this round."""

from __future__ import annotations

from autogpt.agent.bench import Ground, Progress, Understood
from autogpt.events import PlanMade

PROVE, FIND, TEST, COMMIT = range(4)
"""Places of the steps in the plan."""
SHOWN = 3
"""Tests named in the plan; the rest are counted."""


def plan(ground: Ground, progress: Progress, understood: Understood) -> None:
    """Say what will be done; a proposer that plans in more detail says so itself."""
    if progress.iterations > 1:
        return
    goal = understood.goal or understood.examples
    named = ", ".join(id.rpartition("::")[2] for id in goal[:SHOWN])
    more = f" and {len(goal) - SHOWN} more" if len(goal) > SHOWN else ""
    kind = "failing test" if understood.goal else "example"
    tests = f"{len(goal)} {kind}{'' if len(goal) == 1 else 's'}"
    prove = f"Prove it by {tests}: {named}{more}" if goal else "Find tests that prove it"
    progress.emit(
        PlanMade(
            steps=(
                prove,
                "Find a change that turns them green",
                "Run the whole suite",
                "Commit it on a scratch branch",
            ),
            acceptance=goal,
            approach=f"model {ground.settings.model}",
        )
    )
    if goal:
        progress.tick(PROVE)
