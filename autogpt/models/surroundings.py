"""What the tests of a project run in, since a model must not count on more: command, interpreter, packages."""

from __future__ import annotations

import re
from pathlib import Path

from autogpt.models.base import Brief

MOST = 80
"""Packages that are named."""
_METADATA = re.compile(r"(?P<name>[\w.]+)-[^-]+\.dist-info")
_TOOLS = frozenset({"pip", "setuptools", "wheel", "autogpt", "autogpt_lsp"})


def described(brief: Brief, *, is_empty: bool) -> str:
    """A few sentences. In an empty folder, where nothing shows what may be imported, the installed packages too."""
    environment = brief.environment
    command = " ".join([Path(environment.command[0]).name, *environment.command[1:]]) if environment.command else ""
    folders = _packages(environment.python)
    version = next((folder.parent.name for folder in folders), "")
    found = f" with {version.replace('python', 'Python ')}" if version else ""
    parts = [f"By `{command}`{found}."] if command else []
    net = "with" if brief.settings.network else "without"
    parts.append(f"Nothing can be installed for them, and they run {net} network.")
    if is_empty and folders:
        names = sorted(
            {match["name"] for folder in folders for match in map(_METADATA.fullmatch, _names(folder)) if match}
        )
        names = [name for name in names if name not in _TOOLS]
        parts.append(f"Beside the standard library there is: {', '.join(names[:MOST]) or 'nothing'}.")
    return " ".join(parts)


def _packages(python: str) -> list[Path]:
    """The folders of packages of an interpreter, by how they lie on disk; none for one that lies otherwise."""
    return sorted((Path(python).parent.parent / "lib").glob("python3.*/site-packages")) if python else []


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []
