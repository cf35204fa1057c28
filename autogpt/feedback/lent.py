"""Our own pytest for an interpreter that has none: copied beside the state, last on its import path."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sys
from pathlib import Path

PACKAGES = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
BACKPORTS = ("exceptiongroup", "tomli", "typing_extensions")
"""What pytest needs besides on Python 3.10."""


def can_lend(version: tuple[int, ...]) -> bool:
    """Whether our pytest runs on such an interpreter: it is pure Python, for 3.10 and newer."""
    names = PACKAGES if version >= (3, 11) else (*PACKAGES, *BACKPORTS)
    return version >= (3, 10) and all(importlib.util.find_spec(name) is not None for name in names)


def lend(state: Path) -> Path:
    """The folder to put on the import path; made once for each version of pytest."""
    folder = state / "lent" / f"pytest-{importlib.metadata.version('pytest')}"
    if folder.is_dir():
        return folder
    draft = folder.with_name(f"{folder.name}.{id(folder):x}")
    draft.mkdir(parents=True)
    for name in (*PACKAGES, *BACKPORTS):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            if origin.name == "__init__.py":
                shutil.copytree(origin.parent, draft / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(origin, draft / origin.name)
    for name in ("pytest", "pluggy"):
        (draft / f"{name}.dist-info").mkdir()
        text = importlib.metadata.distribution(name).read_text("METADATA") or ""
        (draft / f"{name}.dist-info" / "METADATA").write_text(text, encoding="utf-8")
    try:
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.is_dir() or sys.platform == "win32":
            raise
    return folder
