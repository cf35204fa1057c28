"""Reads one streamed answer of a chat completions server, choice by choice, and trusts nothing about its form."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from autogpt.errors import ModelError
from autogpt.models.base import Completion
from autogpt.models.calls import Call, written
from autogpt.models.endpoint_errors import Dropped
from autogpt.result import Tokens

CHARACTERS_PER_TOKEN = 8
"""A server that sends more for the tokens it was allowed does not keep to the limit; then we stop reading."""
ESTIMATE = 4
"""Characters of a token, for servers that do not count."""


@dataclass(slots=True)
class Calling:
    """A tool call as far as it has come."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Choice:
    """One of the answers as far as it has come."""

    text: list[str] = field(default_factory=list[str])
    calls: list[Calling] = field(default_factory=list[Calling])
    places: dict[int, Calling] = field(default_factory=dict[int, Calling])
    """The call that is being received at each index."""
    reasoning: int = 0
    """Characters of thinking that the server sent apart from the answer."""
    finish: str = ""

    def body(self) -> str:
        """The answer in the text protocol."""
        calls = [Call(one.name, "".join(one.arguments)) for one in self.calls]
        return written("".join(self.text), calls) if calls else "".join(self.text)

    def call(self, part: Any) -> int:
        """Take a piece of a call; the characters it had. Some servers give every call the same index, and new ids."""
        index, id, function = (
            getattr(part, "index", None) or 0,
            getattr(part, "id", None),
            getattr(part, "function", None),
        )
        current = self.places.get(index)
        if current is None or (id and current.id and id != current.id):
            current = self.places[index] = Calling()
            self.calls.append(current)
        current.id = current.id or id or ""
        name, arguments = _function(function)
        current.name = current.name or name
        current.arguments.append(arguments)
        return len(name) + len(arguments)


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
    for call in getattr(delta, "tool_calls", None) or ():
        reading.size += choice.call(call)
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
            message = given["message"]
            text = message.get("content") or message.get("refusal") or ""
            calls = [Calling("", name, [text]) for name, text in map(_function, _functions(message))]
            reading.choices[index] = Choice([text], calls, finish=str(given.get("finish_reason") or "stop"))
    except (ValueError, KeyError, TypeError, AttributeError):
        start = " ".join(body[:120].decode("utf-8", "replace").split())
        raise ModelError(
            f"The endpoint answered with {kind.partition(';')[0]} that is no chat completion: {start}",
            "Give the base URL of an OpenAI-compatible server; it usually ends in /v1.",
        ) from None
    return reading


def _functions(message: dict[str, Any]) -> list[Any]:
    return [call["function"] for call in message.get("tool_calls") or ()]


def _function(function: Any) -> tuple[str, str]:
    """Name and arguments of a function, which some servers send as an object in place of its text."""
    given = function if isinstance(function, dict) else vars(function) if function else {}
    arguments = given.get("arguments") or ""
    return str(given.get("name") or ""), arguments if isinstance(arguments, str) else json.dumps(arguments)


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
