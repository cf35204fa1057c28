"""Learns to judge: of all edits in a choice the right one shall cost least, the search's own cost included.

The loss is that of a softmax over the edits (a listwise ranking loss: Cao et al., "Learning to rank: from pairwise
approach to listwise approach", 2007), with scores that start at nothing, so that an untrained model changes no order.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from autogpt.errors import WorkspaceError
from autogpt.models.trie import joined
from autogpt.training.choices import Choice
from autogpt.training.files import write_whole

ALIKE = 8
"""Rows are drawn from so many times as many that are nearly as long, so that little is filled up."""
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 10.0
"""Of a choice beside others, see `chances`."""
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
    """Choices drawn at random by step; or, with `in_order`, one after the other.

    With `by_kind` bugs that were made are drawn as bugs are expected to be (`chances`), else all alike.
    """

    def __init__(self, path: Path, marks: Marks, seed: int, in_order: bool = False, by_kind: bool = False) -> None:
        import numpy

        with numpy.load(path) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}
        self.marks, self._seed, self._in_order = marks, seed, in_order
        if not len(self):
            raise WorkspaceError(f"{path} holds no choices to learn from.", "Give the recipe more data.")
        self._chances = chances(self._arrays) if by_kind else numpy.ones(len(self))
        self._by_length = numpy.argsort(numpy.diff(self._arrays["token_ends"], prepend=0), kind="stable")

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
            some = self._by_length[max(0, start) : max(0, start + ALIKE * size)]
            picked = dice.choice(some, size, p=self._chances[some] / self._chances[some].sum())
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


def chances(arrays: Mapping[str, Any]) -> Any:
    """How often each choice is drawn beside others: so that each kind of edit is right as often as the search's costs
    expect it to be.

    Bugs are made of all kinds alike. Learnt from as they are, they teach that rare kinds are frequent, which costs more
    on the bugs of others than all else that is learnt gains.
    """
    import numpy

    ends, costs, kinds = arrays["cost_ends"], arrays["costs"].astype(numpy.float64), arrays["kinds"]
    starts = numpy.concatenate([[0], ends[:-1]])
    shares = numpy.exp(-costs)
    sums = numpy.add.reduceat(shares, starts)
    expected = numpy.bincount(kinds, weights=shares / numpy.repeat(sums, ends - starts))
    right = kinds[starts + arrays["right"]]
    there = numpy.bincount(right, minlength=len(expected))
    return numpy.clip(expected[right] / there[right], LEAST_WEIGHT, MOST_WEIGHT)


def save_choices(path: Path, choices: Sequence[Choice]) -> None:
    """Arrays one after another, with where each choice ends."""
    import numpy

    def flat(name: str, dtype: Any) -> Any:
        return numpy.fromiter((item for one in choices for item in getattr(one, name)), dtype=dtype)

    names = {kind: index for index, kind in enumerate(sorted({kind for one in choices for kind in one.kinds}))}
    buffer = io.BytesIO()
    numpy.savez_compressed(
        buffer,
        tokens=flat("tokens", numpy.uint16),
        parents=flat("parents", numpy.int16),
        ends=flat("ends", numpy.int16),
        costs=flat("costs", numpy.float32),
        kinds=numpy.fromiter((names[kind] for one in choices for kind in one.kinds), dtype=numpy.uint16),
        token_ends=numpy.cumsum([len(one.tokens) for one in choices], dtype=numpy.int64),
        cost_ends=numpy.cumsum([len(one.costs) for one in choices], dtype=numpy.int64),
        right=numpy.array([one.right for one in choices], dtype=numpy.int32),
    )
    write_whole(path, buffer.getvalue())
