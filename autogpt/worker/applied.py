"""What was applied in an editor, kept in the run's folder: enough to take back that and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from autogpt import journal, wire
from autogpt.errors import UsageError
from autogpt.worker.hunks import decoded, merge, same_text
from autogpt.worker.protocol import Applied, Clash, FileWrite, Planned, PlanRevert, RunRef

FILE = "editor.json"


@dataclass(frozen=True, slots=True)
class Record:
    """Steps in the order they were made, and the hunks that they brought."""

    steps: tuple[FileWrite, ...] = ()
    hunks: tuple[str, ...] = ()


def record(applied: Applied) -> None:
    """Remember what was written."""
    folder = journal.find_run(Path(applied.workspace), applied.run)
    known = _read(folder)
    _write(folder, Record((*known.steps, *applied.writes), (*known.hunks, *applied.hunks)))


def hunks(ref: RunRef) -> tuple[str, ...]:
    return _read(journal.find_run(Path(ref.workspace), ref.run)).hunks


def plan_revert(asked: PlanRevert) -> Planned:
    """What to write so that the applied steps are gone, newest first, and later edits stay."""
    workspace = Path(asked.workspace)
    known = _read(journal.find_run(workspace, asked.run))
    if not known.steps:
        raise UsageError(f"Nothing of run {asked.run} was applied here.")
    texts: dict[str, str | None] = {}
    raw: dict[str, FileWrite] = {}
    clashes: dict[str, Clash] = {}
    for step in reversed(known.steps):
        if step.raw:
            raw[step.path] = step
            continue
        now = texts[step.path] if step.path in texts else _current(workspace, step.path, asked.current)
        back, clash = _undo(step, now)
        texts[step.path] = back
        if clash is not None:
            clashes.setdefault(step.path, clash)
    writes = [FileWrite(path, _current(workspace, path, asked.current), text) for path, text in texts.items()]
    changed = [write for write in writes if write.before != write.after]
    return Planned((*changed, *raw.values()), tuple(clashes.values()), known.hunks)


def forget(reverted: Applied) -> None:
    """These files were taken back."""
    folder = journal.find_run(Path(reverted.workspace), reverted.run)
    gone = {write.path for write in reverted.writes}
    known = _read(folder)
    left = tuple(step for step in known.steps if step.path not in gone)
    if left:
        _write(folder, Record(left, tuple(set(known.hunks) - set(reverted.hunks))))
    else:
        (folder / FILE).unlink(missing_ok=True)


def _undo(step: FileWrite, now: str | None) -> tuple[str | None, Clash | None]:
    if step.before is None or step.after is None:
        if now is None or step.after is None or same_text(now, step.after):
            untouched = now is None or step.after is not None
            return (step.before, None) if untouched else (now, Clash(step.path, "The file is there again."))
        return now, Clash(step.path, "The file was changed after it was applied.")
    if now is None:
        return None, Clash(step.path, "The file was deleted after it was applied.")
    merged = merge(step.path, step.after, step.before, now)
    clash = merged.conflicts[0] if merged.conflicts else None
    return merged.text, clash and Clash(step.path, "You changed the same lines after they were applied.", clash.line)


def _current(workspace: Path, path: str, opened: dict[str, str]) -> str | None:
    from autogpt.agent import manage

    return opened[path] if path in opened else decoded(manage.read_file(workspace, path))


def _read(folder: Path) -> Record:
    try:
        return wire.structure(json.loads((folder / FILE).read_text(encoding="utf-8")), Record)
    except (FileNotFoundError, ValueError):
        return Record()


def _write(folder: Path, record: Record) -> None:
    from dataclasses import asdict

    temporary = folder / (FILE + ".new")
    temporary.write_text(json.dumps(asdict(record)), encoding="utf-8")
    temporary.replace(folder / FILE)
