"""The sandbox cleans up after itself and after its dead, and says what it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.bubblewrap import why_not
from autogpt.feedback.sandbox import Stage, choose_sandbox
from autogpt.feedback.variables import clean, for_tests


@pytest.mark.parametrize("setting", ["auto", "off"])
def test_nothing_is_left_behind_by_a_run_and_by_a_killed_one(tmp_path: Path, setting: str) -> None:
    """What a process that was killed left is removed by the next one that starts."""
    state, tree = tmp_path / "state", tmp_path / "tree"
    tree.mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    leftover = state / "sandbox" / f"run-{dead.pid}-0123"
    (leftover / "locked").mkdir(parents=True)
    (leftover / "locked").chmod(0o500)
    sandbox = choose_sandbox(Settings(sandbox=setting), state)  # type: ignore[arg-type]
    with sandbox.prepare(["true"], Stage(root=tree, toplevel=tmp_path / "work"), {}) as ready:
        assert ready.out.is_dir()
        assert [path.name for path in (state / "sandbox").iterdir()] == [ready.out.parent.name]
    assert not list((state / "sandbox").iterdir())


def test_limits_alone_are_named_with_the_reason(tmp_path: Path) -> None:
    sandbox = choose_sandbox(Settings(sandbox="off"), tmp_path)
    assert sandbox.name == "limits" and "no sandbox" in sandbox.description


def test_a_required_sandbox_that_cannot_be_had_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a silent step down."""
    monkeypatch.setenv("PATH", str(tmp_path))
    why_not.cache_clear()
    try:
        with pytest.raises(EnvironmentNotFound, match="bubblewrap"):
            choose_sandbox(Settings(sandbox="required"), tmp_path)
        assert choose_sandbox(Settings(), tmp_path).name == "limits"
    finally:
        why_not.cache_clear()


def test_variables_that_may_be_secret_are_dropped() -> None:
    kept = clean({"PATH": "/bin", "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "x", "LANG": "C", "DATABASE_URL": "x"})
    assert kept == {"PATH": "/bin", "LANG": "C"}


def test_a_run_is_repeatable_and_the_project_may_add_variables() -> None:
    variables = for_tests({"PATH": "/bin", "PYTHONHASHSEED": "random"}, (("DEBUG", "1"),))
    assert variables["PYTHONHASHSEED"] == "0" and variables["DEBUG"] == "1"
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"
