"""Learns to judge: of all edits in a choice the right one shall cost least, the search's own cost included.

The loss is that of a softmax over the edits (a listwise ranking loss: Cao et al., "Learning to rank: from pairwise
approach to listwise approach", 2007), with scores that start at nothing, so that an untrained model changes no order.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autogpt.errors import WorkspaceError
from autogpt.models.trie import joined
from autogpt.training.choices import Choice
from autogpt.training.files import write_whole

ALIKE = 8
"""Rows are drawn from so many times as many that are nearly as long, so that little is filled up."""
MODEST = 0.01
"""Weight of the mean square of the scores: a constant that all share says nothing, and is kept near zero."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Token numbers of the marks that judging needs."""

    judge: int
    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class ChoiceBatch:
    """Arrays as of `trie.joined`; `costs` (rows by judges) are infinite where there is no edit, `right` are columns."""

    tokens: Any
    positions: Any
    seen: Any
    costs: Any
    right: Any
    marks: Marks

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def learnt(self) -> int:
        """Choices."""
        return len(self)

    def rows(self, first: int, last: int) -> ChoiceBatch:
        some = slice(first, last)
        return ChoiceBatch(
            self.tokens[some], self.positions[some], self.seen[some], self.costs[some], self.right[some], self.marks
        )

    def loss(self, model: Any, device: Any) -> Any:
        """Summed over the choices, in nats."""
        import torch

        costs, right = torch.from_numpy(self.costs).to(device), torch.from_numpy(self.right).to(device)
        scores = self.scores(model, device)
        there = torch.isfinite(costs)
        chosen = torch.nn.functional.cross_entropy((scores - costs).float(), right, reduction="sum")
        squares = (scores.masked_fill(~there, 0.0) ** 2).sum(1) / there.sum(1)
        return chosen + MODEST * squares.sum()

    def scores(self, model: Any, device: Any) -> Any:
        """Log-odds of each edit, rows by judges."""
        import torch

        logits = model(
            input_ids=torch.from_numpy(self.tokens).to(device),
            attention_mask=torch.from_numpy(self.seen).to(device)[:, None],
            position_ids=torch.from_numpy(self.positions).to(device),
            logits_to_keep=self.costs.shape[1],
        ).logits
        return logits[:, :, self.marks.yes] - logits[:, :, self.marks.no]


class Row(NamedTuple):
    """A choice as arrays."""

    tokens: Any
    parents: Any
    ends: Any
    costs: Any
    right: int


class ChoiceDraw:
    """Choices drawn at random by step; or, with `in_order`, one after the other."""

    def __init__(self, path: Path, marks: Marks, seed: int, in_order: bool = False) -> None:
        import numpy

        with numpy.load(path) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}
        self.marks, self._seed, self._in_order = marks, seed, in_order
        self._by_length = numpy.argsort(numpy.diff(self._arrays["token_ends"], prepend=0), kind="stable")
        if not len(self):
            raise WorkspaceError(f"{path} holds no choices to learn from.", "Give the recipe more data.")

    def __len__(self) -> int:
        return len(self._arrays["right"])

    def batch(self, step: int, size: int) -> ChoiceBatch:
        """Rows of step `step`, always the same ones."""
        return filled(self.drawn(step, size), self.marks)

    def drawn(self, step: int, size: int) -> list[Row]:
        """The choices of step `step`."""
        import numpy

        if self._in_order:
            picked = numpy.arange(step * size, (step + 1) * size) % len(self)
        else:
            dice = numpy.random.default_rng([self._seed, step])
            start = int(dice.integers(-ALIKE * size + 1, len(self)))  # the shortest and the longest as often as others
            picked = dice.choice(self._by_length[max(0, start) : max(0, start + ALIKE * size)], size)
        return [self._row(int(index)) for index in picked]

    def _row(self, index: int) -> Row:
        first, last = self._between("token_ends", index)
        begin, end = self._between("cost_ends", index)
        arrays = self._arrays
        return Row(
            arrays["tokens"][first:last],
            arrays["parents"][first:last],
            arrays["ends"][begin:end],
            arrays["costs"][begin:end],
            int(arrays["right"][index]),
        )

    def _between(self, name: str, index: int) -> tuple[int, int]:
        ends = self._arrays[name]
        return (int(ends[index - 1]) if index else 0), int(ends[index])


@dataclass(frozen=True, slots=True)
class MixedDraw:
    """Half of each batch from what was learnt before, so that it is not forgotten, and half from what is new."""

    old: ChoiceDraw
    new: ChoiceDraw

    def batch(self, step: int, size: int) -> ChoiceBatch:
        return filled([*self.old.drawn(step, size // 2), *self.new.drawn(step, size - size // 2)], self.new.marks)


def filled(rows: Sequence[Row], marks: Marks) -> ChoiceBatch:
    """A batch of choices, filled up to the longest."""
    import numpy

    tokens, positions, seen = joined([row[:3] for row in rows], marks.judge)
    costs = numpy.full((len(rows), max(len(row.costs) for row in rows)), numpy.inf, dtype=numpy.float32)
    for index, row in enumerate(rows):
        costs[index, : len(row.costs)] = row.costs
    right = numpy.array([row.right for row in rows], dtype=numpy.int64)
    return ChoiceBatch(tokens, positions, seen, costs, right, marks)


def save_choices(path: Path, choices: Sequence[Choice]) -> None:
    """Arrays one after another, with where each choice ends."""
    import numpy

    def flat(name: str, dtype: Any) -> Any:
        return numpy.fromiter((item for one in choices for item in getattr(one, name)), dtype=dtype)

    buffer = io.BytesIO()
    numpy.savez_compressed(
        buffer,
        tokens=flat("tokens", numpy.uint16),
        parents=flat("parents", numpy.int16),
        ends=flat("ends", numpy.int16),
        costs=flat("costs", numpy.float32),
        token_ends=numpy.cumsum([len(one.tokens) for one in choices], dtype=numpy.int64),
        cost_ends=numpy.cumsum([len(one.costs) for one in choices], dtype=numpy.int64),
        right=numpy.array([one.right for one in choices], dtype=numpy.int32),
    )
    write_whole(path, buffer.getvalue())
