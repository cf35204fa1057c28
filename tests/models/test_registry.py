"""A name of a model leads to the right maker, and a wrong one to what can be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.errors import ModelError, UsageError
from autogpt.models.chat import ChatProposer
from autogpt.models.memory import Memory
from autogpt.models.registry import known_models, list_models, make_chat_model, make_proposer
from tests.models.server import Reply, serving


def test_the_builtin_model_needs_nothing() -> None:
    assert make_proposer(Settings()).name == "builtin"


def test_the_search_can_be_asked_for_without_weights() -> None:
    """By a name that is not mistaken for a model of the endpoint."""
    assert make_proposer(Settings(model="search", endpoint="http://127.0.0.1:1/v1")).name == "search"


def test_prefixes_and_endpoints_lead_to_chat_models(tmp_path: Path) -> None:
    script = tmp_path / "s.txt"
    script.write_text("=== answer\nhi\n")
    names = {
        f"scripted:{script}": "scripted:s.txt",
        "hf:ada/tiny?dtype=float32": "hf:ada/tiny",
        "qwen": "qwen",
    }
    for given, name in names.items():
        proposer = make_proposer(Settings(model=given, endpoint="http://127.0.0.1:1/v1"))
        assert isinstance(proposer, ChatProposer) and proposer.name == name


def test_a_name_with_a_colon_is_a_model_of_the_endpoint() -> None:
    """Ollama names its models so."""
    assert make_chat_model(Settings(model="qwen2.5-coder:7b", endpoint="http://127.0.0.1:1/v1")).name.endswith(":7b")


@pytest.mark.parametrize(
    ("model", "hint"), [("gpt", "--endpoint URL"), ("hf:", "hf:<repository or folder>"), ("", "builtin")]
)
def test_a_name_that_means_nothing_is_refused_with_what_can_be_given(model: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_proposer(Settings(model=model))
    assert hint in caught.value.hint


def test_an_endpoint_elsewhere_over_http_needs_the_persons_word() -> None:
    with pytest.raises(UsageError, match="another machine"):
        make_proposer(Settings(model="m", endpoint="http://example.org/v1"))
    assert make_proposer(Settings(model="m", endpoint="http://example.org/v1", plain_http=True)).name == "m"


def test_models_are_listed_with_where_they_are_and_how_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("AUTOGPT_API_KEY", "sk-secret")
    Memory.load(tmp_path).record("small", "symbol", 1.0)
    listed = {"object": "list", "data": [{"id": "small", "object": "model"}, {"id": "big", "object": "model"}]}
    with serving(Reply(), models=listed) as server:
        found = {model.name: model.note for model in list_models(Settings(endpoint=server.url))}
    assert list(found) == ["builtin", "small", "big"] and server.url in found["big"]
    assert "100% of 1 answers in format symbol applied" in found["small"] and "sk-secret" not in repr(found)


def test_an_endpoint_that_cannot_list_its_models_is_an_error() -> None:
    with serving(Reply()) as server, pytest.raises(ModelError):
        list_models(Settings(endpoint=server.url))


def test_what_is_configured_is_listed_whatever_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is down was all that the list said; what lies in the cache is there all the same."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("AUTOGPT_API_KEY", "sk-secret")
    with serving(Reply()) as server:
        down = known_models(Settings(model="coder-7b", endpoint=server.url))
        idle = known_models(Settings(endpoint=server.url))
    assert [model.name for model in down] == ["builtin", "coder-7b"] and "not reachable" in down[1].note
    assert [model.name for model in idle] == ["builtin", "(endpoint)"] and "sk-secret" not in repr([*down, *idle])
    assert "when it is first used" in known_models(Settings(model="hf:nobody/nothing"))[-1].note


def test_a_model_of_which_nothing_is_remembered_has_a_format_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    listed = {"object": "list", "data": [{"id": "coder-7b", "object": "model"}]}
    with serving(Reply(), models=listed) as server:
        (_, one) = list_models(Settings(endpoint=server.url))
    assert "format symbol, since nothing is remembered of it" in one.note
