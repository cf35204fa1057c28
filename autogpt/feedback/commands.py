"""Test commands by what lies in a folder: pytest, and the runners of other languages. Looks, runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autogpt.feedback.node_commands import package_manager, read_script, reporting, test_script

PYTHON_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "conftest.py", "requirements.txt")
MARKERS = (*PYTHON_MARKERS, "package.json", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts")


@dataclass(frozen=True, slots=True)
class TestCommand:
    """A command with the runner that reads its results."""

    __test__ = False

    argv: tuple[str, ...]
    runner: str
    reason: str


def project_folder(workspace: Path, target: str) -> str:
    """The innermost folder around `target` that is a project of its own; "" for the workspace itself."""
    for folder in PurePosixPath(target).parents if target else ():
        if any((workspace / folder / name).is_file() for name in MARKERS):
            return "" if str(folder) == "." else str(folder)
    return ""


def is_python(folder: Path) -> bool:
    """Whether pytest would find something to do here."""
    if any((folder / name).is_file() for name in PYTHON_MARKERS):
        return True
    return next(_python_tests(folder), None) is not None


def _python_tests(folder: Path) -> Iterator[Path]:
    for pattern in ("test_*.py", "*_test.py", "test*/**/test_*.py", "*/test_*.py", "*/tests/**/test_*.py"):
        yield from folder.glob(pattern)


def other_commands(folder: Path) -> Iterator[TestCommand]:
    """Commands for what is not Python, the most telling first."""
    if (folder / "go.mod").is_file():
        yield TestCommand(("go", "test", "-json", "./..."), "go", "go.mod")
    if (folder / "Cargo.toml").is_file():
        yield TestCommand(("cargo", "test", "--no-fail-fast", "--offline"), "cargo", "Cargo.toml")
    if (folder / "package.json").is_file():
        yield from _node(folder)
    if (folder / "pom.xml").is_file():
        tool = "./mvnw" if (folder / "mvnw").is_file() else "mvn"
        yield TestCommand((tool, "-B", "-o", "test"), "junit", "pom.xml")
    if any((folder / name).is_file() for name in ("build.gradle", "build.gradle.kts")):
        tool = "./gradlew" if (folder / "gradlew").is_file() else "gradle"
        yield TestCommand((tool, "--offline", "--continue", "test"), "junit", "Gradle")
    for name, tool in (("Makefile", "make"), ("makefile", "make"), ("justfile", "just"), ("Justfile", "just")):
        if target := _target(folder / name):
            yield TestCommand((tool, target), "command", f"target `{target}` of {name}")


def _node(folder: Path) -> Iterator[TestCommand]:
    script, tool = test_script(folder), package_manager(folder)
    if not script:
        return
    parts = read_script(script)
    if parts is not None and (found := reporting(parts)) is not None:
        yield TestCommand(*found, f"{parts.program} in package.json")
    runner = "tap" if re.search(r"\b(?:tap|tape|ava --tap|--reporter[= ]tap)\b", script) else "command"
    yield TestCommand((tool, "test"), runner, f"script `test` of package.json ({tool})")


def _target(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return next(
        (name for name in ("test", "tests", "check") if re.search(rf"^{name}\s*:(?!=)", text, re.MULTILINE)), ""
    )


def runner_of(words: list[str]) -> tuple[tuple[str, ...], str]:
    """A command that a person gave, made to report what it can, and the runner that reads it."""
    name = Path(words[0]).name
    if name == "go" and words[1:2] == ["test"]:
        return (words[0], "test", *([] if "-json" in words else ["-json"]), *words[2:]), "go"
    if name == "cargo" and "test" in words[1:3]:
        return tuple(words), "cargo"
    if name == "node" and "--test" in words:
        reporter = [] if any(word.startswith("--test-reporter") for word in words) else ["--test-reporter=tap"]
        return (words[0], *reporter, *words[1:]), "tap"
    if name in ("mvn", "mvnw", "gradle", "gradlew"):
        return tuple(words), "junit"
    return tuple(words), "command"
