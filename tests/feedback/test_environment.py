"""How tests are run is found from what a project says, with a reason for every rung of the ladder."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback.commands import project_folder
from autogpt.feedback.doctor import diagnose
from autogpt.feedback.environment import find_environment
from autogpt.feedback.ladder import ladder
from autogpt.feedback.node_commands import read_script, reporting
from tests.feedback.projects import MakeProject, make_environment, write

TEST = {"test_it.py": "def test_it():\n    pass\n"}


@pytest.fixture(autouse=True)
def bare_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever environment the developer is in has no say."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


def fake_environment(folder: Path) -> str:
    """As much of a virtual environment as the ladder looks at."""
    write(folder, {"pyvenv.cfg": "", "bin/python": ""})
    return str(folder / "bin" / "python")


def rungs(workspace: Path, folder: str = "", **environment: str) -> list[tuple[str, str]]:
    found = ladder(workspace, folder, Settings(), environment)
    return [(rung.python, rung.reason) for rung in found if str(workspace.parent) in rung.python]


def test_the_order_of_trust(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    inner = fake_environment(workspace / "services" / "a" / ".venv")
    own, tox = fake_environment(workspace / ".venv"), fake_environment(workspace / ".tox" / "py312")
    nox = fake_environment(workspace / ".nox" / "tests-3-12")
    active, conda = fake_environment(tmp_path / "active"), fake_environment(tmp_path / "conda")
    write(workspace, {".pdm-python": str(tmp_path / "pdm" / "bin" / "python")})
    found = rungs(workspace, "services/a", VIRTUAL_ENV=str(tmp_path / "active"), CONDA_PREFIX=str(tmp_path / "conda"))
    assert found == [
        (active, "VIRTUAL_ENV"),
        (inner, ".venv of services/a"),
        (own, ".venv of the workspace"),
        (str(tmp_path / "pdm" / "bin" / "python"), "pdm (.pdm-python)"),
        (tox, ".tox/py312 of the workspace"),
        (nox, ".nox/tests-3-12 of the workspace"),
        (conda, "CONDA_PREFIX"),
    ]


def test_environments_that_tools_keep_elsewhere(tmp_path: Path) -> None:
    """poetry by name and hash of the folder, hatch by name, conda by environment.yml."""
    workspace, home = tmp_path / "w", tmp_path / "home"
    pyproject = '[project]\nname = "My Shop"\n[tool.poetry]\n[tool.hatch]\n'
    write(workspace, {"pyproject.toml": pyproject, "environment.yml": "name: shopenv\n"})
    digest = base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(os.path.realpath(workspace))).digest()).decode()[:8]
    poetry = fake_environment(home / ".cache" / "pypoetry" / "virtualenvs" / f"my_shop-{digest}-py3.12")
    hatch = fake_environment(home / ".local/share/hatch/env/virtual/My Shop/abc/hatch-test.py3.12")
    conda = fake_environment(home / "miniconda3" / "envs" / "shopenv")
    assert rungs(workspace, HOME=str(home)) == [
        (poetry, "poetry"),
        (hatch, "hatch (hatch-test.py3.12)"),
        (conda, "conda (environment.yml)"),
    ]


def test_places_that_the_person_has_moved(tmp_path: Path) -> None:
    """By the variables that the tools themselves obey; uv's counts from the workspace."""
    workspace = tmp_path / "w"
    write(workspace, {"pyproject.toml": '[project]\nname = "shop"\n[tool.poetry]\n[tool.hatch]\n', "poetry.lock": ""})
    digest = base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(os.path.realpath(workspace))).digest()).decode()[:8]
    uv = fake_environment(workspace / "envs" / "uv")
    first = fake_environment(tmp_path / "elsewhere" / f"shop-{digest}-py3.12")
    second = fake_environment(tmp_path / "cache" / "virtualenvs" / f"shop-{digest}-py3.11")
    hatch = fake_environment(tmp_path / "data" / "env" / "virtual" / "shop" / "abc" / "default")
    assert rungs(
        workspace,
        HOME=str(tmp_path / "home"),
        UV_PROJECT_ENVIRONMENT="envs/uv",
        POETRY_VIRTUALENVS_PATH=str(tmp_path / "elsewhere"),
        POETRY_CACHE_DIR=str(tmp_path / "cache"),
        HATCH_DATA_DIR=str(tmp_path / "data"),
    ) == [(uv, "UV_PROJECT_ENVIRONMENT"), (first, "poetry"), (second, "poetry"), (hatch, "hatch (default)")]


def test_the_last_rungs_are_our_own_interpreter_and_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = fake_environment(tmp_path / "system").replace("/python", "/python3")
    write(tmp_path / "system", {"bin/python3": ""})
    Path(python).chmod(0o755)
    monkeypatch.setenv("PATH", str(Path(python).parent))
    found = [(rung.python, rung.reason) for rung in ladder(tmp_path, "", Settings(), {})]
    assert found == [(sys.executable, "the interpreter that autogpt runs on"), (python, "PATH")]


@pytest.mark.parametrize("pyproject", ["not toml [", "[tool]\npoetry = 3\n", "[project]\nname = 1\n[tool.hatch]\n"])
def test_a_broken_pyproject_is_no_rung(tmp_path: Path, pyproject: str) -> None:
    write(tmp_path / "w", {"pyproject.toml": pyproject})
    assert rungs(tmp_path / "w") == []


def test_the_environment_of_the_workspace_is_taken(project: MakeProject, lean_python: Path) -> None:
    made = project(TEST)
    python = make_environment(made.workspace / ".venv")
    found = find_environment(made.workspace, Settings())
    assert found.python == str(python) and found.command == (str(python), "-m", "pytest")
    assert "Python: " in found.reasons[0] and ".venv of the workspace" in found.reasons[0]


def test_an_environment_without_pytest_is_lent_ours(project: MakeProject) -> None:
    """It knows the project's dependencies, which another interpreter with pytest does not."""
    made = project({"test_it.py": "import sys\n\n\ndef test_it():\n    assert '.venv' in sys.prefix\n"})
    make_environment(made.workspace / ".venv", with_pytest=False)
    found = find_environment(made.workspace, Settings())
    assert any("our own copy of pytest" in reason for reason in found.reasons)
    for sandbox in ("auto", "off"):
        report = made.run(python="", sandbox=sandbox)
        assert report.passed() == {"test_it.py::test_it"}, report


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"python": "/no/such/python"}, "/no/such/python does not exist"),
        ({"python": "/bin/false"}, "/bin/false is not a working Python"),
        ({"python": "/etc"}, "cannot be run"),
        ({"test_command": "no-such-runner --all"}, "`no-such-runner` does not exist"),
        ({"test_command": "'unclosed"}, "cannot be read"),
        ({"test_command": "/no/python -m pytest"}, "/no/python does not exist"),
        ({"test_command": "  "}, "is empty"),
    ],
)
def test_settings_that_cannot_work_are_refused(project: MakeProject, settings: dict[str, str], said: str) -> None:
    """They are never passed over: the person named them."""
    with pytest.raises(EnvironmentNotFound, match=said):
        find_environment(project(TEST).workspace, Settings(**settings))  # type: ignore[arg-type]


def test_the_arguments_of_a_pytest_command_are_kept(project: MakeProject, lean_python: Path) -> None:
    made = project(
        {
            "unit/test_a.py": "import os\n\n\ndef test_a():\n    pass\n\n\ndef test_b():\n    pass\n",
            "slow/test_c.py": "def test_c():\n    pass\n",
        },
        test_command="pytest unit -k 'not b'",
    )
    assert made.run().passed() == {"unit/test_a.py::test_a"}


@pytest.mark.parametrize(
    ("files", "target", "folder"),
    [
        ({"pyproject.toml": "", "a/b.py": ""}, "a/b.py", ""),
        ({"pyproject.toml": "", "services/a/pyproject.toml": ""}, "services/a/src/x.py", "services/a"),
        ({"web/package.json": "{}"}, "web/src/a.ts", "web"),
        ({"web/package.json": "{}"}, "", ""),
    ],
)
def test_the_innermost_project_around_the_target(
    tmp_path: Path, files: Mapping[str, str], target: str, folder: str
) -> None:
    write(tmp_path, files)
    assert project_folder(tmp_path, target) == folder


@pytest.mark.parametrize(
    ("files", "program", "runner"),
    [
        ({"go.mod": ""}, "go", "go"),
        ({"Cargo.toml": ""}, "cargo", "cargo"),
        ({"package.json": '{"scripts": {"test": "node --test"}}'}, "node", "tap"),
        ({"package.json": '{"scripts": {"test": "jest"}}', "pnpm-lock.yaml": ""}, "pnpm", "command"),
        ({"package.json": '{"scripts": {"test": "jest"}}', "yarn.lock": ""}, "yarn", "command"),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, "npx", "jest"),
        ({"package.json": '{"scripts": {"test": "jest; true"}}'}, "npm", "command"),
        ({"package.json": '{"scripts": {"test": "vitest --coverage"}}'}, "npx", "junit"),
        ({"package.json": '{"scripts": {"test": "mocha --exit spec"}}'}, "npx", "junit"),
        ({"package.json": '{"scripts": {"test": "mocha && true"}}'}, "npm", "command"),
        ({"pom.xml": ""}, "mvn", "junit"),
        ({"build.gradle": ""}, "gradle", "junit"),
        ({"Makefile": "all:\n\ntest: all\n\ttrue\n"}, "make", "command"),
        ({"justfile": "test:\n    true\n"}, "just", "command"),
    ],
)
def test_runners_of_other_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str], program: str, runner: str
) -> None:
    """The program only has to be there; it is not run to be found."""
    tools = tmp_path / "tools"
    write(tools, {program: "#!/bin/sh\n"})
    (tools / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    write(tmp_path / "w", files)
    found = find_environment(tmp_path / "w", Settings())
    assert (found.command[0], found.runner) == (str(tools / program), runner)


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("jest --coverage --watch 'a b'", "npx --no-install jest --json --outputFile=$AUTOGPT_OUT/jest.json 'a b'"),
        ("CI=true jest -R dot", "env CI=true npx --no-install jest --json --outputFile=$AUTOGPT_OUT/jest.json"),
        (
            "cross-env A=1 vitest watch --config x.ts --coverage.enabled --reporter verbose",
            "env A=1 npx --no-install vitest run --reporter=junit --outputFile=$AUTOGPT_OUT/vitest.xml --config x.ts",
        ),
        ("node --test --watch --test-reporter=spec a.js", "node --test-reporter=tap --test a.js"),
        ("jest && true", None),
        ("jest > out.txt", None),
        ("jest $WHAT", None),
        ("jest 'unclosed", None),
        ("A=1", None),
        ("karma start", None),
    ],
)
def test_a_script_is_made_to_report(script: str, command: str | None) -> None:
    """Its own options are kept, apart from those that wait, measure or report; what a shell must run is left to npm."""
    parts = read_script(script)
    found = reporting(parts) if parts is not None else None
    assert (list(found[0]) if found else None) == (shlex.split(command) if command else None)


def test_doctor_says_what_was_found_and_what_to_do(project: MakeProject) -> None:
    findings = {finding.name: finding for finding in diagnose(project(TEST).workspace, Settings())}
    assert findings["git"].status == "ok"
    assert findings["interpreter"].status == "ok" and "Python 3." in findings["interpreter"].found
    assert "pytest" in findings["tests"].found
    assert findings["sandbox"].found


def test_doctor_goes_on_after_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = {finding.name: finding for finding in diagnose(tmp_path, Settings(test_command="no-such-runner"))}
    assert findings["tests"].status == "missing" and findings["tests"].what_to_do
    assert findings["sandbox"].name == "sandbox"
