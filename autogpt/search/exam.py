"""What a candidate has to pass: the goal, what must stay green, and what all of that looked like on the base."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from autogpt.search.edit import Edit
from autogpt.search.host_client import Stage, TestResult

CPU_FLOOR = 0.4
"""CPU seconds that any test may take: many wrong changes never end, and each costs so much."""
HUNG_LIMIT = 0.12
"""The same for a test that does not end on the base: there most changes leave it at that."""
CPU_FACTOR = 6.0
PATIENT_FLOOR = 6.0
"""The same for a second look at what may only have been slow."""
REACHING_SECONDS, REST_SECONDS = 3.0, 3.0
"""How long passing tests are run that reach the change, and those of which it is not known."""
FIRST_GOALS = 4
"""Goals that are run for every candidate; the others only when these pass."""
QUICK = 0.1
"""Seconds that those may take for all of them to be run, also when one fails."""


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

    def limits(self, tests: Sequence[str], *, patient: bool = False) -> dict[str, float]:
        """CPU seconds by test, under `` for those that are not named."""
        floor = PATIENT_FLOOR if patient else CPU_FLOOR
        took = {id: self.seconds.get(id, 0.0) * CPU_FACTOR for id in tests}
        limits = {"": floor, **{id: limit for id, limit in took.items() if limit > floor}}
        if not patient:
            limits.update({id: HUNG_LIMIT for id in tests if id in self.base and self.base[id].outcome == "timeout"})
        return limits

    def stages(self, goals: tuple[str, ...]) -> list[Stage]:
        """The first goals, all of them if they are quick, then the others."""
        first = spread(goals, FIRST_GOALS)
        quick = len(first) == 1 or sum(self.seconds.get(id, 0.0) for id in first) < QUICK
        others = [id for id in goals if id not in first]
        return [Stage(first, early=not quick), *([Stage(others)] if others else [])]

    def checks(self, edit: Edit, goals: tuple[str, ...]) -> list[Stage]:
        """For a change with which the goals pass: them once more, then what can notice it, the fastest first."""
        reaching = [id for id in self.reaching(edit) if id not in goals]
        known = {*reaching, *goals}
        rest = [id for id in self.unknown if id not in known]
        return [Stage(goals), Stage(reaching, budget=REACHING_SECONDS), Stage(rest, budget=REST_SECONDS)]

    def survey(self, edit: Edit, goals: tuple[str, ...]) -> list[Stage]:
        """For a change that does a part: each of the goals, and what else can notice it, whatever fails."""
        reaching = [id for id in self.reaching(edit) if id not in goals]
        return [Stage([*goals, *reaching], early=False, budget=REACHING_SECONDS)]

    def reaching(self, edit: Edit) -> list[str]:
        """Passing tests that run one of the changed functions; for a change outside of functions, all."""
        places = {(single.path, plain_name(single.where)) for single in edit.singles()}
        if not places <= self.reach.keys():
            return list(self.passing)
        wanted = {id for place in places for id in self.reach[place]}
        return [id for id in self.passing if id in wanted]


def plain_name(where: str) -> str:
    """A qualified name without the marks of functions inside functions."""
    return where.replace("<locals>.", "")


def spread(goals: Sequence[str], count: int) -> list[str]:
    """So many of them, from different test functions as far as possible."""
    by_function: dict[str, list[str]] = {}
    for id in goals:
        by_function.setdefault(id.partition("[")[0], []).append(id)
    turns = zip_longest(*by_function.values())
    return [id for turn in turns for id in turn if id is not None][:count]


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
    effect: int = 0
    """Equal for edits with which the goals do the same."""
    ran: int = 0
    """How many of the goals were run."""
    seconds: float = 0.0
    checked: bool = False
    """Whether every passing test that can notice was run."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An edit with which all goals of a group pass and nothing known fails, or a part of them. `key` orders tries."""

    edit: Edit
    key: float
    fixed: tuple[str, ...]
    checked: bool


def judge(exam: Exam, edit: Edit, goals: Collection[str], tests: Iterable[TestResult], *, cut: bool) -> Finding:
    """Results of one candidate, goals and other tests mixed, against the base."""
    by_id = {test.id: test for test in tests}
    fixed = tuple(id for id in goals if id in by_id and by_id[id].outcome == "passed")
    broken = tuple(id for id, test in by_id.items() if id not in goals and test.outcome not in ("passed", "skipped"))
    seconds = sum(test.seconds for test in by_id.values())
    effect = hash(tuple((id, _signature(by_id[id])) for id in goals if id in by_id))
    ran = sum(id in by_id for id in goals)
    failing = [by_id[id] for id in goals if id in by_id and by_id[id].outcome != "passed"]
    moved = max((_moved(exam.base.get(test.id), test) for test in failing), default=0.0)
    changed = bool(fixed) or any(_signature(exam.base.get(test.id)) != _signature(test) for test in failing)
    if len(fixed) == len(goals):
        verdict: Verdict = "breaks" if broken else "good"
    elif any(test.outcome == "timeout" for test in failing) and not fixed:
        verdict = "slow"
    else:
        verdict = "partial" if fixed else "bad"
    return Finding(edit, verdict, fixed, broken, moved, changed, effect, ran, seconds, checked=not cut)


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
