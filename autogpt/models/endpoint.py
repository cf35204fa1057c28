"""A model behind an OpenAI-compatible server: always streamed, cancelled by closing, asked in the way it can take."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from autogpt.edits.gbnf import gbnf
from autogpt.edits.grammar import AnswerGrammar
from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models import endpoint_errors, structured
from autogpt.models.base import Completion, Message
from autogpt.models.calls import Tool, as_sent, without_system
from autogpt.models.embedded import unwrapped
from autogpt.models.endpoint_stream import Reading, read
from autogpt.models.io_thread import wait_for
from autogpt.models.prices import FREE, Price, find_price
from autogpt.models.prompts import prompt
from autogpt.models.served import NATIVE, Served, context_of, read_native, read_row
from autogpt.stop import Stop

DEFAULT_CONTEXT = 32_768
"""Tokens assumed to fit when neither the server nor the table of prices says."""
MAX_ANSWER = 16_384
"""Tokens of an answer when the caller sets no limit; thinking counts as well."""
LEAST_ANSWER = 512
"""A server that cannot give this much beside the prompt has too small a window for it."""
LISTING_SECONDS = 3.0
MORE_SECONDS = 1.0
"""For what a server may tell beside: many have no such lists."""
LONGEST_BACKOFF = 20.0
GRAMMARS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "vllm": lambda text: {"structured_outputs": {"grammar": text}},
    "llamacpp": lambda text: {"grammar": text},
    "sglang": lambda text: {"ebnf": text},
}
"""How a server takes a grammar, by the `owned_by` of its list of models."""
SAMPLING = 0.8
"""Temperature for several candidates, which would all be the same at 0."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `idle` is the longest silence of a server, before the first token and between tokens; 0 for no limit."""

    connect: float = 10.0
    idle: float = 900.0
    backoff: float = 0.5
    attempts: int = 5


def endpoint_url(text: str, *, plain_http: bool = False) -> str:
    """The base URL in one form. Raise `UsageError` for what is none, or would send code unencrypted to elsewhere."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"`{text}` is not the URL of a server.", "Give one such as http://127.0.0.1:8000/v1.")
    if parts.scheme == "http" and not is_loopback(text) and not plain_http:
        raise UsageError(
            f"{parts.hostname} is another machine, and http would send it your code and key unencrypted.",
            "Use https, or set `plain_http` in your own settings if the network between is yours.",
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine."""
    host = urlsplit(url.strip()).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def api_key() -> str:
    """From the environment, `AUTOGPT_API_KEY` before `OPENAI_API_KEY`; "" when neither is set."""
    return os.environ.get("AUTOGPT_API_KEY") or os.environ.get("OPENAI_API_KEY") or ""


class EndpointModel:
    """One model of one server. May be used from several threads; what it learns of the server is kept for the next."""

    def __init__(
        self, name: str, url: str, *, key: str | None = None, plain_http: bool = False, timing: Timing | None = None
    ) -> None:
        self.name = name
        self.url = endpoint_url(url, plain_http=plain_http)
        self.price: Price | None = FREE if is_loopback(self.url) else find_price(name)
        self._timing = timing or Timing()
        self._key = api_key() if key is None else key
        self.grammar: AnswerGrammar | None = None
        """What answers must be like, where the server can hold its model to that; a conversation may set it."""
        self.tools: tuple[Tool, ...] = ()
        """What the model may call, as long as it is not held to a grammar; a conversation may set it."""
        self._client = _client(self.url, self._key, self._timing)
        self._refused: set[str] = set()
        self._single = False
        """The server gives one answer however many are asked for."""
        self._context = 0
        self._known: tuple[Served, ...] | None = None
        self._owner = ""

    @property
    def can_call(self) -> bool:
        """Whether the server takes tools, as far as known."""
        return "tools" not in self._refused

    @property
    def context(self) -> int:
        """Tokens that fit the window: by the server, else by the table of prices, else a careful guess."""
        if not self._context:
            # A server that cannot say is asked all the same; that request says what is wrong.
            with contextlib.suppress(ModelError, Stopped):
                self.models(Stop(LISTING_SECONDS))
            listed = find_price(self.name)
            self._context = self._context or (listed.context if listed else 0) or DEFAULT_CONTEXT
        return self._context

    def models(self, stop: Stop) -> tuple[str, ...]:
        """Names of the models that the server lists. Raise `ModelError` when it cannot be asked."""
        return tuple(one.name for one in self.served(stop))

    def served(self, stop: Stop, *, more: bool = False) -> tuple[Served, ...]:
        """The models that the server lists, with what it tells of them; with `more` by other lists of its own, too.

        Raise `ModelError` when it cannot be asked.
        """
        try:
            return wait_for(self._list_more() if more else self._list(), stop)
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            raise endpoint_errors.describe(error, url=self.url, model=self.name, key=self._key) from error

    def complete(
        self, messages: Sequence[Message], *, n: int = 1, temperature: float = 0.0, max_tokens: int = 0, stop: Stop
    ) -> list[Completion]:
        """Sample `n` answers, in one request where the server can, else in parallel after the first one."""
        stop.check()
        if n > 1 and temperature == 0.0:
            temperature = SAMPLING
        request = _Request(messages, temperature, max_tokens or min(MAX_ANSWER, self.context // 2))
        return wait_for(self._complete(request, n), stop)

    async def _complete(self, request: _Request, n: int) -> list[Completion]:
        first = await self._ask(request, 1 if self._single else n, seed=0)
        missing = n - len(first)
        if missing <= 0:
            return first[:n]
        self._single = True
        # The first answer has left the prompt in the server's cache, so these share its work.
        rest = [self._ask(request, 1, seed=seed) for seed in range(1, missing + 1)]
        more = await asyncio.gather(*rest, return_exceptions=True)
        for outcome in more:
            if isinstance(outcome, BaseException) and not isinstance(outcome, ModelError):
                raise outcome
        return first + [one for outcome in more if isinstance(outcome, list) for one in outcome]

    async def _ask(self, request: _Request, n: int, seed: int) -> list[Completion]:
        """One request with its retries; every failure is a `ModelError`."""
        timing = self._timing
        tries = AsyncRetrying(
            retry=retry_if_exception(endpoint_errors.is_transient),
            wait=Backoff(timing.backoff),
            stop=stop_after_attempt(timing.attempts),
            reraise=True,
        )
        try:
            reading = await tries(self._adapted, request, n, seed)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            raise await self._described(error) from error
        note = self._note(reading)
        return [self._told(one, note) for one in reading.completions(request.size)]

    def _told(self, one: Completion, note: str) -> Completion:
        text = structured.from_json(unwrapped(one.text) if self.tools else one.text)
        return replace(one, text=text, cost_usd=self.price.cost(one.tokens) if self.price else 0.0, note=note)

    async def _adapted(self, request: _Request, n: int, seed: int) -> Reading:
        """Leave out, or make smaller, what the server says it does not take; each at most once or a few times."""
        while True:
            options = self._options(request, n, seed)
            try:
                return await self._stream(request, options)
            except openai.APIStatusError as error:
                if not self._adapt(error, options, request):
                    raise

    def _options(self, request: _Request, n: int, seed: int) -> dict[str, Any]:
        limit = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        options: dict[str, Any] = {
            "stream_options": {"include_usage": True},
            "temperature": request.temperature,
            limit: request.max_tokens,
        }
        if n > 1 and not self._single:
            options["n"] = n
        if request.temperature > 0.0:
            options["seed"] = seed
        if self.grammar is None and self.tools:
            options["tools"] = list(self.tools)
        own = self._grammar()
        if self.grammar is not None and not own:
            options["response_format"] = structured.response_format(self.grammar.format, self.grammar.paths)
        if self._single and request.temperature > 0.0:
            # `transformers serve` samples only when its own field says so, whatever the temperature.
            own["generation_config"] = '{"do_sample": true}'
        kept, own = ({name: one[name] for name in one if name not in self._refused} for one in (options, own))
        return {**kept, "extra_body": own} if own else kept

    def _grammar(self) -> dict[str, Any]:
        write, grammar = GRAMMARS.get(self._owner), self.grammar
        if write is None or grammar is None:
            return {}
        own = write(gbnf(grammar.format, grammar.fence, grammar.paths))
        return {} if own.keys() & self._refused else own

    def _adapt(self, error: openai.APIStatusError, options: Mapping[str, Any], request: _Request) -> bool:
        """Whether another try with something left out makes sense."""
        if endpoint_errors.is_context(error):
            request.max_tokens //= 4
            return request.max_tokens >= LEAST_ANSWER
        sent = set(options) - {"extra_body"} | set(options.get("extra_body") or ())
        name = endpoint_errors.refused_parameter(error, sent)
        if name in ("max_tokens", "max_completion_tokens"):
            if name == "max_tokens" and "max_completion_tokens" in endpoint_errors.server_words(error):
                self._refused.add(name)
                return True
            request.max_tokens //= 4
            return request.max_tokens >= LEAST_ANSWER
        if not name and (own := {"response_format", *self._grammar()} & sent):
            name = next(iter(own))  # a grammar or schema that the server cannot read, in words of its own
        by_template = endpoint_errors.is_template(error)
        if not name and "tools" in sent and (by_template or endpoint_errors.refuses_tools(error)):
            name = "tools"
        if not name and by_template and "system" not in self._refused:
            name = "system"
        if name == "n":
            self._single = True
        elif name:
            self._refused.add(name)
        return bool(name)

    async def _stream(self, request: _Request, options: dict[str, Any]) -> Reading:
        messages: Any = _messages(request.messages, options)
        if "system" in self._refused:
            messages = without_system(messages)
        create: Any = self._client.chat.completions.create
        stream = await create(model=self.name, messages=messages, stream=True, **options)
        async with stream:
            try:
                return await read(stream, request.max_tokens)
            except (openai.APIStatusError, openai.APITimeoutError):
                raise
            except openai.APIConnectionError as error:
                raise endpoint_errors.Dropped(str(error.__cause__ or error)) from error
            except Exception as error:
                if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2"):
                    raise endpoint_errors.Dropped(str(error) or type(error).__name__) from error
                raise

    async def _described(self, error: Exception) -> ModelError:
        """The failure for the person; for a model that is not there, with those that are."""
        known: tuple[str, ...] = ()
        about_model = isinstance(error, openai.BadRequestError) and self.name in endpoint_errors.server_words(error)
        if about_model or isinstance(error, openai.NotFoundError):
            try:
                known = tuple(one.name for one in await self._list())
            except (openai.OpenAIError, ValueError, AttributeError, TypeError):
                known = ()
        silence = self._timing.idle
        return endpoint_errors.describe(
            error, url=self.url, model=self.name, key=self._key, known=known, silence=silence
        )

    async def _list(self) -> tuple[Served, ...]:
        if self._known is None:
            page = await self._client.models.list(timeout=self._timing.connect)
            for model in page.data:
                if model.id == self.name:
                    self._context = context_of(model.model_dump())
                    self._owner = str(getattr(model, "owned_by", "")).lower()
            self._known = tuple(read_row(model.id, model.model_dump()) for model in page.data)
        return self._known

    async def _list_more(self) -> tuple[Served, ...]:
        """Where the usual list has only names, the lists that servers for one machine have; not asked for elsewhere."""
        known = await self._list()
        if not is_loopback(self.url) or any(one.describe() for one in known):
            return known
        asked = (self._native(path, key, name) for path, key, name in NATIVE)
        for more in await asyncio.gather(*asked):
            known = tuple(one.with_more(more.get(one.name, one)) for one in known)
        return known

    async def _native(self, path: str, key: str, name: str) -> dict[str, Served]:
        """One of those lists; empty where there is none. Some servers leave unknown paths unanswered."""
        url = f"{self.url.removesuffix('/v1')}{path}"
        with contextlib.suppress(openai.OpenAIError, ValueError, TypeError):
            body = await self._client.get(url, cast_to=object, options={"timeout": MORE_SECONDS})
            return read_native(body, key, name)
        return {}

    def _note(self, reading: Reading) -> str:
        """A server that answers with another model than was asked for is worth knowing about."""
        given, asked = reading.model.rpartition("/")[2].lower(), self.name.rpartition("/")[2].lower()
        if not given or given.startswith(asked) or asked.startswith(given):
            return ""
        return f"{self.url} answered with the model {reading.model}, not {self.name}"


@dataclass(slots=True)
class _Request:
    messages: Sequence[Message]
    temperature: float
    max_tokens: int

    @property
    def size(self) -> int:
        """Characters of the prompt."""
        return sum(len(message.content) for message in self.messages)


def _messages(messages: Sequence[Message], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation as a request with these options has it."""
    if "tools" in options:
        return as_sent(messages)
    sent = [{"role": message.role, "content": message.content} for message in messages]
    if "response_format" in options:
        # Last, so that it is heard after all that was said of blocks.
        sent[-1]["content"] += f"\n\n{prompt('structured')}"
    return sent


class Backoff:
    """Twice as long each time, with jitter so that parallel requests part, and never less than the server asked for."""

    def __init__(self, backoff: float) -> None:
        self._backoff = backoff

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        own = self._backoff * 2.0 ** (state.attempt_number - 1) * random.uniform(1.0, 2.0)
        return max(min(own, LONGEST_BACKOFF), endpoint_errors.retry_after(error))


def _client(url: str, key: str, timing: Timing) -> openai.AsyncOpenAI:
    """Without redirects, which could lead code and key elsewhere, and without a proxy for this very machine."""
    wanted = openai.Timeout(timing.idle or None, connect=timing.connect)
    http = openai.DefaultAsyncHttpxClient(
        base_url=url, timeout=wanted, follow_redirects=False, trust_env=not is_loopback(url)
    )
    return openai.AsyncOpenAI(base_url=url, api_key=key or "none", max_retries=0, timeout=wanted, http_client=http)
