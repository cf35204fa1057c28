"""Gives one of these tasks to a model in a new folder, applies what comes of it, and runs the checks."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TASKS = Path(__file__).resolve().parent


def prepare(name: str, folder: Path) -> str:
    """Put what the task begins with into a folder; the text of the task."""
    if (TASKS / name / "files").is_dir():
        shutil.copytree(TASKS / name / "files", folder, dirs_exist_ok=True)
    return (TASKS / name / "task.md").read_text(encoding="utf-8")


def check(name: str, folder: Path) -> bool:
    """Whether all checks of the task pass on what is in the folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", str(TASKS / name / "checks")]
    return subprocess.run(command, env={**os.environ, "PROJECT": str(folder)}, check=False).returncode == 0


def main() -> int:
    names = sorted(path.parent.name for path in TASKS.glob("*/task.md"))
    parser = argparse.ArgumentParser(description=__doc__, epilog="All other options go to `autogpt implement`.")
    parser.add_argument("task", choices=names)
    parser.add_argument("--folder", type=Path, help="where to work; a new one by default")
    arguments, options = parser.parse_known_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix=f"{arguments.task}-"))
    folder.mkdir(parents=True, exist_ok=True)
    text = prepare(arguments.task, folder)
    autogpt = [sys.executable, "-m", "autogpt"]
    done = subprocess.run([*autogpt, "implement", text, "-C", str(folder), *options], check=False)
    if done.returncode not in (0, 3):
        return done.returncode
    subprocess.run([*autogpt, "apply", "last", "-C", str(folder)], check=True)
    print(f"The result is in {folder}.")
    return 0 if check(arguments.task, folder) else 1


if __name__ == "__main__":
    sys.exit(main())
