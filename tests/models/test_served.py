"""Size and context of served models, in the words of each kind of server, read from a real one on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autogpt.cli.app import run_command_line
from autogpt.config import Settings
from autogpt.models.registry import list_models
from tests.models.server import Reply, serving


def vllm() -> dict[str, Any]:
    row = {"id": "m", "object": "model", "created": 1, "owned_by": "vllm", "root": "m", "max_model_len": 32768}
    return {"object": "list", "data": [{**row, "parent": None, "permission": []}]}


def llama_cpp() -> dict[str, Any]:
    """Its second list, in the form of Ollama, stands beside the first."""
    meta = {"vocab_type": 2, "n_vocab": 151936, "n_ctx_train": 40960, "n_params": 4022468096, "size": 2491482112}
    row = {"id": "m", "object": "model", "created": 1, "owned_by": "llamacpp", "meta": meta}
    details = {"format": "gguf", "parameter_size": "", "quantization_level": ""}
    return {"models": [{"name": "m", "model": "m", "size": "", "details": details}], "object": "list", "data": [row]}


def open_router() -> dict[str, Any]:
    top = {"context_length": 131072, "max_completion_tokens": None, "is_moderated": False}
    row = {"id": "m", "name": "M", "context_length": None, "pricing": {"prompt": "0.1"}, "top_provider": top}
    return {"data": [row]}


def names_only(owner: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": owner}]}


def ollama() -> Mapping[str, Any]:
    details = {"format": "gguf", "family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}
    row = {"name": "m", "model": "m", "size": 4683087332, "digest": "d", "details": details}
    return {
        "/api/tags": {"models": [row]},
        "/api/ps": {"models": [{"name": "m", "model": "m", "size": 1, "context_length": 8192}]},
    }


def lm_studio() -> Mapping[str, Any]:
    row = {"id": "m", "type": "llm", "quantization": "4bit", "state": "not-loaded", "max_context_length": 32768}
    return {"/api/v0/models": {"object": "list", "data": [row]}}


@pytest.mark.parametrize(
    ("listed", "others", "told"),
    [
        (vllm(), {}, "context 32768"),
        (llama_cpp(), {}, "4.02 B parameters, 2.5 GB, context 40960"),
        (open_router(), {}, "context 131072"),
        (names_only("library"), ollama(), "7.6 B parameters, 4.7 GB, Q4_K_M, context 8192"),
        (names_only("organization_owner"), lm_studio(), "4bit, context 32768"),
        (names_only("me"), {}, ""),
        (names_only("me"), {"/api/tags": {"models": [None, {"model": "m", "size": True, "details": 3}]}}, ""),
        (names_only("me"), {"/api/tags": [1], "/api/ps": "not JSON", "/api/v0/models": {"data": "m"}}, ""),
    ],
    ids=["vllm", "llama.cpp", "openrouter", "ollama", "lm studio", "names only", "odd rows", "other things"],
)
def test_what_a_server_tells_of_its_models_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: Any, others: Mapping[str, Any], told: str
) -> None:
    """A person who chooses among models goes by their size and by what fits into them."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with serving(Reply(), models=listed) as server:
        server.others = others
        (_, one) = list_models(Settings(endpoint=server.url), tmp_path)
    assert one.name == "m" and one.note.startswith(f"{told}, at {server.url}" if told else f"at {server.url}")


def test_a_server_that_is_silent_about_other_lists_is_listed_all_the_same(tmp_path: Path) -> None:
    with serving(Reply(), models={"object": "list", "data": [{"id": "m", "object": "model"}]}) as server:
        server.others = None
        (_, one) = list_models(Settings(endpoint=server.url), tmp_path)
    assert one.name == "m" and one.note.startswith(f"at {server.url}")


def test_the_command_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with serving(Reply(), models=llama_cpp()) as server:
        assert run_command_line(["models", "--json", "--endpoint", server.url, "-C", str(tmp_path)]) == 0
    (_, one) = json.loads(capsys.readouterr().out)["models"]
    assert "4.02 B parameters, 2.5 GB, context 40960" in one["note"]
