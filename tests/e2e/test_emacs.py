"""Emacs in batch mode with eglot and nothing of ours: what the server is worth to any editor."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import git
from tests.e2e.test_nvim import pair

STORY = Path(__file__).parent / "emacs" / "story.el"

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def has_eglot() -> bool:
    """Built in from Emacs 29 on, a package before."""
    emacs = shutil.which("emacs")
    if emacs is None:
        return False
    look = '(progn (package-initialize) (kill-emacs (if (locate-library "eglot") 0 1)))'
    done = subprocess.run(
        [emacs, "--batch", "-q", "--eval", "(require 'package)", "--eval", look], capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(not has_eglot(), reason="no Emacs with eglot: `apt install emacs-nox elpa-eglot`")
def test_eglot_runs_an_action_and_applies_the_hunks(tmp_path: Path, own_state: Path, lean_python: str) -> None:
    """Start from a failing test, wait for the hunk's own action, accept: the buffer is changed, the disk is not."""
    folder = pair(tmp_path / "pair")
    environment = {
        **os.environ,
        "AUTOGPT_TEST_SERVER": sys.executable,
        "PROJECT_PYTHON": lean_python,
        "AUTOGPT_STATE_HOME": str(own_state),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        ["emacs", "--batch", "-q", "-l", str(STORY)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=570,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0 and "story told" in done.stdout, done.stdout + done.stderr
    assert git(folder, "status", "--porcelain") == ""
