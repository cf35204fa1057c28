"""Which files a search has to look into: ripgrep names them where it is installed, else all are."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable

from autogpt.models.tree import IGNORED, MAX_FILE, Tree

SECONDS = 20.0
FEW = 300
"""Files that are looked through sooner than a process is started."""


def candidates(tree: Tree, pattern: re.Pattern[str]) -> Iterable[str]:
    """Paths of the tree in order, without most of those that cannot match; what is laid over is always among them."""
    paths = list(tree.paths())
    rg = shutil.which("rg") if len(paths) > FEW else None
    named = _named(rg, tree, pattern) if rg else None
    return paths if named is None else [path for path in paths if path in named or path in tree.over]


def _named(rg: str, tree: Tree, pattern: re.Pattern[str]) -> frozenset[str] | None:
    """Files with a match as ripgrep sees it; None where it does not understand the pattern or cannot run."""
    globs = [part for name in IGNORED for part in ("--glob", f"!{name}")]
    how = ["--files-with-matches", "--null", "--no-ignore", "--hidden", "--no-messages", "--no-config"]
    how += ["--ignore-case"] * bool(pattern.flags & re.IGNORECASE) + ["--max-filesize", str(MAX_FILE)]
    try:
        done = subprocess.run(
            [rg, *how, *globs, "--regexp", pattern.pattern, "."],
            cwd=tree.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode not in (0, 1):
        return None
    found = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(path.removeprefix("./") for path in found if path)
