"""From forms to token numbers: text never becomes a mark, whatever it says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.models.forms import Form, Mark


@dataclass(frozen=True, slots=True)
class WordPieces:
    """A byte-level tokenizer of `tokenizers` whose first tokens are the marks."""

    raw: Any

    @classmethod
    def load(cls, file: Path) -> WordPieces:
        """Read a `tokenizer.json`. Raise `ValueError` for one without our marks, whatever `tokenizers` does else."""
        from tokenizers import Tokenizer

        return cls.of(Tokenizer.from_file(str(file)))

    @classmethod
    def of(cls, raw: Any) -> WordPieces:
        """Take a tokenizer for ours: from here on it reads marks in texts as text."""
        missing = [mark.value for mark in Mark if raw.token_to_id(mark.value) is None]
        if missing:
            raise ValueError(f"the tokenizer lacks {', '.join(missing)}")
        raw.encode_special_tokens = True
        return cls(raw)

    def __len__(self) -> int:
        return int(self.raw.get_vocab_size())

    def mark(self, mark: Mark) -> int:
        return int(self.raw.token_to_id(mark.value))

    def encode(self, form: Form) -> list[int]:
        """Token numbers of the parts one after another: no token reaches over a mark or from part to part."""
        found: list[int] = []
        for part in form:
            if isinstance(part, Mark):
                found.append(self.mark(part))
            elif part:
                found += self.raw.encode(part, add_special_tokens=False).ids
        return found

    def decode(self, tokens: list[int]) -> str:
        """The text with marks written out."""
        return str(self.raw.decode(tokens, skip_special_tokens=False))
