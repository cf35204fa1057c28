"""Adapters that `autogpt learn` made and kept, by model: which one is in use, the ones before it, and how to go back.

An adapter is a folder in the standard format of `peft`, so that other servers load it too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogpt import paths

STATE = "state.json"
LEARNT = "learnt.json"


@dataclass(frozen=True, slots=True)
class Adapters:
    """Those of one model: `builtin`, or `hf:` with its name."""

    model: str

    @property
    def folder(self) -> Path:
        key = re.sub(r"[^A-Za-z0-9._-]+", "-", self.model).strip("-")
        return paths.state_home() / "adapters" / key

    def kept(self) -> list[Path]:
        """Those in use one after the other, the last one now; those that are gone from the disk are left out."""
        try:
            names = json.loads((self.folder / STATE).read_text(encoding="utf-8"))["kept"]
            found = [self.folder / str(name) for name in names]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [path for path in found if (path / "adapter_config.json").is_file()]

    def current(self) -> Path | None:
        """The one in use."""
        return next(reversed(self.kept()), None)

    def next_folder(self) -> Path:
        """Where the next one is made; nothing is there yet."""
        numbers = [int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit()]
        return self.folder / f"{max(numbers, default=0) + 1:03d}"

    def keep(self, adapter: Path) -> None:
        """Use an adapter from here on."""
        self._write([*self.kept(), adapter])

    def roll_back(self) -> Path | None:
        """Stop using the last one, which stays on disk; the one in use now. `None` for the model as it came."""
        self._write(self.kept()[:-1])
        return self.current()

    def figures(self, adapter: Path) -> dict[str, Any]:
        """What was measured when it was made."""
        try:
            told = json.loads((adapter / LEARNT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write(self, kept: list[Path]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = self.folder / f".{STATE}"
        scratch.write_text(json.dumps({"kept": [path.name for path in kept]}), encoding="utf-8")
        scratch.replace(self.folder / STATE)


def with_adapter(model: Any, adapter: Path) -> Any:
    """The model with an adapter added to its weights for good. Raises what `peft` raises, `ImportError` without it."""
    from peft import PeftModel

    merged: Any = PeftModel.from_pretrained(model, str(adapter))
    return merged.merge_and_unload()
