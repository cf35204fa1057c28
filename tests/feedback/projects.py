"""Projects and interpreters on disk, and how the tests of this folder run them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autogpt import paths
from autogpt.config import Settings
from autogpt.feedback.base import TestRunner
from autogpt.feedback.environment import find_environment
from autogpt.feedback.pytest_runner import Patience, PytestRunner
from autogpt.feedback.report import Report
from autogpt.feedback.runner import make_runner
from autogpt.feedback.warm_runner import WarmRunner
from autogpt.stop import Stop

PACKAGES = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py", "exceptiongroup", "tomli",
            "typing_extensions")  # fmt: skip


def make_environment(folder: Path, *, with_pytest: bool = True) -> Path:
    """A virtual environment with links to the packages that these tests run on."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    for name in PACKAGES if with_pytest else ():
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            if origin.name == "__init__.py":
                shutil.copytree(origin.parent, site / name)
            else:
                shutil.copy(origin, site / origin.name)
    for name in ("pytest", "pluggy") if with_pytest else ():
        metadata = importlib.metadata.distribution(name)
        (site / f"{name}.dist-info").mkdir()
        (site / f"{name}.dist-info" / "METADATA").write_text(metadata.read_text("METADATA") or "")
    return folder / "bin" / "python"


@dataclass(frozen=True)
class Project:
    """A workspace and the scratch copy that stands for it."""

    workspace: Path
    tree: Path
    settings: Settings

    def run(
        self,
        tests: Sequence[str] | None = None,
        *,
        timeout: float = 60.0,
        patience: Patience | None = None,
        stop: Stop | None = None,
        **settings: Any,
    ) -> Report:
        """A cold run of the scratch copy."""
        runner = self.runner(**settings)
        if patience is not None:
            assert isinstance(runner, PytestRunner)
            runner.patience = patience
        return runner.run(self.tree, tests, timeout=timeout, stop=stop or Stop())

    def runner(self, **settings: Any) -> TestRunner:
        """The runner that the settings lead to."""
        chosen = replace(self.settings, **settings)
        environment = find_environment(self.workspace, chosen)
        state = paths.workspace_state(self.workspace)
        return make_runner(environment, self.workspace, self.workspace, "", chosen, state=state)

    def write(self, files: Mapping[str, str]) -> None:
        """Lay a change over the scratch copy."""
        write(self.tree, files)


MakeProject = Callable[..., Project]


class Warm:
    """A project with one runner that is kept over several runs."""

    def __init__(self, project: Project) -> None:
        self.project = project
        runner = project.runner()
        assert isinstance(runner, WarmRunner)
        self.runner = runner
        self.said: tuple[str, ...] = ()

    def run(
        self, files: Mapping[str, str] | None = None, *, tests: Sequence[str] | None = None, fresh: bool = False
    ) -> Report:
        self.project.write(files or {})
        report = self.runner.run(self.project.tree, tests, timeout=60.0, stop=Stop(), fresh=fresh)
        self.said += self.runner.remarks()
        return report

    def outcomes(
        self, files: Mapping[str, str] | None = None, *, tests: Sequence[str] | None = None, fresh: bool = False
    ) -> dict[str, str]:
        return {id: one.outcome for id, one in self.run(files, tests=tests, fresh=fresh).outcomes.items()}


MakeWarm = Callable[..., Warm]


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
