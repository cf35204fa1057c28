"""Stands in for the product to prove the benchmark itself: puts the original file back, as a run would propose it.

It understands as much of the contract's command line as the benchmark uses. With it, every bug must come out as fixed
and correct: the tests shown pass with the original, and the check accepts it.

    python -m benchmarks.repair.run --model reference
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.repair.suite import run_suite
from benchmarks.repair.workspace import git

_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.reference")
    parser.add_argument("command", choices=["fix"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--max-seconds", type=float)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    workspace, original = options.workspace, Path(os.environ["REPAIR_ORIGINAL"])
    before = run_suite(workspace, options.python)
    git(workspace, "checkout", "--quiet", "-b", "autogpt/reference")
    for name in filter(None, git(workspace, "ls-files", "-z").decode().split("\0")):
        if name.endswith(".py") and not _has_tests(workspace, name):
            (workspace / name).write_bytes((original / name).read_bytes())
    git(workspace, *_IDENTITY, "commit", "--quiet", "--all", "--message", "Put the original back")
    after = run_suite(workspace, options.python)
    verified = bool(before.failed()) and not after.failed() and not after.problem
    result = {
        "status": "verified" if verified else "failed",
        "reason": f"{len(before.failed())} failed before, {len(after.failed())} after {after.problem}".strip(),
        "branch": "autogpt/reference",
        "commit": git(workspace, "rev-parse", "HEAD").decode().strip(),
        "seconds": time.monotonic() - started,
        "candidates": 1,
        "model": "reference",
    }
    git(workspace, "checkout", "--quiet", "main")
    print(json.dumps(result))
    return 0 if verified else 1


def _has_tests(workspace: Path, name: str) -> bool:
    """Tests were cut on purpose and stay as they are."""
    return "def test" in (workspace / name).read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    raise SystemExit(main())
