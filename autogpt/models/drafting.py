"""Guesses what a model writes next from what was written before: edits repeat their input. Pure; tokens are numbers.

A guess costs little and is checked by the model, so a wrong one changes nothing but time. While a text is being copied
a pointer follows it; where the copy departs for one token, such as a changed name, the pointer steps over it.
"""

from __future__ import annotations

from collections.abc import Sequence

NGRAM = 3
"""Tokens that must be the same for a place to be taken as the one that is being copied."""
ALONE = (6, 40)
"""Fewest and most tokens of a guess: doubled while guesses come true, since checking is not free on a CPU."""
SHARED = (2, 16)
"""The same where several answers share a pass, so that there is less to be saved by each token guessed right."""


class Drafter:
    """Holds prompt and answer so far; `draft` guesses, `accept` tells what came true."""

    def __init__(self, tokens: Sequence[int], lengths: tuple[int, int] = ALONE) -> None:
        self._tokens: list[int] = []
        self._after: dict[tuple[int, ...], list[int]] = {}
        self._pointer: int | None = None
        self._is_matched = False
        self._shortest, self._longest = lengths
        self._length = self._shortest
        self._append(tokens)

    def draft(self, limit: int) -> list[int]:
        """Up to `limit` tokens that may come next; none when there is nothing to go by."""
        place = self._match()
        self._is_matched = place is not None
        self._pointer = place if place is not None else self._pointer
        if self._pointer is None or self._pointer >= len(self._tokens):
            self._pointer = None
            return []
        return self._tokens[self._pointer : self._pointer + min(limit, self._length)]

    def accept(self, drafted: int, right: int, tokens: Sequence[int]) -> None:
        """`right` of the `drafted` tokens came true; `tokens` is all that was added, the model's own last one too."""
        if drafted:
            grown = self._length * 2 if right == drafted else right + 2
            self._length = min(self._longest, max(self._shortest, grown))
        if self._pointer is not None:
            is_lost = drafted > 0 and right == 0 and not self._is_matched
            self._pointer = None if is_lost else self._pointer + len(tokens)
        self._append(tokens)

    def _append(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            self._tokens.append(token)
            end = len(self._tokens)
            if end > NGRAM:
                self._after.setdefault(tuple(self._tokens[end - NGRAM - 1 : end - 1]), []).append(end - 1)

    def _match(self) -> int | None:
        """The place after the last tokens' earlier occurrence that is nearest to where the copy is."""
        places = self._after.get(tuple(self._tokens[-NGRAM:]))
        if not places:
            return None
        expected = self._pointer if self._pointer is not None else len(self._tokens)
        return min(places, key=lambda place: (abs(place - expected), -place))
