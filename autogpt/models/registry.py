"""From the name of a model to whoever proposes changes with it; nothing heavy is loaded before it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autogpt.config import Settings
from autogpt.edits import FORMATS
from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models.approach import WAYS, first_format
from autogpt.models.base import ChatModel, Proposer
from autogpt.models.memory import Memory
from autogpt.stop import Stop

BUILT_IN = ("builtin", "search")
"""The search over edits, with and without what was trained."""
LISTING_SECONDS = 5.0
"""How long an endpoint may take to say which models it has."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be named with `--model`, and a phrase about it: size, context, where it is, how it did."""

    name: str
    note: str


def make_proposer(settings: Settings) -> Proposer:
    """Raise `UsageError` for a name that means nothing, `ModelError` for a model that cannot be had."""
    if settings.model in BUILT_IN:
        return _builtin(settings.model)
    from autogpt.models.chat import ChatProposer

    stronger = settings.stronger_model
    return ChatProposer(
        make_chat_model(settings),
        stronger=(lambda: make_chat_model(replace(settings, model=stronger))) if stronger else None,
    )


def make_chat_model(settings: Settings) -> ChatModel:
    """The chat model of the settings; the built-in one is none. Raises as `make_proposer` does."""
    prefix, colon, rest = settings.model.partition(":")
    if colon and prefix in _MAKERS:
        if not rest.strip():
            raise UsageError(f"`{settings.model}` names no model.", f"Write {_FORMS[prefix]}.")
        return _MAKERS[prefix](rest.strip(), settings)
    if settings.endpoint and settings.model not in ("", *BUILT_IN):
        return _endpoint(settings.model, settings)
    raise UsageError(
        f"There is no model `{settings.model}` without an endpoint.",
        f"Give builtin, {', '.join(_FORMS.values())}, or the name of a model with --endpoint URL.",
    )


def _builtin(name: str) -> Proposer:
    from autogpt.models.builtin import BuiltinModel

    return BuiltinModel(name)


def _scripted(rest: str, settings: Settings) -> ChatModel:
    from autogpt.models.scripted import ScriptedModel

    return ScriptedModel.load(Path(rest))


def _hf(rest: str, settings: Settings) -> ChatModel:
    from autogpt.models.hf import HFModel

    return HFModel(rest, trusted=settings.trusted_model)


def _endpoint(name: str, settings: Settings) -> ChatModel:
    from autogpt.models.endpoint import EndpointModel, Timing

    timing = Timing(idle=settings.max_silence)
    return EndpointModel(name, settings.endpoint, plain_http=settings.plain_http, timing=timing)


_MAKERS: Mapping[str, Callable[[str, Settings], ChatModel]] = {"hf": _hf, "scripted": _scripted}
_FORMS: Mapping[str, str] = {"hf": "hf:<repository or folder>", "scripted": "scripted:<file>"}


def list_models(settings: Settings, workspace: Path | None = None) -> list[ModelInfo]:
    """What can be named: built in, in the local cache of transformers, at the endpoint. Raise `ModelError` for one
    that does not answer."""
    found = [ModelInfo("builtin", "program repair and synthesis, offline, no weights")]
    found += _cached()
    if settings.endpoint:
        found += _served(settings)
    memory = Memory.load(workspace or Path.cwd())
    return [_with_success(model, memory) for model in found]


def known_models(settings: Settings, workspace: Path | None = None) -> list[ModelInfo]:
    """As `list_models`, with the model of the settings in any case; an endpoint that does not answer is told, too."""
    trouble = ""
    try:
        found = list_models(settings, workspace)
    except ModelError as error:
        found, trouble = list_models(replace(settings, endpoint=""), workspace), f"not reachable: {error.sentence()}"
    if settings.model not in [*BUILT_IN, *(model.name for model in found)]:
        found.append(ModelInfo(settings.model, trouble or _configured(settings)))
    elif trouble:
        found.append(ModelInfo("(endpoint)", trouble))
    return found


def _configured(settings: Settings) -> str:
    """A phrase about a model that is named in the settings and in no list."""
    prefix, _, rest = settings.model.partition(":")
    if prefix == "hf":
        from autogpt.models.hub import describe

        return describe(Path(rest).expanduser()) or "not in the cache: it is downloaded when it is first used"
    if prefix == "scripted":
        return "answers from a file"
    return f"not known at {settings.endpoint}" if settings.endpoint else "not known without an endpoint"


def _with_success(model: ModelInfo, memory: Memory) -> ModelInfo:
    if model.name in BUILT_IN:
        return model
    parts = [model.note]
    if (known := memory.success(model.name, FORMATS)) is not None:
        format, rate, answers = known
        parts.append(f"{rate:.0%} of {answers} answers in format {format} applied")
    else:
        parts.append(f"format {first_format(model.name)}, since nothing is remembered of it")
    ways = ((way, *memory.counted(model.name, way)) for way in WAYS)
    if did := [f"{way} {good} of {tried}" for way, good, tried in ways if tried]:
        parts.append(f"first changes that helped, by way of asking: {', '.join(did)}")
    return replace(model, note="; ".join(parts))


def _cached() -> list[ModelInfo]:
    from autogpt.models.hub import cached_models

    return [ModelInfo(f"hf:{name}", note) for name, note in cached_models()]


def _served(settings: Settings) -> list[ModelInfo]:
    from autogpt.models.endpoint import EndpointModel

    server = EndpointModel("", settings.endpoint, plain_http=settings.plain_http)
    try:
        found = server.served(Stop(LISTING_SECONDS), more=True)
    except Stopped:
        raise ModelError(f"{server.url} did not answer in {LISTING_SECONDS:.0f} seconds.", "Is it running?") from None
    notes = ((one.name, one.describe()) for one in found)
    at = f"at {server.url}"
    return [ModelInfo(name, f"{f'{note}, ' if note else ''}{at}{_price(name, server)}") for name, note in notes]


def _price(name: str, server: object) -> str:
    from autogpt.models.endpoint import is_loopback
    from autogpt.models.prices import find_price

    price = None if is_loopback(getattr(server, "url", "")) else find_price(name)
    return f", ${price.prompt:g} and ${price.completion:g} for a million tokens" if price else ""
