"""Holds the tokens of local weights to a grammar of answers: of the likeliest tokens the first that can go on.

What is picked is what the model itself would pick if it knew the grammar at this token; where the likeliest token is
allowed already, as it mostly is, nothing changes and the cost is one look at its text.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autogpt.edits.grammar import AnswerGrammar, State

LIKELY = 64
"""Tokens looked at in the order of likelihood; beyond them only those that begin what the grammar expects."""
SAMPLED = 24
"""Allowed tokens among which chance decides."""
LONGEST = 24
"""Characters of the longest token that is tried for an expected text."""
PARTIAL = "\ufffd"
"""What the bytes of half a character decode to."""
FREE = frozenset(["prose", "free", "put", "thinking", "ask"])
"""Where half a character may stand; elsewhere the text is given and its tokens are whole ones."""


@dataclass(frozen=True, slots=True)
class Guided:
    """An answer so far: the state after its text, and tokens at its end that give their text together only."""

    state: State
    before: int = -1
    """The token before `pending`, since some tokenizers write a token by what precedes it; -1 at the beginning."""
    pending: tuple[int, ...] = ()


class TokenGuide:
    """The grammar over the tokens of one model. `ends` are its end marks, `words` finds tokens by their text."""

    def __init__(
        self,
        grammar: AnswerGrammar,
        decode: Callable[[list[int]], str],
        ends: frozenset[int],
        words: Callable[[], Mapping[str, int]],
    ) -> None:
        self._grammar = grammar
        self._decode = decode
        self._ends = ends
        self._words = words

    def begin(self) -> Guided:
        return Guided(State())

    def after(self, written: Guided, token: int) -> Guided | None:
        """The answer with one more token, None where no answer goes on with it. An end mark leaves it as it is."""
        if token in self._ends:
            return written if not written.pending and self._grammar.may_stop(written.state) else None
        pending = (*written.pending, token)
        text = self._text(written.before, pending)
        if text.endswith(PARTIAL) and len(pending) < 4:
            fits = written.state.mode in FREE and self._grammar.advance(written.state, PARTIAL) is not None
            return replace(written, pending=pending) if fits else None
        state = self._grammar.advance(written.state, text) if text else None
        return Guided(state, token if PARTIAL not in text else -1) if state is not None else None

    def _text(self, before: int, pending: tuple[int, ...]) -> str:
        if before < 0:
            return self._decode(list(pending))
        return self._decode([before, *pending])[len(self._decode([before])) :]

    def allowed(self, logits: Any, written: Guided, most: int) -> list[int]:
        """Up to `most` allowed tokens, the likeliest first, for one row of logits; empty only at a dead end."""
        found: list[int] = []
        likely = logits.topk(min(LIKELY, logits.shape[-1])).indices.tolist()
        for token in likely:
            if self.after(written, token) is not None:
                found.append(token)
                if len(found) >= most:
                    return found
        return found or self._expected(logits, written, most)

    def _expected(self, logits: Any, written: Guided, most: int) -> list[int]:
        """Where the likely ones all fail: tokens that begin what must come, or the end mark."""
        words = self._words()
        texts = {rest[:length] for rest in self._grammar.expected(written.state) for length in range(1, LONGEST)}
        tokens = [words[text] for text in texts if text in words] or [*words.values()]
        ranked = sorted({*tokens, *self._ends}, key=lambda token: -float(logits[token]))
        fitting = (token for token in ranked if self.after(written, token) is not None)
        return [token for token, _ in zip(fitting, range(most), strict=False)]


def word_table(tokenizer: Any) -> Callable[[], Mapping[str, int]]:
    """Tokens by their text after another token, made when first needed: a second at 150,000 tokens."""

    @functools.cache
    def table() -> Mapping[str, int]:
        special = set(tokenizer.all_special_ids)
        (anchor,) = tokenizer.encode("\n", add_special_tokens=False)[-1:]
        lead = len(tokenizer.decode([anchor]))
        ids = [token for token in range(len(tokenizer)) if token not in special]
        texts = tokenizer.batch_decode([[anchor, token] for token in ids])
        return {text[lead:]: token for token, text in zip(ids, texts, strict=True) if PARTIAL not in text}

    return table
