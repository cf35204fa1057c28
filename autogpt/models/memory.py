"""Which edit format a model got right before: counts in the user's state folder, by workspace and by user.

A bandit in its simplest form: each format is credited with the answers that applied and charged with those that did
not; Thompson sampling would add chance, so the optimistic mean is used, which is the same in every run on the same
counts and still tries what is little known.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from autogpt import paths

WEIGHT = 4.0
"""How much more an answer in this workspace counts than one elsewhere."""
F = TypeVar("F", bound=str)
OPTIMISM = 0.3
"""Weight of the bonus for what is little known; small, since a bad answer costs a whole request."""
Counts = dict[str, dict[str, dict[str, list[float]]]]
"""By scope (`user` or a workspace's key), model and format: answers that were good, and all."""


@dataclass(slots=True)
class Memory:
    """Counts in one file. Losing an update to a crash is harmless; a file that cannot be read counts as empty."""

    workspace: str
    file: Path
    counts: Counts = field(default_factory=Counts)

    @classmethod
    def load(cls, workspace: Path) -> Memory:
        memory = cls(paths.workspace_key(workspace), paths.state_home() / "formats.json")
        memory.counts = _read(memory.file)
        return memory

    def best(self, model: str, formats: Sequence[F], first: F) -> F:
        """The format to begin with; `first` as long as nothing is known against it."""
        total = sum(self._known(model, format)[1] for format in formats)
        if total == 0:
            return first
        return max(formats, key=lambda format: (self._worth(model, format, total, first), format == first))

    def success(self, model: str) -> tuple[str, float, int] | None:
        """The format most used with a model, the part of its answers that applied, and their number."""
        used = {format: counts for format, counts in self.counts.get("user", {}).get(model, {}).items() if counts[1]}
        if not used:
            return None
        format = max(used, key=lambda name: used[name][1])
        good, all_ = used[format]
        return format, good / all_, int(all_)

    def record(self, model: str, format: str, good: float) -> None:
        """Count one answer: 1 for one that applied, 0 for one that did not."""
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.file}.lock", timeout=2):
                self.counts = _read(self.file)
                for scope in ("user", self.workspace):
                    entry = self.counts.setdefault(scope, {}).setdefault(model, {}).setdefault(format, [0.0, 0.0])
                    entry[0] += good
                    entry[1] += 1.0
                _write(self.file, self.counts)

    def _known(self, model: str, format: str) -> tuple[float, float]:
        """Good answers and all, those of this workspace weighing more."""
        good = total = 0.0
        for scope, weight in (("user", 1.0), (self.workspace, WEIGHT)):
            counts = self.counts.get(scope, {}).get(model, {}).get(format, [0.0, 0.0])
            good, total = good + weight * counts[0], total + weight * counts[1]
        return good, total

    def _worth(self, model: str, format: str, total: float, first: str) -> float:
        good, count = self._known(model, format)
        prior = 2.0 if format == first else 1.0  # one imagined answer each way, and one good one more for the default
        mean = (good + prior) / (count + prior + 1.0)
        return mean + OPTIMISM * math.sqrt(math.log(total + 1.0) / (count + prior + 1.0))


def _read(file: Path) -> Counts:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return {
            str(scope): {
                str(model): {str(format): [float(counts[0]), float(counts[1])] for format, counts in formats.items()}
                for model, formats in models.items()
            }
            for scope, models in data.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return {}


def _write(file: Path, counts: Counts) -> None:
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(counts), encoding="utf-8")
    temporary.replace(file)
