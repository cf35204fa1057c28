"""How far a download of weights has come, as lines for the person; a run that is stopped stops it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from autogpt.stop import Stop

STEP = 0.1
"""Part of the whole after which a line is due."""


def progress_class(name: str, notify: Callable[[str], None], stop: Stop) -> type:
    """What `transformers` takes as `tqdm_class`: bars that write lines of bytes by `notify` and raise `Stopped`.

    What has come stays in the cache; the next download goes on from there.
    """
    from tqdm import tqdm

    class Lines(tqdm):  # type: ignore[type-arg]  # generic for type checkers only
        told = 0.0

        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "disable": False, "file": io.StringIO(), "mininterval": 0.0})

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            stop.check()
            total, done = float(self.total or 0), float(self.n)
            if self.unit == "B" and total > 0 and (done >= total > self.told or done - self.told >= STEP * total):
                self.told = done
                notify(f"Downloading {name}: {_size(done)} of {_size(total)}")

    return Lines


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
