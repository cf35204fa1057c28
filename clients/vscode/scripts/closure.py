"""Prints the modules of `autogpt` that the server imports, through each other and late ones too; a path a line.

`closure.py LIBRARIES`, the folder where both packages lie. A late import is one that only a call makes, so that running
the server does not show it. What `autogpt` itself offers to programs is imported late, too, and is not the server's.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path


def file_of(libraries: Path, module: str) -> Path | None:
    """The file of a module or package; None when there is none, as for a name inside a module."""
    place = libraries.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def imported(path: Path) -> Iterator[str]:
    """Every dotted name of `autogpt` that a file imports, and the packages around it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.partition(".")[0] == "autogpt":
                parts = name.split(".")
                yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def main(libraries: Path) -> None:
    """Follow the imports until nothing new turns up."""
    offer = libraries / "autogpt" / "__init__.py"
    found = {offer}
    waiting = list((libraries / "autogpt_lsp").rglob("*.py"))
    while waiting:
        for module in imported(waiting.pop()):
            path = file_of(libraries, module)
            if path and path not in found:
                found.add(path)
                waiting.append(path)
    for path in sorted(found):
        print(path.relative_to(libraries / "autogpt").as_posix())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
