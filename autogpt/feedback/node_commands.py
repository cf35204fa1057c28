"""The test command of a package.json, made to say what became of every single test. Looks, runs nothing."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

LOCKS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun"))
REPORTERS: Mapping[str, tuple[str, ...]] = {
    "jest": ("--json", "--outputFile=$AUTOGPT_OUT/jest.json"),
    "vitest": ("--reporter=junit", "--outputFile=$AUTOGPT_OUT/vitest.xml"),
    "mocha": ("--reporter=xunit", "--reporter-option", "output=$AUTOGPT_OUT/mocha.xml"),
}
DROPPED = re.compile(
    r"--(?:watch\w*|coverage|ui|json|outputFile|reporters?|reporter-options?|testResultsProcessor)(?:[=.]|$)"
)
"""Options that would wait for the next change, measure, or report in another way."""
WITH_VALUE = frozenset(
    {"-R", "--reporter", "--reporters", "--reporter-option", "--reporter-options", "-O", "--outputFile"}
)
"""Of these, the ones that may be followed by their value."""


class Script(NamedTuple):
    """A script without a shell's doing: `A=1 npx jest --ci` is (("A=1",), "jest", ("--ci",))."""

    variables: tuple[str, ...]
    program: str
    arguments: tuple[str, ...]


def test_script(folder: Path) -> str:
    """The script `test` of package.json; "" where there is none."""
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        script = str(package.get("scripts", {}).get("test", ""))
    except (OSError, ValueError, AttributeError):
        return ""
    return "" if "no test specified" in script else script.strip()


test_script.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


def package_manager(folder: Path) -> str:
    """npm, or the one whose lock file lies there."""
    return next((tool for lock, tool in LOCKS if (folder / lock).is_file()), "npm")


def read_script(script: str) -> Script | None:
    """None where a shell must run it: several commands, a variable, a redirection."""
    if re.search(r"[;&|<>$`()\n]", script):
        return None
    try:
        words = shlex.split(script)
    except ValueError:
        return None
    words = words[1:] if words[:1] == ["cross-env"] else words
    count = next((at for at, word in enumerate(words) if not re.match(r"\w+=", word)), len(words))
    variables, words = words[:count], words[count:]
    words = words[1:] if words[:1] == ["npx"] else words
    return Script(tuple(variables), Path(words[0]).name, tuple(words[1:])) if words else None


def reporting(script: Script) -> tuple[tuple[str, ...], str] | None:
    """A command that reports by test, and the runner that reads it; None for a program that is not known."""
    if script.program == "node" and "--test" in script.arguments:
        arguments = [word for word in script.arguments if not word.startswith("--test-reporter") and word != "--watch"]
        return _with(script, ("node", "--test-reporter=tap", *arguments)), "tap"
    if (report := REPORTERS.get(script.program)) is None:
        return None
    mode = ("run",) if script.program == "vitest" else ()
    arguments = _kept(script)
    command = ("npx", "--no-install", script.program, *mode, *report, *arguments)
    return _with(script, command), "jest" if script.program == "jest" else "junit"


def _with(script: Script, command: tuple[str, ...]) -> tuple[str, ...]:
    return ("env", *script.variables, *command) if script.variables else command


def _kept(script: Script) -> list[str]:
    kept: list[str] = []
    words = list(script.arguments)
    if script.program == "vitest" and words[:1] in (["run"], ["watch"], ["dev"]):
        del words[0]
    while words:
        word = words.pop(0)
        is_dropped = DROPPED.match(word) or word in WITH_VALUE
        if not is_dropped:
            kept.append(word)
        elif word in WITH_VALUE and words and not words[0].startswith("-"):
            del words[0]
    return kept
