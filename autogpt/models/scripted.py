"""A chat model that answers from a script, in order, and fails when the script runs out.

It ships with the code so that the whole program can be driven by it: `--model scripted:FILE`. In the file each answer
begins after a line `=== answer`; what stands before the first such line is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autogpt.errors import ModelError, UsageError
from autogpt.models.base import Completion, Message
from autogpt.result import Tokens
from autogpt.stop import Stop

Answer = str | Completion | ModelError
"""A text, a completion with its own count of tokens, or the failure to raise in its place."""

CHARACTERS_PER_TOKEN = 4
"""For texts without a count of their own, so that limits of tokens can be tried with a script."""


class ScriptedModel:
    """A strict double of a language model: `asked` keeps every prompt, one answer is used up for each one wanted."""

    context = 1_000_000

    def __init__(self, *answers: Answer, name: str = "scripted") -> None:
        self.name = name
        self.asked: list[list[Message]] = []
        self.temperatures: list[float] = []
        self._answers = list(answers)
        self._given = 0

    @classmethod
    def load(cls, path: Path) -> ScriptedModel:
        """Read a script file. Raise `UsageError` when it cannot be read or holds no answer."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The script {path} cannot be read: {error}.") from error
        _, *answers = re.split(r"^=== answer[ \t]*\r?\n", text, flags=re.MULTILINE)
        if not answers:
            raise UsageError(f"The script {path} holds no answer.", "Begin each answer with a line `=== answer`.")
        return cls(*answers, name=f"scripted:{path.name}")

    @property
    def left(self) -> int:
        """Answers that were not asked for yet."""
        return len(self._answers) - self._given

    def complete(
        self, messages: Sequence[Message], *, n: int = 1, temperature: float = 0.0, max_tokens: int = 0, stop: Stop
    ) -> list[Completion]:
        """The next `n` answers of the script. Raise `ModelError` when it has fewer left."""
        stop.check()
        self.asked.append(list(messages))
        self.temperatures.append(temperature)
        if self.left < n:
            raise ModelError(f"The script ran out after {self._given} answers, and {n} more were asked for.")
        answers = self._answers[self._given : self._given + n]
        self._given += n
        return [_completion(answer, messages) for answer in answers]


def _completion(answer: Answer, messages: Sequence[Message]) -> Completion:
    if isinstance(answer, ModelError):
        raise answer
    if isinstance(answer, Completion):
        return answer
    asked = sum(len(message.content) for message in messages)
    return Completion(answer, Tokens(asked // CHARACTERS_PER_TOKEN, len(answer) // CHARACTERS_PER_TOKEN))
