"""Folders of cases: what is wrong with one is said, and elementary tasks are runnable cases of families not learnt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.bench.cases import Asked, load_cases, write_elementary
from autogpt.errors import UsageError


def case(folder: Path, text: str = 'task = "Implement f"\n') -> Path:
    (folder / "one" / "workspace").mkdir(parents=True)
    (folder / "one" / "task.toml").write_text(text)
    return folder / "one"


def test_a_case_is_read(tmp_path: Path) -> None:
    case(tmp_path, 'tests = ["test_a.py::test_b"]\n')

    (found,) = load_cases(tmp_path)

    assert found.asked == Asked(tests=("test_a.py::test_b",)) and found.hidden is None


@pytest.mark.parametrize(
    ("text", "said"), [("task = 3 4", "cannot be read"), ('tusk = "x"', "tusk"), ("tests = 1", "tests")]
)
def test_what_is_wrong_with_a_case_is_said(tmp_path: Path, text: str, said: str) -> None:
    case(tmp_path, text)

    with pytest.raises(UsageError, match=said):
        load_cases(tmp_path)


def test_a_folder_without_cases_is_no_benchmark(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no cases"):
        load_cases(tmp_path)


def test_a_case_without_a_workspace_begins_from_nothing_by_a_task(tmp_path: Path) -> None:
    (case(tmp_path, 'task = "Write a program"\n') / "workspace").rmdir()
    (found,) = load_cases(tmp_path)
    assert found.workspace is None
    next(tmp_path.glob("*/task.toml")).write_text("")
    with pytest.raises(UsageError, match="has no folder `workspace` and no task"):
        load_cases(tmp_path)


def test_elementary_tasks_are_unfinished_and_of_families_held_out(tmp_path: Path) -> None:
    """Each has tests that fail now, others that are hidden, and says what is wanted in its docstring."""
    from autogpt.training.curriculum import all_families

    write_elementary(tmp_path, 3)

    held_out = {family.name for family in all_families() if family.held_out}
    found = load_cases(tmp_path)
    assert len(found) == 3
    for one in found:
        assert one.name.partition("-")[2] in held_out
        assert '"""' in ((one.workspace or tmp_path) / "solution.py").read_text()
        assert one.hidden is not None and "def test_hidden_0" in (one.hidden / "test_hidden.py").read_text()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(found[0].workspace)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "NotImplementedError" in said and "passed" not in said
