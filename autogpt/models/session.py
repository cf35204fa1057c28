"""One run with a chat model: acceptance tests first where there are none, then rounds of asking until an edit applies.

Format errors and questions have budgets of their own, so that neither eats the rounds that are for repairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from autogpt.context.project import project_of
from autogpt.edits import instructions, policy_for
from autogpt.edits.grammar import AnswerGrammar
from autogpt.edits.symbols import finder_for
from autogpt.events import ApproachChosen, Noted
from autogpt.feedback.report import Report
from autogpt.models import acceptance, briefing, lessons
from autogpt.models.approach import SAID, Sign, next_approach, sign_of
from autogpt.models.asks import Library, answer_asks
from autogpt.models.base import LATER, Attempt, Brief, Change, ChatModel, Completion, ContextTooLong, Desk, Proposal
from autogpt.models.beginning import begin
from autogpt.models.budget import BYTES_PER_TOKEN, Budget
from autogpt.models.channel import Channel
from autogpt.models.context import OUTLINE, Context, gather
from autogpt.models.dialogue import Dialogue
from autogpt.models.expecting import likely_edits
from autogpt.models.lessons import Lessons
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

    def __init__(
        self, model: ChatModel, brief: Brief, desk: Desk, *, stronger: Callable[[], ChatModel] | None = None
    ) -> None:
        self._stronger = stronger
        self._memory = Memory.load(Path(brief.task.workspace)) if brief.settings.remember else None
        self._channel = Channel(model, self._memory, brief.settings.tool_calls)
        beginning = begin(model, brief, self._memory, desk.begun, self._channel.choice)
        self._begun, self._begun_by = beginning.told, model.name
        self._approach = beginning.approach
        desk.emit(beginning.told)
        self._dialogue = Dialogue(model, Budget.of(brief.settings))
        self._lessons = Lessons.of(Path(brief.task.workspace)) if brief.settings.remember else None
        self._refusals: list[str] = []
        self._reached = len(brief.attempts)
        self._first: range | None = None
        self._strikes = {"format": 0, "repair": 0}
        self._fixed = frozenset[str]()
        self._shrunk = 0
        self._heard = 0
        self._offers: tuple[Offer, ...] = ()
        self._accepted: Change = {}
        self._taken_back: Change = {}
        self._context = Context("", ())
        self._fence = "```"
        self._is_reviewing = self._is_proving = False
        self._steered: list[str] = []
        self._reports: list[Report] = [brief.baseline]

    def round(self, brief: Brief, desk: Desk) -> Proposal:
        """What the tests said about the last round is heard, then new candidates are asked for."""
        self._reached = len(brief.attempts)
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
        best = max(range(len(tried)), key=lambda index: tried[index].verdict.merit)
        attempt = tried[best]
        self._dialogue.heard(self._offers[best].answer if best < len(self._offers) else attempt.candidate.summary)
        tree = Tree(brief.tree)
        kept = all(tree.read_bytes(path) == content for path, content in attempt.candidate.change.items())
        sign: Sign = "" if kept else sign_of(brief.attempts)
        before = self._fixed
        self._taken_back = {} if kept else attempt.candidate.change
        if kept:
            self._strikes = dict.fromkeys(self._strikes, 0)
            self._fixed = frozenset((*attempt.verdict.tests.fixed, *attempt.verdict.tests.added))
        advice = prompt("advice_none")
        has_run = attempt.verdict.report.problem in ("", self._reports[0].problem)  # or could not before, either
        self._is_reviewing = not brief.goal and attempt.verdict.is_unproved and has_run
        if self._is_reviewing:
            if sign_of(brief.attempts) in ("same_edit", "oscillation"):
                return "The model sent the same change again."
            self._dialogue.say(briefing.review(attempt, brief.goal, kept=kept))
            return None
        if sign:
            reason = self._change_approach(sign, brief, desk)
            if reason is not None:
                return reason
            if self._approach.fresh:
                return None
            advice = self._advice(sign, brief, desk)
        others = [one for index, one in enumerate(tried) if index != best]
        self._dialogue.say(briefing.outcome(attempt, others, brief.goal, kept=kept, advice=advice, before=before))
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
        kind = "format" if sign == "format" else "repair"  # one has not used up what there is against the other
        self._strikes[kind] += 1
        by_symbol = any(finder_for(path) for path in self._tree(brief).paths())
        found = next_approach(
            self._approach, sign, self._strikes[kind], stronger=self._stronger is not None, by_symbol=by_symbol
        )
        if found is None:
            return f"The model is stuck: {SAID[sign]}, whatever way it was asked."
        if found.stronger and self._stronger is not None and not self._approach.stronger:
            self._dialogue.model = self._stronger()
            self._channel.go_over(self._dialogue.model)
        desk.emit(ApproachChosen(found.format, "", found.describe(), SAID[sign]))
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
            readings = [self._read(completion, brief, desk) for completion in completions]
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
        self._channel.prepare(self._approach.format, lambda: self._grammar(brief), lambda: self._likely(brief))
        while True:
            try:
                return self._dialogue.ask(desk, n=n, temperature=temperature)
            except ContextTooLong:
                self._shrunk += 1
                if self._shrunk > SHRINKS:
                    raise
                _note(desk, "The prompt was too long for the model; asking again with less of the project.")
                self._begin(brief, desk)

    def _likely(self, brief: Brief) -> str:
        return likely_edits(brief, self._tree(brief), self._approach.format, self._fence)

    def _grammar(self, brief: Brief) -> AnswerGrammar:
        """What an answer that can be applied is like, for models whose tokens can be held to it."""
        tree = self._tree(brief)
        policy = policy_for(brief.task.text, tree.escapes)
        paths = [path for path in tree.paths() if not policy.check(path)]
        return AnswerGrammar(self._approach.format, self._fence, paths, tree.text)

    def _read(self, completion: Completion, brief: Brief, desk: Desk) -> Reading:
        tree = self._tree(brief)
        reader = Reader(
            tree,
            policy_for(brief.task.text, tree.escapes),
            self._approach.format,
            self._fence,
            brief.task.title(),
            paths=tuple(shown.path for shown in self._context.files),
            root=brief.task.workspace,
            is_proving=self._is_proving,
            taken_back=self._taken_back,
            may_be_done=self._is_reviewing,
        )
        reading = reader.understand(completion)
        if isinstance(reading, Problem):
            self._refusals.append(lessons.of_refusal(self._approach.format, reading.reason))
        if self._memory is not None and isinstance(reading, (Offer, Problem)):
            self._memory.record(self._dialogue.model.name, self._approach.format, float(isinstance(reading, Offer)))
        self._channel.heard(reading, desk)
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
        if self._first is None:
            self._first = range(self._reached, self._reached + len(distinct))
        for note in dict.fromkeys(note for offer in distinct for note in offer.notes):
            _note(desk, note)
        return Proposal(tuple(offer.candidate for offer in distinct), plan=distinct[0].plan)

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
        self._begin(brief, desk, tests_first=wanted)
        if not wanted:
            return None
        self._is_proving = True
        found = acceptance.write(
            brief,
            desk,
            ask=lambda: self._ask(brief, desk, 1)[0],
            read=lambda completion: self._read(completion, brief, desk),
            dialogue=self._dialogue,
            answers=lambda questions: self._answers(questions, brief, desk),
        )
        self._is_proving = False
        self._accepted = found.change
        if found.report is not None:
            self._reports.append(found.report)
        if found.offer is None:
            if self._approach.decompose:
                self._dialogue.say(prompt("advice_small"))
            self._dialogue.say(briefing.closing(brief, accepted=bool(found.change), untestable=found.untestable))
        return found.offer

    def _begin(self, brief: Brief, desk: Desk, *, tests_first: bool = False) -> None:
        """Start the dialogue over: the project as it is, what was tried, what to do."""
        tree = self._tree(brief)
        self._context = gather(brief, tree, self._room(brief), desk.stop.check)
        self._fence = briefing.fence_of(self._context)
        if tests_first:
            parts = [acceptance.request(brief, [one.path for one in self._context.files if one.note != OUTLINE])]
        else:
            small = [prompt("advice_small")] * self._approach.decompose
            parts = [briefing.lessons(brief.attempts), *small, briefing.closing(brief, accepted=bool(self._accepted))]
        steered = (prompt("steering", message=message) for message in self._steered)
        ending = "\n".join(part for part in (*steered, *parts) if part)
        system = briefing.system(self._approach.format, self._fence)
        first = briefing.first(brief, tree, self._context, ending, lessons=self._begun.lessons)
        self._dialogue.begin(system, first)

    # The end

    def look_over(self, attempt: Attempt, brief: Brief, desk: Desk) -> Proposal:
        """Ask once whether a verified change is good as it is, if its tests are the model's own, tools object, or the
        model has put off a part."""
        verdict = attempt.verdict
        is_partial = any(step.endswith(LATER) for offer in self._offers for step in offer.plan)
        if not (self._accepted or verdict.diagnostics or verdict.warnings or is_partial) or self._is_reviewing:
            return Proposal()
        _note(desk, "The model looks over its change once more")
        change = attempt.candidate.change
        mine = (offer.answer for offer in self._offers if offer.candidate.change.items() <= change.items())
        self._dialogue.heard(next(mine, attempt.candidate.summary))
        self._dialogue.say(prompt("last_look", outcome=briefing.fenced_outcome(attempt, brief.goal)))
        self._is_reviewing = True
        self._accepted = {**self._accepted, **change}  # so that what should be different is all that is sent
        reading = self._read(self._ask(brief, desk, 1)[0], brief, desk)
        return self._offer([reading], desk) if isinstance(reading, Offer) else Proposal()

    def learn(self, attempts: Sequence[Attempt]) -> None:
        """Count how the run's first change did, where tests could tell, and keep what failures have shown."""
        first = [attempts[place].verdict for place in self._first or () if place < len(attempts)]
        told = [verdict for verdict in first if verdict.status in ("verified", "failed")]
        if self._memory is not None and told and self._begun.way:
            good = any(one.status == "verified" or (one.tests.fixed and not one.tests.broken) for one in told)
            self._memory.record(self._begun_by, self._begun.way, float(good))
        if self._lessons is not None:
            self._lessons.add([*self._refusals, *lessons.of_attempts(attempts, self._reports[0])])

    def _tree(self, brief: Brief) -> Tree:
        return Tree(brief.tree, self._accepted)

    def _room(self, brief: Brief) -> int:
        """Characters of code that the prompt may show."""
        window = int(self._dialogue.model.context * BYTES_PER_TOKEN * 0.4)
        return min(CODE * 2**self._approach.context, window) >> self._shrunk


def _note(desk: Desk, text: str) -> None:
    """A line for the person; it may quote the model, so secrets are cut out of it."""
    desk.emit(Noted(redact(text)[:NOTE]))
