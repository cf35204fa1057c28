"""The plan of a run as a person sees it. Pure: what is to be told of it comes back as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autogpt.events import PlanMade, StepDone
from autogpt.models.base import LATER

SHOWN = 3
"""Tests named in the plan; the rest are counted."""
UNPROVED = "Find tests that prove it"
CHANGE = "Make them pass"
LAST = ("Run the whole suite", "Commit it on a scratch branch")

Told = tuple[PlanMade | StepDone, ...]


@dataclass(slots=True)
class Plan:
    """First the proof, then the sub-tasks that the model has told, then what a run ends with.

    A sub-task is done when a change that carries it out was kept, whatever the model says of it.
    """

    approach: str = ""
    left: tuple[str, ...] = ()
    """Sub-tasks that were put off."""
    _proof: str = UNPROVED
    _acceptance: tuple[str, ...] = ()
    _done: list[str] = field(default_factory=list[str])
    _open: list[str] = field(default_factory=list[str])

    def begin(self) -> Told:
        """As it is before anything is known of the change."""
        return (self._made(),)

    def prove(self, tests: Sequence[str], kind: str) -> Told:
        """These tests fail now and will prove the task: they are there, so that step is done."""
        named = ", ".join(id.rpartition("::")[2] for id in tests[:SHOWN])
        more = f" and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
        self._proof = f"Prove it by {len(tests)} {kind}{'' if len(tests) == 1 else 's'}: {named}{more}"
        self._acceptance = tuple(tests)
        return (self._made(),)

    def take(self, steps: Sequence[str]) -> Told:
        """Sub-tasks of the next change, in place of those that no change was kept for."""
        if not steps:
            return ()
        bare = {step.removesuffix(LATER).strip(): step.endswith(LATER) for step in steps}
        self._open = [step for step, is_later in bare.items() if not is_later and step not in self._done]
        self.left = tuple(step for step, is_later in bare.items() if is_later and step not in self._done)
        return (self._made(),)

    def keep(self) -> Told:
        """The change was kept, though more is to be done."""
        first = 1 + len(self._done)
        told = tuple(StepDone(first + place, step) for place, step in enumerate(self._open))
        self._done, self._open = [*self._done, *self._open], []
        return told

    def finish(self) -> Told:
        """The change is verified and committed. What was put off stays open."""
        proof = () if self._acceptance else (StepDone(0, self._proof),)
        tasks = self.keep() if self._open or self._done or self.left else (StepDone(1, CHANGE),)
        end = len(self._steps()) - len(LAST)
        return (*proof, *tasks, *(StepDone(end + place, step) for place, step in enumerate(LAST)))

    def _steps(self) -> tuple[str, ...]:
        return (self._proof, *([*self._done, *self._open, *self.left] or [CHANGE]), *LAST)

    def _made(self) -> PlanMade:
        done = (*([0] if self._acceptance else []), *range(1, 1 + len(self._done)))
        return PlanMade(self._steps(), self._acceptance, self.approach, done)
