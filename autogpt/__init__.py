"""An agent that implements tasks on a scratch branch and lets the project's own tests judge the result.

Importing this package does nothing else: the names below are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autogpt.api import AutoGPT
    from autogpt.result import Result
    from autogpt.task import Task

__all__ = ["AutoGPT", "Result", "Task", "__version__"]
__version__ = "0.1.0"

_HOMES = {"AutoGPT": "autogpt.api", "Result": "autogpt.result", "Task": "autogpt.task"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
