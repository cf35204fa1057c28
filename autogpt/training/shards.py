"""Tokens on disk, and batches of them: what a step sees is a function of seed and step alone, so that any step can be
the first of a continued training."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.errors import WorkspaceError
from autogpt.training.files import write_whole

IGNORED = -100
"""Label of a token that is not learnt: the prompt's and the filling's."""
MAX_TOKENS = 1 << 16
"""Of a vocabulary: tokens are kept as 16-bit numbers."""


@dataclass(frozen=True, slots=True)
class Example:
    """`tokens[:prompt]` is given, the rest is to be learnt."""

    tokens: list[int]
    prompt: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of int64, rows by sequence and as long as the longest: `tokens`, and `labels` at the same places."""

    tokens: Any
    labels: Any

    @property
    def learnt(self) -> int:
        """Tokens that count in the loss; the first of a row is never predicted."""
        return int((self.labels[:, 1:] != IGNORED).sum())

    def __len__(self) -> int:
        return len(self.tokens)

    def loss(self, model: Any, device: Any) -> Any:
        """In nats, summed over the tokens that count."""
        import torch

        tokens, labels = torch.from_numpy(self.tokens).to(device), torch.from_numpy(self.labels).to(device)
        logits = model(input_ids=tokens).logits[:, :-1].float()
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="sum"
        )

    def rows(self, first: int, last: int) -> Batch:
        return Batch(self.tokens[first:last], self.labels[first:last])


def save_stream(path: Path, pieces: Sequence[Sequence[int]]) -> int:
    """Write pieces one after another; how many tokens."""
    import numpy

    flat = numpy.fromiter((token for piece in pieces for token in piece), dtype=numpy.uint16)
    buffer = io.BytesIO()
    numpy.save(buffer, flat)
    write_whole(path, buffer.getvalue())
    return len(flat)


def save_examples(path: Path, examples: Sequence[Example]) -> None:
    import numpy

    ends = numpy.cumsum([len(one.tokens) for one in examples], dtype=numpy.int64)
    tokens = numpy.fromiter((token for one in examples for token in one.tokens), dtype=numpy.uint16)
    prompts = numpy.array([one.prompt for one in examples], dtype=numpy.int32)
    buffer = io.BytesIO()
    numpy.savez_compressed(buffer, tokens=tokens, ends=ends, prompts=prompts)
    write_whole(path, buffer.getvalue())


class StreamDraw:
    """Windows of plain code, drawn at random places."""

    def __init__(self, path: Path, length: int, seed: int) -> None:
        import numpy

        self._flat = numpy.load(path, mmap_mode="r")
        self._length, self._seed = min(length, len(self._flat)), seed
        if self._length < 2:
            raise WorkspaceError(f"{path} holds no code to learn from.", "Give the recipe more data.")

    def batch(self, step: int, size: int) -> Batch:
        """Rows of step `step`, always the same ones."""
        import numpy

        dice = numpy.random.default_rng([self._seed, step])
        starts = dice.integers(0, len(self._flat) - self._length + 1, size)
        rows = numpy.stack([self._flat[start : start + self._length] for start in starts]).astype(numpy.int64)
        return Batch(rows, rows)


class ExampleDraw:
    """Examples of several kinds, drawn by weight; those too long lose the beginning of their prompt."""

    def __init__(self, files: Mapping[str, Path], weights: Mapping[str, float], length: int, seed: int) -> None:
        import numpy

        self._length, self._seed = length, seed
        self._kinds: list[Any] = []
        chances: list[float] = []
        for kind, path in files.items():
            with numpy.load(path) as arrays:
                loaded = {name: arrays[name] for name in ("tokens", "ends", "prompts")}
            if len(loaded["prompts"]) and weights.get(kind, 0.0) > 0:
                self._kinds.append(loaded)
                chances.append(weights[kind])
        if not self._kinds:
            raise WorkspaceError("There are no examples of any kind the recipe gives weight.", "Give it more data.")
        self._chances = numpy.array(chances) / sum(chances)

    def batch(self, step: int, size: int) -> Batch:
        import numpy

        dice = numpy.random.default_rng([self._seed, step])
        picked = dice.choice(len(self._kinds), size=size, p=self._chances)
        rows = [
            self._row(self._kinds[kind], int(dice.integers(0, len(self._kinds[kind]["prompts"])))) for kind in picked
        ]
        longest = max(len(tokens) for tokens, _ in rows)
        tokens = numpy.zeros((size, longest), dtype=numpy.int64)  # Mark.END, the first token, fills up
        labels = numpy.full((size, longest), IGNORED, dtype=numpy.int64)
        for index, (row, prompt) in enumerate(rows):
            tokens[index, : len(row)] = row
            labels[index, prompt : len(row)] = row[prompt:]
        return Batch(tokens, labels)

    def _row(self, kind: Any, index: int) -> tuple[Any, int]:
        start = int(kind["ends"][index - 1]) if index else 0
        row, prompt = kind["tokens"][start : int(kind["ends"][index])], int(kind["prompts"][index])
        cut = min(prompt, max(0, len(row) - self._length))
        return row[cut : cut + self._length], prompt - cut
