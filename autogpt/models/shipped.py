"""Opens the weights that ship with the package; without them, or with damaged ones, the search goes on alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

from autogpt.models.adapters import Adapters, with_adapter
from autogpt.models.forms import VERSION
from autogpt.models.ranker import WeightsRanker
from autogpt.models.wordpieces import WordPieces

FOLDER = Path(__file__).parent.parent / "weights"
"""Where `autogpt train export` is copied to when weights ship. A package without it has no trained part."""

_opened: dict[Path, WeightsRanker | None] = {}
_opening = threading.Lock()


def open_ranker(warn: Callable[[str], None], folder: Path = FOLDER) -> WeightsRanker | None:
    """The ranker, loaded once for the process; None where there is none. What is wrong with it is said once."""
    with _opening:
        if folder not in _opened:
            problem = _problem(folder)
            try:
                _opened[folder] = None if problem is not None else _load(folder)
            except Exception as error:
                _opened[folder], problem = None, f"they cannot be read ({type(error).__name__}: {error})"
            if folder == FOLDER and _opened[folder] is not None:
                _opened[folder] = _adapted(_opened[folder], warn)
            if problem:
                warn(f"The built-in model works without its trained weights: {problem}.")
        return _opened[folder]


def _adapted(ranker: WeightsRanker | None, warn: Callable[[str], None]) -> WeightsRanker | None:
    """With what `autogpt learn` has kept, if anything."""
    adapter = Adapters("builtin").current()
    if adapter is None or ranker is None:
        return ranker
    try:
        return WeightsRanker(with_adapter(ranker.model, adapter).eval(), ranker.words)
    except Exception as error:
        warn(f"What was learnt from your runs is not used: {adapter} cannot be read ({type(error).__name__}: {error}).")
        return _load(FOLDER)  # a part of it may be in the weights already


def _problem(folder: Path) -> str | None:
    """Why the weights cannot be used; "" where none are shipped, which is nothing to speak of."""
    if not folder.is_dir():
        return ""
    missing = [name for name in ("config.json", "model.safetensors", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        return f"{', '.join(missing)} of {folder} is missing"
    try:
        version = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("autogpt_forms")
    except (OSError, ValueError, AttributeError) as error:
        return f"config.json cannot be read ({error})"
    return None if version == VERSION else f"they are of version {version}, and this package reads {VERSION}"


def _load(folder: Path) -> WeightsRanker:
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    words = WordPieces.load(folder / "tokenizer.json")
    if len(words) != model.config.vocab_size:
        raise ValueError(f"{len(words)} tokens for a vocabulary of {model.config.vocab_size}")
    return WeightsRanker(model.eval(), words)
