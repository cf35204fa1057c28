"""What a person should know of a change beside its tests: a warning with file and line for each new fault.

Compared with the base, so that nothing is said of what was there before: files that parse no longer, findings of the
linter and of its security rules, secrets, and text that belongs to somebody else.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autogpt.agent.copied import copied_runs
from autogpt.context.syntax import syntax_error
from autogpt.feedback.integrity import is_test_path
from autogpt.models.base import Change
from autogpt.models.secrets import secret_lines

MOST_FILES = 40
MOST_WARNINGS = 12
SECONDS = 20.0
FATAL = "E9,F"
"""Where a project has no settings for the linter: what is wrong in any style."""
SECURITY = "S"
"""The rules of bandit, without `assert`, which S101 forbids."""
CONFIGURED = ("ruff.toml", ".ruff.toml")
LICENCE = re.compile(
    r"SPDX-License-Identifier|Licensed under the|GNU (?:Lesser |Affero )?General Public|All rights reserved"
    r"|Permission is hereby granted|Copyright\s+(?:\(c\)|©|\d{4})|Redistribution and use in source",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Warning:
    """One sentence about a line (from 1; 0 for the whole file) of a file."""

    path: str
    line: int
    text: str


def warnings_of(
    change: Change, read: Callable[[str], bytes | None], *, workspace: Path, python: str = ""
) -> list[Warning]:
    """All new faults of a change, at most `MOST_WARNINGS`. `read` gives the base; `python` is the project's."""
    files = {path: data for path, data in list(change.items())[:MOST_FILES] if data is not None and b"\0" not in data}
    old = {path: read(path) or b"" for path in files}
    found: list[Warning] = []
    for path, data in files.items():
        found += _unreadable(path, old[path], data)
        added = added_lines(_text(old[path]), _text(data))
        found += [Warning(path, line, "looks like a secret") for line in secret_lines(_text(data)) if line in added]
        found += _licences(path, added, "\n".join(map(_text, old.values())))
    found += [Warning(path, line, text) for path, line, text in copied_runs(_added(files, old), python)]
    found += _lint(files, old, workspace)
    return found[:MOST_WARNINGS]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _added(files: Mapping[str, bytes], old: Mapping[str, bytes]) -> dict[str, dict[int, str]]:
    return {path: added_lines(_text(old[path]), _text(data)) for path, data in files.items()}


def added_lines(old: str, new: str) -> dict[int, str]:
    """Lines (from 1) of the new text that the old one has not, by their number."""
    before = Counter(old.splitlines())
    added: dict[int, str] = {}
    for number, line in enumerate(new.splitlines(), 1):
        if before[line] > 0:
            before[line] -= 1
        else:
            added[number] = line
    return added


def _unreadable(path: str, old: bytes, new: bytes) -> list[Warning]:
    """A file that its language cannot read any more, or a new one that it never could."""
    line, before = _error(path, new), _error(path, old) if old else 0
    return [Warning(path, line, "does not parse")] if line and not before else []


def _error(path: str, data: bytes) -> int:
    if not path.endswith((".py", ".pyi")):
        return syntax_error(path, data)
    try:
        ast.parse(data)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 1
    return 0


def _licences(path: str, added: Mapping[int, str], known: str) -> Iterator[Warning]:
    """The first line of a licence or of a claim of authorship that the project's own files do not have."""
    if PurePosixPath(path).name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")):
        return
    for number, line in added.items():
        if LICENCE.search(line) and line.strip() not in known:
            yield Warning(path, number, f"carries the notice of a licence: {line.strip()[:80]}")
            return


# The linter


def _lint(files: Mapping[str, bytes], old: Mapping[str, bytes], workspace: Path) -> Iterator[Warning]:
    """Findings of ruff that the base has not; nothing where there is no ruff."""
    ruff = find_ruff()
    if not ruff:
        return
    own = [] if _has_settings(workspace) else ["--isolated", "--select", FATAL]
    secure = ["--isolated", "--select", SECURITY, "--ignore", "S101"]
    for path, data in files.items():
        if not path.endswith((".py", ".pyi")):
            continue
        for options in (own, *([] if is_test_path(path) else [secure])):
            yield from _new_findings(ruff, options, path, old[path], data, workspace)


def find_ruff() -> str:
    """The linter that is installed beside us, else the one on the path; "" for none."""
    try:
        from ruff import find_ruff_bin  # type: ignore[import-not-found, unused-ignore]

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("ruff") or ""


def _has_settings(workspace: Path) -> bool:
    if any((workspace / name).is_file() for name in CONFIGURED):
        return True
    try:
        return "[tool.ruff" in (workspace / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _new_findings(
    ruff: str, options: Sequence[str], path: str, old: bytes, new: bytes, workspace: Path
) -> Iterator[Warning]:
    findings = _findings(ruff, options, path, new, workspace)
    if not findings:
        return
    known = (
        Counter((code, text) for code, text, _ in _findings(ruff, options, path, old, workspace)) if old else Counter()
    )
    for code, text, line in findings:
        if known[code, text] > 0:
            known[code, text] -= 1
        elif code:
            yield Warning(path, line, f"{code} {text}")


def _findings(ruff: str, options: Sequence[str], path: str, data: bytes, workspace: Path) -> list[tuple[str, str, int]]:
    """Code, message and line of every finding in a text; none where ruff fails."""
    command = [
        ruff,
        "check",
        *options,
        "--no-cache",
        "--exit-zero",
        "--output-format",
        "json",
        "--stdin-filename",
        path,
    ]
    try:
        done = subprocess.run(
            [*command, "-"], input=data, capture_output=True, cwd=workspace, timeout=SECONDS, check=False
        )
        return [
            (str(one["code"] or ""), str(one["message"]), int(one["location"]["row"]))
            for one in json.loads(done.stdout)
        ]
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        return []
