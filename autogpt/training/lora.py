"""Fits an adapter (LoRA: Hu et al., 2021) by `peft` and measures the model with and without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt.training.descent import Batch, Draw, Plan, descend
from autogpt.training.recipe import TrainConfig

RANK = 8


@dataclass(frozen=True, slots=True)
class Lessons:
    """What to learn, and sets to measure on as whole batches: `held` past results, `guard` what must not suffer."""

    draw: Draw
    held: Sequence[Batch]
    guard: Sequence[Batch]


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean losses: a choice, or a token."""

    held: float
    guard: float


@dataclass(frozen=True, slots=True)
class Fitted:
    model: Any
    before: Measured
    after: Measured
    is_main: bool
    """Whether this process is the one that writes."""


def fit(
    model: Any, lessons: Lessons, config: TrainConfig, folder: Path, mark: str, say: Callable[[str], None]
) -> Fitted:
    """Train an adapter for a model, on every device and process that `accelerate` finds. Goes on where it ended."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)  # the adapter's first weights are random, and the same when it is begun again
    adapted = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear"))
    before = _measure(adapted, lessons)
    came = descend(Plan("learn", config, lessons.draw, lessons.draw, folder, mark, say), adapted)
    return Fitted(came.model, before, _measure(came.model, lessons), came.is_main)


def _measure(model: Any, lessons: Lessons) -> Measured:
    return Measured(mean_loss(model, lessons.held), mean_loss(model, lessons.guard))


def mean_loss(model: Any, batches: Sequence[Batch]) -> float:
    """Loss by what counts in it."""
    import torch

    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.no_grad():
        total = sum(float(batch.loss(model, device)) for batch in batches)
    model.train(was_training)
    return total / max(1, sum(batch.learnt for batch in batches))
