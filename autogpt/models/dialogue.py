"""One conversation with a model: grows at its end only, so that what was sent before stays in the server's cache."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from autogpt.events import ModelAnswered, ModelAsked, Noted, Warned
from autogpt.models.base import ChatModel, Completion, Desk, Message
from autogpt.models.budget import Budget, estimate
from autogpt.models.secrets import redact


@dataclass(slots=True)
class Dialogue:
    """`messages` alternate between user and assistant after the system's, as chat templates demand."""

    model: ChatModel
    budget: Budget
    messages: list[Message] = field(default_factory=list[Message])

    def begin(self, system: str, first: str) -> None:
        """Forget all and start over with these two messages."""
        self.messages = [Message("system", redact(system)), Message("user", redact(first))]

    def say(self, text: str) -> None:
        """Add to what the model is told next."""
        text = redact(text)
        last = self.messages[-1] if self.messages else None
        if last is not None and last.role == "user":
            self.messages[-1] = Message("user", f"{last.content.rstrip()}\n\n{text}")
        else:
            self.messages.append(Message("user", text))

    def heard(self, answer: str) -> None:
        """Keep an answer of the model, once. An empty one is kept as such, since templates demand some text."""
        heard = Message("assistant", redact(answer.strip()) or "(empty)")
        if self.messages[-1] != heard:
            self.messages.append(heard)

    def is_full(self) -> bool:
        """Whether little room is left in the model's window for answers."""
        return estimate(self.messages) > 0.75 * self.model.context

    def ask(self, desk: Desk, *, n: int = 1, temperature: float = 0.0) -> list[Completion]:
        """Ask for `n` answers and write them to the journal. Raise `Stopped` before a limit would be passed."""
        desk.stop.check()
        limit = self.budget.answer_tokens(self.model, self.messages, n)
        if before := desk.answered(self.messages, temperature, n):
            self.budget.spend(before)
            desk.emit(Noted("Going on with an answer from before the interruption, at no cost."))
            return before
        desk.emit(ModelAsked(tuple((one.role, one.content) for one in self.messages), temperature, n))
        started = time.monotonic()
        completions = self.model.complete(self.messages, n=n, temperature=temperature, max_tokens=limit, stop=desk.stop)
        self.budget.spend(completions)
        _tell(completions, desk, round(time.monotonic() - started, 3))
        return completions


def _tell(completions: Sequence[Completion], desk: Desk, seconds: float) -> None:
    for completion in completions:
        text, tokens, cost = redact(completion.text), completion.tokens, completion.cost_usd
        desk.emit(ModelAnswered(text, tokens, cost, seconds, completion.truncated))
        if completion.note:
            desk.emit(Warned(completion.note))
