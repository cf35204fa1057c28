"""Answers that an interrupted run paid for, from its journal, so that the one that resumes it does not pay again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autogpt.events import ApproachChosen, ModelAnswered, ModelAsked, Record
from autogpt.models.base import Completion, Message

Key = tuple[tuple[tuple[str, str], ...], float, int]
"""A request: its messages, the temperature, the number of answers."""


@dataclass(slots=True)
class Recorded:
    """What was asked and answered; each answer is given once, to the same request, in the order of the journal."""

    answers: dict[Key, deque[list[Completion]]] = field(default_factory=dict[Key, "deque[list[Completion]]"])
    given: int = 0
    begun: ApproachChosen | None = None
    """How the model was asked at first."""

    @classmethod
    def of(cls, records: Iterable[Record]) -> Recorded:
        """From a journal. A request that was not answered in full, or whose answer was cut off, is asked again."""
        found, asked, answers = cls(), None, list[ModelAnswered]()
        for record in records:
            event = record.event
            if isinstance(event, ApproachChosen):
                found.begun = found.begun or event
            elif isinstance(event, ModelAsked):
                asked, answers = event, []
            elif isinstance(event, ModelAnswered) and asked is not None:
                answers.append(event)
                if len(answers) == asked.n:
                    found._add(asked, answers)
                    asked = None
        return found

    def _add(self, asked: ModelAsked, answers: Sequence[ModelAnswered]) -> None:
        if any(answer.truncated for answer in answers):
            return
        key = (asked.messages, asked.temperature, asked.n)
        whole = [Completion(answer.text, answer.tokens, answer.cost_usd) for answer in answers]
        self.answers.setdefault(key, deque()).append(whole)

    def __bool__(self) -> bool:
        return any(self.answers.values())

    def take(self, messages: Sequence[Message], temperature: float, n: int) -> list[Completion]:
        """The answers to this request, none where it was not made before."""
        waiting = self.answers.get((tuple((one.role, one.content) for one in messages), temperature, n))
        if not waiting:
            return []
        self.given += 1
        return waiting.popleft()
