"""Writes answers with local weights: the prompt read once and kept, several answers from it, guesses checked at once.

Lossless: each token is the one that the model itself picks; a guess only saves the wait for it. (In half precision
reading several tokens at once rounds differently from reading one, as it does in every engine.)
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autogpt.models.drafting import Drafter
from autogpt.models.guiding import SAMPLED, Guided
from autogpt.models.writing import Job, Written
from autogpt.stop import Stop

CHUNK = 512
"""Tokens of a prompt read between two looks at whether the run was cancelled."""
KEPT = 3
"""Prompts whose reading is kept: of a run, of another one beside it, and of the one before."""


@dataclass(slots=True)
class Reading:
    """Keys and values of `tokens`, as the model computed them."""

    tokens: list[int]
    cache: Any


@dataclass(frozen=True, slots=True)
class Names:
    """Parameters of `forward`: the cache's name changed in transformers 5; not every model can keep few logits."""

    cache: str
    has_logits_to_keep: bool


@dataclass(slots=True)
class Decoder:
    """One model with its kept readings. Not for several threads at once; its owner holds a lock."""

    model: Any
    ends: frozenset[int]
    make_cache: Any
    names: Names
    readings: list[Reading] = field(default_factory=list[Reading])
    cached: int = 0
    """Tokens of the last prompt that did not have to be read again."""
    forwards: int = 0

    @torch.inference_mode()
    def write(self, job: Job, stop: Stop) -> list[Written]:
        """The answers, the likeliest first. Raise `Stopped` between tokens."""
        reading, logits = self._read(list(job.prompt), stop)
        picker = _Picker(job, self.model.device, self.ends)
        try:
            if job.n == 1:
                return [self._one(reading, logits, job, picker, stop)]
            written = self._many(reading, logits, job, picker, stop)
        except RuntimeError:
            self.readings.remove(reading)  # memory ran out in the middle: what it holds is not known
            raise
        return sorted(written, key=lambda answer: -answer.mean_logprob)

    def forget(self) -> None:
        """Give the memory of the kept readings back."""
        self.readings.clear()

    # Reading the prompt

    def _read(self, prompt: list[int], stop: Stop) -> tuple[Reading, torch.Tensor]:
        """The reading of a prompt and the logits after it, from the kept reading that begins most alike."""
        reading = self._nearest(prompt)
        self.cached = len(reading.tokens)
        logits: torch.Tensor | None = None
        try:
            for start in range(self.cached, len(prompt), CHUNK):
                stop.check()
                part = prompt[start : start + CHUNK]
                logits = self._forward([part], reading.cache, only_last=True)[:, -1:]
                reading.tokens += part
        except BaseException:
            reading.cache = None  # what was interrupted is not known to be whole
            raise
        finally:
            if reading.cache is not None:
                self.readings.append(reading)
        assert logits is not None  # at least the last token is always read
        return reading, logits

    def _nearest(self, prompt: list[int]) -> Reading:
        """A reading cut back to what it has in common with the prompt; a new one if that is little."""
        shared, best = 0, None
        for reading in self.readings:
            common = _common(reading.tokens, prompt)
            if common > shared:
                shared, best = common, reading
        shared = min(shared, len(prompt) - 1)
        if best is None or shared <= 0:
            self.readings = self.readings[-(KEPT - 1) :]
            return Reading([], self.make_cache())
        if shared * 2 >= len(best.tokens):
            self.readings.remove(best)
        else:
            best = Reading(list(best.tokens), copy.deepcopy(best.cache))
        self.readings = self.readings[-(KEPT - 1) :]
        _cut(best, shared)
        return best

    def _forward(self, rows: Sequence[Sequence[int]], cache: Any, *, only_last: bool = False) -> torch.Tensor:
        self.forwards += 1
        ids = torch.tensor(rows, device=self.model.device)
        options: dict[str, Any] = {self.names.cache: cache}
        if only_last and self.names.has_logits_to_keep:
            options["logits_to_keep"] = 1
        return self.model(input_ids=ids, use_cache=True, **options).logits

    # Writing

    def _one(self, reading: Reading, logits: torch.Tensor, job: Job, picker: _Picker, stop: Stop) -> Written:
        """One answer, several tokens at a time where they were guessed right."""
        drafter = Drafter(reading.tokens)
        answer = picker.follow(logits[0], [])
        drafter.accept(0, 0, answer)
        limit = job.limit
        while answer[-1] not in self.ends and len(answer) < limit:
            stop.check()
            draft = drafter.draft(limit - len(answer) - 1)
            new = picker.follow(self._forward([[answer[-1], *draft]], reading.cache)[0], draft)
            right = len(new) - 1
            reading.tokens += [answer[-1], *draft]
            _cut(reading, len(reading.tokens) - (len(draft) - right))
            answer += new
            drafter.accept(len(draft), right, new)
        finished = answer[-1] in self.ends
        return Written(tuple(answer[:-1] if finished else answer), finished)

    def _many(self, reading: Reading, logits: torch.Tensor, job: Job, picker: _Picker, stop: Stop) -> list[Written]:
        """`n` answers side by side from one reading, which is left as it is; a finished one makes room."""
        n, limit = job.n, job.limit
        cache = copy.deepcopy(reading.cache)
        cache.batch_repeat_interleave(n)
        rows = list(range(n))
        answers: list[list[int]] = [[] for _ in rows]
        totals = [0.0] * n
        current = logits[0].expand(n, -1)
        while rows:
            stop.check()
            picks = picker.pick_rows(current, rows)
            chances = torch.log_softmax(current.float(), -1).gather(1, picks[:, None])[:, 0].tolist()
            for row, token, chance in zip(rows, picks.tolist(), chances, strict=True):
                answers[row].append(token)
                totals[row] += chance
            going = [
                index
                for index, row in enumerate(rows)
                if answers[row][-1] not in self.ends and len(answers[row]) < limit
            ]
            if len(going) < len(rows):
                cache.batch_select_indices(torch.tensor(going, dtype=torch.long, device=self.model.device))
                rows = [rows[index] for index in going]
            if rows:
                current = self._forward([[answers[row][-1]] for row in rows], cache)[:, -1]
        return [self._written(answer, total) for answer, total in zip(answers, totals, strict=True)]

    def _written(self, answer: list[int], total: float) -> Written:
        finished = answer[-1] in self.ends
        return Written(tuple(answer[:-1] if finished else answer), finished, total / len(answer))


def make_decoder(model: Any, tokenizer: Any) -> Decoder | PlainDecoder:
    """The decoder that a model's kind of cache allows."""
    from transformers import DynamicCache

    ends = {tokenizer.eos_token_id, *_as_list(model.generation_config.eos_token_id)}
    ends_known = frozenset(int(end) for end in ends if end is not None)
    try:
        layers = {type(layer).__name__ for layer in DynamicCache(config=model.config).layers}
    except (TypeError, ValueError, KeyError, AttributeError):
        layers = {"unknown"}
    if layers <= {"DynamicLayer", "DynamicSlidingWindowLayer"}:
        # Without the configuration every layer keeps all tokens, so that any number can be taken back.
        return Decoder(model, ends_known, DynamicCache, _names(model))
    return PlainDecoder(model, ends_known)


def _names(model: Any) -> Names:
    """As the model's own `forward` has them."""
    parameters = inspect.signature(type(model).forward).parameters
    return Names("cache" if "cache" in parameters else "past_key_values", "logits_to_keep" in parameters)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


class PlainDecoder:
    """For models whose state cannot be taken back, such as those with recurrent layers: plain `generate`."""

    cached = 0

    def __init__(self, model: Any, ends: frozenset[int]) -> None:
        self._model = model
        self.ends = ends

    def forget(self) -> None:
        """Nothing is kept."""

    @torch.inference_mode()
    def write(self, job: Job, stop: Stop) -> list[Written]:
        """As `Decoder.write`, in the order the model gives."""
        from transformers import StoppingCriteriaList

        def asked_to_end(input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            return torch.full((input_ids.shape[0],), stop.requested, device=input_ids.device)

        torch.manual_seed(job.seed)
        options: dict[str, Any] = {"do_sample": job.temperature > 0, "num_return_sequences": job.n}
        if job.temperature > 0:
            options["temperature"] = job.temperature
        ids = torch.tensor([job.prompt], device=self._model.device)
        rows = self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=job.limit,
            stopping_criteria=StoppingCriteriaList([asked_to_end]),
            **options,
        )
        stop.check()
        return [self._written(row[len(job.prompt) :].tolist()) for row in rows]

    def _written(self, tokens: list[int]) -> Written:
        end = next((index for index, token in enumerate(tokens) if token in self.ends), None)
        return Written(tuple(tokens if end is None else tokens[:end]), end is not None)


class _Picker:
    """Picks a token for each row of logits, by likelihood or by chance with a seed of its own, within the grammar."""

    def __init__(self, job: Job, device: Any, ends: frozenset[int]) -> None:
        self._job = job
        self._ends = ends
        self._random = torch.Generator(device=device)
        self._random.manual_seed(job.seed)
        guide = job.guide
        self._written: list[Guided | None] = [guide.begin() for _ in range(job.n)] if guide else []

    def follow(self, logits: torch.Tensor, draft: Sequence[int]) -> list[int]:
        """Tokens after the last one and after each of `draft`, up to the first that the draft has not foreseen."""
        if not self._job.guide:
            picks: list[int] = self._pick(logits).tolist()
            right = 0
            while right < len(draft) and draft[right] == picks[right] and picks[right] not in self._ends:
                right += 1
            return picks[: right + 1]
        new: list[int] = []
        for row in range(len(draft) + 1):
            new.append(self._guided(logits[row], 0))
            if row == len(draft) or new[-1] != draft[row] or new[-1] in self._ends:
                break
        return new

    def pick_rows(self, logits: torch.Tensor, answers: Sequence[int]) -> torch.Tensor:
        """A token for each row of `[rows, vocabulary]`, which goes on with the answer of that number."""
        if not self._job.guide:
            return self._pick(logits)
        picks = [self._guided(row, answer) for row, answer in zip(logits, answers, strict=True)]
        return torch.tensor(picks, device=logits.device)

    def _pick(self, logits: torch.Tensor) -> torch.Tensor:
        job = self._job
        if job.temperature <= 0.0:
            return logits.argmax(-1)
        chances = torch.softmax(self._narrowed(logits.float() / job.temperature), -1)
        return torch.multinomial(chances, 1, generator=self._random)[:, 0]

    def _guided(self, logits: torch.Tensor, answer: int) -> int:
        """A token that the grammar allows after this answer; at a dead end the likeliest, and no grammar from there."""
        guide, written = self._job.guide, self._written[answer]
        if guide is None or written is None:
            return int(self._pick(logits[None])[0])
        tokens = guide.allowed(logits, written, 1 if self._job.temperature <= 0.0 else SAMPLED)
        if not tokens:
            self._written[answer] = None
            return int(self._pick(logits[None])[0])
        chosen = tokens[int(self._pick(logits[tokens][None])[0])]
        self._written[answer] = guide.after(written, chosen)
        return chosen

    def _narrowed(self, logits: torch.Tensor) -> torch.Tensor:
        job = self._job
        if 0 < job.top_k < logits.shape[-1]:
            least = logits.topk(job.top_k, -1).values[:, -1:]
            logits = logits.masked_fill(logits < least, float("-inf"))
        if job.top_p < 1.0:
            ordered, places = logits.sort(-1, descending=True)
            before = torch.softmax(ordered, -1).cumsum(-1) - torch.softmax(ordered, -1)
            dropped = torch.zeros_like(before, dtype=torch.bool).scatter(-1, places, before >= job.top_p)
            logits = logits.masked_fill(dropped, float("-inf"))
        return logits


def _cut(reading: Reading, length: int) -> None:
    """Forget all but the first `length` tokens."""
    surplus = len(reading.tokens) - length
    if surplus > 0:
        reading.cache.crop(-surplus)
        del reading.tokens[length:]


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Tokens at the beginning that are the same."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
