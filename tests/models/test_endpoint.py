"""Servers are slow, wrong, down and strange; each case has a next step or a sentence for the person."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from tenacity import RetryCallState

from autogpt.config import Settings
from autogpt.edits.grammar import AnswerGrammar
from autogpt.errors import ModelError, Stopped, UsageError
from autogpt.models import prices
from autogpt.models.base import ContextTooLong, Message
from autogpt.models.endpoint import LONGEST_BACKOFF, Backoff, EndpointModel, Timing, endpoint_url
from autogpt.models.registry import make_chat_model
from autogpt.result import Tokens
from autogpt.stop import Stop
from tests.models.server import Reply, chunk, failed, said, serving, usage

ASK = [Message("system", "Be brief."), Message("user", "Hello?")]
QUICK = Timing(connect=2.0, idle=2.0, backoff=0.01, attempts=3)


def model(url: str, key: str = "sk-secret", name: str = "tiny", timing: Timing = QUICK) -> EndpointModel:
    return EndpointModel(name, url, key=key, timing=timing)


def answer(*replies: Reply, models: Any = None, n: int = 1, max_tokens: int = 100) -> list[str]:
    with serving(*replies, models=models) as server:
        given = model(server.url).complete(ASK, n=n, temperature=0.7, max_tokens=max_tokens, stop=Stop())
        return [completion.text for completion in given]


def test_an_answer_is_streamed_with_its_counts() -> None:
    with serving(said("Hello there")) as server:
        (completion,) = model(server.url).complete(ASK, max_tokens=64, stop=Stop())
    assert completion.text == "Hello there" and completion.tokens == Tokens(10, 5, 4)
    assert not completion.truncated and completion.cost_usd == 0.0 and completion.note == ""
    (request,) = server.requests
    assert request["stream"] is True and request["stream_options"] == {"include_usage": True}
    assert request["max_tokens"] == 64 and request["temperature"] == 0.0 and "n" not in request
    assert request["messages"][0] == {"role": "system", "content": "Be brief."}
    assert server.headers[0]["authorization"] == "Bearer sk-secret"


def test_a_limit_reached_is_told() -> None:
    """An edit parsed from half an answer cannot be trusted."""
    with serving(Reply([chunk("half"), chunk(None, 0, "length")])) as server:
        (completion,) = model(server.url).complete(ASK, max_tokens=64, stop=Stop())
    assert completion.truncated and completion.text == "half"


def test_tokens_are_estimated_when_the_server_does_not_count() -> None:
    """A budget holds with any server."""
    with serving(Reply([chunk("x" * 40), chunk(None, 0, "stop")])) as server:
        (completion,) = model(server.url).complete(ASK, max_tokens=64, stop=Stop())
    assert completion.tokens == Tokens(15 // 4, 10)


def test_several_candidates_come_from_one_request() -> None:
    with serving(said("one", "two", "three")) as server:
        given = model(server.url).complete(ASK, n=3, stop=Stop())
    assert [one.text for one in given] == ["one", "two", "three"] and len(server.requests) == 1
    assert server.requests[0]["n"] == 3 and server.requests[0]["temperature"] > 0
    assert sum((one.tokens for one in given), Tokens()) == Tokens(10, 5, 4)


def test_a_server_that_ignores_n_is_asked_again_with_other_seeds() -> None:
    """`transformers serve` and others answer once and say nothing; they are asked in parallel, and it is remembered."""
    with serving(said("same"), said("other")) as server:
        asked = model(server.url)
        assert len(asked.complete(ASK, n=3, temperature=0.7, stop=Stop())) == 3
        assert len(asked.complete(ASK, n=2, temperature=0.7, stop=Stop())) == 2
    assert [request.get("n") for request in server.requests] == [3, None, None, None, None]
    assert sorted(request["seed"] for request in server.requests[:3]) == [0, 1, 2]
    assert server.requests[1]["generation_config"] == '{"do_sample": true}'


@pytest.mark.parametrize(
    ("refusal", "name"),
    [
        (failed(400, "Unsupported parameter: 'temperature' does not support 0.7", param="temperature"), "temperature"),
        (failed(422, "Unexpected keys in the request: {'stream_options'}"), "stream_options"),
        (failed(400, "`seed` is not supported"), "seed"),
        (failed(400, "n > 1 is not supported, only n=1"), "n"),
    ],
)
def test_what_a_server_does_not_take_is_left_out(refusal: Reply, name: str) -> None:
    with serving(refusal, said("good")) as server:
        asked = model(server.url)
        assert len(asked.complete(ASK, n=2, temperature=0.7, stop=Stop())) == 2
        asked.complete(ASK, temperature=0.7, stop=Stop())
    assert name in server.requests[0] and all(name not in request for request in server.requests[1:])


def test_newer_models_take_the_limit_by_another_name() -> None:
    said_no = failed(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    with serving(said_no, said("good")) as server:
        model(server.url).complete(ASK, max_tokens=64, stop=Stop())
    assert server.requests[1]["max_completion_tokens"] == 64 and "max_tokens" not in server.requests[1]


@pytest.mark.parametrize(
    "first",
    [
        failed(429, "slow down", headers={"Retry-After": "0.01"}),
        failed(503, "loading"),
        Reply(status=502, body="<html>bad gateway</html>", headers={"Content-Type": "text/html"}),
        Reply([chunk("hal")], end="drop"),
        Reply([chunk("hal")], end="close"),
        Reply([chunk("hal")], end="done"),
        Reply([], end="close"),
    ],
)
def test_a_passing_failure_is_tried_again(first: Reply) -> None:
    """Nothing of a half answer may be left in the whole one."""
    assert answer(first, said("whole")) == ["whole"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failed(401, "Incorrect API key provided: sk-secret"), "does not take the key: Incorrect API key .*<key>"),
        (failed(403, "no access"), "does not let this key use the model"),
        (failed(404, "The model `tiny` does not exist"), "knows no such model or address: The model `tiny`"),
        (failed(400, "messages: odd"), r"refused the request \(400\): messages: odd"),
        (failed(429, "You exceeded your quota", code="insufficient_quota"), "no credit left"),
        (failed(429, "daily limit", headers={"Retry-After": "3600"}), "over its limit.*Try again in 3600 seconds"),
        (failed(500, "CUDA error"), r"failed \(500\), several times: CUDA error"),
        (Reply([chunk("hal")], end="drop"), "cut its answer off, several times"),
        (Reply(["this is no json"]), "not the OpenAI protocol"),
        (Reply([{"error": {"message": "out of memory"}}]), "failed while answering: out of memory"),
        (Reply(body="<html>Welcome</html>", headers={"Content-Type": "text/html"}), "no chat completion: <html>"),
        (Reply(body={"choices": "none"}), "no chat completion"),
        (Reply(body="{}", status=307, headers={"Location": "http://elsewhere/v1"}), "redirects to http://elsewhere/v1"),
        (Reply([chunk(None, 0, "content_filter")]), "content filter withheld"),
    ],
)
def test_a_lasting_failure_is_said_in_a_sentence(reply: Reply, words: str) -> None:
    """The key is never repeated, and the hint says what to do."""
    with pytest.raises(ModelError) as caught:
        answer(reply)
    sentence = caught.value.sentence()
    assert re.search(words, sentence) and "sk-secret" not in sentence


def test_a_key_of_one_letter_is_not_cut_out_of_words() -> None:
    """Local servers take any key, so people give them `x`."""
    with serving(failed(401, "max retries with key x")) as server, pytest.raises(ModelError) as caught:
        model(server.url, key="x").complete(ASK, max_tokens=64, stop=Stop())
    assert "max retries with key <key>" in caught.value.sentence()


def test_a_missing_model_is_told_with_those_that_are_there() -> None:
    listed = {"object": "list", "data": [{"id": "big", "object": "model"}, {"id": "small", "object": "model"}]}
    with pytest.raises(ModelError, match="has no model `tiny`") as caught:
        answer(failed(404, "nope"), models=listed)
    assert caught.value.hint == "It has big, small."


def test_a_server_that_is_down_is_named_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    with pytest.raises(ModelError, match=f"{url} cannot be reached") as caught:
        model(url).complete(ASK, stop=Stop())
    assert "--endpoint" in caught.value.hint


@pytest.mark.parametrize("events", [[], [chunk("so")]])
def test_a_silent_server_is_given_up(events: list[object]) -> None:
    """And not asked again: it would only have more to do."""
    slow = Timing(connect=5.0, idle=0.1, backoff=0.01, attempts=3)
    with serving(Reply(events, end="hang")) as server:
        with pytest.raises(ModelError, match="did not answer in time"):
            model(server.url, timing=slow).complete(ASK, max_tokens=9, stop=Stop())
        assert len(server.requests) == 1


def test_a_server_that_is_slow_but_not_silent_is_waited_for() -> None:
    """A model on a CPU takes minutes for an answer; what counts is the time between two of its tokens."""
    parts = [chunk("so "), chunk("slow"), chunk(""), chunk(None, 0, "stop")]
    slow = Timing(connect=5.0, idle=2.0, backoff=0.01, attempts=1)
    with serving(Reply(parts, pause=0.7)) as server:
        (completion,) = model(server.url, timing=slow).complete(ASK, max_tokens=9, stop=Stop())
    assert completion.text == "so slow"


def test_how_long_a_server_may_be_silent_is_a_setting() -> None:
    with serving(Reply([], end="hang")) as server:
        asked = make_chat_model(Settings(model="tiny", endpoint=server.url, max_silence=0.1))
        with pytest.raises(ModelError, match=r"silent for 0\.1 s") as caught:
            asked.complete(ASK, max_tokens=9, stop=Stop())
    assert "`max_silence`" in caught.value.hint


def test_cancel_closes_the_connection() -> None:
    """Closing is what makes a server stop generating; a cancel that leaves it at work costs money."""
    stop = Stop()
    with serving(Reply([chunk("so")], end="hang")) as server:
        threading.Thread(target=lambda: server.asked.wait(30) and stop.cancel(), daemon=True).start()
        with pytest.raises(Stopped) as caught:
            model(server.url, timing=Timing()).complete(ASK, max_tokens=9, stop=stop)
        assert caught.value.cancelled and server.gone.wait(10)


def test_a_deadline_ends_the_wait() -> None:
    with serving(Reply([], end="hang")) as server, pytest.raises(Stopped) as caught:
        model(server.url, timing=Timing()).complete(ASK, max_tokens=9, stop=Stop(0.1))
    assert not caught.value.cancelled


def test_an_endless_answer_is_cut() -> None:
    """A server that ignores the limit is left; what came is marked as cut off."""
    endless = Reply([chunk("ha" * 500) for _ in range(50)], end="hang")
    with serving(endless) as server:
        (completion,) = model(server.url).complete(ASK, max_tokens=100, stop=Stop())
        assert server.gone.wait(10)
    assert completion.truncated and 800 < len(completion.text) <= 2000


def test_an_answer_in_one_piece_is_read_too() -> None:
    whole = {"model": "tiny", "choices": [{"index": 0, "message": {"content": "all"}, "finish_reason": "stop"}]}
    assert answer(Reply(body=whole)) == ["all"]


def test_an_empty_answer_and_a_refusal_are_answers() -> None:
    """What to do about them is the loop's business, not the transport's."""
    assert answer(Reply([chunk(None, 0, "stop")])) == [""]
    refusal = chunk()
    refusal["choices"][0]["delta"] = {"refusal": "I cannot help with that."}
    assert answer(Reply([refusal, chunk(None, 0, "stop")])) == ["I cannot help with that."]


def test_thinking_is_not_part_of_the_answer() -> None:
    thinking = chunk()
    thinking["choices"][0]["delta"] = {"reasoning_content": "Hmm. ```python"}
    assert answer(Reply([thinking, chunk("42"), chunk(None, 0, "stop")])) == ["42"]


def test_another_model_than_asked_for_is_noted() -> None:
    with serving(Reply([chunk("hi", model="other-7b"), chunk(None, 0, "stop", model="other-7b")])) as server:
        (completion,) = model(server.url).complete(ASK, stop=Stop())
    assert "answered with the model other-7b, not tiny" in completion.note


def test_a_dated_name_of_the_same_model_is_not_noted() -> None:
    with serving(Reply([chunk("hi", model="tiny-2026-01-01"), chunk(None, 0, "stop")])) as server:
        (completion,) = model(server.url).complete(ASK, stop=Stop())
    assert completion.note == ""


def test_a_window_too_small_for_the_answer_gets_a_shorter_one() -> None:
    too_long = failed(400, "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens")
    with serving(too_long, said("good")) as server:
        model(server.url).complete(ASK, max_tokens=4096, stop=Stop())
    assert [request["max_tokens"] for request in server.requests] == [4096, 1024]


def test_a_prompt_too_long_is_an_error_of_its_own() -> None:
    """The loop can ask again with less; any other refusal it cannot mend."""
    with pytest.raises(ContextTooLong, match="does not fit the window of tiny"):
        answer(failed(400, "Prompt is too long"), max_tokens=1000)


@pytest.mark.parametrize("words", ["System role not supported", "Conversation roles must alternate user/assistant/..."])
def test_a_template_without_a_system_message_gets_it_with_the_first_of_the_user(words: str) -> None:
    """Some models have no such role, and their servers only pass on what the template raises."""
    with serving(failed(400, words), said("good")) as server:
        asked = model(server.url)
        assert [asked.complete(ASK, max_tokens=9, stop=Stop())[0].text for _ in range(2)] == ["good", "good"]
    joined = [{"role": "user", "content": "Be brief.\n\nHello?"}]
    assert [request["messages"] for request in server.requests[1:]] == [joined, joined]


def test_a_template_that_always_raises_is_said() -> None:
    with pytest.raises(ModelError, match="chat template is broken"):
        answer(failed(400, "The chat template is broken"))


def test_waits_grow_and_are_never_shorter_than_the_server_asked_for() -> None:
    """And parallel requests part, by chance."""
    given = [Backoff(0.5)(RetryCallState(None, None, (), {})) for _ in range(9)]  # type: ignore[arg-type]
    assert len(set(given)) > 1 and all(0.5 <= wait <= 1.0 for wait in given)
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    state.attempt_number = 30
    assert Backoff(0.5)(state) == LONGEST_BACKOFF


def test_the_window_is_what_the_server_says() -> None:
    listed = {"object": "list", "data": [{"id": "tiny", "object": "model", "max_model_len": 4096}]}
    with serving(said("hi"), models=listed) as server:
        asked = model(server.url)
        assert asked.context == 4096 and asked.models(Stop()) == ("tiny",)


@pytest.mark.parametrize(
    ("owner", "field"), [("vllm", "structured_outputs"), ("llamacpp", "grammar"), ("sglang", "ebnf"), ("me", "")]
)
def test_a_server_that_takes_grammars_is_sent_one_in_its_own_field(owner: str, field: str) -> None:
    listed = {"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": owner}]}
    with serving(said("hi"), models=listed) as server:
        asked = model(server.url)
        asked.grammar = AnswerGrammar("replace", "```", ["src/cart.py"], {}.get)
        asked.complete(ASK, stop=Stop())
    (request,) = server.requests
    given = request.get(field, "")
    text = given["grammar"] if isinstance(given, dict) else given
    assert ('path ::= "src/cart.py"' in text) == bool(field)
    assert {"structured_outputs", "grammar", "ebnf"} & request.keys() == ({field} if field else set())


@pytest.mark.parametrize("words", ["structured_outputs is not supported", "Invalid EBNF: line 3"])
def test_a_grammar_that_a_server_does_not_take_is_left_out(words: str) -> None:
    listed = {"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": "vllm"}]}
    with serving(failed(400, words), said("hi"), models=listed) as server:
        asked = model(server.url)
        asked.grammar = AnswerGrammar("file", "```", [], {}.get)
        assert asked.complete(ASK, stop=Stop())[0].text == "hi"
    assert ["structured_outputs" in request for request in server.requests] == [True, False]


def test_cost_is_counted_by_the_users_own_table(own_state: Path) -> None:
    """On another machine tokens cost money; here the table is tried on the price alone."""
    prices.user_file().write_text('[models."gpt-4o"]\nprompt = 1\ncompletion = 2\ncached = 0.5\n')
    price = prices.find_price("openai/gpt-4o-2026-01-01")
    assert price is not None and price.cost(Tokens(1_000_000, 1_000_000, 500_000)) == 0.5 + 0.25 + 2
    assert prices.find_price("gpt-4omega") is None and prices.find_price("unheard-of") is None


def test_the_longest_name_that_fits_has_the_price() -> None:
    mini, full = prices.find_price("gpt-4o-mini-2024-07-18"), prices.find_price("gpt-4o-2024-08-06")
    assert mini is not None and full is not None and mini.prompt < full.prompt


def test_a_wrong_table_of_prices_names_itself(own_state: Path) -> None:
    prices.user_file().write_text('[models."x"]\nprompt = "cheap"\n')
    with pytest.raises(UsageError, match=r"prices\.toml cannot be read"):
        prices.find_price("x")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("http://[::1]:1/v1/chat/completions", "http://[::1]:1/v1"),
        ("https://api.example.org/openai", "https://api.example.org/openai"),
    ],
)
def test_urls_are_taken_as_people_write_them(given: str, used: str) -> None:
    assert endpoint_url(given) == used


@pytest.mark.parametrize("url", ["http://example.org/v1", "http://10.0.0.5:8000/v1", "http://127.0.0.1.example.org"])
def test_plain_http_to_another_machine_needs_the_persons_word(url: str) -> None:
    """Code and key would travel unencrypted."""
    with pytest.raises(UsageError, match="another machine"):
        endpoint_url(url)
    assert endpoint_url(url, plain_http=True).startswith(url)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://x/v1", "http://", "nonsense"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not the URL of a server"):
        endpoint_url(url)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "second")
    monkeypatch.setenv("AUTOGPT_API_KEY", "first")
    with serving(said("hi")) as server:
        EndpointModel("tiny", server.url, timing=QUICK).complete(ASK, stop=Stop())
        monkeypatch.delenv("AUTOGPT_API_KEY")
        EndpointModel("tiny", server.url, timing=QUICK).complete(ASK, stop=Stop())
    assert [headers["authorization"] for headers in server.headers] == ["Bearer first", "Bearer second"]


def test_usage_alone_is_no_answer() -> None:
    with pytest.raises(ModelError, match="no answer at all"):
        answer(Reply([usage(1, 1)]))
