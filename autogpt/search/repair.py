"""From failing tests to ranked program edits: opens the host, localises, searches group by group, combines."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autogpt.events import Noted, SearchProgressed, SuspectsFound
from autogpt.feedback.report import TestOutcome
from autogpt.models.base import Brief, Change, Desk
from autogpt.search.clusters import cluster
from autogpt.search.edit import Edit, are_disjoint, paired
from autogpt.search.engine import GroupSearch
from autogpt.search.evaluate import ColdEvaluator, Evaluator, HostEvaluator
from autogpt.search.exam import Exam, Solution
from autogpt.search.files import Files
from autogpt.search.generate import Generator
from autogpt.search.host_client import HostGone, open_host
from autogpt.search.localise import Spectrum, localise
from autogpt.search.pool import Pool
from autogpt.search.prepare import Prepared, is_test_support, prepare, test_files
from autogpt.search.rank import doubt_of, rank
from autogpt.search.ranker import Ranker
from autogpt.search.space.source import Source
from autogpt.search.suspects import places_of

PREPARE_SECONDS = 6.0
"""For the lines of passing tests, at most; and never more than a tenth of the time there is."""
DEFAULT_SECONDS = 120.0
ALTERNATIVES = 6
PARTS = 8
"""Edits that reach a part of a group's goal among which one is chosen where none reaches all."""
RANKED = 40
"""Edits that do a part that are compared with each other."""
TOLD_EVERY = 0.4
"""Seconds between two events of progress."""


@dataclass(frozen=True, slots=True)
class Found:
    """Edits that make goals pass, the best first, each for all goals that could be done. `reason` if there is none."""

    edits: tuple[Edit, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Repair:
    """One round of search on the base that `brief.tree` holds."""

    brief: Brief
    desk: Desk
    ranker: Ranker | None = None
    files: Files = field(init=False)
    tests: frozenset[str] = field(init=False)
    _started: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _evaluator: Evaluator | None = None

    def __post_init__(self) -> None:
        self.files = Files(self.brief.tree)
        self.tests = test_files(self.brief.baseline)

    def run(self) -> Found:
        """Search in the host; where that cannot be, by cold runs, and say so."""
        place = getattr(self.desk.runner, "place", None)
        try:
            if place is None:
                raise HostGone("These tests are not run by pytest.")
            injected = getattr(self.desk.runner, "_injected", ())
            with open_host(place, self.brief.tree, injected) as host:
                ready = host.ready(min(60.0, self.remaining()))
                host.preload(ready.modules)
                seconds = min(PREPARE_SECONDS, self.remaining() / 10)
                prepared = prepare(
                    host, self.brief.baseline, self.brief.goal, self.files, seconds=seconds, stopped=self._is_over
                )
                for note in prepared.notes:
                    self.desk.emit(Noted(note))
                return self._search(HostEvaluator(host, prepared.exam), prepared)
        except HostGone as gone:
            if self._is_over():
                self.desk.stop.check()
            self.desk.emit(Noted(f"{gone} The search goes on with a process for every candidate, which is slow."))
            prepared = Prepared(self._cold_exam(), Spectrum())
            evaluator = ColdEvaluator(prepared.exam, self.desk.test, self.files.change)
            return self._search(evaluator, prepared)

    def _cold_exam(self) -> Exam:
        outcomes = self.brief.baseline.outcomes
        seconds = {id: outcome.seconds for id, outcome in outcomes.items()}
        return Exam(self.brief.goal, tuple(self.brief.baseline.passed()), seconds)

    def remaining(self) -> float:
        """Seconds for the search: what the run has, less what the final tests will take."""
        reserve = 2.0 + 2.5 * self.brief.baseline.seconds
        left = min(self.desk.stop.remaining(), DEFAULT_SECONDS - (time.monotonic() - self._started))
        return max(0.0, left - min(reserve, 0.3 * left))

    def _is_over(self) -> bool:
        return self.desk.stop.requested

    def _search(self, evaluator: Evaluator, prepared: Prepared) -> Found:
        self._evaluator = evaluator
        deadline = time.monotonic() + self.remaining()
        outcomes = [
            self.brief.baseline.outcomes[id] for id in prepared.exam.goals if id in self.brief.baseline.outcomes
        ]
        groups = cluster(outcomes, prepared.spectrum, self.tests)
        searches: list[GroupSearch] = []
        opened: list[GroupSearch] = []
        for index, goals in enumerate(groups):
            if self._is_over():
                break
            # One more than is searched, so that it is thought of bodies for its functions while tests run for others.
            while len(opened) < min(index + 2, len(groups)):
                opened.append(self._group(groups[len(opened)], evaluator, prepared))
                opened[-1].pool.best_key()
            if any(set(goals) <= set(solution.fixed) for search in searches for solution in search.solutions):
                continue
            search = opened[index]
            searches.append(search)
            share = (deadline - time.monotonic()) / (len(groups) - index)
            search.run(share, self._is_over)
            if len(groups) > 1 and search.solutions:
                search.cross_check(prepared.exam.goals, self._is_over)
        for search in searches:
            if not search.solutions and not search.exhausted and deadline > time.monotonic():
                search.run(deadline - time.monotonic(), self._is_over)
        for search in opened:
            search.close()
        if self.desk.stop.cancelled:
            self.desk.stop.check()
        return self._combined(searches)

    def _group(self, goals: tuple[str, ...], evaluator: Evaluator, prepared: Prepared) -> GroupSearch:
        outcomes = [self.brief.baseline.outcomes[id] for id in goals]
        sources = self._sources(goals, prepared.spectrum, outcomes)
        suspicion = localise(prepared.spectrum, outcomes, sources, self.tests)
        files = dict.fromkeys(id.partition("::")[0] for id in goals)
        texts = tuple(self.files.texts(files).values())
        self.desk.emit(SuspectsFound(goals, places_of(suspicion, sources)))
        pool = Pool(suspicion, Generator(sources, outcomes, self.tests, texts, self.neighbours, self.ranker))

        def doubt(edit: Edit) -> float:
            return doubt_of(edit, self.files, goals)

        def tell(edit: Edit) -> None:
            self._tell(edit, search.passing)

        search = GroupSearch(goals, evaluator, pool, tell, doubt, Foundations(self, prepared.spectrum, sources, texts))
        return search

    def _sources(self, goals: Iterable[str], spectrum: Spectrum, outcomes: Sequence[TestOutcome]) -> dict[str, Source]:
        paths = {path for id in goals for path in spectrum.failing.get(id, {})}
        paths |= {frame.path for outcome in outcomes for frame in outcome.frames}
        if not any(not is_test_support(path, self.tests) for path in paths):
            paths |= set(_python_files(self.brief.tree))
        found = {path: self.files.source(path) for path in sorted(paths)}
        return {
            path: source
            for path, source in found.items()
            if source is not None and not is_test_support(path, self.tests)
        }

    def neighbours(self) -> list[Source]:
        found = (self.files.source(path) for path in _python_files(self.brief.tree))
        return [source for source in found if source is not None and not is_test_support(source.path, self.tests)]

    def _tell(self, edit: Edit, passing: int) -> None:
        now = time.monotonic()
        if now - self._told < TOLD_EVERY or self._evaluator is None:
            return
        self._told = now
        tried = self._evaluator.tried
        rate = tried / max(0.001, now - self._started)
        where = f"{edit.path}::{edit.where}" if edit.where else edit.path
        self.desk.emit(SearchProgressed(tried, round(rate, 1), where, passing))

    def _combined(self, searches: Sequence[GroupSearch]) -> Found:
        """One edit that does the best of every group; then the same with second bests; parts of a goal if need be."""
        solved = [some for search in searches if (some := self._ranked(search, search.solutions))]
        solved.sort(key=lambda some: -len(some[0].fixed))
        covered, ranked = set[str](), list[list[Edit]]()
        for some in solved:
            if not set(some[0].fixed) <= covered:
                covered |= set(some[0].fixed)
                ranked.append([one.edit for one in some])
        if not ranked:
            parts = [sorted(search.partial, key=lambda one: (-len(one.fixed), one.key))[:PARTS] for search in searches]
            best = [self._ranked(search, some) for search, some in zip(searches, parts, strict=True)]
            ranked = [[some[0].edit] for some in best if some]
        if not ranked:
            return Found(reason=self._reason(searches))
        choices = [[edits[0] for edits in ranked]]
        for place in range(1, max(map(len, ranked))):
            for group, edits in enumerate(ranked):
                if place < len(edits):
                    choices.append([*choices[0][:group], edits[place], *choices[0][group + 1 :]])
        return Found(tuple(_joined(choice) for choice in choices[:ALTERNATIVES]))

    def _ranked(self, search: GroupSearch, solutions: Sequence[Solution]) -> list[Solution]:
        """Not yet refused ones, those first that reach goals of other groups too, then the most plausible."""
        refused = [attempt.candidate.change for attempt in self.brief.attempts]
        fresh = [one for one in solutions if not _is_refused(self.files.change(one.edit), refused)]
        ordered = rank(fresh, self.files, search.goals, search.pool.suspicion)
        return sorted(ordered, key=lambda one: -len(one.fixed))

    def _reason(self, searches: Sequence[GroupSearch]) -> str:
        tried = self._evaluator.tried if self._evaluator else 0
        seconds = time.monotonic() - self._started
        left = "ran out of ideas" if all(search.exhausted for search in searches) else "ran out of time"
        return (
            f"The built-in search {left} after {tried} candidates in {seconds:.0f} s. "
            "A language model may do it: name one with --model, or a server with --endpoint."
        )


@dataclass(frozen=True, slots=True)
class Foundations:
    """What a search on top of an edit needs of the round. The tests that the edit turns green count as passing then."""

    repair: Repair
    spectrum: Spectrum
    sources: Mapping[str, Source]
    texts: tuple[str, ...]

    def order(self, parts: Sequence[Solution]) -> list[Solution]:
        most = sorted(parts, key=lambda part: (-len(part.fixed), part.key))[:RANKED]
        suspicion = localise(self.spectrum, self._outcomes(self.spectrum.failing), self.sources, self.repair.tests)
        ordered = rank(most, self.repair.files, self.spectrum.failing, suspicion)
        return sorted(ordered, key=lambda one: -len(one.fixed))

    def pool(self, part: Solution, goals: Sequence[str]) -> Pool:
        failing = {id: lines for id, lines in self.spectrum.failing.items() if id not in part.fixed}
        mended = {id: lines for id, lines in self.spectrum.failing.items() if id in part.fixed}
        outcomes = self._outcomes(goals)
        suspicion = localise(
            Spectrum(failing, {**self.spectrum.passing, **mended}), outcomes, self.sources, self.repair.tests
        )
        generator = Generator(
            self.sources, outcomes, self.repair.tests, self.texts, self.repair.neighbours, self.repair.ranker
        )
        return Pool(suspicion, generator, pairing=False)

    def _outcomes(self, ids: Iterable[str]) -> list[TestOutcome]:
        known = self.repair.brief.baseline.outcomes
        return [known[id] for id in ids if id in known]


def _is_refused(change: Change, refused: Sequence[Change]) -> bool:
    return any(all(other.get(path) == data for path, data in change.items()) for other in refused)


def _joined(edits: Sequence[Edit]) -> Edit:
    whole = edits[0]
    for edit in edits[1:]:
        if are_disjoint(whole, edit):
            whole = paired(whole, edit)
    return whole


def _python_files(tree: Path) -> list[str]:
    found = [path.relative_to(tree).as_posix() for path in tree.rglob("*.py") if ".git" not in path.parts]
    return sorted(found)[:200]
