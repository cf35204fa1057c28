"""Helix in a terminal, with the configuration of its page in the documentation and nothing of ours."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import git
from tests.e2e.test_nvim import ROOT, Screen, pair

HELIX = os.environ.get("AUTOGPT_HELIX") or shutil.which("hx")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def languages(python: str) -> str:
    """The page's own configuration, with the server and the interpreter of the tests."""
    page = (ROOT / "docs" / "editors" / "helix.md").read_text()
    toml = page.split("```toml\n")[1].split("```")[0]
    server = f'timeout = 300\ncommand = "{sys.executable}"'
    toml = toml.replace('command = "autogpt"', server).replace('args = ["lsp"]', 'args = ["-m", "autogpt", "lsp"]')
    return toml.replace("maxSeconds = 120", f'maxSeconds = 120, python = "{python}"').replace('"pyright", ', "")


@pytest.mark.skipif(
    HELIX is None or shutil.which("tmux") is None, reason="no Helix (`hx`, or AUTOGPT_HELIX), or no tmux"
)
def test_helix_runs_an_action_and_applies_the_hunk(tmp_path: Path, own_state: Path, lean_python: str) -> None:
    """A failing test's action, its progress, the hunk as a hint with actions, the buffer changed, undo."""
    assert HELIX is not None
    folder = pair(tmp_path / "pair")
    settings = tmp_path / "config" / "helix"
    settings.mkdir(parents=True)
    (settings / "languages.toml").write_text(languages(lean_python))
    (settings / "config.toml").write_text("editor.lsp.display-progress-messages = true\n")
    own = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(settings.parent), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment = {**os.environ, **own, "AUTOGPT_STATE_HOME": str(own_state), "TERM": "xterm-256color"}
    command = [HELIX, "tests/test_shop.py"]
    screen = Screen(f"autogpt-helix-{os.getpid()}", command, folder, environment)

    def ask_for_actions() -> None:
        screen.keys("Escape")
        time.sleep(0.5)  # or the terminal takes it for the beginning of the next key
        screen.keys("Space", "a")

    try:
        screen.wait("def test_tax")
        screen.keys("/def test_tax", "Enter")
        screen.until(ask_for_actions, "Fix the test `test_tax`")
        screen.keys("Enter")
        screen.wait("verified")

        screen.keys(":open shop/tax.py", "Enter", "/return price", "Enter")
        shown = screen.until(ask_for_actions, "Accept this change")
        assert "Reject this change" in shown
        screen.keys("Enter")
        screen.wait("return price + rate", "[+]")
        screen.keys("u")
        screen.wait("return price - rate")
    finally:
        screen.close()
    assert git(folder, "status", "--porcelain") == ""
