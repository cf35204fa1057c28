"""What the server keeps of a run, and the state object of the contract made from it. JSON is written here only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autogpt import wire
from autogpt.events import FailedTest, Place
from autogpt.state import RunState, interrupted
from autogpt.worker.protocol import Hunk
from autogpt_lsp import uris

ENDS = frozenset({"verified", "unverified", "failed", "cancelled", "error", "interrupted"})


@dataclass(frozen=True, slots=True)
class FileProposal:
    """One file of a proposal: its texts (None: no such file, or not text) and the hunks between them."""

    path: str
    base: str | None
    new: str | None
    hunks: tuple[Hunk, ...]


@dataclass(slots=True)
class Entry:
    """One run. `state` is the fold of its events; the rest is what happened to its proposal in this server."""

    root: Path
    state: RunState
    proposal: dict[str, FileProposal] = field(default_factory=dict[str, FileProposal])
    applied: set[str] = field(default_factory=set[str])
    rejected: set[str] = field(default_factory=set[str])
    suspects: dict[str, None] = field(default_factory=dict[str, None])
    """Functions the run looked into, as `path::Class.method`, the most suspicious first."""
    failing: tuple[str, ...] = ()
    """Tests that failed before the run changed anything."""
    failures: tuple[FailedTest, ...] = ()
    """The first of them in detail."""
    suspected: dict[tuple[str, ...], tuple[Place, ...]] = field(
        default_factory=dict[tuple[str, ...], "tuple[Place, ...]"]
    )
    """Lines that may hold the fault, by the tests whose fault it would be."""
    recorded: bool = False
    """Whether there is a journal of it, so that a later server, or this one, can go on with it."""
    discarded: bool = False
    own: bool = True
    """At work in this server's worker, or begun by it."""
    followed: bool = False
    """Looked at now and then, because another process is at work on it."""
    step: str = ""
    """What the server itself has to say about the run; empty once events speak."""
    told: float = 0.0
    timer: asyncio.TimerHandle | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def run(self) -> str:
        return self.state.run

    @property
    def at_work(self) -> bool:
        return self.state.status not in ENDS

    def title(self) -> str:
        return self.state.task.title() if self.state.task else self.run

    def pending(self) -> Iterable[tuple[FileProposal, Hunk]]:
        """Hunks that were neither applied nor rejected."""
        for file in self.proposal.values():
            for hunk in file.hunks:
                if hunk.id not in self.applied and hunk.id not in self.rejected:
                    yield file, hunk

    def end(self, status: str, reason: str) -> None:
        """An end that no event told: the worker died, or the run never began."""
        if status == "interrupted":
            self.state = interrupted(self.state, reason)
        else:
            self.state = replace(self.state, status=status, reason=reason, step=reason)
        self.ended.set()


def state_json(entry: Entry) -> dict[str, Any]:
    """The state of the contract, with what the product adds: plan, candidates, baseline, applied, discarded."""
    state = entry.state
    return {
        "run": state.run,
        "task": entry.title(),
        "root": str(entry.root),
        "status": state.status,
        "phase": state.phase,
        "step": entry.step or state.step,
        "iteration": state.iteration,
        "model": state.model,
        "branch": state.branch,
        "base": state.base,
        "commit": state.commit,
        "tests": {
            "command": state.tests.command,
            "fixed": list(state.tests.fixed),
            "broken": list(state.tests.broken),
            "still_failing": list(state.tests.still_failing),
            "preexisting": list(state.tests.preexisting),
            "added": list(state.tests.added),
        },
        "files": [_file_json(entry, stat.path, stat.added, stat.removed) for stat in state.files],
        "tokens": {
            "prompt": state.tokens.prompt,
            "completion": state.tokens.completion,
            "cached": state.tokens.cached,
        },
        "cost_usd": state.cost_usd,
        "seconds": round(state.seconds, 3),
        "reason": state.reason,
        "warnings": list(state.warnings),
        "kind": state.task.kind if state.task else "",
        "plan": [{"step": step, "done": done} for step, done in state.plan],
        "candidates": state.candidates,
        "baseline": {"passed": state.baseline_passed, "failing": state.baseline_failing},
        "started": state.started,
        "applied": bool(entry.applied) or state.applied,
        "discarded": entry.discarded,
    }


def _file_json(entry: Entry, path: str, added: int, removed: int) -> dict[str, Any]:
    file = entry.proposal.get(path)
    return {
        "uri": uris.from_path(entry.root / path),
        "path": path,
        "added": added,
        "removed": removed,
        "hunks": [_hunk_json(entry, hunk) for hunk in file.hunks] if file else [],
    }


def needed_by(entry: Entry, hunk: Hunk) -> tuple[str, ...] | None:
    """Tests that need this hunk; None where that was not tried. The only hunk of a proposal did all that was done."""
    if sum(len(file.hunks) for file in entry.proposal.values()) == 1:
        return (*entry.state.tests.fixed, *entry.state.tests.added)
    for part in entry.state.weighed:
        if (part.path, part.base_line, part.base_count) == (hunk.path, hunk.base_line, hunk.base_count):
            return part.tests
    return None


def _hunk_json(entry: Entry, hunk: Hunk) -> dict[str, Any]:
    decided = "applied" if hunk.id in entry.applied else "rejected" if hunk.id in entry.rejected else "pending"
    return {
        "id": hunk.id,
        "base_line": hunk.base_line,
        "base_count": hunk.base_count,
        "new_line": hunk.new_line,
        "new_count": hunk.new_count,
        "decided": decided,
        "tests": None if (tests := needed_by(entry, hunk)) is None else list(tests),
    }


def state_from_json(data: Any) -> RunState:
    """A state as the worker reads it from a journal."""
    return wire.structure(data, RunState)
