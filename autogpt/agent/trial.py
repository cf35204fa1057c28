"""Phase four: one candidate put to the test against the base, with the given tests as they were."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace

from autogpt.agent.bench import Ground, Progress, Understood, read_base, test_change
from autogpt.agent.guarding import idle_tests, weighed
from autogpt.errors import AutogptError
from autogpt.events import CandidateJudged, CandidateProposed
from autogpt.feedback.affected import affected_files
from autogpt.feedback.integrity import Finding, inspect, judged, new_tests, test_files
from autogpt.feedback.report import Report
from autogpt.feedback.verdict import judge, suspects
from autogpt.git.files import Refused
from autogpt.models.base import Candidate, Change, Verdict
from autogpt.result import Tests

WORTHWHILE = 1.0
"""Seconds that the whole suite takes on the base, from which on a part of it is run first."""


def try_candidate(ground: Ground, progress: Progress, understood: Understood, candidate: Candidate) -> Verdict:
    """Say what is tried, test it, say what came of it. `candidate.change` is relative to the base."""
    progress.candidates += 1
    number, base, started = progress.candidates, ground.snapshot.commit, time.monotonic()
    try:
        preview = ground.store.preview(base, candidate.change)
    except Refused as refused:
        progress.emit(CandidateJudged(number, "refused", refused.sentence()))
        return Verdict("refused", refused.sentence())
    files, diff = ground.store.difference(base, preview)
    progress.emit(CandidateProposed(number, candidate.summary, files, diff))
    verdict = _Trial(ground, progress, understood, candidate.change).verdict()
    if understood.diagnosis is not None and verdict.status != "refused":
        verdict = replace(verdict, diagnostics=understood.diagnosis.of(ground, progress, candidate.change))
    seconds = round(time.monotonic() - started, 3)
    found = tuple(one.sentence() for one in verdict.diagnostics)
    progress.emit(CandidateJudged(number, verdict.status, verdict.reason, verdict.tests, seconds, found))
    return verdict


def test_ahead(ground: Ground, progress: Progress, understood: Understood, candidates: Sequence[Candidate]) -> None:
    """Run the goal's tests with several candidates at the same time; each is judged later, by itself."""
    if not understood.goal or len(candidates) < 2:
        return
    changes: list[Change] = []
    for candidate in candidates:
        with contextlib.suppress(AutogptError):  # a path that git cannot read is refused when its turn comes
            trial = _Trial(ground, progress, understood, candidate.change)
            changes += [] if trial.is_refused else [trial.put]
    limit = ground.settings.test_timeout
    understood.seats.test(changes, understood.goal, timeout=limit, stop=progress.stop)
    progress.stop.check()


test_ahead.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


class _Trial:
    """The runs of tests that one candidate takes: the goal first, the whole suite only if that helped.

    The whole suite is run cold, in a process that shares nothing with an earlier one: what is believed stands on that.
    """

    def __init__(self, ground: Ground, progress: Progress, understood: Understood, change: Change) -> None:
        self._ground = ground
        self._progress = progress
        self._understood = understood
        self._change = change
        self._known = test_files(understood.baseline.outcomes.keys())
        self.put = judged(change, self._read, self._known)

    @property
    def is_refused(self) -> bool:
        """Whether it is not to be tested at all."""
        return any(finding.severity == "refuse" for finding in inspect(self._change, self._read, self._known))

    def verdict(self) -> Verdict:
        findings = inspect(self._change, self._read, self._known)
        refused = [finding for finding in findings if finding.severity == "refuse"]
        if refused:
            return Verdict("refused", refused[0].sentence(), warnings=_sentences(findings))
        goal = self._understood.goal
        seen = frozenset[str]()
        if goal:
            report = self._run(self.put, goal)
            if not self._any_fixed(report):
                return self._without_effect(report, findings)
            if (hopeless := self._breaks_nearby(report, findings)) is not None:
                return hopeless
            seen = report.passed()
        whole = self._run(self.put, None, fresh=True)
        flaky, proof, baseline = self._flaky(whole) | self._understood.flaky, self._proof(), self._understood.baseline
        verdict = judge(baseline, whole, goal=goal, findings=findings, proof=proof, flaky=flaky)
        if verdict.is_unproved and (idle := idle_tests(whole, proof, baseline)):
            return weighed(self._ground, self._progress, self._understood, self.put, verdict, idle)
        return self._confirmed(verdict, seen) if verdict.status == "verified" else verdict

    def _read(self, path: str) -> bytes | None:
        return read_base(self._ground, path)

    def _run(self, change: Change, tests: tuple[str, ...] | None, *, fresh: bool = False) -> Report:
        limit, stop, runner = self._ground.settings.test_timeout, self._progress.stop, self._understood.runner
        report = test_change(self._ground, runner, change, tests, timeout=limit, stop=stop, fresh=fresh)
        self._progress.hear(runner)
        stop.check()
        return report

    def _any_fixed(self, report: Report) -> bool:
        """A goal that is a file which could not be collected is fixed by what is in it."""
        passed = report.passed()
        return any(id in passed or ("::" not in id and id not in report.outcomes) for id in self._understood.goal)

    def _without_effect(self, report: Report, findings: tuple[Finding, ...]) -> Verdict:
        understood = self._understood
        tests = Tests(report.command, still_failing=understood.goal, preexisting=understood.preexisting)
        named = ", ".join(understood.goal[:3])
        more = f" and {len(understood.goal) - 3} more" if len(understood.goal) > 3 else ""
        reason = report.explanation if report.problem else f"Still failing: {named}{more}."
        return Verdict("failed", reason, tests, report, _sentences(findings))

    def _breaks_nearby(self, goal: Report, findings: tuple[Finding, ...]) -> Verdict | None:
        """The verdict on a candidate that breaks a test it can reach: those are run first, and spare the rest."""
        baseline = self._understood.baseline
        if baseline.seconds < WORTHWHILE:
            return None
        passed = baseline.passed()
        near = self._near(passed)
        if not near or len(near) > len(passed) / 2:
            return None
        report = self._run(self.put, near)
        known = {id: one for id, one in baseline.outcomes.items() if id in near or one.failing}
        base = replace(baseline, outcomes=known)
        flaky = self._flaky(report, base) | self._understood.flaky
        both = replace(report, outcomes={**goal.outcomes, **report.outcomes})
        verdict = judge(base, both, goal=self._understood.goal, findings=findings, flaky=flaky)
        return verdict if verdict.tests.broken or report.problem else None

    def _near(self, passed: frozenset[str]) -> tuple[str, ...]:
        """Tests that the change can affect: by the lines they run, where that is known, else by what they import."""
        recording = self._understood.recording
        contexts = recording.contexts if recording is not None else None
        ids = contexts.affected(self.put, self._read) if contexts is not None else None
        if ids is None:
            with self._ground.tree.lay(self.put) as tree:
                files = affected_files(tree, self.put.keys()) or frozenset()
            ids = {id for id in passed if id.partition("::")[0] in files}
        return tuple(id for id in self._understood.baseline.outcomes if id in passed and id in ids)

    def _flaky(self, whole: Report, baseline: Report | None = None) -> frozenset[str]:
        """Tests that passed on the base and failed with the change, but not because of it: blame on nobody.

        They pass when run once more, or fail on the base too, when that is run in a fresh process as the change was.
        """
        blamed = suspects(baseline or self._understood.baseline, whole)
        if not blamed or whole.problem:
            return frozenset()
        again = self._run(self.put, blamed, fresh=True).passed()
        flaky = frozenset(id for id in blamed if id in again)
        for id in flaky:
            self._progress.warn(f"flaky: {id} failed and then passed with the same change, so it counts for nothing")
        left = tuple(id for id in blamed if id not in flaky)
        if not left:
            return flaky
        before = self._run({}, left, fresh=True)
        failing = frozenset(id for id in left if id in before.failing())
        for id in failing:
            self._progress.warn(f"flaky: {id} passed and then failed on the unchanged base, so it counts for nothing")
        return flaky | failing

    def _proof(self) -> Report | None:
        """New tests run on the base without the change: those that pass there prove nothing."""
        added = new_tests(self._change, self._read)
        return self._run(added, tuple(added)) if added else None

    def _confirmed(self, verdict: Verdict, seen: frozenset[str]) -> Verdict:
        """A success must repeat: what passed once only, and not in the run of the goal (`seen`) too, is run again."""
        fixed = tuple(id for id in verdict.tests.fixed if "::" in id and id not in seen)
        again = self._run(self.put, fixed, fresh=True) if fixed else Report()
        unstable = [id for id in fixed if id not in again.passed()]
        if not unstable:
            return verdict
        reason = f"Not stable: {unstable[0]} passed and then failed with the same change."
        if again.problem:
            reason = f"{unstable[0]} passed, and the run that was to confirm it came to no end: {again.explanation}"
        # The second run is the evidence: what failed in it is what there is to be mended.
        fixed = tuple(id for id in verdict.tests.fixed if id not in unstable)
        tests = replace(verdict.tests, fixed=fixed, still_failing=tuple(unstable))
        return Verdict("unverified", reason, tests, again, verdict.warnings)


def _sentences(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(finding.sentence() for finding in findings)
