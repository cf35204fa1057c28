"""Why a model of the Hub or a folder cannot be loaded, in a sentence, from the many ways in which it is reported."""

from __future__ import annotations

import re

from autogpt.errors import ModelError

SHOWN = 300
NO_GPU = "On a CPU choose its weights as they were before, or a GGUF of it with llama.cpp: `autogpt doctor` says how."
_BROKEN_OFF = {
    "RemoteProtocolError",
    "ReadError",
    "ReadTimeout",
    "WriteError",
    "ChunkedEncodingError",
    "IncompleteRead",
}
_OUT_OF_MEMORY = re.compile(r"out of memory|(can't|cannot) allocate memory|not enough memory", re.IGNORECASE)


def describe(error: BaseException, name: str) -> ModelError:
    """The failure for the person, with what to do."""
    kinds = {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
    words = " ".join(" ".join(str(one).split()) for one in _chain(error))
    happened, hint = _describe(kinds, words, name)
    return ModelError(happened, hint)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, which torch reports by a class of its own for CUDA only."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"OutOfMemoryError", "MemoryError"} or _OUT_OF_MEMORY.search(str(error)))


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _describe(kinds: set[str], words: str, name: str) -> tuple[str, str]:  # noqa: PLR0911 - a table
    low = words.lower()
    if "trust_remote_code" in low or "custom code" in low:
        return (
            f"{name} needs Python code of its own, which is not run.",
            f'Set `trusted_model = "{name}"` if you trust it.',
        )
    if "GatedRepoError" in kinds:
        return f"{name} is gated: its owner decides who may have it.", "Ask for access on its page, then set HF_TOKEN."
    if kinds & {"OutOfMemoryError", "MemoryError"} or _OUT_OF_MEMORY.search(words):
        return f"{name} does not fit the memory.", "Choose a smaller model, or add ?quantize=int8 or ?dtype=bfloat16."
    if "RepositoryNotFoundError" in kinds or "HFValidationError" in kinds or "is not a valid model identifier" in low:
        return (
            f"There is no model {name} on the Hub, and no such folder.",
            "Check the spelling; `autogpt models` lists what is cached.",
        )
    if (
        kinds & {"LocalEntryNotFoundError", "OfflineModeIsEnabled", "ConnectionError", "ConnectError"}
        or "couldn't connect" in low
    ):
        return (
            f"{name} is not in the cache, and the Hub cannot be reached.",
            "Give a local folder, or download it once with a network.",
        )
    if kinds & _BROKEN_OFF:
        return f"The download of {name} broke off.", "Try again; it goes on from what has come."
    if "no file named" in low and "safetensors" in low:
        return (
            f"{name} has no weights as safetensors.",
            "Choose another, or set `trusted_model` if you trust its pickled ones.",
        )
    if "SafetensorError" in kinds or "headertoolarge" in low or "incomplete metadata" in low:
        return f"The weights of {name} are damaged or half downloaded.", "Download the model again."
    if "unrecognized configuration class" in low or "automodelforcausallm" in low:
        return f"{name} is not a causal language model.", "Choose one that generates text."
    if "does not recognize this architecture" in low or "model type" in low:
        return (
            f"transformers does not know the architecture of {name}.",
            "Upgrade transformers, or choose another model.",
        )
    if re.search(r"(?:gpu|cuda|xpu)\b.*(?:needed|required|not available|not found)|no gpu|requires? (?:a )?gpu", low):
        return f"{name} is stored for a GPU, and there is none here.", NO_GPU
    if kinds & {"ImportError", "ModuleNotFoundError"} and re.search(r"quanti[sz]|bitsandbytes|gptq|\bawq\b", low):
        return f"{name} is quantised, and reading it needs a package that is missing: {words[:SHOWN]}", NO_GPU
    if "ImportError" in kinds or "ModuleNotFoundError" in kinds:
        return f"{name} needs a package that is missing: {words[:SHOWN]}", "Install it into the environment of autogpt."
    if "size mismatch" in low or "mismatched_sizes" in low or "shape" in low:
        return f"The weights of {name} do not fit its configuration.", "Download the model again."
    if "tokenizer" in low:
        return f"The tokenizer of {name} cannot be loaded: {words[:SHOWN]}", "Download the model again."
    return f"{name} cannot be loaded: {words[:SHOWN]}", "Choose another model with --model."
