"""What a run gets to see: the package with a bug and a part of its tests, as a git repository."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.repair.bugs import Bug, put_in, read_source
from benchmarks.repair.packages import Package

_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false")


def make_workspace(package: Package, source: Path, bug: Bug, folder: Path) -> None:
    """Copy the package, put the bug in, cut the tests down to those to be shown, and commit it all."""
    shutil.copytree(source, folder, symlinks=True)
    put_in(bug, folder)
    cut_tests(package, folder, bug.keep)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / ".git" / "info" / "exclude").write_text("__pycache__/\n", encoding="utf-8")
    git(folder, "add", "--all", "--force")
    git(folder, *_IDENTITY, "commit", "--quiet", "--no-verify", "--message", f"{package.name} {package.version}")


def git(folder: Path, *arguments: str) -> bytes:
    """What git says. Raise `CalledProcessError` when it fails."""
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def list_test_files(package: Package, tree: Path) -> list[str]:
    """Python files among the tests, sorted; support files included."""
    found: set[Path] = set()
    for entry in package.tests:
        path = tree / entry
        found.update(path.rglob("*.py") if path.is_dir() else [path])
    return sorted(path.relative_to(tree).as_posix() for path in found if path.exists())


def cut_tests(package: Package, tree: Path, keep: Mapping[str, Sequence[int]]) -> None:
    """Cut out every test function that is not kept; a file left without any goes, unless another one needs it."""
    texts = {path: read_source(tree / path) for path in list_test_files(package, tree)}
    for path, text in texts.items():
        places = list_tests(text)
        if not places:
            continue
        kept = set(keep.get(path, ()))
        others = [other for name, other in texts.items() if name != path]
        if not kept and not _needed(Path(path).stem, others):
            (tree / path).unlink()
        else:
            (tree / path).write_bytes(cut(text, [line for line in places if line not in kept]).encode("utf-8"))


def _needed(stem: str, others: Sequence[str]) -> bool:
    word = re.compile(rf"^\s*(from|import)\b.*\b{re.escape(stem)}\b", re.MULTILINE)
    return any(word.search(text) for text in others)


def list_tests(text: str) -> list[int]:
    """First lines (of the first decorator or the `def`) of the tests that can be cut out: in the module or a class."""
    return [_first(node) for node, _ in _tests(ast.parse(text))]


def cut(text: str, lines: Sequence[int]) -> str:
    """The text without the test functions that begin on these lines; a class left empty passes."""
    doomed = set(lines)
    rows = text.splitlines(keepends=True)
    emptied: dict[int, int] = {}
    for node, parent in reversed(_tests(ast.parse(text))):
        if _first(node) in doomed:
            emptied[id(parent)] = emptied.get(id(parent), 0) + 1
            last = isinstance(parent, ast.ClassDef) and emptied[id(parent)] == len(parent.body)
            rows[_first(node) - 1 : node.end_lineno] = [" " * node.col_offset + "pass\n"] if last else []
    return "".join(rows)


def _first(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _tests(tree: ast.Module | ast.ClassDef) -> list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.AST]]:
    """Test functions with the module or class they stand in, in the order of the text."""
    found: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.AST]] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found.extend(_tests(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            found.append((node, tree))
    return found
