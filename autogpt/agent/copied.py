"""Finds long verbatim runs of lines in a change that stand in an installed package, too."""

from __future__ import annotations

import glob
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

RUN = 12
"""Telling lines in a row; fewer are alike by chance or by necessity."""
TELLING = 12
"""Characters without blanks that a line must have to tell anything."""
SECONDS = 5.0
LARGEST = 400_000
PLAIN = re.compile(r"^\s*(?:from\s|import\s|#|\"\"\"|'''|[\])}]|return\b.{0,8}$|else:|try:|pass$)")


def copied_runs(added: Mapping[str, Mapping[int, str]], python: str) -> Iterator[tuple[str, int, str]]:
    """Path, first line and a sentence for each file of a change with such a run. Looks for `SECONDS` at most."""
    wanted: dict[tuple[str, ...], tuple[str, int]] = {}
    for path, lines in added.items():
        telling = [(number, line.strip()) for number, line in lines.items() if _tells(line)]
        for start in range(len(telling) - RUN + 1):
            wanted.setdefault(tuple(line for _, line in telling[start : start + RUN]), (path, telling[start][0]))
    if not wanted:
        return
    first_lines = {window[0] for window in wanted}
    until, found = time.monotonic() + SECONDS, set[str]()
    for file in _installed(python):
        if time.monotonic() > until or len(found) == len(added):
            return
        for window in _windows(file, first_lines):
            at = wanted.get(window)
            if at is not None and at[0] not in found:
                found.add(at[0])
                where = "/".join(Path(file).parts[-2:])
                yield at[0], at[1], f"{RUN} lines and more are the same as in the installed {where}; mind its licence"


def _tells(line: str) -> bool:
    return len("".join(line.split())) >= TELLING and not PLAIN.match(line)


def _installed(python: str) -> Iterator[str]:
    """Source files of the packages of an interpreter's environment."""
    if not python:
        return
    for folder in glob.glob(str(Path(python).parent.parent / "lib*" / "python*" / "site-packages")):  # noqa: PTH207
        for place, _, names in os.walk(folder):
            yield from (os.path.join(place, name) for name in names if name.endswith(".py"))  # noqa: PTH118


def _windows(file: str, first_lines: set[str]) -> Iterator[tuple[str, ...]]:
    """Runs of telling lines of a file that begin with one of these lines."""
    try:
        if os.path.getsize(file) > LARGEST:  # noqa: PTH202  # many thousand files
            return
        text = Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if _tells(line)]
    for start, line in enumerate(lines):
        if line in first_lines and start + RUN <= len(lines):
            yield tuple(lines[start : start + RUN])
