"""What a model's tokens cost and how many fit its window: a table in the package, and the user's own before it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from autogpt import paths
from autogpt.errors import UsageError
from autogpt.result import Tokens

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; `cached` is for prompt tokens that the server had kept. `context` in tokens."""

    prompt: float
    completion: float
    cached: float
    context: int = 0

    def cost(self, tokens: Tokens) -> float:
        """US dollars."""
        fresh = max(0, tokens.prompt - tokens.cached)
        return (fresh * self.prompt + tokens.cached * self.cached + tokens.completion * self.completion) / MILLION


FREE = Price(0.0, 0.0, 0.0)


def user_file() -> Path:
    """The user's table, beside the user's settings."""
    return paths.config_file().parent / "prices.toml"


def find_price(model: str) -> Price | None:
    """By the longest beginning of the name that a table has, with or without the part before its last `/`.

    None for a model that no table knows. Raise `UsageError` when the user's table is wrong.
    """
    own = user_file()
    tables = [_table(own.read_text(encoding="utf-8"), str(own))] if own.is_file() else []
    tables.append(_table(files("autogpt.models").joinpath("prices.toml").read_text(encoding="utf-8"), "prices.toml"))
    for table in tables:
        for name in (model, model.rpartition("/")[2]):
            fitting = [known for known in table if name == known or name.startswith((known + "-", known + ":"))]
            if fitting:
                return table[max(fitting, key=len)]
    return None


def _table(text: str, source: str) -> Mapping[str, Price]:
    try:
        models = tomllib.loads(text).get("models", {})
        return {str(name): _price(row) for name, row in models.items()}
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{source} cannot be read: {error}.", '[models."NAME"] needs the numbers `prompt` and `completion`.'
        ) from error


def _price(row: Mapping[str, Any]) -> Price:
    prompt, completion = float(row["prompt"]), float(row["completion"])
    return Price(prompt, completion, float(row.get("cached", prompt)), int(row.get("context", 0)))
