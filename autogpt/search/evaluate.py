"""Has candidates tried by the test host, a few at a time, and turns what comes back into findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from autogpt.feedback.report import Report
from autogpt.models.base import Change
from autogpt.search.edit import Edit
from autogpt.search.exam import Exam, Finding, judge
from autogpt.search.host_client import Host, Lane, Stage, TestResult, Trial

IN_FLIGHT = 32
"""Requests that the host holds: two batches at work and two waiting, few enough that the order can still change."""
AT_FIRST, WIDENED_EVERY = 4, 4
"""As many at first, and one more after so many verdicts: the first edits are the likeliest ones, and each verdict says
something of the next, so a few larger batches less are well spent on it."""
BARE_IN_FLIGHT = 2
MAX_WAITING = 400
"""Edits that wait for the slow lane; of more than that only the first are of use."""


@dataclass(frozen=True, slots=True)
class Job:
    """An edit to be tried against some goals; in the order of `key`."""

    edit: Edit
    goals: tuple[str, ...]
    key: float = 0.0
    """Where it stood in the order, in nats."""
    patient: bool = False
    """Whether slow tests get more time."""
    again: bool = False
    """Whether it is run although the same code was tried before."""
    survey: bool = False
    """Whether all that the edit does is wanted, and not only whether it does."""


def most_in_flight(tried: int) -> int:
    """Requests that the host holds at most once so many have been answered."""
    return min(IN_FLIGHT, AT_FIRST + tried // WIDENED_EVERY)


class Evaluator(Protocol):
    """The host, or cold runs."""

    tried: int

    def room(self) -> bool:
        """Whether another job should be handed in now."""
        ...

    def submit(self, job: Job) -> None: ...

    def forget(self) -> None:
        """Drop what waits for a slow lane: somebody else's turn has come."""
        ...

    def poll(self, seconds: float) -> list[tuple[Job, Finding]]:
        """What has been found since; waits for a finding at most so long."""
        ...

    @property
    def busy(self) -> bool: ...


@dataclass(slots=True)
class HostEvaluator:
    """Two lanes: changed functions in the warm process; what it cannot do waits for the bare one."""

    host: Host
    exam: Exam
    tried: int = 0
    _flying: dict[int, tuple[Lane, Job]] = field(default_factory=dict[int, "tuple[Lane, Job]"])
    _waiting: deque[Job] = field(default_factory=deque[Job])
    _confirming: dict[int, tuple[Job, Finding]] = field(default_factory=dict[int, "tuple[Job, Finding]"])

    def room(self) -> bool:
        return sum(lane == "warm" for lane, _ in self._flying.values()) < most_in_flight(self.tried)

    @property
    def busy(self) -> bool:
        return bool(self._flying or self._waiting or self._confirming)

    def submit(self, job: Job) -> None:
        self._ask("warm", job)

    def forget(self) -> None:
        self._waiting.clear()

    def _ask(self, lane: Lane, job: Job) -> None:
        limits = self.exam.limits(job.goals, patient=job.patient)
        stages = self.exam.survey(job.edit, job.goals) if job.survey else self.exam.stages(job.goals)
        number = self.host.ask(lane, spans(job.edit), stages, limits, again=job.again)
        self._flying[number] = (lane, job)

    def poll(self, seconds: float) -> list[tuple[Job, Finding]]:
        flying = sum(lane == "bare" for lane, _ in self._flying.values())
        while self._waiting and flying < BARE_IN_FLIGHT:
            self._ask("bare", self._waiting.popleft())
            flying += 1
        found: list[tuple[Job, Finding]] = []
        for number, trial in self.host.answers(seconds):
            if number in self._flying:
                found += self._answered(*self._flying.pop(number), trial)
            elif number in self._confirming:
                found.append(self._confirmed(*self._confirming.pop(number), trial))
        return found

    def _answered(self, lane: Lane, job: Job, trial: Trial) -> list[tuple[Job, Finding]]:
        if trial.end == "reimport":
            self._wait(job)
            return []
        if trial.end in ("same", "invalid"):
            return [(job, Finding(job.edit, trial.end))]
        self.tried += 1
        finding = judge(self.exam, job.edit, job.goals, trial.tests, cut=trial.cut)
        if job.survey:
            return [(job, finding)]
        if finding.verdict == "good" and trial.end == "":
            self._confirm(lane, job, finding)
            return []
        if finding.verdict == "good":
            finding = replace(finding, verdict="breaks")
        if trial.ran_at_import and lane == "warm" and finding.verdict == "bad":
            self._wait(job)
        return [(job, finding)]

    def _wait(self, job: Job) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(job)

    def _confirm(self, lane: Lane, job: Job, finding: Finding) -> None:
        """In a process of its own: the goals again, and passing tests that can notice, as far as a few seconds go."""
        stages = self.exam.checks(job.edit, job.goals)
        if lane == "bare":  # it collects what it runs, so only the files of the goals
            files = {id.partition("::")[0] for id in job.goals}
            near = [[id for id in stage.tests if id.partition("::")[0] in files] for stage in stages[1:]]
            stages = [stages[0], *(Stage(ids, budget=s.budget) for ids, s in zip(near, stages[1:], strict=True))]
        every = [id for stage in stages for id in stage.tests]
        number = self.host.ask(lane, spans(job.edit), stages, self.exam.limits(every, patient=True), again=True)
        self._confirming[number] = (job, finding)

    def _confirmed(self, job: Job, finding: Finding, trial: Trial) -> tuple[Job, Finding]:
        again = judge(self.exam, job.edit, job.goals, trial.tests, cut=trial.cut)
        good = again.verdict == "good" and trial.end == ""
        return job, replace(again, verdict="good" if good else "breaks", seconds=finding.seconds)


@dataclass(slots=True)
class ColdEvaluator:
    """Where the host cannot be used: every candidate is a run of its own, with the files on disk."""

    exam: Exam
    test: Callable[[Change, list[str]], Report]
    change: Callable[[Edit], Change]
    tried: int = 0
    _found: list[tuple[Job, Finding]] = field(default_factory=list[tuple[Job, Finding]])

    def room(self) -> bool:
        return not self._found

    @property
    def busy(self) -> bool:
        return bool(self._found)

    def forget(self) -> None:
        pass

    def submit(self, job: Job) -> None:
        report = self.test(self.change(job.edit), list(job.goals))
        self.tried += 1
        results = [
            TestResult(id, "failed" if outcome.failing else "passed", outcome.seconds, outcome.exception)
            for id, outcome in report.outcomes.items()
        ]
        finding = judge(self.exam, job.edit, job.goals, results, cut=True)
        self._found.append((job, finding))

    def poll(self, seconds: float) -> list[tuple[Job, Finding]]:
        found, self._found = self._found, []
        return found


def spans(edit: Edit) -> list[tuple[str, int, int, str]]:
    """An edit as the host takes it."""
    return [(single.path, single.start, single.end, single.text) for single in edit.singles()]
