"""Gradient descent with `accelerate`: one process or many, from the last checkpoint on, the same result either way.

Every process draws the whole batch of a step and learns from its own rows; the loss is divided by the tokens of the
whole batch, so that gradients do not depend on how it is split.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any, Literal, Protocol

from autogpt.errors import UsageError
from autogpt.training.checkpoints import Checkpoints, Point, Progress
from autogpt.training.curves import curve_svg
from autogpt.training.files import write_whole
from autogpt.training.recipe import TrainConfig

POINT_EVERY = 10
"""Steps between two points of the curve."""


class Batch(Protocol):
    """Rows to learn from. `learnt` is how many things count in the loss, which is summed over them."""

    @property
    def learnt(self) -> int: ...

    def __len__(self) -> int: ...

    def rows(self, first: int, last: int) -> Batch: ...

    def loss(self, model: Any, device: Any) -> Any: ...


class Draw(Protocol):
    """Batches by step."""

    def batch(self, step: int, size: int) -> Batch: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train on, and where checkpoints and curve are kept. `mark` is the recipe's, `say` tells of progress."""

    title: str
    config: TrainConfig
    train: Draw
    valid: Draw
    folder: Path
    mark: str
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Descent:
    """One training. `end` is whether there is more to do."""

    progress: Progress
    end: Literal["done", "paused"]
    model: Any
    is_main: bool
    """Whether this process is the one that writes."""


def descend(plan: Plan, model: Any) -> Descent:
    """Train up to `config.steps`, or until the time is up. Raise `WorkspaceError` where checkpoints cannot be kept."""
    import torch
    from accelerate import Accelerator

    config = plan.config
    accelerator = Accelerator(cpu=not torch.cuda.is_available(), mixed_precision=config.precision)
    if config.batch % accelerator.num_processes:
        raise UsageError(f"A batch of {config.batch} cannot be shared by {accelerator.num_processes} processes.")
    optimizer = _optimizer(model, config)
    progress = Checkpoints(plan.folder / "checkpoints", plan.mark).restore(model, optimizer)
    prepared, optimizer = accelerator.prepare(model, optimizer)
    run = _Run(plan, accelerator, prepared, optimizer, progress)
    run.say(f"{plan.title}: step {progress.step} of {config.steps}, processes: {accelerator.num_processes}")
    prepared.train()
    while progress.step < config.steps:
        run.step()
        is_late = run.agreed(0 < config.max_seconds < run.elapsed())
        is_last = progress.step == config.steps
        if progress.step % config.check_every == 0 or is_last:
            run.note(run.measure())
        elif progress.step % POINT_EVERY == 0:
            run.note(None)
        if progress.step % config.save_every == 0 or is_last or is_late:
            run.save()
        if is_late:
            break
    end: Literal["done", "paused"] = "done" if progress.step >= config.steps else "paused"
    return Descent(progress, end, accelerator.unwrap_model(prepared), accelerator.is_main_process)


@dataclass(slots=True)
class _Run:
    """What a training in progress holds."""

    plan: Plan
    accelerator: Any
    model: Any
    optimizer: Any
    progress: Progress
    _losses: list[float] = field(default_factory=list[float])
    _started: float = field(default_factory=time.monotonic)
    _before: float = 0.0

    def __post_init__(self) -> None:
        self._before = self.progress.seconds

    def elapsed(self) -> float:
        """Seconds of this session."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        if self.accelerator.is_main_process:
            self.plan.say(text)

    def step(self) -> None:
        """One update from this process's rows and those of the others."""
        config, accelerator = self.plan.config, self.accelerator
        batch = self.plan.train.batch(self.progress.step, config.batch)
        learnt, share = max(1, batch.learnt), config.batch // accelerator.num_processes
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(config, self.progress.step)
        first = accelerator.process_index * share
        loss = self._backward(batch.rows(first, first + share), learnt)
        accelerator.clip_grad_norm_(self.model.parameters(), config.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._losses.append(float(accelerator.reduce(loss, reduction="sum")))
        self.progress.step += 1
        self.progress.tokens += learnt
        self.progress.seconds = self._before + self.elapsed()

    def _backward(self, batch: Batch, learnt: int) -> Any:
        """Gradients of some rows, a few at a time; their part of the loss."""
        accelerator, micro = self.accelerator, self.plan.config.micro
        starts = range(0, len(batch), micro)
        total = 0.0
        for first in starts:
            waiting = accelerator.no_sync(self.model) if first != starts[-1] else nullcontext()
            with waiting:
                loss = batch.rows(first, first + micro).loss(self.model, accelerator.device) / learnt
                # Gradients are averaged over the processes, and their sum is wanted.
                accelerator.backward(loss * accelerator.num_processes)
            total = total + loss.detach()
        return total

    def measure(self) -> float:
        """Loss on what is not learnt; every process measures the same, so that nothing need be sent."""
        import torch

        model = self.accelerator.unwrap_model(self.model).eval()
        total, tokens = 0.0, 0
        with torch.no_grad():
            for step in range(self.plan.config.check_batches):
                batch = self.plan.valid.batch(step, self.plan.config.micro)
                total += float(batch.loss(model, self.accelerator.device))
                tokens += batch.learnt
        self.model.train()
        return total / max(1, tokens)

    def note(self, valid: float | None) -> None:
        """A point of the curve, and a line about it where something was measured."""
        point = Point(self.progress.step, sum(self._losses) / max(1, len(self._losses)), valid)
        self._losses.clear()
        self.progress.points.append(point)
        if valid is not None:
            of = f"step {point.step} of {self.plan.config.steps}"
            self.say(f"{of}: train {point.train:.3f}, valid {valid:.3f}, {self.progress.seconds:.0f} s")

    def save(self) -> None:
        """A checkpoint by the main process; the others wait for it."""
        if self.accelerator.is_main_process:
            model = self.accelerator.unwrap_model(self.model)
            Checkpoints(self.plan.folder / "checkpoints", self.plan.mark).save(self.progress, model, self.optimizer)
            write_whole(self.plan.folder / "curve.svg", curve_svg(self.plan.title, self.progress.points))
        self.accelerator.wait_for_everyone()

    def agreed(self, wish: bool) -> bool:
        """Whether any process wants to stop; all of them have the same answer."""
        if self.accelerator.num_processes == 1:
            return wish
        import torch

        wishes = torch.tensor(float(wish), device=self.accelerator.device)
        return bool(self.accelerator.reduce(wishes, reduction="sum") > 0)


def _optimizer(model: Any, config: TrainConfig) -> Any:
    """AdamW; vectors, such as the norms' weights, do not decay."""
    import torch

    matrices = [one for one in model.parameters() if one.dim() > 1]
    vectors = [one for one in model.parameters() if one.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": config.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.95))


def rate_at(config: TrainConfig, step: int) -> float:
    """Linear up, then half a cosine down to the floor."""
    if step < config.warmup:
        return config.rate * (step + 1) / config.warmup
    share = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.rate * (config.floor + (1 - config.floor) * 0.5 * (1 + cos(pi * min(1.0, share))))
