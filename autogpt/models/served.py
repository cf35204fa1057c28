"""What a server tells of its models beside their names: size, context and the like, each server in words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

Row = Mapping[str, Any]

NATIVE: tuple[tuple[str, str, str], ...] = (
    ("/api/tags", "models", "model"),  # Ollama: size, parameters, quantisation
    ("/api/ps", "models", "model"),  # Ollama: the context of what is loaded, which is not all that the model could take
    ("/api/v0/models", "data", "id"),  # LM Studio
)
"""Lists that some servers have beside `/v1/models`, which says no more than names there: path, key, key of the name."""
_CONTEXT = (
    "max_model_len",  # vLLM, SGLang
    "loaded_context_length",  # LM Studio
    "context_length",  # OpenRouter, Together, Ollama
    "context_window",  # Groq
    "max_context_length",  # Mistral, LM Studio
    "n_ctx",  # llama.cpp: what it was started with
    "n_ctx_train",
)
_COUNT = ("n_params", "parameter_size", "params_string")
_BYTES = ("size", "size_bytes")
_QUANTISATION = ("quantization_level", "quantization")
_UNITS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True, slots=True)
class Served:
    """A model of a server. 0 and "" for what it does not tell; `context` in tokens, `size` in bytes."""

    name: str
    context: int = 0
    parameters: float = 0.0
    size: int = 0
    quantisation: str = ""

    def describe(self) -> str:
        """One phrase; "" when nothing is known."""
        parts = [f"{_short(self.parameters)} parameters"] * bool(self.parameters)
        parts += [f"{self.size / 1e9:.1f} GB"] * bool(self.size) + [self.quantisation] * bool(self.quantisation)
        parts += [f"context {self.context}"] * bool(self.context)
        return ", ".join(parts)

    def with_more(self, other: Served) -> Served:
        """With what the other list knows of it; what this one says stays."""
        return replace(
            self,
            context=self.context or other.context,
            parameters=self.parameters or other.parameters,
            size=self.size or other.size,
            quantisation=self.quantisation or other.quantisation,
        )


def read_row(name: str, row: Row) -> Served:
    """One entry of a list of models; whatever is in it."""
    counts = (_parameters(value) for value in _values(row, _COUNT))
    quantisations = (value for value in _values(row, _QUANTISATION) if isinstance(value, str))
    return Served(
        name,
        context_of(row),
        next((count for count in counts if count), 0.0),
        next((value for value in _values(row, _BYTES) if _is_count(value)), 0),
        next((value for value in quantisations if 0 < len(value) <= 20), ""),
    )


def context_of(row: Row) -> int:
    """The context window as the various servers name it; 0 when they do not."""
    return next((value for value in _values(row, _CONTEXT) if _is_count(value)), 0)


def read_native(body: object, key: str, name: str) -> dict[str, Served]:
    """The models of another list than the usual one, by name; empty for anything else."""
    rows = cast("Mapping[str, Any]", body).get(key) if isinstance(body, dict) else None
    found = (
        [cast("Row", row) for row in cast("list[Any]", rows) if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return {str(row[name]): read_row(str(row[name]), row) for row in found if name in row}


def _values(row: Row, names: tuple[str, ...]) -> Iterator[Any]:
    """What a row has under these names, itself or in the parts that servers make of it, the first name first."""
    inner = (row.get(part) for part in ("meta", "details", "top_provider"))
    places = [row, *(cast("Row", part) for part in inner if isinstance(part, dict))]
    return (place[name] for name in names for place in places if name in place)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _parameters(value: object) -> float:
    """A count, or text such as `7.6B`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(max(0, value))
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMBT])\s*", value, re.IGNORECASE) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2].upper()] if found else 0.0


def _short(count: float) -> str:
    unit, size = max(((u, s) for u, s in _UNITS.items() if s <= max(count, 1e3)), key=lambda one: one[1])
    return f"{count / size:.3g} {unit}"
