"""What lies in the local cache of Hugging Face models, told from the files alone: no network, no transformers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """Where models are kept, by the same variables as `huggingface_hub` reads."""
    if folder := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(folder)
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home) / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "huggingface" / "hub"


def cached_models() -> Iterator[tuple[str, str]]:
    """Names and notes of the causal language models in the cache, half downloaded ones marked."""
    folder = cache_folder()
    for entry in sorted(folder.glob("models--*")) if folder.is_dir() else ():
        for snapshot in sorted((entry / "snapshots").glob("*")):
            note = describe(snapshot)
            if note is not None:
                yield entry.name.removeprefix("models--").replace("--", "/"), note
                break


def describe(folder: Path) -> str | None:
    """Size, context and state of a folder with a model; None when it holds no causal language model."""
    config = _config(folder)
    names = [str(name) for name in config.get("architectures") or ()]
    if not any("CausalLM" in name or "LMHead" in name or "ConditionalGeneration" in name for name in names):
        return None
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors") if file.exists())
    context = context_of(config)
    state = "cached" if size else "without weights: not wholly downloaded, or not as safetensors"
    parts = [f"{size / 1e9:.1f} GB" if size else "", f"context {context}" if context else "", state]
    return ", ".join(part for part in parts if part)


def context_of(config: dict[str, Any]) -> int:
    """Tokens of the window as the model's configuration has it; 0 when it says nothing."""
    inner = config.get("text_config")
    places = [config, inner if isinstance(inner, dict) else {}]
    names = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
    found = [place[name] for place in places for name in names if isinstance(place.get(name), int)]
    return found[0] if found else 0


def _config(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
