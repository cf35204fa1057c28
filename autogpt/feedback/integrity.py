"""Whether a change tries to please the tests instead of doing the task, and the tests as they were given. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath

from autogpt.feedback.set_up import STARTUP, holds_settings, is_set_up, settings
from autogpt.feedback.tricks import Finding, tricks

Change = Mapping[str, "bytes | None"]
ReadBase = Callable[[str], "bytes | None"]


__all__ = ["Finding", "inspect", "is_test_path", "judged", "new_tests", "test_files"]

CONTROL = re.compile(
    r"(?:^|/)\.(?:git|hg|svn|vscode|idea|vs|zed|fleet|github|gitlab|circleci|buildkite|claude|cursor|codex|devcontainer|husky|gitea|forgejo)/"
    r"|(?:^|/)(?:\.gitmodules|\.gitattributes|\.gitlab-ci\.yml|\.travis\.yml|\.pre-commit-config\.yaml|\.envrc|\.nvim\.lua|\.exrc"
    r"|\.nvimrc|\.vimrc|\.mcp\.json|\.cursorrules|Jenkinsfile|azure-pipelines\.yml|appveyor\.yml|[^/]+\.code-workspace)$",
    re.IGNORECASE,
)
"""What an editor, git or CI executes or obeys: never changed without being asked."""
TEST_FOLDERS = frozenset({"tests", "test", "__tests__", "spec", "specs"})


def is_test_path(path: str, known: Collection[str] = ()) -> bool:
    """Whether a file belongs to the tests: it held tests on the base, is named like one, or lies in their folder."""
    pure = PurePosixPath(path)
    name = pure.name
    named = (name.startswith("test_") and name.endswith(".py")) or name.endswith("_test.py") or name == "conftest.py"
    other = bool(re.search(r"(?:\.|_)(?:test|spec)\.[jt]sx?$|_test\.go$", name))
    return path in known or named or other or any(part in TEST_FOLDERS for part in pure.parts[:-1])


def test_files(ids: Collection[str]) -> frozenset[str]:
    """The files of test ids."""
    return frozenset(id.partition("::")[0] for id in ids)


test_files.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


def judged(change: Change, read_base: ReadBase, known: Collection[str] = ()) -> dict[str, bytes | None]:
    """The change as it is put to the test: whatever of the given tests and their set-up it touches is as on the base.

    New test files stay in, so that they can be counted as added; new set-up for tests does not.
    """
    kept: dict[str, bytes | None] = {}
    for path, content in change.items():
        base = read_base(path)
        if _sets_up(path, content, base, known) or (base is not None and is_test_path(path, known)):
            continue
        kept[path] = content
    return kept


def new_tests(change: Change, read_base: ReadBase) -> dict[str, bytes | None]:
    """The test files that the change adds."""
    return {
        path: content
        for path, content in change.items()
        if content is not None and is_test_path(path) and not is_set_up(path) and read_base(path) is None
    }


def inspect(change: Change, read_base: ReadBase, known: Collection[str] = ()) -> tuple[Finding, ...]:
    """What is suspicious in a change, file by file. `known` are the files that held tests on the base."""
    found: list[Finding] = []
    for path, content in change.items():
        base = read_base(path)
        if content == base:
            continue
        found += _inspect_file(path, content, base, known)
    return tuple(found)


def _inspect_file(path: str, content: bytes | None, base: bytes | None, known: Collection[str]) -> Iterator[Finding]:
    name = PurePosixPath(path).name
    if CONTROL.search(path):
        yield Finding(path, 0, "is read by an editor, git or CI, and may not be changed without being asked", "refuse")
    elif _runs_first(path):
        yield Finding(path, 0, "is run at every start of the interpreter", "refuse")
    elif set_up := _sets_up(path, content, base, known):
        yield Finding(path, 0, set_up, "weaken")
    elif is_test_path(path, known) and base is not None:
        if content is None:
            yield Finding(path, 0, "a given test file was deleted", "weaken")
        else:
            line = _first_difference(base, content)
            yield Finding(path, line, "a given test file was changed", "weaken")
    if content is not None and name.endswith(".py"):
        yield from tricks(path, content, base, is_test_path(path, known))


def _sets_up(path: str, content: bytes | None, base: bytes | None, known: Collection[str]) -> str:
    """What is wrong with a change of how tests are run; "" for the first set-up of a project that had no test, since
    there is none that it could weaken."""
    if base is None and not known and not _runs_first(path):
        return ""
    if is_set_up(path):
        return "sets up the tests and was changed"
    if holds_settings(path) and settings(path, content) != settings(path, base):
        tool = "pytest" if path.endswith((".toml", ".cfg")) and not path.endswith("Cargo.toml") else "the tests"
        return f"changes the settings of {tool}"
    return ""


def _runs_first(path: str) -> bool:
    """Whether it is run at every start of the interpreter."""
    return PurePosixPath(path).name.lower() in STARTUP or path.endswith(".pth")


def _first_difference(base: bytes, content: bytes) -> int:
    old, new = base.splitlines(), content.splitlines()
    for number, (before, after) in enumerate(zip(old, new, strict=False), 1):
        if before != after:
            return number
    return min(len(old), len(new)) + 1
