"""The built-in model: a search over program edits, judged by the project's own tests. No network.

Where trained weights ship with the package they order the edits; `search` is the same without them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autogpt.events import Warned
from autogpt.models.base import Brief, Candidate, Desk, Proposal
from autogpt.models.shipped import open_ranker
from autogpt.search.edit import Edit
from autogpt.search.repair import Repair
from autogpt.search.trim import trimmed

UNPROVED = (
    "The built-in model works from failing tests, and none proves this task. Write one, or examples in the docstring "
    "of the function, such as `>>> double(2)` and `4`."
)
OTHERS = (
    " If one of the failing tests ({count}) is meant, name it, its function or its file in the task; `autogpt fix` "
    "mends all of them."
)
HELP = "Or name a language model with --model (hf:<repository or folder>), or a server with --endpoint."


class BuiltinModel:
    """Repairs failing tests and fills in functions that tests cover."""

    def __init__(self, name: str = "builtin") -> None:
        self.name = name

    def propose(self, brief: Brief, desk: Desk) -> Proposal:
        """Changes with which failing tests pass, the most plausible first; or why there is none."""
        if not brief.goal:
            failing = len(brief.baseline.failing())
            others = OTHERS.format(count=failing) if failing else ""
            return Proposal(gave_up=f"{UNPROVED}{others} {HELP}")
        if brief.environment.runner != "pytest":
            runner = brief.environment.runner
            return Proposal(gave_up=f"The built-in model repairs Python tested by pytest, not {runner}. {HELP}")
        ranker = open_ranker(lambda text: desk.emit(Warned(text))) if self.name == "builtin" else None
        repair = Repair(brief, desk, ranker)
        found = repair.run()
        edits = list(found.edits)
        if (doubt := left_open(edits)) is not None:
            desk.emit(doubt)
        if edits:
            edits[0] = trimmed(edits[0], self._passing(brief, desk, repair), repair.remaining())
        candidates = tuple(Candidate(repair.files.change(edit), summary(edit)) for edit in edits)
        return Proposal(candidates, found.reason, are_tested=True)

    def _passing(self, brief: Brief, desk: Desk, repair: Repair) -> Callable[[Edit], Collection[str]]:
        return lambda edit: desk.test(repair.files.change(edit), brief.goal).passed() & set(brief.goal)


def left_open(edits: Sequence[Edit]) -> Warned | None:
    """A word on functions that were filled in where other bodies pass the same tests: those do not say which is meant.
    The first of the edits is proposed, all of them pass, the likeliest first."""
    own = {(one.path, one.where): one for one in edits[0].singles() if one.kind == "synthesis"} if edits else {}
    for (path, where), body in own.items():
        bodies = [one.text for edit in edits for one in edit.singles() if (one.path, one.where) == (path, where)]
        others = [text for text in dict.fromkeys(bodies) if text != body.text]
        if others:
            shown = others[0]
            count = "another body passes" if len(others) == 1 else f"{len(others)} other bodies pass"
            text = f"`{where}` is not settled by its tests: {count} them too, such as `{' '.join(shown.split())[:80]}`."
            return Warned(f"{text} Read it with care, or add tests that tell them apart.", path)
    return None


def summary(edit: Edit) -> str:
    """One line for the commit."""
    singles = edit.singles()
    names = list(dict.fromkeys(f"{single.where or single.path}" for single in singles))
    kinds = ", ".join(dict.fromkeys(single.kind.replace("-", " ") for single in singles))
    shown = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
    if kinds == "synthesis":
        return f"Implement {shown}"
    return f"Fix {shown} ({kinds})"
