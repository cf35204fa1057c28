"""Scores edits by how likely a small decoder finds each one right, given the function, the failure and the old lines.

What edits have in common is run once: the function's keys and values are kept, and the edits of its statements share
what they share of old and new lines (`trie`).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from autogpt.models.forms import Mark, Window, changed_lines, differing, repair, window_of
from autogpt.models.trie import Trie, joined
from autogpt.models.wordpieces import WordPieces
from autogpt.search.edit import Edit
from autogpt.search.space.source import Source

SHARE = 1.0
"""Nats of an edit's cost for each nat that the model finds it more likely right than wrong."""
MOST_SCORE = 4.0
"""Nats that the model may add or take: the search's own prior is never drowned."""
BATCH = 64
"""Edits at a time."""
MOST_TOKENS = 64
"""Of the old lines and of the new ones: an edit that needs more keeps the cost it has."""
PREFIXES = 8
"""Functions whose keys and values are kept."""

_Groups = dict[tuple[int, ...], list[tuple[int, list[int]]]]


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
            for prompt, rows in self._grouped(source, edits, evidence).items():
                for first in range(0, len(rows), BATCH):
                    some = rows[first : first + BATCH]
                    scores = self._scores(prompt, [asked for _, asked in some])
                    for (index, _), score in zip(some, scores, strict=True):
                        found[index] -= self.share * max(-MOST_SCORE, min(MOST_SCORE, score))
        return found

    def _grouped(self, source: Source, edits: Sequence[Edit], evidence: str) -> _Groups:
        """Places of edits with what is asked about them, by the prompt before it."""
        groups: _Groups = {}
        windows: dict[int, tuple[Window, tuple[int, ...]]] = {}
        for index, edit in enumerate(edits):
            change = None if edit.parts else local_change(source, edit)
            if change is None:
                continue
            line, old, new = change
            if line not in windows:
                window = window_of(source.text, source.tree, line)
                most = most_prompt(self.model.config.max_position_embeddings)
                windows[line] = window, tuple(prompt_tokens(self.words, window.cut(source.text), evidence, most))
            window, prompt = windows[line]
            asked = question(self.words, window.dedented(old), window.dedented(new))
            if asked is not None:
                groups.setdefault(prompt, []).append((index, asked))
        return groups

    def _scores(self, prompt: tuple[int, ...], questions: Sequence[list[int]]) -> list[float]:
        """Log-odds that each change is right."""
        import torch

        trie = Trie()
        for one in questions:
            trie.end(one)
        tokens, positions, seen = joined([(trie.tokens, trie.parents, trie.ends)], self.words.mark(Mark.JUDGE))
        yes, no = self.words.mark(Mark.YES), self.words.mark(Mark.NO)
        with torch.inference_mode():
            kept = copy.deepcopy(self._prefix(prompt))
            past = torch.ones((1, tokens.shape[1], len(prompt)), dtype=torch.bool)
            logits = self._run(
                torch.from_numpy(tokens),
                kept,
                attention_mask=torch.cat([past, torch.from_numpy(seen)], 2)[:, None],
                position_ids=torch.from_numpy(positions) + len(prompt),
                logits_to_keep=len(questions),
            )[0]
            return (logits[:, yes] - logits[:, no]).float().tolist()

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


def most_prompt(context: int) -> int:
    """Tokens that a prompt may have, so that every question fits behind it."""
    return context - 2 * MOST_TOKENS - 2


def prompt_tokens(words: WordPieces, function: str, evidence: str, most: int) -> list[int]:
    """Tokens of what precedes every question about a function, cut at the front to so many."""
    return words.encode(repair(function, evidence))[-most:]


def question(words: WordPieces, old: str, new: str) -> list[int] | None:
    """What is asked about a change, to be followed by `JUDGE`; None for one that is too long."""
    before, after = words.encode((old,)), words.encode((new,))
    if max(len(before), len(after)) >= MOST_TOKENS:
        return None
    return [*before, words.mark(Mark.FIX), *differing(before, after, words.mark(Mark.END))]


def local_change(source: Source, edit: Edit) -> tuple[int, str, str] | None:
    """The first changed line (from 0), the old lines and the new ones, looked for next to the edit only."""
    start = source.line_start(max(0, source.line_start(edit.start) - 1))
    end = source.line_end(source.line_end(edit.end)) if edit.end < len(source.text) else len(source.text)
    before = source.text[start:end]
    after = source.text[start : edit.start] + edit.text + source.text[edit.end : end]
    change = changed_lines(before, after)
    if change is None:
        return None
    return source.text.count("\n", 0, start) + change.first, change.old, change.new
