"""A proposer that follows a script: the only part of a run that is not real in these tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autogpt.models.base import Brief, Candidate, Desk, Proposal

Step = Proposal | Callable[[Brief, Desk], Proposal]


def change(summary: str = "Change it", **files: str) -> Proposal:
    """A proposal of one candidate; `shop__cart_py="…"` would be awkward, so paths come through `changes`."""
    return changes({name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()}, summary)


def changes(files: Mapping[str, str | None], summary: str = "Change it") -> Proposal:
    content = {path: None if text is None else text.encode() for path, text in files.items()}
    return Proposal((Candidate(content, summary),))


class ScriptedProposer:
    """Answers step by step and fails when its script runs out; `briefs` keeps what it was told."""

    name = "scripted"

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.briefs: list[Brief] = []

    def propose(self, brief: Brief, desk: Desk) -> Proposal:
        self.briefs.append(brief)
        if not self._steps:
            raise AssertionError("the script ran out")
        step = self._steps.pop(0)
        return step if isinstance(step, Proposal) else step(brief, desk)
