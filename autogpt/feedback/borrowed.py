"""What git ignores but tests need: virtual environments, installed packages and build outputs of the workspace.

The scratch tree does not have them. They are shown to tests read-only, from the workspace itself. Everything else that
git ignores stays out of sight: it may be secret, and it is not part of what the person proposed.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

FOLDERS = (
    ".venv", "venv", "env", ".env", "virtualenv", "node_modules", "vendor", "build", "_build", "dist", "out",
    "__pypackages__", "*.egg-info", "*.dist-info", "bower_components",
)  # fmt: skip
FILES = ("*.so", "*.pyd", "*.dylib", "*.dll", "*.egg-link", "*.pth", "_version.py", "version.py", "_*version*.py",
         "*_pb2.py", "*_pb2_grpc.py", "*_pb2.pyi", "*_generated.py", "parsetab.py", "lextab.py",
         "*.mo", "*.qm", "*_rc.py")  # fmt: skip
MAX_ENTRIES = 400


def find_borrowed(toplevel: Path, root: Path) -> tuple[str, ...]:
    """Paths relative to the toplevel that are in the workspace, not in the scratch tree, and of a known kind.

    Where the workspace itself stands for the scratch tree, as for the doctor, what a real one would lack counts.
    """
    found: list[str] = []
    for name in _missing(toplevel, root, "", lacks_all=toplevel.samefile(root)):
        found.append(name)
        if len(found) >= MAX_ENTRIES:
            break
    return tuple(found)


def _missing(toplevel: Path, root: Path, folder: str, *, lacks_all: bool) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(toplevel / folder), key=lambda entry: entry.name)
        present = {entry.name: entry for entry in os.scandir(root / folder)}
    except OSError:
        return
    for entry in entries:
        name = f"{folder}/{entry.name}" if folder else entry.name
        if entry.name == ".git":
            continue
        is_dir = entry.is_dir(follow_symlinks=False)
        is_lacking = entry.name not in present or (lacks_all and is_dir)
        if is_lacking and _is_wanted(entry, is_dir):
            yield name
        elif is_dir and entry.name in present and present[entry.name].is_dir(follow_symlinks=False):
            yield from _missing(toplevel, root, name, lacks_all=lacks_all)


def _is_wanted(entry: os.DirEntry[str], is_dir: bool) -> bool:
    if is_dir:
        named = any(fnmatch.fnmatch(entry.name, pattern) for pattern in FOLDERS)
        return named or os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))  # noqa: PTH110, PTH118
    return any(fnmatch.fnmatch(entry.name, pattern) for pattern in FILES)
