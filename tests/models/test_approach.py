"""Being stuck must be seen for what it is, and never mistaken for progress."""

from __future__ import annotations

import pytest

from autogpt.models.approach import (
    WAYS,
    Approach,
    failure,
    fingerprint,
    first_approach,
    first_format,
    next_approach,
    sign_of,
)
from autogpt.models.base import Attempt, Candidate, Verdict
from tests.models.work import verdict


def attempt(text: str, message: str = "assert -1 == 5", status: str = "failed") -> Attempt:
    return Attempt(Candidate({"calc.py": text.encode()}, "Change it"), verdict(status, message=message))


@pytest.mark.parametrize(
    ("texts", "messages", "sign"),
    [
        ("a", "1", ""),
        ("ab", "12", ""),
        ("aa", "11", "same_edit"),
        ("aa", "12", "same_edit"),
        ("aba", "121", "oscillation"),
        ("abcb", "1234", "oscillation"),
        ("ab", "11", "same_failure"),
        ("abc", "121", ""),
    ],
)
def test_signs_of_being_stuck(texts: str, messages: str, sign: str) -> None:
    attempts = [attempt(text, f"m{message}") for text, message in zip(texts, messages, strict=True)]
    assert sign_of(attempts) == sign


def test_success_is_no_sign() -> None:
    assert sign_of([attempt("a"), attempt("a", status="verified")]) == "" and sign_of([]) == ""


def test_addresses_and_durations_do_not_hide_that_a_failure_is_the_same() -> None:
    one, other = attempt("a", "<object at 0x7f01> after 0.13s"), attempt("b", "<object at 0x9e22> after 0.41s")
    assert failure(one) == failure(other) != ""
    assert failure(Attempt(one.candidate, Verdict("unverified", "ok"))) == ""


def test_a_change_is_known_by_its_content() -> None:
    assert fingerprint({"a": b"1", "b": None}) == fingerprint({"b": None, "a": b"1"})
    different = [{"a": b"1"}, {"a": b""}, {"a": None}, {"b": b"1"}, {"a": b"1", "b": b""}]
    assert len({fingerprint(change) for change in different}) == len(different)


@pytest.mark.parametrize(
    ("model", "format"),
    [
        ("hf:Qwen/Qwen2.5-Coder-1.5B-Instruct", "symbol"),
        ("qwen2.5-coder:7b", "symbol"),
        ("deepseek-coder-6.7b-instruct", "symbol"),
        ("Qwen2.5-Coder-32B-Instruct", "replace"),
        ("llama-3.1-405b", "replace"),
        ("gpt-5", "replace"),
    ],
)
def test_the_first_format_follows_the_size(model: str, format: str) -> None:
    assert first_format(model) == format and first_format(model, "diff") == "diff"


def test_each_time_something_else_is_tried_and_at_last_nothing() -> None:
    approach, seen = Approach(), list[Approach]()
    for strikes in range(1, 9):
        following = next_approach(approach, "same_failure", strikes, stronger=True)
        if following is None:
            assert len(seen) == 4 and seen[-1].stronger and len(set(seen)) == 4
            return
        seen.append(following)
        approach = following
    pytest.fail("it never ends")


def test_each_way_to_begin_differs_in_one_thing_from_the_plain_one() -> None:
    plain, context, steps, warm = (first_approach("symbol", way) for way in WAYS)
    assert plain == Approach("symbol")
    assert (context.context, steps.decompose, warm.temperature) == (1, True, 0.3)
    assert len({plain, context, steps, warm}) == 4
