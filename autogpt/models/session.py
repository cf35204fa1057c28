"""One run with a chat model: acceptance tests first where there are none, then rounds of asking until an edit applies.

Format errors and questions have budgets of their own, so that neither eats the rounds that are for repairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from autogpt.config import Settings
from autogpt.context.project import project_of
from autogpt.edits import FORMATS, Format, instructions, policy_for
from autogpt.edits.grammar import AnswerGrammar
from autogpt.events import Noted, PlanMade
from autogpt.feedback.report import Report
from autogpt.models import acceptance, briefing
from autogpt.models.approach import SAID, Approach, Sign, first_format, next_approach, sign_of
from autogpt.models.asks import Library, answer_asks
from autogpt.models.base import Attempt, Brief, Change, ChatModel, Completion, ContextTooLong, Desk, Proposal
from autogpt.models.budget import BYTES_PER_TOKEN, Budget
from autogpt.models.context import Context, gather
from autogpt.models.dialogue import Dialogue
from autogpt.models.memory import Memory
from autogpt.models.prompts import prompt
from autogpt.models.reading import GaveUp, Offer, Problem, Questions, Reader, Reading
from autogpt.models.secrets import redact
from autogpt.models.tree import Tree

FORMAT_ERRORS = 3
"""Answers in a row that do not apply, before the way of asking changes."""
QUESTION_ROUNDS = 12
"""Answers of a round that may be questions."""
CODE = 60_000
"""Characters of code in the first prompt; less in a small window, twice as many with each step of more context."""
SHRINKS = 4
NOTE = 300


class Session:
    """The mutable part: the dialogue, the approach, what was offered, the acceptance tests."""

    def __init__(self, model: ChatModel, brief: Brief, *, stronger: Callable[[], ChatModel] | None = None) -> None:
        self._stronger = stronger
        self._memory = Memory.load(Path(brief.task.workspace)) if brief.settings.remember else None
        self._approach = Approach(first_of(model, brief.settings, brief.tree, self._memory))
        self._dialogue = Dialogue(model, Budget.of(brief.settings))
        self._strikes = 0
        self._shrunk = 0
        self._heard = 0
        self._offers: tuple[Offer, ...] = ()
        self._accepted: Change = {}
        self._context = Context("", ())
        self._fence = "```"
        self._is_reviewing = False
        self._steered: list[str] = []
        self._reports: list[Report] = [brief.baseline]

    def round(self, brief: Brief, desk: Desk) -> Proposal:
        """What the tests said about the last round is heard, then new candidates are asked for."""
        if not self._dialogue.messages:
            self._heard = len(brief.attempts)
            if (offer := self._accept(brief, desk)) is not None:
                return self._offer([offer], desk)
        elif (reason := self._hear(brief, desk)) is not None:
            return Proposal(gave_up=reason)
        return self._seek(brief, desk)

    # Hearing what became of the last candidates

    def _hear(self, brief: Brief, desk: Desk) -> str | None:
        """Tell the model; with the same failure again change the approach. The reason when all has been tried."""
        tried, self._heard = brief.attempts[self._heard :], len(brief.attempts)
        if not tried:
            return None
        self._reports += [attempt.verdict.report for attempt in tried]
        best = max(range(len(tried)), key=lambda index: _merit(tried[index]))
        attempt = tried[best]
        self._dialogue.heard(self._offers[best].answer if best < len(self._offers) else attempt.candidate.summary)
        tree = Tree(brief.tree)
        kept = all(tree.read_bytes(path) == content for path, content in attempt.candidate.change.items())
        sign: Sign = "" if kept else sign_of(brief.attempts)
        self._strikes = 0 if kept else self._strikes
        advice = prompt("advice_none")
        self._is_reviewing = (
            not brief.goal and attempt.verdict.status == "unverified" and not _has_failures(attempt, self._reports[0])
        )
        if self._is_reviewing:
            if sign:
                return "The model sent the same change again."
            self._dialogue.say(prompt("review", outcome=briefing.fenced_outcome(attempt, brief.goal)))
            return None
        if sign:
            reason = self._change_approach(sign, brief, desk)
            if reason is not None:
                return reason
            if self._approach.fresh:
                return None
            advice = self._advice(sign, brief, desk)
        others = [one for index, one in enumerate(tried) if index != best]
        self._dialogue.say(briefing.outcome(attempt, others, brief.goal, kept=kept, advice=advice))
        return None

    def _advice(self, sign: Sign, brief: Brief, desk: Desk) -> str:
        parts = [prompt(f"advice_{sign}")] if sign != "format" else []
        parts += [prompt("advice_small")] * self._approach.decompose
        parts += [prompt("advice_format", instructions=instructions(self._approach.format, self._fence))]
        more = self._more_code(brief, desk)
        return "\n".join(parts + ([f"More of the project:\n\n{more}"] if more else []))

    def _more_code(self, brief: Brief, desk: Desk) -> str:
        """Files that a larger budget brings in and that were not shown yet."""
        before = {one.path: one for one in self._context.files}
        self._context = gather(brief, self._tree(brief), self._room(brief), desk.stop.check)
        return briefing.files([one for one in self._context.files if before.get(one.path) != one])

    def _change_approach(self, sign: Sign, brief: Brief, desk: Desk) -> str | None:
        """Go on to the next way of asking; the reason to give up when there is none left."""
        self._strikes += 1
        found = next_approach(self._approach, sign, self._strikes, stronger=self._stronger is not None)
        if found is None:
            return f"The model is stuck: {SAID[sign]}, whatever way it was asked."
        if found.stronger and self._stronger is not None and not self._approach.stronger:
            self._dialogue.model = self._stronger()
        _note(desk, f"Changing the approach, since {SAID[sign]}: {found.describe()}")
        self._approach = found
        if found.fresh:
            self._begin(brief, desk)
        return None

    # Asking

    def _seek(self, brief: Brief, desk: Desk) -> Proposal:
        """Ask until an answer applies; questions are answered, faulty answers sent back with what to send."""
        errors, questions, n = 0, 0, max(1, brief.settings.candidates)
        while True:
            completions = self._ask(brief, desk, n)
            n = 1
            readings = [self._read(completion, brief) for completion in completions]
            offers = tuple(reading for reading in readings if isinstance(reading, Offer))
            if offers:
                return self._offer(offers, desk)
            first = readings[0]
            self._dialogue.heard(completions[0].text)
            if isinstance(first, Questions) and questions < QUESTION_ROUNDS:
                questions += 1
                self._dialogue.say(self._answers(first, brief, desk))
                continue
            if isinstance(first, GaveUp):
                return Proposal(gave_up=first.reason if first.is_done else f"The model gave up: {first.reason}")
            errors += 1
            problem = first if isinstance(first, Problem) else None
            _note(desk, f"The answer could not be applied: {problem.reason if problem else 'only questions'}")
            self._dialogue.say(problem.message if problem else "No more questions are answered; send the edits now.")
            if errors % FORMAT_ERRORS == 0:
                reason = self._change_approach("format", brief, desk)
                if reason is not None:
                    return Proposal(gave_up=f"{reason} Last: {problem.reason if problem else 'only questions'}")
                if not self._approach.fresh:
                    self._dialogue.say(self._advice("format", brief, desk))

    def _ask(self, brief: Brief, desk: Desk, n: int) -> list[Completion]:
        """One request; with a prompt too long for the window, again with less of the project."""
        for message in desk.steering():
            self._steered.append(message)
            self._dialogue.say(prompt("steering", message=message))
        if self._dialogue.is_full():
            self._begin(brief, desk)
        temperature = self._approach.temperature or (0.8 if n > 1 else 0.0)
        self._dialogue.hold_to(lambda: self._grammar(brief))
        while True:
            try:
                return self._dialogue.ask(desk, n=n, temperature=temperature)
            except ContextTooLong:
                self._shrunk += 1
                if self._shrunk > SHRINKS:
                    raise
                _note(desk, "The prompt was too long for the model; asking again with less of the project.")
                self._begin(brief, desk)

    def _grammar(self, brief: Brief) -> AnswerGrammar:
        """What an answer that can be applied is like, for models whose tokens can be held to it."""
        tree = self._tree(brief)
        policy = policy_for(brief.task.text, tree.escapes)
        paths = [path for path in tree.paths() if not policy.check(path)]
        return AnswerGrammar(self._approach.format, self._fence, paths, tree.text)

    def _read(self, completion: Completion, brief: Brief) -> Reading:
        tree = self._tree(brief)
        reader = Reader(
            tree,
            policy_for(brief.task.text, tree.escapes),
            self._approach.format,
            self._fence,
            brief.task.title(),
            paths=tuple(shown.path for shown in self._context.files),
            may_be_done=self._is_reviewing,
        )
        reading = reader.understand(completion)
        if self._memory is not None and isinstance(reading, (Offer, Problem)):
            self._memory.record(self._dialogue.model.name, self._approach.format, float(isinstance(reading, Offer)))
        if not isinstance(reading, Offer) or not self._accepted:
            return reading
        whole: Change = {**self._accepted, **reading.candidate.change}
        return replace(reading, candidate=replace(reading.candidate, change=whole))

    def _offer(self, offers: Sequence[Offer], desk: Desk) -> Proposal:
        """Candidates for the tests, equal ones once."""
        distinct: list[Offer] = []
        for offer in offers:
            if all(offer.candidate.change != other.candidate.change for other in distinct):
                distinct.append(offer)
        self._offers = tuple(distinct)
        if distinct[0].plan:
            desk.emit(PlanMade(distinct[0].plan, tuple(self._accepted), self._approach.describe()))
        for note in dict.fromkeys(note for offer in distinct for note in offer.notes):
            _note(desk, note)
        return Proposal(tuple(offer.candidate for offer in distinct))

    def _answers(self, questions: Questions, brief: Brief, desk: Desk) -> str:
        def run(test: str) -> Report:
            report = desk.test(self._accepted, [test])
            self._reports.append(report)
            return report

        project = project_of(Path(brief.task.workspace))
        names = ", ".join(f"{ask.kind} {ask.about}".strip() for ask in questions.asks)
        _note(desk, f"The model asks: {names}")
        return answer_asks(questions.asks, Library(self._tree(brief), run, tuple(self._reports), project))

    # Beginning

    def _accept(self, brief: Brief, desk: Desk) -> Offer | None:
        """The first prompt; where no test proves the task, it asks for acceptance tests before anything else.

        An offer when the answer held more than the tests.
        """
        wanted = acceptance.are_wanted(brief)
        self._begin(brief, desk, closing=acceptance.request(brief) if wanted else "")
        if not wanted:
            return None
        found = acceptance.write(
            brief,
            desk,
            ask=lambda: self._ask(brief, desk, 1)[0],
            read=lambda completion: self._read(completion, brief),
            dialogue=self._dialogue,
            answers=lambda questions: self._answers(questions, brief, desk),
        )
        self._accepted = found.change
        if found.report is not None:
            self._reports.append(found.report)
        if found.offer is None:
            self._dialogue.say(briefing.closing(brief, accepted=bool(found.change), untestable=found.untestable))
        return found.offer

    def _begin(self, brief: Brief, desk: Desk, closing: str = "") -> None:
        """Start the dialogue over: the project as it is, what was tried, what to do."""
        tree = self._tree(brief)
        self._context = gather(brief, tree, self._room(brief), desk.stop.check)
        self._fence = briefing.fence_of(self._context)
        lessons = briefing.lessons(brief.attempts)
        ending = closing or lessons + "\n" * bool(lessons) + briefing.closing(brief, accepted=bool(self._accepted))
        ending = "\n".join([*(prompt("steering", message=message) for message in self._steered), ending])
        system = briefing.system(self._approach.format, self._fence)
        self._dialogue.begin(system, briefing.first(brief, tree, self._context, ending))

    def _tree(self, brief: Brief) -> Tree:
        return Tree(brief.tree, self._accepted)

    def _room(self, brief: Brief) -> int:
        """Characters of code that the prompt may show."""
        window = int(self._dialogue.model.context * BYTES_PER_TOKEN * 0.4)
        return min(CODE * 2**self._approach.context, window) >> self._shrunk


def first_of(model: ChatModel, settings: Settings, tree: Path, memory: Memory | None) -> Format:
    """As the settings say, else what this model got right before, else what suits models of its size."""
    first = first_format(model.name, settings.edit_format)
    if settings.edit_format != "auto":
        return first
    if next(Tree(tree).paths(), None) is None:
        return "file"  # in an empty folder there is nothing to replace
    return memory.best(model.name, FORMATS, first) if memory is not None else first


def _note(desk: Desk, text: str) -> None:
    """A line for the person; it may quote the model, so secrets are cut out of it."""
    desk.emit(Noted(redact(text)[:NOTE]))


def _has_failures(attempt: Attempt, baseline: Report) -> bool:
    """Whether the tests have something against a change; where they cannot be run at all they have not."""
    tests, problem = attempt.verdict.tests, attempt.verdict.report.problem
    return bool(tests.still_failing or tests.broken) or problem not in ("", baseline.problem)


def _merit(attempt: Attempt) -> tuple[int, int, int]:
    rank = {"refused": 0, "failed": 1, "unverified": 2, "verified": 3}[attempt.verdict.status]
    return rank, -len(attempt.verdict.tests.broken), len(attempt.verdict.tests.fixed)
