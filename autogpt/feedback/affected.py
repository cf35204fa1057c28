"""Which test files a change can reach, by the imports of the code: a hint for the order of tests, never a verdict.

Imports made at run time by name are not seen, nor is what a test reads as data; that is why all tests are run before a
change is called verified.
"""

from __future__ import annotations

import ast
import functools
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

ROOTS = ("", "src/", "lib/", "python/")
"""Folders from which modules are imported, by convention."""
MAX_FILES = 5_000
SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "build", "dist", "__pycache__", ".tox", ".nox"})


def affected_files(tree: Path, changed: Collection[str]) -> frozenset[str] | None:
    """Python files of a tree, changed ones included, that import a changed one, over however many steps.

    Paths are relative to the tree, with `/`. None when it cannot be told: too large a tree, or another kind of file was
    changed, which may be read by any test.
    """
    if any(not path.endswith((".py", ".pyi")) for path in changed):
        return None
    texts: dict[str, bytes] = {}
    for path in _python_files(tree):
        if len(texts) >= MAX_FILES:
            return None
        try:
            texts[path] = (tree / path).read_bytes()
        except OSError:
            continue
    return reached(texts, changed)


def reached(texts: Mapping[str, bytes], changed: Collection[str]) -> frozenset[str]:
    """As `affected_files`, over contents by path."""
    modules = _modules(texts)
    users: dict[str, set[str]] = {}
    for path, text in texts.items():
        for used in _used(path, text, modules):
            users.setdefault(used, set()).add(path)
    found, left = set(changed), list(changed)
    while left:
        path = left.pop()
        new = users.get(path, set()) | _below_conftest(path, texts)
        left += new - found
        found |= new
    return frozenset(found)


def _python_files(tree: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name not in SKIPPED and not name.endswith(".egg-info")]
        base = Path(folder).relative_to(tree).as_posix()
        for name in names:
            if name.endswith(".py"):
                yield name if base == "." else f"{base}/{name}"


def _modules(texts: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Files by each dotted name that they may be imported by: from a root, or from the folder they lie in."""
    modules: dict[str, set[str]] = {}
    for path in texts:
        roots = [root for root in ROOTS if path.startswith(root)]
        parent = PurePosixPath(path).parent.as_posix()
        for root in (*roots, *([f"{parent}/"] if parent != "." else [])):
            name = path[len(root) :].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            modules.setdefault(name, set()).add(path)
    return modules


def _used(path: str, text: bytes, modules: Mapping[str, set[str]]) -> set[str]:
    """Files that a file imports. A package's `__init__.py` is run for each of its modules, so it counts too."""
    package = PurePosixPath(path).parent.as_posix().replace("/", ".")
    names: set[str] = set()
    for level, module, name in _imports(text):
        base = module
        if level:
            parts = package.split(".")[: len(package.split(".")) - level + 1]
            base = ".".join([*parts, *([module] if module else [])])
        full = f"{base}.{name}" if name else base
        pieces = full.split(".")
        names |= {".".join(pieces[:count]) for count in range(1, len(pieces) + 1)}
    return {file for name in names for file in modules.get(name, ()) if file != path}


@functools.lru_cache(maxsize=20_000)
def _imports(text: bytes) -> tuple[tuple[int, str, str], ...]:
    """(level, module, name) of each import; none for a file that does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[tuple[int, str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module or "", alias.name) for alias in node.names]
    return tuple(found)


def _below_conftest(path: str, texts: Mapping[str, bytes]) -> set[str]:
    """A conftest.py is loaded for every file in its folder and below."""
    folder, _, name = path.rpartition("/")
    if name != "conftest.py":
        return set()
    return {other for other in texts if not folder or other.startswith(folder + "/")} - {path}
