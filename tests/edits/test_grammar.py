"""Whatever is written within the grammar can be read and applied; what cannot be is stopped where it goes wrong."""

from __future__ import annotations

import random

import pytest

from autogpt.edits import Applied, PathPolicy, apply, parse
from autogpt.edits.grammar import PROSE, AnswerGrammar, State
from autogpt.edits.teaching import FORMATS, Format
from autogpt.models.asks import parse_asks

FILES = {
    "shop/cart.py": "import json\n\n\ndef total(lines):\n    return sum(lines)\n\n\n"
    "class Cart:\n    def size(self):\n        return 1\n",
    "shop/tax.py": "RATE = 1\n\n\ndef tax(x):\n    return x\n",
    "README.md": "# Shop\n\ntext\n",
}
REPLACE = (
    "Plan:\n1. Mend it\n\n```edit replace shop/tax.py\n<<<<<<< SEARCH\n    return x\n=======\n    return x * RATE\n"
    ">>>>>>> REPLACE\n```\nSummary: Mend\n"
)


def grammar(format: Format = "replace", fence: str = "```") -> AnswerGrammar:
    return AnswerGrammar(format, fence, tuple(FILES), FILES.get)


def refused_at(text: str, format: Format = "replace") -> str:
    """What follows the longest beginning of a text that the grammar lets through."""
    rules, state = grammar(format), State()
    for place, character in enumerate(text):
        following = rules.advance(state, character)
        if following is None:
            return text[place:]
        state = following
    return "" if rules.may_stop(state) else "(more must come)"


@pytest.mark.parametrize(
    ("format", "answer"),
    [
        ("replace", REPLACE),
        ("replace", REPLACE.replace("tax.py\n", "tax.py in tax\n")),
        ("replace", "```edit file shop/new.py\nX = 1\n```\n```edit delete README.md\n```\n"),
        ("replace", "I look first.\n```ask\nread shop/tax.py 1-3\nlist\n```\n"),
        ("replace", "Give up: the task contradicts itself."),
        ("replace", "Done."),
        ("replace", "<think>\n```python\nmaybe\n</think>\n" + REPLACE),
        ("symbol", "```edit symbol shop/cart.py::Cart.size\n@property\ndef size(self):\n    return 2\n```\n"),
        ("symbol", REPLACE),
        ("file", "```edit file shop/tax.py\nRATE = 2\n\n```\nSummary: x"),
    ],
)
def test_good_answers_are_let_through(format: Format, answer: str) -> None:
    assert refused_at(answer, format) == ""


@pytest.mark.parametrize(
    ("format", "answer", "rest"),
    [
        ("replace", "Sorry, I cannot.", "(more must come)"),
        ("replace", "```python\nx = 1\n```", "python\nx = 1\n```"),
        ("replace", "```edit replace shop/cat.py\n", "t.py\n"),
        ("replace", "```edit replace shop/tax.py in total\n", "otal\n"),
        ("replace", "```edit file ../x\n", "./x\n"),
        ("replace", "```edit file /x\n", "/x\n"),
        (
            "replace",
            REPLACE.replace("    return x\n", "    return y\n", 1),
            REPLACE[REPLACE.index("x\n===") :].replace("x", "y", 1),
        ),
        ("replace", REPLACE.replace("    return x\n", "\n", 1), REPLACE[REPLACE.index("=====") :]),
        ("replace", REPLACE.replace(" * RATE", ""), ">>> REPLACE\n```\nSummary: Mend\n"),
        ("replace", REPLACE[: REPLACE.index(">>>>")], "(more must come)"),
        ("replace", "<<<<<<< SEARCH\n", "<<< SEARCH\n"),
        ("symbol", "```edit symbol shop/cart.py::Cart.size\ndef total(self):\n", "total(self):\n"),
        ("file", "```edit file a.py\n```", "```"),
        ("file", "```edit replace shop/tax.py\n", "replace shop/tax.py\n"),
    ],
)
def test_faulty_answers_are_stopped_where_they_go_wrong(format: Format, answer: str, rest: str) -> None:
    assert refused_at(answer, format) == rest


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("seed", range(12))
def test_a_random_walk_ends_in_an_answer_that_parses(format: Format, seed: int) -> None:
    """The weakest model there is: any character that the grammar allows. What it replaces is found, too."""
    files = FILES if format == "symbol" else {f"{path}.txt": text for path, text in FILES.items()}
    chance, rules, text = random.Random(seed), AnswerGrammar(format, "```", tuple(files), files.get), ""
    state = State()
    while not (rules.may_stop(state) and state.blocks) and len(text) < 20_000:
        expected = rules.expected(state)
        drawn = (
            chance.choice(expected) if expected else chance.choice(["a", "b", " ", "\n", "`", "```", "d", "<", ">>>>>"])
        )
        following = rules.advance(state, drawn)
        if following is not None:
            state, text = following, text + drawn
    assert rules.may_stop(state) and state.blocks
    parsed = parse(text)
    if parse_asks(text):
        return
    if format == "diff":
        return  # a diff is held to its header only
    assert not parsed.problems and parsed.edits
    for edit in parsed.edits if format == "replace" else ():
        found = apply([edit], lambda path: files[path].encode() if path in files else None, policy=PathPolicy())
        assert isinstance(found, Applied), found.message()


def test_prose_comes_to_an_end() -> None:
    rules = grammar()
    state = rules.advance(State(), "blah blah\n" * (PROSE // 10 + 1))
    assert state is not None and rules.advance(state, "b") is None and rules.expected(state) == ["```edit "]


def test_a_search_that_occurs_twice_needs_another_line() -> None:
    files = {"a.py": "def f():\n    return 1\n\n\ndef g():\n    return 1\n"}
    rules = AnswerGrammar("replace", "```", tuple(files), files.get)
    begun = rules.advance(State(), "```edit replace a.py\n<<<<<<< SEARCH\n    return 1\n")
    assert begun is not None and rules.advance(begun, "=") is None
    assert rules.advance(begun, "\n\ndef g():\n=======\n") is not None


def test_an_empty_project_can_only_get_files() -> None:
    rules = AnswerGrammar("symbol", "```", (), lambda path: None)
    assert rules.advance(State(), "```edit s") is None and rules.advance(State(), "```edit file a.py\n") is not None
