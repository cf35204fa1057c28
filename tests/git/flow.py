"""A whole passage through the store, run in a process of its own that kills itself at a chosen moment.

`python -m tests.git.flow WORKSPACE WHEN`: WHEN is `N:before` or `N:after` for the N-th call of git, or `none`.
Prints how many calls of git there were.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from autogpt.git.repository import discover
from autogpt.git.store import Store
from autogpt.models.base import Change
from autogpt.task import UnsavedText

BRANCH = "autogpt/passage-1f2e3d4c"
CHANGE: Change = {"made by the run.py": b"x = 1\n"}


def passage(workspace: Path) -> None:
    """Snapshot, tree, lay, commit, publish, a second round, unpublish of nothing else."""
    with Store.open(discover(workspace)) as store:
        taken = store.snapshot([UnsavedText("unsaved.txt", "typed, not saved\n")])
        with store.tree(taken.raw) as tree, tree.lay(CHANGE):
            (tree.workspace / "left.txt").write_bytes(b"")
        expected = store.branch_commit(BRANCH)
        first = store.commit(expected or taken.commit, CHANGE, "First", {"Autogpt-Run": "1f2e3d4c"})
        store.publish(BRANCH, first, expected)
        second = store.commit(first, {"made by the run.py": b"x = 2\n"}, "Second", {})
        store.publish(BRANCH, second, first)
        store.diff(taken.commit, second)
        store.hunks(taken.commit, second)
        store.unpublish(BRANCH, second)
        store.publish(BRANCH, second, None)


def main(workspace: Path, when: str) -> None:
    number, _, side = when.partition(":")
    calls, run = 0, subprocess.run

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if number == str(calls) and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = run(*arguments, **options)
        if number == str(calls) and side == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    subprocess.run = counted  # type: ignore[assignment]
    passage(workspace)
    print(calls)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
