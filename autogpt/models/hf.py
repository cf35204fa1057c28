"""A causal language model in this process, by `transformers`: chat template or plain text in, answers out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from autogpt.edits.grammar import AnswerGrammar
from autogpt.errors import ModelError
from autogpt.models.base import Completion, ContextTooLong, Message
from autogpt.models.calls import Tool, as_sent, without_system
from autogpt.models.embedded import unwrapped
from autogpt.models.guiding import TokenGuide, word_table
from autogpt.models.weights import DEFAULT_CONTEXT, Source, Weights, borrowed, parse_source
from autogpt.models.weights_errors import is_out_of_memory
from autogpt.models.writing import Job, Written
from autogpt.result import Tokens
from autogpt.stop import Stop

MAX_ANSWER = 4096
"""Tokens of an answer when the caller sets no limit."""
LEAST_ANSWER = 64
SAMPLING = 0.8
"""Temperature for several candidates, which would all be the same at 0."""
OTHER_SEED = 1_000_003
PLAIN_STOP = "\n### "
"""Where a model without a chat template goes on with the conversation by itself."""


class HFModel:
    """`name` is a repository of the Hub or a folder, with options after a `?`. Loaded at the first request."""

    def __init__(self, text: str, *, trusted: str = "") -> None:
        self.source: Source = parse_source(text, trusted)
        self.name = f"hf:{self.source.name}"
        self.notify: Callable[[str], None] = lambda text: None
        """Hears what takes long, such as loading; a run sets it."""
        self.stop = Stop()
        """Ends loading, where that is not for a request with a stop of its own; a run sets it."""
        self.grammar: AnswerGrammar | None = None
        """What answers must be like; a conversation may set it. Not kept where the model cannot be held to it."""
        self.tools: tuple[Tool, ...] = ()
        """What the model may call, where it can; a conversation may set it."""
        self.expected = ""
        """What an answer may begin with, to be guessed from; a conversation may set it."""
        self._context = 0
        self._asked = 0

    @property
    def context(self) -> int:
        """Tokens of the window. Loads the model, since only then it is known."""
        if not self._context:
            with borrowed(self.source, self.stop, self.notify) as weights:
                self._context = weights.context
        return self._context or DEFAULT_CONTEXT

    @property
    def can_call(self) -> bool:
        """Whether the template shows tools to the model. Answers that are held to the grammar of edits cannot be calls.

        Loads the model, since only then it is known.
        """
        if self.source.is_guided:
            return False
        with borrowed(self.source, self.stop, self.notify) as weights:
            return _takes_tools(weights)

    def complete(
        self, messages: Sequence[Message], *, n: int = 1, temperature: float = 0.0, max_tokens: int = 0, stop: Stop
    ) -> list[Completion]:
        """Sample `n` answers from one reading of the prompt, the likeliest first; in halves where memory is short."""
        stop.check()
        with borrowed(self.source, stop, self.notify) as weights:
            weights.choose_threads()
            self._context = weights.context
            prompt = _prompt(weights, messages, self.tools if not self.source.is_guided else ())
            room = weights.context - len(prompt)
            if room < LEAST_ANSWER:
                raise ContextTooLong(
                    f"The prompt of {len(prompt)} tokens does not fit the window of {self.name} ({weights.context}).",
                    "Choose a model with a larger window.",
                )
            settings: Any = weights.model.generation_config
            self._asked += 1
            job = Job(
                tuple(prompt),
                min(room, max_tokens or MAX_ANSWER),
                n,
                SAMPLING if n > 1 and temperature <= 0.0 else temperature,
                int(settings.top_k or 0),
                float(settings.top_p or 1.0),
                seed=self._asked,
                hint=self._hint(weights),
                guide=self._guide(weights),
            )
            return self._complete(weights, job, stop)

    def _hint(self, weights: Weights) -> tuple[int, ...]:
        return tuple(weights.tokenizer(self.expected, add_special_tokens=False)["input_ids"]) if self.expected else ()

    def _guide(self, weights: Weights) -> TokenGuide | None:
        if self.grammar is None or not self.source.is_guided or not _has_template(weights):
            return None
        if weights.words is None:
            weights.words = word_table(weights.tokenizer)
        decode = partial(weights.tokenizer.decode, skip_special_tokens=True)
        return TokenGuide(self.grammar, decode, _decoder(weights).ends, weights.words)

    def _complete(self, weights: Weights, job: Job, stop: Stop) -> list[Completion]:
        decoder = _decoder(weights)
        written = _within_memory(decoder, job, stop, self.name)
        tokens = Tokens(len(job.prompt), sum(len(one.tokens) for one in written), decoder.cached)
        completions: list[Completion] = []
        for one in written:
            text = weights.tokenizer.decode(one.tokens, skip_special_tokens=True)
            finished = one.finished
            if not _has_template(weights) and PLAIN_STOP in text:
                text, finished = text.partition(PLAIN_STOP)[0], True
            text = unwrapped(text) if self.tools else text
            completions.append(Completion(text, tokens, truncated=not finished))
            tokens = Tokens()
        return completions


def _within_memory(decoder: Any, job: Job, stop: Stop, name: str) -> list[Written]:
    """All answers at once, else in halves; a single one that does not fit either is an error."""
    import torch

    try:
        return decoder.write(job, stop)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        decoder.forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if job.n == 1:
            raise ModelError(
                f"{name} ran out of memory over {len(job.prompt)} tokens.",
                "Choose a smaller model, or one that was quantised.",
            ) from error
    half = job.n // 2
    first = _within_memory(decoder, replace(job, n=job.n - half), stop, name)
    return first + _within_memory(decoder, replace(job, n=half, seed=job.seed + OTHER_SEED), stop, name)


def _decoder(weights: Weights) -> Any:
    if weights.decoder is None:
        from autogpt.models.decoding import make_decoder

        weights.decoder = make_decoder(weights.model, weights.tokenizer)
    return weights.decoder


def _has_template(weights: Weights) -> bool:
    return bool(getattr(weights.tokenizer, "chat_template", None))


def _takes_tools(weights: Weights) -> bool:
    """Some tokenizers have a template of their own for tools, most speak of tools in the one they have."""
    template: Any = getattr(weights.tokenizer, "chat_template", None)
    return "tool_use" in template if isinstance(template, dict) else bool(re.search(r"\btools\b", template or ""))


def _prompt(weights: Weights, messages: Sequence[Message], tools: tuple[Tool, ...] = ()) -> list[int]:
    """Token ids of the conversation, by the model's own template where it has one."""
    tokenizer = weights.tokenizer
    if not _has_template(weights):
        parts = [f"### {message.role.capitalize()}\n{message.content.strip()}\n" for message in messages]
        return list(tokenizer("\n".join([*parts, "### Assistant\n"]))["input_ids"])
    given: list[dict[str, Any]] = [{"role": message.role, "content": message.content} for message in messages]
    forms: list[tuple[list[dict[str, Any]], tuple[Tool, ...]]] = [(given, ()), (without_system(given), ())]
    if tools and _takes_tools(weights):
        forms.insert(0, (as_sent(messages, as_json=False), tools))
    problem: Exception | None = None
    for form, shown in forms:
        try:
            text = tokenizer.apply_chat_template(
                form, tools=list(shown) or None, add_generation_prompt=True, tokenize=False
            )
            return list(tokenizer(text, add_special_tokens=False)["input_ids"])
        except Exception as error:  # a template is a program of the model's author and raises what it likes
            problem = problem or error
    raise ModelError(
        f"The chat template of hf:{weights.source.name} fails: {' '.join(str(problem).split())[:200]}",
        "Choose another model.",
    )
