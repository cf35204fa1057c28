"""Reads one streamed answer of a chat completions server, choice by choice, and trusts nothing about its form."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from autogpt.errors import ModelError
from autogpt.models.base import Completion
from autogpt.models.endpoint_errors import Dropped
from autogpt.result import Tokens

CHARACTERS_PER_TOKEN = 8
"""A server that sends more for the tokens it was allowed does not keep to the limit; then we stop reading."""
ESTIMATE = 4
"""Characters of a token, for servers that do not count."""


@dataclass(slots=True)
class Choice:
    """One of the answers as far as it has come."""

    text: list[str] = field(default_factory=list[str])
    reasoning: int = 0
    """Characters of thinking that the server sent apart from the answer."""
    finish: str = ""

    def body(self) -> str:
        return "".join(self.text)


@dataclass(slots=True)
class Reading:
    """What came through one stream."""

    choices: dict[int, Choice] = field(default_factory=dict[int, Choice])
    usage: Any = None
    model: str = ""
    size: int = 0

    def completions(self, prompt_characters: int) -> list[Completion]:
        """One completion a choice; the prompt's tokens are counted with the first one only."""
        tokens = _tokens(self, prompt_characters)
        completions: list[Completion] = []
        for index in sorted(self.choices):
            choice = self.choices[index]
            if choice.finish == "content_filter" and not choice.body():
                raise ModelError("The server's content filter withheld the answer.", "Word the task differently.")
            completions.append(Completion(choice.body(), tokens, truncated=choice.finish == "length"))
            tokens = Tokens()
        return completions


async def read(stream: Any, max_tokens: int) -> Reading:
    """Read to the end, or to the limit. Raise `Dropped` for a stream that ends before its answers do."""
    kind = str(stream.response.headers.get("content-type", ""))
    if "event-stream" not in kind and kind:
        return await _whole(stream, kind)
    reading = Reading()
    limit = max(1, max_tokens) * CHARACTERS_PER_TOKEN
    async for chunk in stream:
        reading.model = getattr(chunk, "model", "") or reading.model
        reading.usage = getattr(chunk, "usage", None) or reading.usage
        for part in getattr(chunk, "choices", None) or ():
            _add(reading, part)
        if reading.size > limit * max(1, len(reading.choices)):
            _cut(reading)
            break
    _check_complete(reading)
    return reading


def _add(reading: Reading, part: Any) -> None:
    choice = reading.choices.setdefault(part.index or 0, Choice())
    delta = part.delta
    for name in ("content", "refusal"):
        text = getattr(delta, name, None) if delta is not None else None
        if text:
            choice.text.append(text)
            reading.size += len(text)
    thinking = (getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)) if delta else None
    if isinstance(thinking, str):
        choice.reasoning += len(thinking)
        reading.size += len(thinking)
    choice.finish = part.finish_reason or choice.finish


def _cut(reading: Reading) -> None:
    for choice in reading.choices.values():
        choice.finish = choice.finish or "length"


def _check_complete(reading: Reading) -> None:
    if not reading.choices:
        raise Dropped("it sent no answer at all")
    cut = next((choice for choice in reading.choices.values() if not choice.finish), None)
    if cut is not None:
        raise Dropped(f"the stream ended after {len(cut.body())} characters without saying that it was done")


async def _whole(stream: Any, kind: str) -> Reading:
    """Some servers answer in one piece although a stream was asked for; what is no JSON is no such server."""
    body = await stream.response.aread()
    await stream.close()
    try:
        data = json.loads(body)
        reading = Reading(usage=data.get("usage"), model=str(data.get("model") or ""))
        for index, given in enumerate(data["choices"]):
            text = given["message"].get("content") or given["message"].get("refusal") or ""
            reading.choices[index] = Choice([text], finish=str(given.get("finish_reason") or "stop"))
    except (ValueError, KeyError, TypeError, AttributeError):
        start = " ".join(body[:120].decode("utf-8", "replace").split())
        raise ModelError(
            f"The endpoint answered with {kind.partition(';')[0]} that is no chat completion: {start}",
            "Give the base URL of an OpenAI-compatible server; it usually ends in /v1.",
        ) from None
    return reading


def _tokens(reading: Reading, prompt_characters: int) -> Tokens:
    """As the server counted, else estimated from the length of the texts."""
    usage = reading.usage if isinstance(reading.usage, dict) else _as_dict(reading.usage)
    if not usage.get("prompt_tokens") and not usage.get("completion_tokens"):
        return Tokens(prompt_characters // ESTIMATE, reading.size // ESTIMATE)
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0
    prompt = int(usage.get("prompt_tokens") or 0)
    return Tokens(prompt, int(usage.get("completion_tokens") or 0), min(int(cached), prompt))


def _as_dict(usage: Any) -> dict[str, Any]:
    dump = getattr(usage, "model_dump", None)
    return dump() if callable(dump) else {}  # type: ignore[no-any-return]
