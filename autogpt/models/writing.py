"""What is asked of local weights and what they write, in tokens. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from autogpt.models.guiding import TokenGuide


@dataclass(frozen=True, slots=True)
class Job:
    """`n` answers to a prompt, of at most `limit` tokens each. `temperature` 0 picks the likeliest token.

    `top_k` 0 and `top_p` 1 leave the distribution as it is.
    """

    prompt: tuple[int, ...]
    limit: int
    n: int = 1
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    hint: tuple[int, ...] = ()
    """What an answer may repeat beside the prompt: guessed from, and never read by the model."""
    guide: TokenGuide | None = None
    """Holds the answers to a grammar."""


@dataclass(frozen=True, slots=True)
class Written:
    """One answer: its tokens without the end mark, whether it came to its end, the mean log-probability of a token."""

    tokens: tuple[int, ...]
    finished: bool
    mean_logprob: float = 0.0
