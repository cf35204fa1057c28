"""`make demo`: the main job, live, on a copy of the sample project in a fresh repository; nothing else is touched.

Runs the command line as a person would: `fix`, then `implement`, with the default model; ends with what to type next.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLE = Path(__file__).parent / "shop"
AUTOGPT = [sys.executable, "-m", "autogpt"]
BUGS = [f"tests/test_{name}.py" for name in ("catalogue", "invoice", "money", "orders")]
TASK = "Implement slug, Cart.weight, check_rate and running_low"


def main() -> int:
    """0 when both runs are verified."""
    folder = Path(tempfile.mkdtemp(prefix="autogpt-demo-")) / SAMPLE.name
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "A shop with bugs and unfinished functions")
    before = _state(folder)
    print(f"A sample project, with bugs and unfinished functions, is in {folder}\n", flush=True)
    fixed = _run(folder, "fix", *BUGS)
    implemented = _run(folder, "implement", TASK)
    print("\nYour checkout there is untouched so far:", "yes" if _state(folder) == before else "NO", flush=True)
    _run(folder, "runs")
    autogpt = Path(sys.executable).with_name("autogpt")
    listed = subprocess.run([*AUTOGPT, "runs", "--json"], cwd=folder, check=True, capture_output=True, text=True)
    latest = json.loads(listed.stdout)["runs"][0]["run"]
    print(f"\nNext:\n  cd {folder}\n  {autogpt} apply {latest}\n  {sys.executable} -m pytest")
    return max(fixed, implemented)


def _run(folder: Path, *arguments: str) -> int:
    shown = " ".join(f"'{argument}'" if " " in argument else argument for argument in arguments)
    print(f"\n$ autogpt {shown}", flush=True)
    return subprocess.run([*AUTOGPT, *arguments], cwd=folder, check=False).returncode


def _state(folder: Path) -> str:
    return _git(folder, "status", "--porcelain") + _git(folder, "rev-parse", "HEAD")


def _git(folder: Path, *arguments: str) -> str:
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    identity = dict(zip((f"GIT_{name}" for name in names), ("Demo", "demo@example.org") * 2, strict=True))
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **identity}, check=True, capture_output=True, text=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
