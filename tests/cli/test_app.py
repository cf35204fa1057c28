"""The command line's edge: help, exit codes, one line for what went wrong, nothing heavy before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.cli.app import COMMANDS, run_command_line

HEAVY = ("torch", "transformers", "openai", "git", "rich", "platformdirs.windows", "numpy")


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "--help"], ["fix", "--help"], ["runs"]])
def test_light_commands_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Help and lists must come at once."""
    code = (
        "import sys; from autogpt.cli.app import run_command_line; code = run_command_line(sys.argv[2:]);"
        "print([name for name in sys.argv[1].split(',') if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, ",".join(HEAVY), *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "lsp"])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([name, "--help"]) == 0
    assert f"autogpt {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["fox"], 2, "Did you mean `fix`?"),
        (["fix", "--no-such"], 2, "No such option"),
        (["implement"], 2, "Missing argument"),
        (["runs", "-C", "{here}/nowhere"], 2, "There is no folder"),
        (["fix", "-C", "{here}/file"], 2, "is a file"),
        (["show", "ffff", "-C", "{here}"], 2, "There is no run `ffff` here. `autogpt runs` lists"),
        (["apply", "ffff", "-C", "{here}"], 2, "There is no run"),
        (["implement", " ", "-C", "{here}"], 2, "The task is empty"),
        (["fix", "-C", "{here}", "--max-iterations", "-3"], 2, "`max_iterations` must be a whole number"),
        (["implement", "x", "--at", "gone.py:3", "-C", "{here}"], 2, "There is no file gone.py"),
        (["implement", "x", "--at", "../out.py", "-C", "{here}/sub"], 2, "outside the workspace"),
        (["resume", "-C", "{here}"], 2, "There is no run"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "out.py").write_text("")
    (tmp_path / "sub").mkdir()
    assert run_command_line([argument.format(here=tmp_path) for argument in arguments]) == code
    captured = capsys.readouterr()
    assert said in captured.err and "Traceback" not in captured.err and captured.out == ""


def test_runs_as_json_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["runs", "--json", "-C", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}
