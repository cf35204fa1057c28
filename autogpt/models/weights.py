"""Loads weights and tokenizer by `transformers`, once for the process, and says in a sentence why it cannot.

Safetensors only and no code of the model's own, unless the person trusts that one model. What was not used for a while
is let go of.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import threading
import time
import warnings
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from autogpt.cores import choose
from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models.downloading import progress_class
from autogpt.models.hub import context_of
from autogpt.stop import Stop

IDLE_SECONDS = 900.0
"""After this long without use weights leave the memory."""
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "device": ("auto", "cpu", "cuda", "mps"),
    "dtype": ("auto", "float32", "bfloat16", "float16"),
    "quantize": ("no", "int8", "int4"),
    "guided": ("yes", "no"),
}
DEFAULT_CONTEXT = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be loaded: a repository of the Hub or a folder, with options; `is_trusted` allows its own code."""

    name: str
    device: str = "auto"
    dtype: str = "auto"
    quantize: str = "no"
    is_trusted: bool = False
    guided: str = "yes"

    @property
    def is_guided(self) -> bool:
        """Whether answers are held to the grammar of edits."""
        return self.guided == "yes"

    @property
    def folder(self) -> Path | None:
        """The local folder, if the name is one."""
        path = Path(self.name).expanduser()
        return path if path.is_dir() else None


def parse_source(text: str, trusted: str = "") -> Source:
    """`NAME?device=cpu&dtype=bfloat16&quantize=int8`. Raise `UsageError` for an option that there is not."""
    name, _, query = text.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for key, value in options.items():
        if key not in OPTIONS:
            raise UsageError(f"`{key}` is no option of hf: models.", f"There are {', '.join(OPTIONS)}.")
        if value not in OPTIONS[key]:
            raise UsageError(f"`{key}` cannot be `{value}`.", f"It can be {', '.join(OPTIONS[key])}.")
    return Source(name, is_trusted=bool(name) and name == trusted.removeprefix("hf:"), **options)


@dataclass(slots=True)
class Weights:
    """A loaded model. `lock` is held by whoever generates."""

    source: Source
    model: Any
    tokenizer: Any
    context: int
    decoder: Any = None
    words: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    used: float = field(default_factory=time.monotonic)
    threads: int = 1
    """Of torch on the CPU at most: as many as it took when the weights were loaded."""

    def choose_threads(self) -> None:
        """Between two answers, since other work comes and goes."""
        if self.threads > 1 and str(self.model.device) == "cpu":
            import torch

            torch.set_num_threads(choose(self.threads))


_loaded: dict[Source, Weights] = {}
_loading = threading.Lock()


@contextlib.contextmanager
def borrowed(source: Source, stop: Stop, notify: Callable[[str], None]) -> Generator[Weights]:
    """The weights for one request at a time, loaded if they are not. Raise `ModelError`, `Stopped` while waiting."""
    with _held(_loading, stop):
        weights = _loaded.get(source)
        if weights is None:
            notify(f"Loading {source.name}")
            started = time.monotonic()
            weights = load(source, stop, notify)
            _loaded[source] = weights
            notify(f"Loaded {source.name} in {time.monotonic() - started:.1f} s")
    with _held(weights.lock, stop):
        try:
            yield weights
        finally:
            weights.used = time.monotonic()
            _unload_later(source)


@contextlib.contextmanager
def _held(lock: threading.Lock, stop: Stop) -> Generator[None]:
    while not lock.acquire(timeout=0.05):
        stop.check()
    try:
        yield
    finally:
        lock.release()


def _unload_later(source: Source) -> None:
    timer = threading.Timer(IDLE_SECONDS + 1.0, unload_idle, [source])
    timer.daemon = True
    timer.start()


def unload_idle(source: Source, idle: float = IDLE_SECONDS) -> bool:
    """Let go of weights that were not used for so many seconds; whether they are gone."""
    with _loading:
        weights = _loaded.get(source)
        if weights is None or time.monotonic() - weights.used < idle or not weights.lock.acquire(blocking=False):
            return weights is None
        try:
            del _loaded[source]
        finally:
            weights.lock.release()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return True


def load(source: Source, stop: Stop | None = None, notify: Callable[[str], None] = lambda text: None) -> Weights:
    """Read everything from disk or the Hub. Raise `ModelError` with what to do about it, `Stopped` in a download."""
    if source.folder is not None:
        _check_folder(source.folder, source)
    try:
        from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging as transformers_logging

        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        place: dict[str, Any] = {"trust_remote_code": source.is_trusted}
        name = str(source.folder or source.name)
        config = AutoConfig.from_pretrained(name, **place)
        tokenizer = AutoTokenizer.from_pretrained(name, **place)
        device, dtype = device_of(source), _dtype(source, device_of(source), config)
        if device == "auto":
            place["device_map"] = "auto"  # layers over all GPUs, by accelerate
        place |= _quantised(source, device)
        if source.folder is None:
            place["tqdm_class"] = progress_class(source.name, notify, stop or Stop())
        safe = None if source.is_trusted else True
        model = AutoModelForCausalLM.from_pretrained(name, config=config, dtype=dtype, use_safetensors=safe, **place)
        model = _placed(_adapted(model, source).eval(), source, device)
    except (ModelError, Stopped):
        raise
    except Exception as error:
        from autogpt.models.weights_errors import describe

        if stop is not None:
            stop.check()  # which ends a download as well, by an error of whoever was downloading
        raise describe(error, source.name) from error
    return Weights(source, model, tokenizer, _context(config, tokenizer), threads=_threads())


@functools.cache
def _threads() -> int:
    """What torch begins with: one for each core, or what OMP_NUM_THREADS says."""
    import torch

    return torch.get_num_threads()


def _adapted(model: Any, source: Source) -> Any:
    """With what `autogpt learn` has kept for it, if anything."""
    from autogpt.models.adapters import Adapters, with_adapter

    adapter = Adapters(f"hf:{source.name}").current()
    return model if adapter is None else with_adapter(model, adapter)


def _check_folder(folder: Path, source: Source) -> None:
    """What `transformers` would say at length: no model here, pickled weights, parts of them missing."""
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"{folder} holds no model: it has no config.json.", "Give the folder that `save_pretrained` wrote."
        )
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            parts = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (ValueError, KeyError, AttributeError) as error:
            raise ModelError(f"{index} cannot be read: {error}.", "Download the model again.") from error
        missing = sorted(part for part in parts if not (folder / part).is_file())
        if missing:
            raise ModelError(f"{folder} lacks {', '.join(missing[:3])}: it is half downloaded.", "Download it again.")
    elif not any(folder.glob("*.safetensors")) and not source.is_trusted:
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        why = "only pickled weights, which can run code" if pickled else "no weights"
        raise ModelError(f"{folder} has {why}.", "Save it as safetensors, or set `trusted_model` if you trust it.")


def device_of(source: Source) -> str:
    """What was asked for, else what is fast here; `auto` for several GPUs that share one model. Raise `ModelError`."""
    import torch

    device = source.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("There is no CUDA device here, or torch was built without CUDA.", "Leave `device` out.")
    return "auto" if device == "cuda" and torch.cuda.device_count() > 1 else device


def _dtype(source: Source, device: str, config: Any) -> Any:
    import torch

    if source.dtype != "auto":
        return getattr(torch, source.dtype)
    if device in ("cuda", "auto"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device == "mps":
        return torch.float16
    own = getattr(config, "dtype", None) or torch.float32
    return torch.bfloat16 if own in (torch.bfloat16, torch.float16) and source.quantize == "no" else torch.float32


def _quantised(source: Source, device: str) -> dict[str, Any]:
    """What `from_pretrained` is told to quantise while it loads, on a GPU. Raise `ModelError` where that cannot be."""
    if source.quantize == "no" or (source.quantize == "int8" and device == "cpu"):
        return {}
    if device not in ("cuda", "auto"):
        raise ModelError(
            f"{source.quantize} needs a CUDA GPU, and there is none in use here.",
            "Add ?quantize=int8&device=cpu, or run its 4-bit GGUF with llama.cpp: `autogpt doctor` has the command.",
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError(
            f"{source.quantize} on a GPU needs the package bitsandbytes.",
            "Install it into the environment of autogpt, or choose a model that was quantised beforehand.",
        )
    from transformers import BitsAndBytesConfig

    settings = BitsAndBytesConfig(load_in_4bit=source.quantize == "int4", load_in_8bit=source.quantize == "int8")
    return {"quantization_config": settings, "device_map": "auto"}


def _placed(model: Any, source: Source, device: str) -> Any:
    """On its device, and quantised where asked for on the CPU."""
    import torch

    if device == "auto" or (source.quantize != "no" and device != "cpu"):
        return model
    if source.quantize == "no":
        return model.to(device)
    quantize: Any = torch.ao.quantization.quantize_dynamic  # pyright: ignore[reportDeprecated]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is going to move it, and says so at every layer
        return quantize(model, {torch.nn.Linear}, dtype=torch.qint8)


def _context(config: Any, tokenizer: Any) -> int:
    said = context_of(config.to_dict())
    limit = int(getattr(tokenizer, "model_max_length", 0) or 0)
    found = [number for number in (said, limit) if 0 < number < 100_000_000]
    return min(found) if found else DEFAULT_CONTEXT
