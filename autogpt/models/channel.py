"""How answers come: by native tool calls or as text, free or held to a grammar. Chosen by what worked before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

from autogpt.config import ToolCalls
from autogpt.edits import Format
from autogpt.edits.grammar import AnswerGrammar
from autogpt.events import Noted
from autogpt.models.approach import is_small
from autogpt.models.base import ChatModel, Desk
from autogpt.models.calls import Tool, tools_for
from autogpt.models.memory import Choice, Memory
from autogpt.models.reading import Offer, Problem, Reading

Means = Literal["calls", "text"]
MEANS: tuple[Means, ...] = ("calls", "text")
TEXT: Choice[Means] = Choice("text", "the model takes no tools")


@runtime_checkable
class Caller(Protocol):
    """A model that can be given tools. Its answers are text all the same (`calls.written`)."""

    tools: tuple[Tool, ...]

    @property
    def can_call(self) -> bool:
        """Whether tools reach the model, as far as known."""
        ...


class Channel:
    """The means of one run. A model that was asked by tool calls and sent what cannot be read is asked in text."""

    def __init__(self, model: ChatModel, memory: Memory | None, wanted: ToolCalls) -> None:
        self._memory = memory
        self._wanted: ToolCalls = wanted
        self.go_over(model)

    def go_over(self, model: ChatModel) -> None:
        """To a model of which nothing was heard in this run yet."""
        self._model = model
        self._has_slipped = self._is_refused = False
        self.choice = self._choose()

    def _choose(self) -> Choice[Means]:
        model = self._model
        if not isinstance(model, Caller) or not model.can_call:
            return TEXT
        if self._wanted != "auto":
            return Choice("calls" if self._wanted == "yes" else "text", "the setting tool_calls")
        first: Means = "text" if is_small(model.name) else "calls"
        if self._memory is None:
            return Choice(first, "it suits the model's size")
        return self._memory.choose(model.name, MEANS, first)

    def prepare(self, format: Format, grammar: Callable[[], AnswerGrammar], expected: Callable[[], str]) -> None:
        """Before a request; `expected` is what an answer may begin with, for weights that guess ahead.

        A server's model, which may think in ways that no grammar foresees, is held to one only after an answer that
        could not be read.
        """
        model = self._model
        if hasattr(model, "grammar") and (self._has_slipped or not hasattr(model, "url")):
            model.grammar = grammar()  # type: ignore[attr-defined]
        if hasattr(model, "expected"):
            model.expected = expected()  # type: ignore[attr-defined]
        if isinstance(model, Caller):
            by_calls = self.choice.arm == "calls" and not self._has_slipped
            model.tools = tools_for(format) if by_calls else ()

    def heard(self, reading: Reading, desk: Desk) -> None:
        """Learn from an answer."""
        model = self._model
        if isinstance(model, Caller) and self._memory is not None and isinstance(reading, (Offer, Problem)):
            means: Means = "calls" if model.tools and model.can_call else "text"
            self._memory.record(model.name, means, float(isinstance(reading, Offer)))
        if isinstance(reading, Problem) and reading.is_unreadable:
            self._has_slipped = True
        if isinstance(model, Caller) and model.tools and not model.can_call and not self._is_refused:
            self._is_refused = True
            desk.emit(Noted(f"{model.name} takes no tool calls here; it is asked in text."))
            if self._memory is not None:
                self._memory.record(model.name, "calls", 0.0)
