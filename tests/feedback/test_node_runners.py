"""Runners of JavaScript, the real ones: by test, with the failing value, whatever way the script `test` calls them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from autogpt.feedback.report import Report
from tests.feedback.projects import MakeProject, Project

pytestmark = [
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs node and npm"),
    pytest.mark.timeout(600),  # the first one installs the runners
]

WANTED = Path(__file__).with_name("node-runners.json")
CACHE = Path(__file__).parents[2] / ".cache" / "node-runners"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The runners, installed once and kept; another list makes another."""
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp, wanted = CACHE / "installed.json", WANTED.read_text()
    with FileLock(CACHE / "lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(CACHE / "node_modules", ignore_errors=True)
            (CACHE / "package.json").write_text(wanted)
            subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=CACHE, check=True)
            stamp.write_text(wanted)
    return CACHE / "node_modules"


SUM = {"lib/sum.js": "module.exports = (a, b) => a - b\n"}
MENDED = {"lib/sum.js": "module.exports = (a, b) => a + b\n"}
BODY = """
describe('sum', () => {
  it('adds', () => { same(sum(2, 3), 5) })
  it('zero', () => { same(sum(2, 0), 2) })
  it.skip('later', () => {})
})
"""
JEST = "const sum = require('../lib/sum')\nconst same = (a, b) => expect(a).toBe(b)\n" + BODY
MOCHA = "const sum = require('../lib/sum')\nconst same = require('assert').strictEqual\n" + BODY
VITEST = (
    "import { describe, expect, it } from 'vitest'\nimport sum from '../lib/sum.js'\n"
    "const same = (a, b) => expect(a).toBe(b)\n" + BODY
)
NODE = "const { describe, it } = require('node:test')\n" + MOCHA


def run(project: MakeProject, modules: Path | None, script: str, files: Mapping[str, str]) -> tuple[Project, Report]:
    """The first run, of the base, on which `adds` fails."""
    package = json.dumps({"name": "shop", "scripts": {"test": script}})
    made = project({"package.json": package, **SUM, **files}, python="")
    if modules is not None:
        shutil.copytree(modules, made.workspace / "node_modules", symlinks=True, copy_function=os.link)
    return made, made.run(timeout=120)


def outcomes(report: Report) -> dict[str, str]:
    assert not report.problem, (report.explanation, report.output)
    return {id: one.outcome for id, one in report.outcomes.items()}


@pytest.mark.parametrize(
    ("script", "file", "source", "prefix"),
    [
        ("jest", "test/sum.test.js", JEST, "test/sum.test.js::sum > "),
        ("NODE_ENV=test npx jest --watch --coverage", "test/sum.test.js", JEST, "test/sum.test.js::sum > "),
        ("vitest", "test/sum.test.js", VITEST, "test/sum.test.js::sum > "),
        ("mocha 'test/**/*.spec.js' --reporter dot", "test/sum.spec.js", MOCHA, "sum::"),
        ("node --test test/", "test/sum.test.js", NODE, "sum > "),
    ],
    ids=["jest", "jest with options", "vitest", "mocha", "node"],
)
def test_every_test_is_known_by_its_name(
    project: MakeProject, node_modules: Path, script: str, file: str, source: str, prefix: str
) -> None:
    made, base = run(project, node_modules, script, {file: source})
    said = outcomes(base)
    names = {f"{prefix}adds", f"{prefix}zero"}
    assert {id: said[id] for id in names} == {f"{prefix}adds": "failed", f"{prefix}zero": "passed"}
    assert [outcome for id, outcome in said.items() if id not in names] in (["skipped"], [])
    message = base.outcomes[f"{prefix}adds"].message
    assert "5" in message and "-1" in message and str(made.workspace) not in message
    made.write(MENDED)
    assert {id: outcomes(made.run(timeout=120))[id] for id in names} == dict.fromkeys(names, "passed")


def test_a_file_that_jest_cannot_run_is_an_error_of_the_file(project: MakeProject, node_modules: Path) -> None:
    _, report = run(project, node_modules, "jest", {"test/sum.test.js": JEST, "test/bad.test.js": "require('./no')\n"})
    assert outcomes(report)["test/bad.test.js"] == "error"
    assert "Cannot find module './no'" in report.outcomes["test/bad.test.js"].message


def test_a_runner_that_is_not_installed_is_known_by_its_exit_status(project: MakeProject, tmp_path: Path) -> None:
    """And its words are kept, which say what to do."""
    _, report = run(project, None, "jest", {"test/sum.test.js": JEST})
    assert not report.passed() and len(report.outcomes) <= 1
    assert "jest" in report.output + report.explanation
