"""What a run may still spend on its model: a request that could pass a limit is not made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autogpt.config import Settings
from autogpt.errors import ModelError, Stopped
from autogpt.models.base import ChatModel, Completion, Message
from autogpt.models.prices import FREE, Price
from autogpt.result import Tokens

BYTES_PER_TOKEN = 3
"""Code has more bytes to a token with every common tokenizer, so this counts too many rather than too few."""
ANSWER = 16_384
"""Tokens of one answer at most, thinking included."""
LEAST_ANSWER = 256
"""An answer shorter than this could hold no edit."""


def estimate(messages: Sequence[Message]) -> int:
    """Tokens of a prompt, rather too many than too few."""
    return sum(len(message.content.encode("utf-8", "replace")) // BYTES_PER_TOKEN + 8 for message in messages)


def _tools(model: ChatModel) -> int:
    """Tokens of the tools that go with a prompt."""
    tools: Any = getattr(model, "tools", ())
    return len(json.dumps(tools)) // BYTES_PER_TOKEN if tools else 0


@dataclass(slots=True)
class Budget:
    """Limits of tokens and money with what was spent; 0 is no limit."""

    max_tokens: int = 0
    max_cost: float = 0.0
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Budget:
        return cls(settings.max_tokens, settings.max_cost)

    def answer_tokens(self, model: ChatModel, messages: Sequence[Message], n: int) -> int:
        """Tokens that each of `n` answers may have. Raise `Stopped` when the request could pass a limit."""
        prompt = estimate(messages) + _tools(model)
        allowed = min(ANSWER, max(LEAST_ANSWER, model.context - prompt))
        if self.max_tokens:
            left = self.max_tokens - self.tokens.prompt - self.tokens.completion
            allowed = min(allowed, left // n - prompt)
            if allowed < LEAST_ANSWER:
                raise Stopped(
                    f"The next request could pass the limit of {self.max_tokens} tokens (--max-tokens); "
                    f"{self.max_tokens - left} are spent.",
                    cancelled=False,
                )
        return min(allowed, self._affordable(model, prompt, n, allowed))

    def _affordable(self, model: ChatModel, prompt: int, n: int, wanted: int) -> int:
        price: Price | None = getattr(model, "price", FREE)
        if not self.max_cost or price is FREE:
            return wanted
        if price is None:
            raise ModelError(
                f"The price of {model.name} is not known, so --max-cost cannot be kept.",
                "Add it to prices.toml beside your config.toml, or limit --max-tokens.",
            )
        left = self.max_cost - self.cost_usd - n * price.cost(Tokens(prompt))
        one = price.cost(Tokens(0, n))
        if left < one * LEAST_ANSWER:
            raise Stopped(
                f"The next request could pass the limit of ${self.max_cost:g} (--max-cost); "
                f"${self.cost_usd:.4f} are spent.",
                cancelled=False,
            )
        return wanted if one == 0 else int(left / one)

    def spend(self, completions: Sequence[Completion]) -> None:
        for completion in completions:
            self.tokens += completion.tokens
            self.cost_usd += completion.cost_usd
