"""Which folder a file, a command or a run belongs to: one server serves all folders of a window."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autogpt.errors import UsageError
from autogpt_lsp import uris

MARKERS = (".git", "pyproject.toml", "setup.py", "package.json", "go.mod", "Cargo.toml", ".hg")


class Folders:
    """The folders of the window, as paths. Folders that are not on this machine's disk are left out."""

    def __init__(self) -> None:
        self.roots: list[Path] = []

    def read_initialize(self, params: Mapping[str, Any]) -> None:
        """From `workspaceFolders`, else `rootUri`, else `rootPath`."""
        folders = params.get("workspaceFolders")
        if isinstance(folders, list) and folders:
            self.change(added=[item.get("uri") for item in folders if isinstance(item, dict)])
        elif isinstance(params.get("rootUri"), str):
            self.change(added=[params["rootUri"]])
        elif isinstance(params.get("rootPath"), str) and params["rootPath"]:
            self.roots = [Path(params["rootPath"])]

    def change(self, added: Iterable[Any] = (), removed: Iterable[Any] = ()) -> None:
        gone = set(_paths(removed))
        self.roots = [root for root in self.roots if root not in gone]
        self.roots += [root for root in _paths(added) if root not in self.roots]

    def of(self, path: Path) -> Path | None:
        """The innermost folder around a file. Looks at no disk."""
        around = [root for root in self.roots if path.is_relative_to(root)]
        return max(around, key=lambda root: len(root.parts), default=None)

    def choose(self, uri: str | None, root: str | None) -> Path:
        """The workspace of a command. Raise `UsageError` when it cannot be told, or would be outside the folders."""
        if root is not None:
            return self._given(root)
        if uri is not None:
            return self._around(uris.to_path(uri))
        if len(self.roots) == 1:
            return self.roots[0]
        if not self.roots:
            raise UsageError("No folder is open.", "Open the project's folder, or name a file with `uri`.")
        names = ", ".join(str(folder) for folder in self.roots[:5])
        raise UsageError(f"Several folders are open ({names}).", "Say which with `root` or `uri`.")

    def _given(self, root: str) -> Path:
        path = uris.to_path(root) if root.startswith("file:") else Path(root)
        if not path.is_absolute() or "\0" in root:
            raise UsageError(f"`root` must be an absolute path or a file URI, not `{uris.shorten(root)}`.")
        path = Path(os.path.normpath(path))
        if self.roots and self.of(path) is None:
            raise UsageError(f"{path} is not one of the open folders.")
        return path

    def _around(self, path: Path) -> Path:
        folder = self.of(path)
        if folder is not None:
            return folder
        if self.roots:
            raise UsageError(f"{path} lies outside the open folders.")
        # A single file was opened: the nearest folder that looks like a project, else its own.
        return next((up for up in path.parents if any((up / name).exists() for name in MARKERS)), path.parent)


def _paths(values: Iterable[Any]) -> list[Path]:
    found: list[Path] = []
    for value in values:
        try:
            found.append(uris.to_path(str(value)))
        except UsageError:
            continue  # a virtual folder: nothing can be run there
    return found
