"""URIs to paths and back, refusing what does not name a file of this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from autogpt.errors import UsageError

_DRIVE = re.compile(r"^/[A-Za-z]:")


def to_path(uri: str) -> Path:
    """The file a `file:` URI names. Raise `UsageError` for other schemes, other hosts, NUL bytes and no path."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise UsageError(f"`{shorten(uri)}` is not a URI.") from None
    if parts.scheme != "file":
        raise UsageError(f"`{shorten(uri)}` is not a file on this machine, so nothing can be done with it.")
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"`{shorten(uri)}` is a file of another machine ({parts.netloc}).")
    path = unquote(parts.path, errors="surrogateescape")
    if not path.startswith("/") or "\0" in path:
        raise UsageError(f"`{shorten(uri)}` does not name a file.")
    return Path(path[1:] if _DRIVE.match(path) and os.name == "nt" else path)


def from_path(path: Path) -> str:
    """The `file:` URI of an absolute path, written as editors do."""
    text = os.fsencode(path.as_posix())
    return "file://" + ("" if text.startswith(b"/") else "/") + quote(text, safe="/~!$&'()*+,;=@-._")


def relative(path: Path, root: Path) -> str:
    """`path` under `root` with `/`. Raise `UsageError` when it lies outside, also by a link or `..`."""
    for candidate, folder in ((_plain(path), _plain(root)), (_real(path), _real(root))):
        try:
            inside = candidate.relative_to(folder)
        except ValueError:
            continue
        if _real(path).is_relative_to(_real(root)):
            return inside.as_posix()
    raise UsageError(f"{path} lies outside the workspace {root}.")


def checked_relative(path: str) -> str:
    """A path given relative to a workspace. Raise `UsageError` when it would leave it."""
    parts = PurePosixPath(path.replace("\\", "/") if os.name == "nt" else path)
    if not path or parts.is_absolute() or ".." in parts.parts or "\0" in path or parts.parts[0] == ".git":
        raise UsageError(f"`{shorten(path)}` is not a path inside the workspace.")
    return parts.as_posix()


def shorten(text: str, limit: int = 80) -> str:
    """For messages: what a client sends may be huge."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
