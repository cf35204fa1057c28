"""The project's own linter and type checker are believed about what is new, and about nothing that was there before."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.feedback import diagnostics
from autogpt.feedback.base import Environment
from autogpt.feedback.diagnostics import Diagnoser, make_diagnoser, new_ones
from autogpt.feedback.report import Diagnostic
from autogpt.stop import Stop

MYPY = "[mypy]\n"
TYPED = "def half(number: int) -> int:\n    return number // 2\n"
WRONG = "import os\n\n\ndef half(number: int) -> int:\n    return str(number)\n"


def make(folder: Path, files: dict[str, str], python: str = sys.executable, inner: str = "") -> Diagnoser | None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = Environment(python, (python, "-m", "pytest"), "command", inner)
    state = folder.parent / "state"
    return make_diagnoser(environment, folder, folder, "", Settings(), state=state)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({}, None),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, None),
        ({"pyproject.toml": "[tool.ruff.lint]\nselect = ['F']\n"}, ("ruff",)),
        ({".ruff.toml": "", "setup.cfg": "[mypy]\nstrict = true\n"}, ("ruff", "mypy")),
        ({"pyrightconfig.json": "{}"}, ("pyright",)),
    ],
)
def test_only_what_the_project_set_up_is_run(
    tmp_path: Path, files: dict[str, str], names: tuple[str, ...] | None
) -> None:
    """Somebody else's taste is no evidence about a project that never asked for it."""
    environment = tmp_path / "venv" / "bin"
    environment.mkdir(parents=True)
    for name in ("python", "ruff", "mypy", "pyright"):
        (environment / name).touch()
    assert "python" in {path.name for path in environment.iterdir()}
    found = make(tmp_path / "project", files, str(environment / "python"))
    assert (found.names if found else None) == names


def test_a_tool_that_the_environment_lacks_is_left_out(tmp_path: Path) -> None:
    assert make(tmp_path / "project", {"ruff.toml": ""}, str(tmp_path / "nowhere" / "python")) is None


def test_the_linter_says_file_and_line(tmp_path: Path) -> None:
    """In the sandbox, on the scratch tree, from the folder that the project is in."""
    files = {"ruff.toml": 'lint.select = ["F"]\n', "src/a.py": WRONG, "b.py": WRONG}
    found = make(tmp_path / "project", files, inner="src")
    assert found is not None and found.names == ("ruff",)
    (one,) = found.look(tmp_path / "project", ["src/a.py", "gone.py", "ruff.toml"], Stop())
    assert one == Diagnostic("ruff", "src/a.py", 1, one.text) and one.text.startswith("F401")
    assert not (tmp_path / "project" / "src" / ".ruff_cache").exists() and found.remarks == []


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_type_checker_says_file_and_line(tmp_path: Path) -> None:
    found = make(tmp_path / "project", {"mypy.ini": MYPY, "a.py": WRONG, "b.py": TYPED, "test_a.py": WRONG})
    assert found is not None
    (one,) = found.look(tmp_path / "project", ["a.py", "b.py", "test_a.py"], Stop())
    assert (one.tool, one.path, one.line) == ("mypy", "a.py", 5) and "[return-value]" in one.text
    assert not (tmp_path / "project" / ".mypy_cache").exists()


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
@pytest.mark.timeout(300)
def test_pyright_says_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "SECONDS", 240.0)  # for a busy machine
    found = make(tmp_path / "project", {"pyrightconfig.json": "{}", "a.py": WRONG, "b.py": TYPED})
    assert found is not None and found.names == ("pyright",)
    said = found.look(tmp_path / "project", ["a.py", "b.py"], Stop())
    assert [(one.tool, one.path, one.line) for one in said] == [("pyright", "a.py", 5)], (said, found.remarks)


def test_a_tool_that_fails_is_told_of_once_and_left_out(tmp_path: Path) -> None:
    """A broken setting must not pass for a clean bill, and costs one try."""
    found = make(tmp_path / "project", {"ruff.toml": "nonsense = [\n", "a.py": WRONG})
    assert found is not None
    assert found.look(tmp_path / "project", ["a.py"], Stop()) == ()
    assert found.look(tmp_path / "project", ["a.py"], Stop()) == ()
    assert found.remarks == ["ruff could not be run here, so its findings are left out."] and found.names == ()


def test_what_moved_is_not_new_and_what_doubled_is() -> None:
    old = [Diagnostic("mypy", "a.py", 3, "x is wrong, defined on line 3")]
    new = [Diagnostic("mypy", "a.py", 9, "x is wrong, defined on line 9"), Diagnostic("mypy", "a.py", 20, "y is wrong")]
    assert new_ones(old, new) == (new[1],)
    assert new_ones(old, [*old, *old]) == tuple(old) and new_ones(new, []) == ()
