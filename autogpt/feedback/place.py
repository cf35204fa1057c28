"""Where test processes are started: the project, its environment and its sandbox, and what they let tests see."""

from __future__ import annotations

import functools
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.base import Environment
from autogpt.feedback.borrowed import find_borrowed
from autogpt.feedback.interpreter import outermost, probe
from autogpt.feedback.sandbox import Limits, Ready, Sandbox, Stage
from autogpt.feedback.variables import for_tests, tool_paths


@dataclass(frozen=True)
class Place:
    """One project on this machine. `toplevel`/`prefix` is the workspace."""

    environment: Environment
    workspace: Path
    toplevel: Path
    prefix: str
    network: bool
    sandbox: Sandbox

    lent: Path | None = None
    """A folder with our own pytest, for an interpreter that has none."""

    @functools.cached_property
    def visible(self) -> tuple[Path, ...]:
        """What the interpreter and the command must be able to read outside of the workspace."""
        paths = list(tool_paths(self.environment.command[0]))
        if self.environment.python:
            answer = probe(self.environment.python)
            if isinstance(answer, str):
                raise EnvironmentNotFound(f"The project's interpreter does not work any more: {answer}")
            paths += answer.paths
        if self.lent is not None:
            paths.append(str(self.lent))
        return tuple(Path(path) for path in outermost(paths) if not self._is_there_already(path))

    def _is_there_already(self, path: str) -> bool:
        """The system is always visible, the workspace in its own way; a whole home never."""
        roots = ("/usr", str(self.toplevel), os.path.realpath(self.toplevel))
        inside = any(path == root or path.startswith(root + os.sep) for root in roots)
        return inside or Path.home().is_relative_to(path)

    @functools.cached_property
    def built(self) -> tuple[str, ...]:
        """Folders of the workspace that the interpreter builds anew when the project is imported."""
        answer = probe(self.environment.python) if self.environment.python else ""
        built = () if isinstance(answer, str) else answer.built
        return tuple(path for path in built if Path(path).is_relative_to(self.toplevel))

    def _holds_build(self, name: str) -> bool:
        return any(Path(path).is_relative_to(self.toplevel / name) for path in self.built)

    @contextmanager
    def prepare(
        self,
        argv: Sequence[str],
        tree: Path,
        pass_fds: tuple[int, ...] = (),
        variables: tuple[tuple[str, str], ...] = (),
        limits: Limits | None = None,
    ) -> Generator[Ready]:
        """A command of the project, in the sandbox, with the scratch tree (`tree`, for the workspace) in place."""
        stage, env = self.stage(tree, variables, limits)
        with self.sandbox.prepare(argv, stage, env, pass_fds) as ready:
            yield ready

    def stage(
        self, tree: Path, variables: tuple[tuple[str, str], ...] = (), limits: Limits | None = None
    ) -> tuple[Stage, dict[str, str]]:
        """What a command of the project is to see, and its environment variables."""
        root = scratch_root(tree, self.prefix)
        borrowed = find_borrowed(self.toplevel, root)
        stage = Stage(
            root=root,
            toplevel=self.toplevel,
            prefix=self.prefix,
            folder=self.environment.folder,
            visible=(*self.visible, testhost_folder()),
            borrowed=borrowed,
            rebuilt=tuple(name for name in borrowed if self._holds_build(name)),
            network=self.network,
            limits=limits or Limits(),
        )
        env = for_tests(os.environ, (*self.environment.variables, *variables))
        if self.lent is not None:
            env["PYTHONPATH"] = os.pathsep.join(part for part in (env.get("PYTHONPATH", ""), str(self.lent)) if part)
        return stage, env


def scratch_root(tree: Path, prefix: str) -> Path:
    """The folder that stands for the toplevel, given the one that stands for the workspace."""
    return Path(*tree.parts[: len(tree.parts) - len(Path(prefix).parts)]) if prefix else tree


def testhost_folder() -> Path:
    """Where the code lies that runs inside the project's interpreter."""
    return Path(__file__).resolve().parent.parent / "testhost"
