"""What all tests share: a state folder of their own, and small real projects in real repositories."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # how long an example takes says nothing on a busy machine

GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}

MakeProject = Callable[[Mapping[str, str]], Path]


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the state or the settings of whoever runs the tests."""
    home = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(home))
    monkeypatch.setenv("AUTOGPT_CONFIG", str(home / "config.toml"))
    for name in list(os.environ):
        if name.startswith("AUTOGPT_") and name not in ("AUTOGPT_STATE_HOME", "AUTOGPT_CONFIG"):
            monkeypatch.delenv(name)
    return home


def git(folder: Path, *arguments: str) -> str:
    """Run git as a user would, apart from an identity of its own."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **GIT_IDENTITY}, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "surrogateescape")


@pytest.fixture(scope="session")
def lean_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter without our development tools, whose pytest plugins take seconds to load in every run."""
    folder = tmp_path_factory.mktemp("lean")
    venv.create(folder, with_pip=False)
    return str(folder / "bin" / "python")


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write files into a fresh repository with one commit; the folder is returned."""

    def make(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "project"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(folder, "init", "-q", "-b", "main")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "Begin")
        return folder

    return make
