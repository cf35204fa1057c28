"""Tells pieces of code that are nearly the same, and those that share a run of tokens with what must not be learnt.

Near-duplicates by MinHash over shingles of tokens with banding (Broder, "On the resemblance and containment of
documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3). What a recipe excludes is kept
as hashes of n-grams only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|[^\s\w]")
_COMMENT = re.compile(r"#[^\n]*")
SHINGLE = 5
BANDS, ROWS = 16, 4
"""64 hashes; two pieces that share 80% of their shingles meet in a band with a probability of 0.9998."""


def tokens_of(text: str) -> list[str]:
    """Names, numbers and signs, without comments and white space."""
    return _TOKEN.findall(_COMMENT.sub("", text))


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), "big")


def grams(text: str, size: int) -> Iterator[tuple[int, list[str]]]:
    """Hashes of every run of `size` tokens, with the run; a shorter text is one run."""
    tokens = tokens_of(text)
    for start in range(max(1, len(tokens) - size + 1)):
        yield _hash(tokens[start : start + size]), tokens[start : start + size]


def shingles(text: str) -> frozenset[int]:
    return frozenset(key for key, _ in grams(text, SHINGLE))


def resemblance(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of shingles in both, of those in either; 0 to 1."""
    return len(one & other) / max(1, len(one | other))


@dataclass(slots=True)
class Seen:
    """Pieces met so far. `similarity` is the resemblance from which on two count as one."""

    similarity: float
    _bands: dict[tuple[int, int], list[int]] = field(default_factory=dict[tuple[int, int], "list[int]"])
    _pieces: list[frozenset[int]] = field(default_factory=list[frozenset[int]])

    def meet(self, text: str) -> bool:
        """Whether something nearly the same was met before; if not, it is remembered."""
        piece = shingles(text)
        keys = list(_signature(piece))
        near = {index for key in keys for index in self._bands.get(key, ())}
        if any(resemblance(piece, self._pieces[index]) >= self.similarity for index in near):
            return True
        self._pieces.append(piece)
        for key in keys:
            self._bands.setdefault(key, []).append(len(self._pieces) - 1)
        return False


_SEEDS = [(_hash(["a", str(i)]) | 1, _hash(["b", str(i)])) for i in range(BANDS * ROWS)]


def _signature(piece: frozenset[int]) -> Iterator[tuple[int, int]]:
    import numpy

    values = numpy.fromiter(piece, dtype=numpy.uint64, count=len(piece))
    for band in range(BANDS):
        rows: list[int] = []
        for factor, shift in _SEEDS[band * ROWS : (band + 1) * ROWS]:
            # Multiply-shift hashing: modulo 2**64 by overflow, which numpy does for unsigned numbers.
            mixed = values * numpy.uint64(factor) + numpy.uint64(shift)
            rows.append(int((mixed >> numpy.uint64(3)).min()))
        yield band, hash(tuple(rows))


@dataclass(slots=True)
class Excluded:
    """N-grams that must not occur in what is learnt, and a report of what did."""

    size: int
    _grams: dict[int, str] = field(default_factory=dict[int, str])
    found: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    """By the place excluded: pieces that shared a run of tokens with it."""

    def add(self, text: str, origin: str) -> None:
        """Exclude a text. Runs of signs alone say nothing and do not count."""
        for key, words in grams(text, self.size):
            if _is_telling(words, self.size):
                self._grams.setdefault(key, origin)

    def hit(self, text: str, name: str) -> bool:
        """Whether a piece shares a run; noted under `name`."""
        for key, words in grams(text, self.size):
            origin = self._grams.get(key)
            if origin is not None and _is_telling(words, self.size):
                self.found.setdefault(origin, []).append(name)
                return True
        return False

    def __len__(self) -> int:
        return len(self._grams)


def _is_telling(words: Sequence[str], size: int) -> bool:
    return len(words) == size and len({word for word in words if word[0].isalpha() or word[0] == "_"}) >= size // 3


SUITES = re.compile(
    r"quix-?bugs|human-?eval|mbpp|exercism|bugs-?in-?py|swe-?bench|leet-?code|rosetta-?code|defects4j|apps-?bench"
    r"|ds-?1000|big-?code-?bench|live-?code-?bench|project-?euler",
    re.IGNORECASE,
)
"""Names of public suites of exercises and bugs: whatever mentions one, in its path or its text, is left out unread."""


def mentions_suite(texts: Iterable[str]) -> bool:
    return any(SUITES.search(text) for text in texts)
