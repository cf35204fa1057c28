"""What is done with a run after its end: its diff, apply, revert, discard. Used by the command line and the worker."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from autogpt import journal
from autogpt.errors import UsageError
from autogpt.git.apply import ApplyPlan, Reverted, apply_to_files, plan_apply, revert_files
from autogpt.git.repository import Repository, discover
from autogpt.git.store import Store
from autogpt.state import RunState

RECORD = "applied.json"
"""In a run's folder: what `apply` wrote, enough to take it back."""


@contextlib.contextmanager
def opened(workspace: Path, run: str) -> Generator[tuple[Repository, Store, RunState, Path]]:
    """The repository, the store, the state of the run and its folder. Raise `UsageError` for an unknown run."""
    repository = discover(workspace)
    folder = journal.find_run(repository.workspace, run)
    with Store.open(repository) as store:
        yield repository, store, journal.state_of(folder), folder


def proposed(store: Store, state: RunState, folder: Path) -> tuple[str, str]:
    """Base and newest commit of a run. Raise `UsageError` when it proposes nothing."""
    branch = state.branch or _branch_of(folder)
    commit = state.commit or (store.branch_commit(branch) if branch else None)
    if not commit:
        raise UsageError(f"Run {state.run} ({state.status}) proposes nothing.", state.reason)
    return state.base, commit


def _branch_of(folder: Path) -> str:
    try:
        return str(json.loads((folder / "ground.json").read_text(encoding="utf-8"))["branch"])
    except (OSError, ValueError, KeyError):
        return ""


def diff(workspace: Path, run: str, paths: Sequence[str] = ()) -> str:
    """The unified diff of a run's proposal, or of some files of it."""
    with opened(workspace, run) as (_, store, state, folder):
        base, commit = proposed(store, state, folder)
        _check_files(store, base, commit, paths, state.run)
        return store.diff(base, commit, paths)


def _check_files(store: Store, base: str, commit: str, paths: Sequence[str], run: str) -> None:
    known = {stat.path for stat in store.stats(base, commit)}
    for path in paths:
        if path not in known:
            raise UsageError(f"Run {run} does not change {path}.", "It changes " + ", ".join(sorted(known)) + ".")


def plan(
    workspace: Path,
    run: str,
    *,
    current: Callable[[str], bytes | None] | None = None,
    files: Sequence[str] | None = None,
    hunks: Sequence[str] | None = None,
) -> ApplyPlan:
    """What applying would write against what the files are now (or what `current` says they are)."""
    with opened(workspace, run) as (repository, store, state, folder):
        base, commit = proposed(store, state, folder)
        _check_files(store, base, commit, files or (), state.run)
        read = current or functools.partial(read_file, repository.workspace)
        return plan_apply(store, base, commit, current=read, files=files, hunks=hunks)


def apply(workspace: Path, run: str, files: Sequence[str] | None = None) -> ApplyPlan:
    """Write the proposal into the working files, all or nothing; with conflicts nothing is written."""
    with opened(workspace, run) as (repository, store, state, folder):
        base, commit = proposed(store, state, folder)
        _check_files(store, base, commit, files or (), state.run)
        read = functools.partial(read_file, repository.workspace)
        planned = plan_apply(store, base, commit, current=read, files=files)
        if not planned.conflicts:
            apply_to_files(repository, planned, folder / RECORD)
        return planned


def revert(workspace: Path, run: str) -> Reverted:
    """Take back what `apply` wrote for this run, keeping what was edited since."""
    with opened(workspace, run) as (repository, _, state, folder):
        if not (folder / RECORD).exists():
            raise UsageError(f"Nothing of run {state.run} was applied here.")
        return revert_files(repository, folder / RECORD)


def discard(workspace: Path, run: str) -> RunState:
    """Delete the branch and the journal of a run. What was applied stays in the files."""
    with opened(workspace, run) as (_, store, state, folder):
        if journal.is_alive(folder):
            raise UsageError(f"Run {state.run} is still at work.", "Cancel it first.")
        branch = state.branch or _branch_of(folder)
        commit = store.branch_commit(branch) if branch else None
        if commit is not None and not _shared(workspace, branch, state.run):
            store.unpublish(branch, commit)
        shutil.rmtree(folder)
        return state


def _shared(workspace: Path, branch: str, run: str) -> bool:
    """Whether another run (a round of `refine`) lives on the same branch."""
    folders = journal.runs_folder(workspace).iterdir()
    return any(folder.name != run and _branch_of(folder) == branch for folder in folders)


def read_file(workspace: Path, path: str) -> bytes | None:
    """A file of the workspace, a link as its target's text; None where there is none."""
    full = workspace / path
    try:
        return str(full.readlink()).encode() if full.is_symlink() else full.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder now.") from None
