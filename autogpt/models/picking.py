"""Picks tokens from a model's logits: by likelihood or by chance with a seed of its own, within the grammar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from autogpt.models.guiding import SAMPLED, Guided
from autogpt.models.writing import Job


class Picker:
    """For the answers of one job, which are counted from zero."""

    def __init__(self, job: Job, device: Any, ends: frozenset[int]) -> None:
        self._job = job
        self._ends = ends
        self._random = torch.Generator(device=device)
        self._random.manual_seed(job.seed)
        guide = job.guide
        self._written: list[Guided | None] = [guide.begin() for _ in range(job.n)] if guide else []

    def follow(self, logits: torch.Tensor, draft: Sequence[int], answer: int = 0) -> list[int]:
        """Tokens after the last one and after each of `draft`, up to the first that the draft has not foreseen.

        Each is the model's own pick; with chance in play a guess counts where chance picks the same.
        """
        if not self._job.guide:
            picks: list[int] = self._pick(logits).tolist()
            right = 0
            while right < len(draft) and draft[right] == picks[right] and picks[right] not in self._ends:
                right += 1
            return picks[: right + 1]
        new: list[int] = []
        for row in range(len(draft) + 1):
            new.append(self._guided(logits[row], answer))
            if row == len(draft) or new[-1] != draft[row] or new[-1] in self._ends:
                break
        return new

    def logprob(self, logits: torch.Tensor, tokens: Sequence[int]) -> float:
        """Sum of the log-probabilities of tokens, one for each row of logits; 0 where no answers are compared."""
        if self._job.n == 1:
            return 0.0
        rows = logits[: len(tokens)].float()
        chosen = rows.gather(1, torch.tensor(tokens, device=rows.device)[:, None])[:, 0]
        return float((chosen - rows.logsumexp(-1)).sum())

    def _pick(self, logits: torch.Tensor) -> torch.Tensor:
        job = self._job
        if job.temperature <= 0.0:
            return logits.argmax(-1)
        chances = torch.softmax(self._narrowed(logits.float() / job.temperature), -1)
        return torch.multinomial(chances, 1, generator=self._random)[:, 0]

    def _guided(self, logits: torch.Tensor, answer: int) -> int:
        """A token that the grammar allows after this answer; at a dead end the likeliest, and no grammar from there."""
        guide, written = self._job.guide, self._written[answer]
        if guide is None or written is None:
            return int(self._pick(logits[None])[0])
        tokens = guide.allowed(logits, written, 1 if self._job.temperature <= 0.0 else SAMPLED)
        if not tokens:
            self._written[answer] = None
            return int(self._pick(logits[None])[0])
        chosen = tokens[int(self._pick(logits[tokens][None])[0])]
        self._written[answer] = guide.after(written, chosen)
        return chosen

    def _narrowed(self, logits: torch.Tensor) -> torch.Tensor:
        job = self._job
        if 0 < job.top_k < logits.shape[-1]:
            least = logits.topk(job.top_k, -1).values[:, -1:]
            logits = logits.masked_fill(logits < least, float("-inf"))
        if job.top_p < 1.0:
            ordered, places = logits.sort(-1, descending=True)
            before = torch.softmax(ordered, -1).cumsum(-1) - torch.softmax(ordered, -1)
            dropped = torch.zeros_like(before, dtype=torch.bool).scatter(-1, places, before >= job.top_p)
            logits = logits.masked_fill(dropped, float("-inf"))
        return logits
