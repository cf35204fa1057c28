"""The search for one group of failing tests: generate, order, try, collect what passes, stop in time.

It knows no processes and no operators: edits come from a generator, verdicts from an evaluator.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from autogpt.search.edit import Edit
from autogpt.search.evaluate import Evaluator, Job
from autogpt.search.exam import Finding, Solution
from autogpt.search.pool import Pool
from autogpt.search.stacking import OPENED_AFTER, Ground, Stack, open_stack

GRACE_FIRST, GRACE_MOST, GRACE_SHARE = 1.5, 6.0, 0.5
"""Seconds that the search goes on after a first success, for others that may be more plausible: a share of the time
that the first one took, within bounds."""
GRACE_TRIES, GRACE_SLOW = 250, 2.5
"""Where so many others were not tried in that time, so many times as long."""
DOUBTFUL, GRACE_DOUBT, GRACE_DOUBT_MOST = 1.0, 4.0, 20.0
"""Where so many nats speak against every success so far, so many times as long, and seconds at most."""
MARGIN = 4.0
"""Nats behind the first success from which on nothing is worth waiting for."""
ENOUGH = 24
"""Solutions to choose from."""
PATIENT = 6
"""Edits with which a goal ran out of time that are tried once more with more of it."""
CROSS_CHECKED = 6
CROSS_SECONDS = 5.0
"""Solutions of one group of goals that are tried on the goals of the others, and for how long."""
SURVEY_SECONDS = 3.0
"""For finding out what all an edit does that does a part."""
STACK_TURN, PAIR_TURN = 3, 4
"""Where there is an edit that does a part, every third one stands on it, and of the others every fourth is a pair:
that what does a part is on the way to the whole is likely, and no more than that."""
STACKED = 1.0
"""Nats by which an edit on top of another comes after one that does as well alone."""


@dataclass(slots=True)
class GroupSearch:
    """One group of failing tests. `run` may be called again to go on where it stopped."""

    goals: tuple[str, ...]
    evaluator: Evaluator
    pool: Pool
    tick: Callable[[Edit], None] = lambda edit: None
    doubt: Callable[[Edit], float] = lambda edit: 0.0
    """Nats that speak against an edit that passes."""
    ground: Ground | None = None
    """Opens searches on top of edits that do a part; None for none."""
    solutions: list[Solution] = field(default_factory=list[Solution])
    partial: list[Solution] = field(default_factory=list[Solution])
    breaking: list[Solution] = field(default_factory=list[Solution])
    _slow: list[tuple[float, Edit]] = field(default_factory=list[tuple[float, Edit]])
    _retried: int = 0
    _seconds: float = 0.0
    _first: float = 0.0
    _submitted: int = 0
    _submitted_first: int = 0
    _submitted_part: int = 0
    _least_doubt: float = float("inf")
    _turns: int = 0
    _stacks: list[Stack] = field(default_factory=list[Stack])
    _stacked: dict[int, tuple[Stack, Edit, Edit, float]] = field(
        default_factory=dict[int, "tuple[Stack, Edit, Edit, float]"]
    )
    exhausted: bool = False

    def run(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Search until solved and the grace is over, out of edits, out of time, or stopped."""
        started = time.monotonic()
        already = self._seconds
        self.evaluator.forget()
        while not stopped():
            self._seconds = already + time.monotonic() - started
            if time.monotonic() - started > seconds or self._is_done():
                return
            fed = self._feed()
            if not fed and not self.evaluator.busy and not self.pool.is_thinking and not self._retry_slow():
                self.exhausted = True
                return
            for job, finding in self.evaluator.poll(0.02 if self.pool.is_thinking else 0.05):
                self._found(job, finding)
            if self._wants_stack():
                self._open_stack(stopped)

    @property
    def passing(self) -> int:
        """How many edits were tried when the first passed; 0 while none did."""
        return self._submitted_first

    def close(self) -> None:
        """End what still thinks."""
        for pool in (self.pool, *(stack.pool for stack in self._stacks)):
            pool.close()

    def cross_check(self, goals: tuple[str, ...], stopped: Callable[[], bool]) -> None:
        """See which goals of other groups the likeliest solutions reach too."""
        best = sorted(self.solutions, key=lambda one: one.key)[:CROSS_CHECKED]
        others = tuple(id for id in goals if id not in self.goals)
        if not others:
            return
        jobs = [Job(one.edit, self.goals + others, one.key, again=True) for one in best]
        for job, finding in self._outcomes(jobs, CROSS_SECONDS, stopped):
            self._reaches(job.edit, finding.fixed)

    def _outcomes(self, jobs: list[Job], seconds: float, stopped: Callable[[], bool]) -> Iterator[tuple[Job, Finding]]:
        """What becomes of these, as it comes; what else comes meanwhile is taken in."""
        for job in jobs:
            self.evaluator.submit(job)
        left, deadline = {id(job) for job in jobs}, time.monotonic() + seconds
        while left and time.monotonic() < deadline and not stopped():
            for job, finding in self.evaluator.poll(0.1):
                if id(job) in left:
                    left.discard(id(job))
                    yield job, finding
                else:
                    self._found(job, finding)

    def _wants_stack(self) -> bool:
        """Whether an edit that does a part is known long enough, and nothing stands on one or that has had its turn."""
        if self.ground is None or self.solutions or not self.partial:
            return False
        if self._stacks:
            return self._stacks[-1].is_tired
        return self._submitted - self._submitted_part >= OPENED_AFTER

    def _open_stack(self, stopped: Callable[[], bool]) -> None:
        def survey(parts: list[Solution]) -> list[Solution]:
            jobs = [Job(part.edit, self.goals, part.key, again=True, survey=True) for part in parts]
            found = self._outcomes(jobs, SURVEY_SECONDS, stopped)
            return [
                Solution(job.edit, job.key, finding.fixed, finding.checked)
                for job, finding in found
                if not finding.broken
            ]

        assert self.ground is not None
        stack = open_stack(self.ground, self.goals, self.partial, survey, len(self._stacks))
        if stack is None:
            self.ground = None
        else:
            self._stacks.append(stack)
            self.pool.pair_turn = PAIR_TURN
            alone = Job(stack.under.edit, stack.goals, stack.under.key, again=True)
            for _, finding in self._outcomes([alone], SURVEY_SECONDS, stopped):
                stack.effect = finding.effect

    def _reaches(self, edit: Edit, fixed: tuple[str, ...]) -> None:
        for index, solution in enumerate(self.solutions):
            if solution.edit is edit and len(fixed) > len(solution.fixed):
                self.solutions[index] = replace(solution, fixed=fixed)

    def _feed(self) -> bool:
        fed = False
        while self.evaluator.room():
            self._turns += 1
            if self._turns % STACK_TURN == 0 and self._feed_stacked():
                continue
            taken = self.pool.take()
            if taken is None:
                return self._feed_stacked() or fed
            key, edit = taken
            self._submit(key, edit)
            fed = True
        return True

    def _feed_stacked(self) -> bool:
        """An edit on top of one that does a part, if there is such a one."""
        if not self._stacks or self._stacks[-1].is_tired or (taken := self._stacks[-1].take()) is None:
            return False
        key, edit, half = taken
        self._stacked[id(edit)] = (self._stacks[-1], edit, half, key)
        self.tick(half)
        self._submitted += 1
        self.evaluator.submit(Job(edit, self._stacks[-1].goals, key + STACKED))
        return True

    def _submit(self, key: float, edit: Edit, *, patient: bool = False) -> None:
        self.tick(edit)
        self._submitted += 1
        self.evaluator.submit(Job(edit, self.goals, key, patient, again=patient))

    def _retry_slow(self) -> bool:
        """Give the likeliest of those that ran out of time more of it, one after the other."""
        if not self._slow or self._retried >= PATIENT or self.solutions:
            return False
        self._retried += 1
        key, edit = self._slow.pop(self._slow.index(min(self._slow, key=lambda one: one[0])))
        self._submit(key, edit, patient=True)
        return True

    def _found(self, job: Job, finding: Finding) -> None:
        stacked = self._stacked.pop(id(job.edit), None)
        if stacked is not None:
            stack, _, half, key = stacked
            if not stack.learn(key, half, finding) and finding.verdict == "partial":
                return
        elif job.goals != self.goals or job.survey:
            return
        else:
            self.pool.learn(job.key, finding)
        solution = Solution(job.edit, job.key, finding.fixed, finding.checked)
        if finding.verdict == "good":
            self.solutions.append(solution)
            if self._least_doubt > DOUBTFUL and len(self.solutions) <= ENOUGH:
                self._least_doubt = min(self._least_doubt, self.doubt(job.edit))
            if not self._first:
                self._first, self._submitted_first = self._seconds, self._submitted
        elif finding.verdict == "partial" and not finding.broken:
            if not self.partial:
                self._submitted_part = self._submitted
            self.partial.append(solution)
        elif finding.verdict == "breaks":
            self.breaking.append(solution)
        elif finding.verdict == "slow" and not job.patient:
            self._slow.append((job.key, job.edit))

    def _is_done(self) -> bool:
        """Whether another solution is not worth the wait."""
        if not self.solutions:
            return False
        grace = min(GRACE_MOST, max(GRACE_FIRST, GRACE_SHARE * self._first))
        is_doubtful = DOUBTFUL < self._least_doubt < float("inf")
        if is_doubtful:
            grace = min(GRACE_DOUBT_MOST, GRACE_DOUBT * grace)
        since = self._seconds - self._first
        few = self._submitted - self._submitted_first < GRACE_TRIES
        if since > (GRACE_SLOW * grace if few else grace) or (len(self.solutions) >= ENOUGH and not is_doubtful):
            return True
        best = min(solution.key for solution in self.solutions)
        return self.pool.best_key() > best + MARGIN and not self.evaluator.busy
