"""Real projects with a real, lean interpreter: pytest and nothing else, so that a run takes a quarter of a second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from autogpt.config import Settings
from tests.feedback.projects import MakeProject, MakeWarm, Project, Warm, make_environment, write


@pytest.fixture(scope="session")
def lean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with pytest and no plugin."""
    return make_environment(tmp_path_factory.mktemp("lean") / "venv")


@pytest.fixture
def project(tmp_path: Path, lean_python: Path) -> MakeProject:
    """Write files into a workspace and into its scratch copy."""

    def make(files: Mapping[str, str], **settings: Any) -> Project:
        workspace, tree = tmp_path / "work" / "project", tmp_path / "scratch" / "project"
        workspace.mkdir(parents=True)
        tree.mkdir(parents=True)
        write(workspace, files)
        write(tree, files)
        return Project(workspace, tree, Settings(**{"python": str(lean_python), **settings}))

    return make


@pytest.fixture
def warm(project: MakeProject) -> Iterator[MakeWarm]:
    """As `project`, with a runner that is kept and ended after the test."""
    made: list[Warm] = []

    def make(files: Mapping[str, str], **settings: object) -> Warm:
        made.append(Warm(project(files, **settings)))
        return made[-1]

    yield make
    for one in made:
        one.runner.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's home folder, with a key in it that no test may see."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    (folder / ".ssh" / "id_ed25519").write_text("canary")
    monkeypatch.setenv("HOME", str(folder))
    return folder
