"""A model of random weights, which knows nothing, sends answers that apply: the grammar alone sees to it."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from autogpt.edits import parse
from autogpt.edits.grammar import AnswerGrammar, State
from autogpt.models.asks import parse_asks
from autogpt.models.base import Message
from autogpt.models.guiding import TokenGuide, word_table
from autogpt.models.hf import HFModel
from autogpt.stop import Stop
from tests.models import tiny

FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "notes.md": "# Notes\n"}
ASK = [Message("user", "Mend calc.py.")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> HFModel:
    folder = tiny.save(tmp_path_factory.mktemp("weights") / "tiny", max_position_embeddings=4096)
    return HFModel(str(folder))


def grammar() -> AnswerGrammar:
    return AnswerGrammar("replace", "```", tuple(FILES), FILES.get)


def follows(text: str) -> State | None:
    return grammar().advance(State(), text)


def test_random_weights_write_within_the_grammar(model: HFModel) -> None:
    """Without the grammar the same weights write no edit at all."""
    model.grammar = None
    (free,) = model.complete(ASK, max_tokens=300, stop=Stop())
    assert follows(free.text) is None or not parse(free.text).edits
    model.grammar = grammar()
    (held,) = model.complete(ASK, max_tokens=300, stop=Stop())
    assert held.text and follows(held.text) is not None


def test_candidates_are_each_held_to_it(model: HFModel) -> None:
    model.grammar = grammar()
    answers = model.complete(ASK, n=3, temperature=1.0, max_tokens=120, stop=Stop())
    assert len({answer.text for answer in answers}) > 1
    assert all(follows(answer.text) is not None for answer in answers)


def test_what_ends_by_itself_parses() -> None:
    """Over a real tokenizer's tokens, drawn by chance; the marks that end lines and blocks are drawn often."""
    words = tiny.tokenizer()
    guide = TokenGuide(
        grammar(), partial(words.decode, skip_special_tokens=True), frozenset([words.eos_token_id]), word_table(words)
    )
    torch.manual_seed(0)
    marks = torch.tensor([words.convert_tokens_to_ids(mark) for mark in ("Ċ", ">", "`")])
    for _ in range(6):
        written, tokens = guide.begin(), list[int]()
        while not tokens or tokens[-1] != words.eos_token_id:
            logits = torch.randn(len(words))
            logits[marks] += 4.0
            logits[[words(text[0])["input_ids"][0] for text in grammar().expected(written.state)]] += 8.0
            logits[words.eos_token_id] += 20.0
            (token,) = guide.allowed(logits, written, 1)
            after = guide.after(written, token)
            assert after is not None and len(tokens) < 20_000
            written = after
            tokens.append(token)
        text = words.decode(tokens, skip_special_tokens=True)
        parsed = parse(text)
        assert not parsed.problems and (parsed.edits or parse_asks(text))


def test_what_is_allowed_already_stays_as_it_is(model: HFModel) -> None:
    """The grammar must not cost a good model anything: its own answer, if it is one, comes out."""
    model.grammar = None
    (free,) = model.complete(ASK, max_tokens=12, stop=Stop())
    model.grammar = grammar()
    (held,) = model.complete(ASK, max_tokens=12, stop=Stop())
    shared = next((n for n in range(len(free.text), -1, -1) if follows(free.text[:n]) is not None), 0)
    assert held.text.startswith(free.text[:shared].rstrip("\ufffd")[:3])


def test_the_option_turns_it_off(model: HFModel) -> None:
    other = HFModel(f"{model.source.name}?guided=no")
    other.grammar = grammar()
    model.grammar = None
    assert [one.text for one in other.complete(ASK, max_tokens=40, stop=Stop())] == [
        one.text for one in model.complete(ASK, max_tokens=40, stop=Stop())
    ]
