"""The endpoint client against `transformers serve`: a server that nobody wrote for these tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from autogpt.edits.grammar import AnswerGrammar
from autogpt.errors import ModelError, Stopped
from autogpt.models.base import Message
from autogpt.models.calls import Call, tools_for, written
from autogpt.models.endpoint import EndpointModel
from autogpt.stop import Stop
from tests.models import tiny

pytest.importorskip("uvicorn", reason="transformers[serving] is not installed")
pytestmark = pytest.mark.e2e

ASK = [Message("system", "Be brief."), Message("user", "Hello?")]
PATIENCE = 150.0
"""Seconds for the server's start on a busy machine; it takes about ten on an idle one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("served") / "tiny", max_position_embeddings=4096)


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with the tiny model, stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("hf")
    (home / "hub").mkdir()
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    program = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    where = ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", program, "serve", str(folder), *where], env=environment, stdout=log, stderr=log
        )
        try:
            _wait(server, f"http://127.0.0.1:{port}/health", home / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(30)


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.mark.timeout(300)
def test_an_answer_comes_with_the_servers_own_count(url: str, folder: Path) -> None:
    model = EndpointModel(str(folder), url)
    assert model.models(Stop()) == (str(folder),)
    (completion,) = model.complete(ASK, max_tokens=12, stop=Stop())
    assert completion.tokens.completion == 12 and completion.truncated
    assert completion.tokens.prompt == len("Be brief.Hello?") + 10  # and the marks and line ends of the template


@pytest.mark.timeout(300)
def test_candidates_differ_although_the_server_ignores_n(url: str, folder: Path) -> None:
    given = EndpointModel(str(folder), url).complete(ASK, n=3, temperature=1.0, max_tokens=12, stop=Stop())
    assert len(given) == 3 and len({one.text for one in given}) > 1


@pytest.mark.timeout(300)
def test_a_cancelled_answer_frees_the_server(url: str, folder: Path) -> None:
    """It answers one request after another, so a lost one would hold up the next."""
    model, stop = EndpointModel(str(folder), url), Stop()
    threading.Timer(0.3, stop.cancel).start()
    with pytest.raises(Stopped):
        model.complete(ASK, max_tokens=3900, stop=stop)
    assert model.complete(ASK, max_tokens=2, stop=Stop())[0].tokens.completion == 2


@pytest.mark.timeout(300)
def test_tools_their_calls_and_results_and_a_schema_are_taken(url: str, folder: Path) -> None:
    """It hands tools to the template, and says nothing of a schema that it leaves aside."""
    model = EndpointModel(str(folder), url)
    model.tools = tools_for("replace")
    asked = written("", [Call("read_file", '{"path": "a.py"}')])
    talk = [*ASK, Message("assistant", asked), Message("user", "It is empty.")]
    (completion,) = model.complete(talk, max_tokens=4, stop=Stop())
    assert completion.tokens.completion == 4 and model.can_call
    model.tools, model.grammar = (), AnswerGrammar("replace", "```", ["a.py"], {}.get)
    assert model.complete(talk, max_tokens=4, stop=Stop())[0].tokens.completion == 4


@pytest.mark.timeout(300)
def test_another_model_is_not_there(url: str) -> None:
    with pytest.raises(ModelError, match="has no model `ada/none`"):
        EndpointModel("ada/none", url).complete(ASK, max_tokens=2, stop=Stop())
