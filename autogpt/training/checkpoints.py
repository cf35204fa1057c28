"""Where a training can go on from: weights, optimizer and losses of a step, whole or not there at all."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autogpt.training.files import not_written, read_json, replace_folder, write_down

KEPT = 2
"""The last and, should it turn out to be damaged, the one before."""


@dataclass(frozen=True, slots=True)
class Point:
    """Of the curve: losses in nats a token; `valid` is None where it was not measured."""

    step: int
    train: float
    valid: float | None = None


@dataclass(slots=True)
class Progress:
    """Steps done, the curve so far, seconds spent in all sessions."""

    step: int = 0
    points: list[Point] = field(default_factory=list[Point])
    seconds: float = 0.0
    tokens: int = 0


class Checkpoints:
    """The checkpoints of one training; `mark` is its recipe's, and others are not taken up."""

    def __init__(self, folder: Path, mark: str) -> None:
        self._folder, self._mark = folder, mark

    def save(self, progress: Progress, model: Any, optimizer: Any) -> None:
        """Raise `WorkspaceError` when it cannot be written, a full disk for one; the last good one stays."""
        import json

        import torch
        from safetensors.torch import save

        self._folder.mkdir(parents=True, exist_ok=True)
        folder = self._folder / f"step-{progress.step:07d}"
        scratch = self._folder / f".{folder.name}.{os.getpid()}"
        weights = {name: value.detach().cpu().contiguous() for name, value in model.named_parameters()}
        buffer = io.BytesIO()
        torch.save(optimizer.state_dict(), buffer)
        points = [[point.step, point.train, point.valid] for point in progress.points]
        state = {
            "mark": self._mark,
            "step": progress.step,
            "seconds": progress.seconds,
            "tokens": progress.tokens,
            "points": points,
        }
        try:
            scratch.mkdir(exist_ok=True)
            write_down(scratch / "weights.safetensors", save(weights))
            write_down(scratch / "optimizer.pt", buffer.getvalue())
            write_down(scratch / "state.json", json.dumps(state).encode())
            replace_folder(scratch, folder)
        except OSError as error:
            raise not_written(folder, error) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        for old in list(self._folders())[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def restore(self, model: Any, optimizer: Any) -> Progress:
        """Put the newest whole checkpoint of this training into both; its progress, or that of a beginning."""
        for folder in self._folders():
            state = read_json(folder / "state.json")
            if not isinstance(state, dict) or state.get("mark") != self._mark:
                continue
            try:
                self._load(folder, model, optimizer)
            except Exception:  # whatever is wrong with it, the one before is as good as there is
                continue
            points = [Point(*point) for point in state["points"]]
            return Progress(state["step"], points, state["seconds"], state["tokens"])
        return Progress()

    def _load(self, folder: Path, model: Any, optimizer: Any) -> None:
        import torch
        from safetensors.torch import load_file

        weights = load_file(folder / "weights.safetensors")
        parameters = dict(model.named_parameters())
        if weights.keys() != parameters.keys():
            raise ValueError("another model's weights")
        kept = torch.load(folder / "optimizer.pt", map_location="cpu", weights_only=True)
        with torch.no_grad():
            for name, value in weights.items():
                parameters[name].copy_(value)
        optimizer.load_state_dict(kept)

    def _folders(self) -> Iterator[Path]:
        """The newest first."""
        yield from sorted(self._folder.glob("step-*"), reverse=True)
