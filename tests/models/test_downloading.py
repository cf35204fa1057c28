"""Models of a Hub: fetched with progress, once; gated, missing or cut off, and what is said then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models import tiny
from tests.models.hub_server import hub

ASK = """
import sys
from autogpt.errors import ModelError, Stopped
from autogpt.models.base import Message
from autogpt.models.hf import HFModel
from autogpt.stop import Stop

model, stop = HFModel(sys.argv[1]), Stop()
def notify(text):
    print(text)
    if "stop" in sys.argv and "Downloading" in text:
        stop.cancel()
model.notify = notify
try:
    print("tokens", model.complete([Message("user", "Hi")], max_tokens=3, stop=stop)[0].tokens.completion)
except ModelError as error:
    print("ModelError", error.sentence())
except Stopped:
    print("Stopped")
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("hub") / "tiny")


def ask(url: str, cache: Path, *arguments: str, **more: str) -> str:
    """What a process of its own says, since the library reads where the Hub is when it is imported."""
    own = {"HF_ENDPOINT": url, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0", **more}
    command = [sys.executable, "-c", ASK, *arguments]
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=400)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_a_download_shows_progress_and_happens_once(files: Path, tmp_path: Path) -> None:
    """Afterwards the cache is enough, with the network turned off by the person or gone."""
    with hub(files) as server:
        said = ask(server.url, tmp_path, "ada/tiny")
    assert "Downloading ada/tiny: 0.1 MB of 0.1 MB" in said and "tokens 3" in said
    offline = ask("http://127.0.0.1:9", tmp_path, "ada/tiny", HF_HUB_OFFLINE="1")
    assert "Downloading" not in offline and "tokens 3" in offline


@pytest.mark.timeout(600)
def test_a_cancelled_run_stops_its_download(files: Path, tmp_path: Path) -> None:
    with hub(files) as server:
        said = ask(server.url, tmp_path, "ada/tiny", "stop")
    assert said.rstrip().endswith("Stopped")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ada/gated", "is gated: its owner decides who may have it. Ask for access"),
        ("ada/none", "There is no model ada/none on the Hub"),
    ],
)
def test_what_may_not_be_had_is_said_in_a_sentence(files: Path, tmp_path: Path, name: str, words: str) -> None:
    with hub(files) as server:
        said = ask(server.url, tmp_path, name)
    assert words in said and len(said.strip().splitlines()) == 2


@pytest.mark.timeout(600)
def test_a_download_that_breaks_off_is_said_and_goes_on_later(files: Path, tmp_path: Path) -> None:
    with hub(files, cut=1000) as server:
        said = ask(server.url, tmp_path, "ada/tiny", HF_HUB_DOWNLOAD_TIMEOUT="2")
    assert "ModelError The download of ada/tiny broke off. Try again" in said
    with hub(files) as server:
        assert "tokens 3" in ask(server.url, tmp_path, "ada/tiny")
