"""The double must be strict, or tests that use it could pass for the wrong reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models.base import Completion, Message
from autogpt.models.scripted import ScriptedModel
from autogpt.stop import Stop

ASK = [Message("system", "Be brief."), Message("user", "Hello?")]


def test_answers_come_in_order_and_prompts_are_kept() -> None:
    model = ScriptedModel("one", Completion("two", truncated=True))
    assert [model.complete(ASK, stop=Stop())[0].text for _ in range(2)] == ["one", "two"]
    assert model.asked == [ASK, ASK] and model.left == 0


def test_several_candidates_use_up_several_answers() -> None:
    answers = ScriptedModel("a", "b", "c").complete(ASK, n=2, stop=Stop())
    assert [answer.text for answer in answers] == ["a", "b"]


def test_a_script_that_ran_out_is_an_error() -> None:
    """An agent that asks once too often must not go unnoticed."""
    model = ScriptedModel("one")
    model.complete(ASK, stop=Stop())
    with pytest.raises(ModelError, match="ran out after 1 answers, and 1 more"):
        model.complete(ASK, stop=Stop())


def test_a_scripted_failure_is_raised() -> None:
    with pytest.raises(ModelError, match="down"):
        ScriptedModel(ModelError("The server is down.")).complete(ASK, stop=Stop())


def test_a_cancelled_run_gets_no_answer() -> None:
    stop, model = Stop(), ScriptedModel("one")
    stop.cancel()
    with pytest.raises(Stopped):
        model.complete(ASK, stop=stop)
    assert model.left == 1


def test_a_script_file_is_split_at_its_marks(tmp_path: Path) -> None:
    """What stands before the first mark is for the reader of the file."""
    file = tmp_path / "answers.txt"
    file.write_text("How the cart is mended.\n=== answer\nfirst\n  === answer\n\n=== answer\nsecond\n")
    model = ScriptedModel.load(file)
    texts = [completion.text for completion in model.complete(ASK, n=2, stop=Stop())]
    assert texts == ["first\n  === answer\n\n", "second\n"] and model.name == "scripted:answers.txt"


@pytest.mark.parametrize("content", [None, b"", b"no mark", b"\xff\xfe"])
def test_a_script_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "answers.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"answers\.txt"):
        ScriptedModel.load(file)
