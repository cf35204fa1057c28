"""What a candidate has to pass: the goal, what must stay green, and what all of that looked like on the base."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from autogpt.search.edit import Edit
from autogpt.search.host_client import Stage, TestResult

CPU_FLOOR = 0.4
"""CPU seconds that any test may take: many wrong changes never end, and each costs so much."""
CPU_FACTOR = 6.0
PATIENT_FLOOR = 6.0
"""The same for a second look at what may only have been slow."""
CHECKED_FIRST, CHECK_SECONDS = 300, 2.0
"""How many passing tests that run the changed function are run at once, and for how long."""
MAX_GOALS = 12
"""Goals that are run for every candidate; the others only when these pass."""


@dataclass(frozen=True, slots=True)
class Exam:
    """`seconds` are CPU limits' base: what each test took. `reach` gives the passing tests that run a function."""

    goals: tuple[str, ...]
    passing: tuple[str, ...]
    """In the order of time taken, the fastest first."""
    seconds: Mapping[str, float]
    reach: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict[tuple[str, str], "tuple[str, ...]"])
    unknown: tuple[str, ...] = ()
    """Passing tests of which it is not known what they run."""
    base: Mapping[str, TestResult] = field(default_factory=dict[str, TestResult])
    """How the goals fail."""

    def limits(self, *, patient: bool = False) -> dict[str, float]:
        """CPU seconds by test, under `` for those that are not named."""
        floor = PATIENT_FLOOR if patient else CPU_FLOOR
        slow = {id: took for id, took in self.seconds.items() if took * CPU_FACTOR > floor}
        return {"": floor, **{id: took * CPU_FACTOR for id, took in slow.items() if took < 1e4}}

    def stages(self, edit: Edit, goals: tuple[str, ...]) -> list[Stage]:
        """Goals first, all of them if they are few and quick, then what the change can reach, the fastest first."""
        first = goals[:MAX_GOALS]
        quick = len(first) == 1 or sum(self.seconds.get(id, 0.0) for id in first) < 0.1
        reaching = [id for id in self.reaching(edit) if id not in goals]
        return [
            Stage(first, early=not quick),
            Stage(goals[MAX_GOALS:]),
            Stage(reaching[:CHECKED_FIRST], budget=CHECK_SECONDS),
        ]

    def rest(self, edit: Edit) -> list[str]:
        """Passing tests that `stages` leaves out, the likeliest to notice first."""
        reaching = self.reaching(edit)
        known = set(reaching[:CHECKED_FIRST])
        return [*reaching[CHECKED_FIRST:], *(id for id in self.unknown if id not in known)]

    def reaching(self, edit: Edit) -> list[str]:
        """Passing tests that run one of the changed functions; for a change outside of functions, all."""
        singles = edit.singles()
        if any((single.path, single.where) not in self.reach for single in singles):
            return list(self.passing)
        wanted = {id for single in singles for id in self.reach[single.path, single.where]}
        return [id for id in self.passing if id in wanted]


Verdict = Literal["good", "partial", "bad", "slow", "same", "invalid", "breaks"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of an edit. `good`: the goals pass and nothing else fails. `breaks`: they pass, something else fails.

    `partial`: some goals pass, others do not. `slow`: a goal ran out of time. `same`: no new code, hence not run.
    """

    edit: Edit
    verdict: Verdict
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    moved: float = 0.0
    """How much further the failing tests came, from -1 to 1, or that they fail otherwise (0.3)."""
    changed: bool = False
    """Whether any goal behaved otherwise than on the base."""
    seconds: float = 0.0
    checked: bool = False
    """Whether every passing test that can notice was run."""


def judge(exam: Exam, edit: Edit, goals: Collection[str], tests: Iterable[TestResult], *, cut: bool) -> Finding:
    """Results of one candidate, goals and other tests mixed, against the base."""
    by_id = {test.id: test for test in tests}
    fixed = tuple(id for id in goals if id in by_id and by_id[id].outcome == "passed")
    broken = tuple(id for id, test in by_id.items() if id not in goals and test.outcome not in ("passed", "skipped"))
    seconds = sum(test.seconds for test in by_id.values())
    failing = [by_id[id] for id in goals if id in by_id and by_id[id].outcome != "passed"]
    moved = max((_moved(exam.base.get(test.id), test) for test in failing), default=0.0)
    changed = bool(fixed) or any(_signature(exam.base.get(test.id)) != _signature(test) for test in failing)
    if len(fixed) == len(goals):
        verdict: Verdict = "breaks" if broken else "good"
    elif any(test.outcome == "timeout" for test in failing) and not fixed:
        verdict = "slow"
    else:
        verdict = "partial" if fixed else "bad"
    return Finding(edit, verdict, fixed, broken, moved, changed, seconds, checked=not cut)


def _signature(test: TestResult | None) -> tuple[object, ...]:
    return (test.outcome, test.exception, test.line, test.message, test.place) if test else ()


def _moved(base: TestResult | None, now: TestResult) -> float:
    if base is None or now.outcome != "failed":
        return -0.5
    if now.line > base.line > 0:
        return 1.0
    if now.line < base.line:
        return -0.5
    return 0.3 if (now.exception, now.place) != (base.exception, base.place) else 0.0
