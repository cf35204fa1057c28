"""Vim with ALE as its language client and nothing of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_nvim import pair

STORY = Path(__file__).parent / "vim" / "story.vim"
ALE = Path(os.environ.get("VIM_ALE", "/usr/share/vim-ale"))

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def has_vim() -> bool:
    """One that can talk to processes: the smallest builds cannot."""
    vim = shutil.which("vim")
    if vim is None or not ALE.is_dir():
        return False
    said = subprocess.run([vim, "--version"], capture_output=True, text=True, check=False).stdout
    return "+channel" in said and "+timers" in said


@pytest.mark.skipif(not has_vim(), reason="no Vim with ALE: `apt install vim-nox vim-ale`")
def test_ale_runs_an_action_and_applies_the_hunk(tmp_path: Path, own_state: Path, lean_python: str) -> None:
    """ALE never answers `workspace/applyEdit`; what came of it is read off the document, without waiting for that."""
    folder = pair(tmp_path / "pair")
    told = tmp_path / "told.txt"
    environment = {
        **os.environ,
        "AUTOGPT_TEST_SERVER": sys.executable,
        "PROJECT_PYTHON": lean_python,
        "AUTOGPT_STATE_HOME": str(own_state),
        "HOME": str(tmp_path),
        "VIM_ALE": str(ALE),
        "STORY": str(told),
    }
    done = subprocess.run(
        ["vim", "--not-a-term", "-N", "-n", "-i", "NONE", "-u", str(STORY)],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=570,
        stdin=subprocess.DEVNULL,
        check=False,
    )

    said = told.read_text() if told.exists() else done.stdout.decode(errors="replace") + done.stderr.decode()
    assert said.startswith("story told"), said
