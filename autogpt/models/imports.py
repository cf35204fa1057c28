"""Which files of the project a file imports, by its text: Python, and JavaScript and TypeScript by relative paths."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from autogpt.models.tree import Tree

SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
_SCRIPT_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["'](\.{1,2}(?:/[^"'\n]*)?)["']""")


def imported(path: str, tree: Tree) -> Iterator[str] | None:
    """Files of the project that this one imports, some of them twice; None for a language that is not read here."""
    if path.endswith(".py"):
        return _python(path, tree)
    return _script(path, tree) if path.endswith(SCRIPTS) else None


def _python(path: str, tree: Tree) -> Iterator[str]:
    try:
        module = ast.parse(tree.text(path) or "")
    except (SyntaxError, ValueError, RecursionError):
        return
    folder = PurePosixPath(path).parent
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module_files(alias.name.split("."), folder, tree)
        elif isinstance(node, ast.ImportFrom):
            base = folder
            for _ in range(max(0, node.level - 1)):
                base = base.parent
            start = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _module_files([*start, alias.name], base, tree, relative=node.level > 0)
            yield from _module_files(start, base, tree, relative=node.level > 0)


def _module_files(parts: Sequence[str], folder: PurePosixPath, tree: Tree, *, relative: bool = False) -> Iterator[str]:
    roots = [folder] if relative else [PurePosixPath(), PurePosixPath("src"), folder]
    for root in roots:
        for name in (f"{'/'.join(parts)}.py", f"{'/'.join(parts)}/__init__.py") if parts else ():
            path = str(root / name)
            if ".." not in path and tree.read_bytes(path):
                yield path
                return


def _script(path: str, tree: Tree) -> Iterator[str]:
    for named in _SCRIPT_IMPORT.findall(tree.text(path) or ""):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), named))
        stem, suffix = posixpath.splitext(target)
        others = [f"{stem}.ts", f"{stem}.tsx"] if suffix in (".js", ".jsx") else []  # TypeScript names what it becomes
        index = target if target != "." else ""
        names = [target, *others, *(target + one for one in SCRIPTS)]
        names += [posixpath.join(index, f"index{one}") for one in SCRIPTS]
        found = next((name for name in names if not name.startswith("..") and tree.read_bytes(name)), None)
        if found is not None:
            yield found
