"""Which way of asking a model worked before: counts in the user's state folder, by workspace and by user.

A bandit with two levers, the edit format and the way of asking (`approach.WAYS`). A format is credited with the answers
that applied and charged with those that did not. A way is credited when the first change of a run was a step forward by
its tests and charged when it was none; later changes count for no way, since they get the tasks that the first ones
could not do. What is pulled is the arm with the best optimistic mean (UCB): unlike Thompson sampling it is the same in
every run on the same counts, and it still tries what is little known.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from filelock import FileLock, Timeout

from autogpt import paths

WEIGHT = 4.0
"""How much more a trial in this workspace counts than one elsewhere."""
F = TypeVar("F", bound=str)
OPTIMISM = 0.3
"""Weight of the bonus for what is little known; small, since a bad answer costs a whole request."""
Counts = dict[str, dict[str, dict[str, list[float]]]]
"""By scope (`user` or a workspace's key), model and arm: trials that were good, and all."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[F]):
    """An arm, and in a phrase for the person why it was pulled."""

    arm: F
    why: str


@dataclass(slots=True)
class Memory:
    """Counts in one file. Losing an update to a crash is harmless; a file that cannot be read counts as empty."""

    workspace: str
    file: Path
    counts: Counts = field(default_factory=Counts)

    @classmethod
    def load(cls, workspace: Path) -> Memory:
        memory = cls(paths.workspace_key(workspace), paths.state_home() / "asking.json")
        memory.counts = _read(memory.file)
        return memory

    def choose(self, model: str, arms: Sequence[F], first: F) -> Choice[F]:
        """The arm to begin with; `first` as long as nothing is known against it."""
        total = sum(self._known(model, arm)[1] for arm in arms)
        if total == 0:
            return Choice(first, "nothing is remembered of this model")
        best = max(arms, key=lambda arm: (self._worth(model, arm, total, first), arm == first))
        good, tried = self.counted(model, best)
        if tried:
            return Choice(best, f"it did well {good} times of {tried}")
        good, tried = self.counted(model, first)
        return Choice(best, f"it is worth a try, since `{first}` did well only {good} times of {tried}")

    def counted(self, model: str, arm: str) -> tuple[int, int]:
        """Good trials of an arm and all, of this user in any workspace."""
        good, tried = self.counts.get("user", {}).get(model, {}).get(arm, [0.0, 0.0])
        return int(good), int(tried)

    def success(self, model: str, arms: Sequence[str]) -> tuple[str, float, int] | None:
        """The most used of these arms with a model, the part of its trials that were good, and their number."""
        used = [arm for arm in arms if self.counted(model, arm)[1]]
        if not used:
            return None
        most = max(used, key=lambda arm: self.counted(model, arm)[1])
        good, tried = self.counted(model, most)
        return most, good / tried, tried

    def record(self, model: str, arm: str, good: float) -> None:
        """Count one trial: 1 for a good one, 0 for a bad one."""
        with contextlib.suppress(OSError, Timeout):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.file}.lock", timeout=2):
                self.counts = _read(self.file)
                for scope in ("user", self.workspace):
                    entry = self.counts.setdefault(scope, {}).setdefault(model, {}).setdefault(arm, [0.0, 0.0])
                    entry[0] += good
                    entry[1] += 1.0
                _write(self.file, self.counts)

    def _known(self, model: str, arm: str) -> tuple[float, float]:
        """Good trials and all, those of this workspace weighing more."""
        good = total = 0.0
        for scope, weight in (("user", 1.0), (self.workspace, WEIGHT)):
            counts = self.counts.get(scope, {}).get(model, {}).get(arm, [0.0, 0.0])
            good, total = good + weight * counts[0], total + weight * counts[1]
        return good, total

    def _worth(self, model: str, arm: str, total: float, first: str) -> float:
        good, count = self._known(model, arm)
        prior = 2.0 if arm == first else 1.0  # one imagined trial each way, and one good one more for the default
        mean = (good + prior) / (count + prior + 1.0)
        return mean + OPTIMISM * math.sqrt(math.log(total + 1.0) / (count + prior + 1.0))


def _read(file: Path) -> Counts:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return {
            str(scope): {
                str(model): {str(arm): [float(counts[0]), float(counts[1])] for arm, counts in arms.items()}
                for model, arms in models.items()
            }
            for scope, models in data.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return {}


def _write(file: Path, counts: Counts) -> None:
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(counts, indent=1), encoding="utf-8")
    temporary.replace(file)
