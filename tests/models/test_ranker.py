"""The ranker scores as a plain forward pass would, whatever it shares; and without weights the search is as it was."""

from __future__ import annotations

import ast
import copy
import json
import shutil
from math import exp, isfinite
from pathlib import Path
from typing import Any

import pytest

from autogpt.models.forms import Mark, changed_lines, differing, repair, window_of
from autogpt.models.ranker import MOST_SCORE, WeightsRanker
from autogpt.models.shipped import open_ranker
from autogpt.models.wordpieces import WordPieces
from autogpt.search.edit import Edit, apply_edit
from autogpt.search.ranker import RANKED, of_one_weight, reordered
from autogpt.search.space import Source, edits
from autogpt.training.decoder import new_decoder, save_decoder
from autogpt.training.recipe import ModelConfig

CODE = """import os


class Basket:
    def total(self, prices, limit):
        result = 0
        for price in prices:
            if price < limit:
                result += price
        return result
"""
EVIDENCE = "assert Basket().total([1, 2], 2) == 3\nAssertionError: assert 1 == 3"


@pytest.fixture(scope="module")
def words() -> WordPieces:
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE

    alphabet = [mark.value for mark in Mark] + sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens([mark.value for mark in Mark])
    return WordPieces.of(raw)


@pytest.fixture(scope="module")
def weights(words: WordPieces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder of random weights in the folder that would ship."""
    folder = tmp_path_factory.mktemp("weights") / "model"
    model = new_decoder(ModelConfig(32, 2, 2, 1, 64, 512), words, 1)
    save_decoder(model, words, folder, "float16")
    return folder


@pytest.fixture
def ranker(weights: Path) -> WeightsRanker:
    found = open_ranker(pytest.fail, weights)
    assert found is not None
    return WeightsRanker(copy.deepcopy(found.model), found.words)


def some_edits(source: Source) -> list[Edit]:
    return list(edits(source, {8}))[:40]


def naive(ranker: WeightsRanker, source: Source, edit: Edit) -> float:
    """Log-odds by one forward pass over everything."""
    import torch

    after = apply_edit(edit, {source.path: source.text})[source.path]
    change = changed_lines(source.text, after)
    assert change is not None
    words, window = ranker.words, window_of(source.text, source.tree, change.first)
    old, new = (words.encode((window.dedented(text),)) for text in (change.old, change.new))
    asked = [*old, words.mark(Mark.FIX), *differing(old, new, words.mark(Mark.END)), words.mark(Mark.JUDGE)]
    tokens = words.encode(repair(window.cut(source.text), EVIDENCE)) + asked
    with torch.inference_mode():
        last = ranker.model(input_ids=torch.tensor([tokens])).logits[0, -1]
    return float(last[words.mark(Mark.YES)] - last[words.mark(Mark.NO)])


def test_scores_are_those_of_a_plain_forward_pass(ranker: WeightsRanker) -> None:
    """All edits of a statement in one pass, which share what they have in common, see nothing of each other."""
    source = Source("shop.py", CODE)
    found = [edit for edit in some_edits(source) if len(edit.text) < 20]
    ranker.share = 1.0

    costs = ranker.costs(source, found, EVIDENCE)

    expected = [edit.cost - naive(ranker, source, edit) for edit in found]
    scored = [index for index, edit in enumerate(found) if costs[index] != edit.cost]
    assert len(scored) > 10
    assert [costs[index] for index in scored] == pytest.approx([expected[index] for index in scored], rel=1e-3)


def test_what_the_model_says_is_added_to_the_searchs_own_cost(ranker: WeightsRanker) -> None:
    source = Source("shop.py", CODE)
    found = some_edits(source)
    ranker.share = 1.0
    whole = ranker.costs(source, found, EVIDENCE)
    ranker.share = 0.5

    halves = ranker.costs(source, found, EVIDENCE)

    assert halves == pytest.approx([(a + edit.cost) / 2 for a, edit in zip(whole, found, strict=True)], rel=1e-4)


def test_the_models_say_has_limits(ranker: WeightsRanker) -> None:
    """However sure it is, the search's own order is not drowned."""
    source = Source("shop.py", CODE)
    found = some_edits(source)
    ranker.share = 1.0
    embeddings = ranker.model.get_input_embeddings().weight
    embeddings[ranker.words.mark(Mark.YES)] *= 1e4

    costs = ranker.costs(source, found, EVIDENCE)

    moved = [abs(cost - edit.cost) for cost, edit in zip(costs, found, strict=True)]
    assert max(moved) == pytest.approx(MOST_SCORE)


def test_a_long_function_is_seen_through_a_window(ranker: WeightsRanker) -> None:
    """Nothing is longer than what the model can see."""
    body = "".join(f"    value_{index} = first_value * {index} + second_value\n" for index in range(200))
    source = Source("long.py", f"def long(first_value, second_value):\n{body}    return first_value\n")
    found = list(edits(source, {100}))[:10]

    costs = ranker.costs(source, found, EVIDENCE)

    assert len(costs) == len(found) and all(isfinite(cost) for cost in costs)


def test_reordered_edits_are_the_same_edits_cheapest_first() -> None:
    """A ranker changes the order and loses nothing, beyond the edits it looks at either."""

    class Backwards:
        def costs(self, source: Source, edits: list[Edit], evidence: str) -> list[float]:
            return [10.0 - edit.cost for edit in edits]

    found = [Edit("a.py", index, index, "x", "kind", "f", 1, index / 10) for index in range(RANKED + 20)]

    again = list(reordered(iter(found), Backwards(), Source("a.py", "x = 1\n"), ""))

    assert sorted(edit.start for edit in again) == list(range(RANKED + 20))
    assert [edit.cost for edit in again] == sorted(edit.cost for edit in again)
    assert again[0].start == RANKED - 1  # the dearest of those looked at is the cheapest now


def test_a_statement_keeps_its_weight() -> None:
    """A model that likes all edits of a statement says nothing of which statement is wrong."""
    own = [1.0, 2.0, 4.0]

    assert of_one_weight(own, [cost - 3.0 for cost in own]) == pytest.approx(own)
    again = of_one_weight(own, [1.0, 0.0, 4.0])
    assert again[1] < again[0] and sum(map(exp, (-cost for cost in again))) == pytest.approx(
        sum(map(exp, (-cost for cost in own)))
    )


def test_marks_in_code_are_text(words: WordPieces) -> None:
    """Code that quotes a mark cannot end a form or begin a part of it."""
    tokens = words.encode(("print('<|end|>')", Mark.END))

    assert tokens.count(words.mark(Mark.END)) == 1
    assert words.decode(tokens) == "print('<|end|>')<|end|>"


def test_no_weights_are_nothing_to_speak_of(tmp_path: Path) -> None:
    assert open_ranker(pytest.fail, tmp_path / "nothing") is None


def damage(folder: Path, what: str) -> None:
    weights = folder / "model.safetensors"
    if what == "missing":
        weights.unlink()
    elif what == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif what == "version":
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "autogpt_forms": 99}))
    else:
        (folder / "tokenizer.json").write_text("{}")


@pytest.mark.parametrize(
    ("what", "said"),
    [("missing", "is missing"), ("cut", "cannot be read"), ("version", "of version 99"), ("words", "cannot be read")],
)
def test_weights_that_cannot_be_used_are_said_once(weights: Path, tmp_path: Path, what: str, said: str) -> None:
    """The search alone goes on, with a warning."""
    folder = tmp_path / "model"
    shutil.copytree(weights, folder)
    damage(folder, what)
    told: list[str] = []

    assert open_ranker(told.append, folder) is None
    assert open_ranker(told.append, folder) is None

    assert len(told) == 1 and said in told[0]


def test_windows_hold_whole_functions_without_their_class() -> None:
    tree: Any = ast.parse(CODE)

    shown = window_of(CODE, tree, 7).cut(CODE)

    assert shown.startswith("def total(self") and shown.endswith("    return result\n")


@pytest.mark.parametrize(
    ("before", "after", "first", "old", "new"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", 1, "b\n", "x\n"),
        ("a\nc\n", "a\nb\nc\n", 0, "a\n", "a\nb\n"),
        ("a\nb\nc\n", "a\nc\n", 0, "a\nb\n", "a\n"),
        ("b\n", "a\nb\n", 0, "b\n", "a\nb\n"),
    ],
)
def test_changed_lines_never_are_nothing(before: str, after: str, first: int, old: str, new: str) -> None:
    """An added or deleted line comes with a neighbour, so that there is a place to say it at."""
    change = changed_lines(before, after)

    assert change is not None and (change.first, change.old, change.new) == (first, old, new)
    assert changed_lines(before, before) is None
