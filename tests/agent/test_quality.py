"""A person is told of what the tests do not see, with file and line, and of nothing that was there before."""

from __future__ import annotations

import venv
from pathlib import Path

import pytest

from autogpt.agent.quality import warnings_of
from autogpt.agent.run import run
from autogpt.config import Settings
from autogpt.task import Task
from tests.agent.doubles import ScriptedProposer, changes
from tests.conftest import MakeProject

KEY = "AKIA" + "Q3EXAMPLE7KEY012"


def told(tmp_path: Path, new: dict[str, str], old: dict[str, str] | None = None, python: str = "") -> list[str]:
    change = {path: text.encode() for path, text in new.items()}
    base = {path: text.encode() for path, text in (old or {}).items()}
    return [
        f"{one.path}:{one.line}: {one.text}" for one in warnings_of(change, base.get, workspace=tmp_path, python=python)
    ]


@pytest.mark.parametrize(
    ("path", "text", "warning"),
    [
        ("a.py", "x = 1\ny = (\n", "a.py:2: does not parse"),
        ("a.js", "let a = 1;\nfunction ( {\n", "a.js:2: does not parse"),
        ("a.py", "import os\n\nprint(undefined)\n", "a.py:3: F821"),
        ("a.py", "import subprocess\n\nsubprocess.run('ls ' + input(), shell=True)\n", "a.py:3: S602"),
        ("a.py", f"KEY = '{KEY}'\n", "a.py:1: looks like a secret"),
        ("a.py", "# Copyright (c) 2020 Somebody Else\nx = 1\n", "a.py:1: carries the notice of a licence"),
    ],
)
def test_a_new_fault_is_told_with_its_line(tmp_path: Path, path: str, text: str, warning: str) -> None:
    assert any(one.startswith(warning) for one in told(tmp_path, {path: text})), told(tmp_path, {path: text})
    assert not told(tmp_path, {path: text + "\n"}, {path: text})


def test_a_good_change_is_passed_over_in_silence(tmp_path: Path) -> None:
    assert (
        told(tmp_path, {"a.py": "def f(x):\n    return x + 1\n", "tests/test_a.py": "assert 1\n", "b.md": "# B\n"})
        == []
    )


def test_the_settings_of_the_project_decide_what_its_linter_says(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text('lint.select = ["D100"]\n')
    assert [one for one in told(tmp_path, {"a.py": "import os\n"}) if "D100" in one]
    assert not [one for one in told(tmp_path, {"a.py": "import os\n"}) if "F401" in one]


def test_what_stands_in_an_installed_package_is_said(tmp_path: Path) -> None:
    """Somebody else's lines bring somebody else's licence with them."""
    venv.create(tmp_path / "venv", with_pip=False)
    lines = [f"    total_{n} = compute_something(value_{n}, {n})" for n in range(20)]
    (packages,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (packages / "other.py").write_text("def f():\n" + "\n".join(lines) + "\n")
    python = str(tmp_path / "venv" / "bin" / "python")
    copied = told(tmp_path, {"mine.py": "def g():\n" + "\n".join(lines[2:18]) + "\n"}, python=python)
    assert any(
        "mine.py:2: 12 lines and more are the same as in the installed site-packages/other.py" in one for one in copied
    )
    assert not any("installed" in one for one in told(tmp_path, {"mine.py": "\n".join(lines[:8])}, python=python))


def test_the_warnings_of_the_best_change_are_on_the_result(make_project: MakeProject, lean_python: str) -> None:
    project = make_project(
        {
            "calc.py": "def add(a, b):\n    return a - b\n",
            "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
        }
    )
    fixed = f"KEY = '{KEY}'\n\n\ndef add(a, b):\n    return a + b\n"
    result = run(
        Task("fix", str(project)),
        Settings(python=lean_python),
        proposer=ScriptedProposer(changes({"calc.py": fixed})),
    )
    assert result.verified and "calc.py:1: looks like a secret" in result.warnings
