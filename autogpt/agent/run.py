"""One run from a task to its result. Whatever happens, it ends with a result and with the best so far kept."""

from __future__ import annotations

import contextlib
import json
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from autogpt import __version__, config, journal
from autogpt.agent.bench import Ground, Progress
from autogpt.agent.output import ended
from autogpt.agent.rounds import work
from autogpt.config import Settings
from autogpt.errors import AutogptError, Stopped, UsageError, WorkspaceError
from autogpt.events import Event, ModelAnswered, Record, RunEnded, RunStarted
from autogpt.git.repository import Repository, branch_name, discover
from autogpt.git.store import Snapshot, Store
from autogpt.models.base import Change, Proposer
from autogpt.models.recorded import Recorded
from autogpt.models.registry import make_proposer
from autogpt.result import Result
from autogpt.stop import Stop
from autogpt.task import Task, UnsavedText


def run(
    task: Task,
    settings: Settings,
    *,
    emit: Callable[[Record], None] = lambda record: None,
    stop: Stop | None = None,
    steering: Callable[[], tuple[str, ...]] = tuple,
    run_id: str = "",
    resume: bool = False,
    opened: journal.Journal | None = None,
    proposer: Proposer | None = None,
) -> Result:
    """Work on a task until it is verified, given up, stopped or out of budget.

    `emit` gets every record of the journal in the caller's thread. Raise `UsageError`, `WorkspaceError` or `ModelError`
    for what is wrong before the run exists; after that every failure is a result with status `error`.
    `resume` goes on with the interrupted run `run_id` from its own snapshot. `opened` is its journal, for a caller who
    holds it already; it is closed at the end.
    """
    stop = stop or Stop(settings.max_seconds)
    _check(task, settings)
    repository = discover(Path(task.workspace))
    proposer = proposer or make_proposer(settings)
    run_id = run_id or journal.new_run_id()
    with Store.open(repository) as store, opened or journal.Journal(repository.workspace, run_id) as log:
        before = journal.state_of(log.folder) if resume else None
        progress = Progress(emit=lambda event: None, stop=stop, steering=steering)
        # Until it is judged anew, what was kept before is what this run has; `ended` takes its commit from the ground.
        if before is not None:
            progress.tests = before.kept.tests if before.kept else progress.tests
            progress.tokens, progress.cost_usd = before.tokens, before.cost_usd
            progress.recorded = Recorded.of(journal.read(log.folder))
        progress.emit = _recorder(log, emit, progress)
        result = _guarded(
            task,
            settings,
            repository=repository,
            store=store,
            log=log,
            progress=progress,
            proposer=proposer,
            resume=resume,
        )
        # Without an end in the journal the run is interrupted: it is listed as such and can be resumed.
        if not stop.interrupted or result.verified:
            progress.emit(RunEnded(result))
    return result


def _check(task: Task, settings: Settings) -> None:
    if task.kind == "implement" and not task.text.strip():
        raise UsageError("The task is empty.", "Say in a sentence what is to be done.")
    if task.kind == "refine" and not (task.text.strip() or task.comments):
        raise UsageError("There is no comment to work on.", "Say in a sentence what is to be changed.")
    if not settings.trusted:
        raise UsageError(
            "This workspace is not trusted, so nothing of it is run.", "Trust it in the editor, or set `trusted`."
        )


def _recorder(log: journal.Journal, emit: Callable[[Record], None], progress: Progress) -> Callable[[Event], None]:
    def record(event: Event) -> None:
        if isinstance(event, ModelAnswered):
            progress.tokens += event.tokens
            progress.cost_usd += event.cost_usd
        emit(log.write(event))

    return record


def _guarded(
    task: Task,
    settings: Settings,
    *,
    repository: Repository,
    store: Store,
    log: journal.Journal,
    progress: Progress,
    proposer: Proposer,
    resume: bool,
) -> Result:
    """The work inside the boundary where every failure becomes a result."""
    ground: Ground | None = None
    try:
        with _ground(task, settings, repository=repository, store=store, log=log, resume=resume) as ground:
            base, settings_then = ground.snapshot.commit, config.recorded(settings)
            progress.emit(RunStarted(log.run, task, proposer.name, base, ground.branch, __version__, settings_then))
            for path in ground.snapshot.skipped:
                progress.warn("left out of the base: too large, not readable, or a repository of its own", path)
            for path in ground.snapshot.unmerged:
                progress.warn("has unresolved conflicts of a merge or rebase: resolve them first", path)
            status, reason = work(ground, progress, proposer)
    except Stopped as stopped:
        status, reason = ("cancelled" if stopped.cancelled else "failed"), stopped.reason
    except AutogptError as error:
        status, reason = "error", error.sentence()
    except OSError as error:
        status, reason = "error", WorkspaceError(f"The system refused: {error}.").sentence()
    except Exception as error:  # the last boundary: a fault of ours must not cost the person what was kept so far
        status, reason = "error", _fault(error, log.folder)
    return ended(log.run, ground, progress, proposer.name, status=status, reason=reason)


def _fault(error: Exception, folder: Path) -> str:
    path = folder / "fault.txt"
    with contextlib.suppress(OSError):
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return f"A fault of autogpt itself ({type(error).__name__}: {error}); its details are in {path}."


@contextlib.contextmanager
def _ground(
    task: Task, settings: Settings, *, repository: Repository, store: Store, log: journal.Journal, resume: bool
) -> Generator[Ground]:
    """Snapshot (or the one of the run that is resumed or refined), branch name and scratch tree."""
    branch, parent_commit, parent_change = branch_name(task.title(), log.run), "", dict[str, "bytes | None"]()
    parent = _parent_folder(task, repository)
    own = _load(log.folder) if resume else None
    if (kept := own or (_load(parent) if parent is not None else None)) is not None:
        snapshot, branch = kept
        parent_commit = store.branch_commit(branch) or ""
        parent_change = _change_between(store, snapshot.commit, parent_commit) if parent_commit else {}
    elif parent is not None:
        raise UsageError(f"Run {task.parent} left nothing to continue.", "Start a new one with `autogpt implement`.")
    else:
        snapshot = store.snapshot(task.unsaved)
    _save(log.folder, snapshot, branch)
    with store.tree(snapshot.raw) as tree:
        yield Ground(log.run, task, settings, repository, store, snapshot, tree, branch, parent_commit, parent_change)


def _parent_folder(task: Task, repository: Repository) -> Path | None:
    return journal.find_run(repository.workspace, task.parent) if task.kind == "refine" else None


def _change_between(store: Store, base: str, commit: str) -> Change:
    return {stat.path: store.read(commit, stat.path) for stat in store.stats(base, commit)}


def _save(folder: Path, snapshot: Snapshot, branch: str) -> None:
    data = {"snapshot": asdict(snapshot), "branch": branch}
    (folder / "ground.json").write_text(json.dumps(data), encoding="utf-8")


def _load(folder: Path) -> tuple[Snapshot, str] | None:
    from autogpt import wire

    try:
        data = json.loads((folder / "ground.json").read_text(encoding="utf-8"))
        return wire.structure(data["snapshot"], Snapshot), str(data["branch"])
    except (OSError, ValueError, KeyError):
        return None


def resumable(
    workspace: Path, run_id: str, today: Settings, given: Mapping[str, Any], unsaved: tuple[UnsavedText, ...] = ()
) -> tuple[Task, Settings]:
    """The task and the settings of an interrupted run, for `resume`: see `autogpt.config.restored`.

    `unsaved` is what editors show now; it is for a run that had not begun and so has no snapshot of its own. Raise
    `UsageError` when the run ended, or nothing is known of its task.
    """
    folder = journal.find_run(workspace, run_id)
    state = journal.state_of(folder)
    if state.status != "interrupted":
        raise UsageError(f"Run {folder.name} is {state.status}, so there is nothing to resume.")
    if state.task is None:
        raise UsageError(f"Run {folder.name} was interrupted before it began.", "Start it again.")
    task = replace(state.task, workspace=str(workspace), unsaved=state.task.unsaved if state.base else unsaved)
    return task, config.restored(state.settings, today, given)
