"""Scores edits by how likely a small decoder finds the new lines, given the function, the failure and the old lines.

What the edits of a function have in common is run once: its keys and values are shared over the batch.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from autogpt.models.forms import Mark, Window, changed_lines, repair, window_of
from autogpt.models.wordpieces import WordPieces
from autogpt.search.edit import Edit
from autogpt.search.space.source import Source

SHARE = 0.5
"""Of an edit's cost that the model decides; the rest is the search's own prior."""
BATCH = 32
"""Edits at a time."""
MOST_TOKENS = 64
"""Of the old lines and of the new ones: an edit that needs more keeps the cost it has."""
PREFIXES = 8
"""Functions whose keys and values are kept."""

_Start = tuple[tuple[int, ...], tuple[int, ...]]
_Groups = dict[_Start, list[tuple[int, list[int]]]]


@dataclass(slots=True)
class WeightsRanker:
    """`model` is a decoder of `transformers` on the CPU, without gradients. One request at a time."""

    model: Any
    words: WordPieces
    share: float = SHARE
    _prefixes: dict[tuple[int, ...], Any] = field(default_factory=dict[tuple[int, ...], Any])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def costs(self, source: Source, edits: Sequence[Edit], evidence: str) -> list[float]:
        """Costs in nats, in the order of the edits. What the model cannot be asked about keeps its own."""
        found = [edit.cost for edit in edits]
        with self._lock:
            for (prompt, given), rows in self._grouped(source, edits, evidence).items():
                rows.sort(key=lambda row: len(row[1]))  # rows of one batch are filled up to the longest
                for first in range(0, len(rows), BATCH):
                    some = rows[first : first + BATCH]
                    scores = self._scores(prompt, given, [asked for _, asked in some])
                    for (index, _), score in zip(some, scores, strict=True):
                        found[index] = (1 - self.share) * edits[index].cost - self.share * score
        return found

    def _grouped(self, source: Source, edits: Sequence[Edit], evidence: str) -> _Groups:
        """Places of edits with the tokens to be scored, by what they have in common: the prompt and the old lines."""
        groups: _Groups = {}
        windows: dict[int, tuple[Window, tuple[int, ...]]] = {}
        for index, edit in enumerate(edits):
            change = None if edit.parts else _change(source, edit)
            if change is None:
                continue
            line, old, new = change
            if line not in windows:
                window = window_of(source.text, source.tree, line)
                windows[line] = window, self._prompt(window.cut(source.text), evidence)
            window, prompt = windows[line]
            given = tuple(self.words.encode((window.dedented(old), Mark.FIX)))
            asked = self.words.encode((window.dedented(new), Mark.END))
            if len(given) <= MOST_TOKENS and len(asked) <= MOST_TOKENS:
                groups.setdefault((prompt, given), []).append((index, asked))
        return groups

    def _prompt(self, function: str, evidence: str) -> tuple[int, ...]:
        """Tokens of what precedes the answer, cut at the front to what the model can see."""
        tokens = self.words.encode(repair(function, evidence))
        return tuple(tokens[-(self.model.config.max_position_embeddings - 2 * MOST_TOKENS) :])

    def _scores(self, prompt: tuple[int, ...], given: tuple[int, ...], rows: Sequence[list[int]]) -> list[float]:
        """Log-probabilities of each row's tokens after the prompt and what is given."""
        import torch

        tokens = torch.full((len(rows), max(map(len, rows))), self.words.mark(Mark.END))
        counts = torch.zeros(tokens.shape, dtype=torch.bool)
        for index, row in enumerate(rows):
            tokens[index, : len(row)] = torch.tensor(row)
            counts[index, : len(row)] = True
        with torch.inference_mode():
            kept = copy.deepcopy(self._prefix(prompt))
            begun = self._run(torch.tensor([given]), kept, logits_to_keep=1)
            scores = begun[0, -1].float().log_softmax(-1)[tokens[:, 0]]
            if tokens.shape[1] > 1:
                kept.batch_repeat_interleave(len(rows))
                logits = self._run(tokens[:, :-1], kept).float()
                logs = logits.gather(2, tokens[:, 1:, None]).squeeze(2) - logits.logsumexp(2)
                scores = scores + (logs * counts[:, 1:]).sum(1)
            return [float(score) for score in scores]

    def _run(self, tokens: Any, kept: Any, **options: Any) -> Any:
        """Logits of tokens that follow what is kept, which grows by them."""
        return self.model(input_ids=tokens, use_cache=True, **{self._kept(): kept}, **options).logits

    def _kept(self) -> str:
        """What the model calls keys and values that are given; newer ones of `transformers` have another name."""
        return "cache" if "cache" in signature(self.model.forward).parameters else "past_key_values"

    def _prefix(self, prompt: tuple[int, ...]) -> Any:
        """Keys and values of a prompt, for one row."""
        import torch
        from transformers import DynamicCache

        if prompt not in self._prefixes:
            while len(self._prefixes) >= PREFIXES:
                del self._prefixes[next(iter(self._prefixes))]
            kept = DynamicCache(config=self.model.config)
            self._run(torch.tensor([prompt]), kept, logits_to_keep=1)
            self._prefixes[prompt] = kept
        return self._prefixes[prompt]


def _change(source: Source, edit: Edit) -> tuple[int, str, str] | None:
    """The first changed line (from 0), the old lines and the new ones, looked for next to the edit only."""
    start = source.line_start(max(0, source.line_start(edit.start) - 1))
    end = source.line_end(source.line_end(edit.end)) if edit.end < len(source.text) else len(source.text)
    before = source.text[start:end]
    after = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    change = changed_lines(before, after)
    if change is None:
        return None
    return source.text.count("\n", 0, start) + change.first, change.old, change.new
