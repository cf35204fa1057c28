"""Phase two: a short plan, and the tests that prove it."""

from __future__ import annotations

from autogpt.agent.bench import Ground, Progress, Understood
from autogpt.agent.plan import Plan


def plan(ground: Ground, progress: Progress, understood: Understood) -> None:
    """Say what will be done; a proposer that plans in more detail adds its sub-tasks."""
    if progress.iterations > 1:
        return
    progress.plan = Plan(f"model {ground.settings.model}")
    goal = understood.goal or understood.examples
    kind = "failing test" if understood.goal else "example"
    progress.tell(progress.plan.prove(goal, kind) if goal else progress.plan.begin())
