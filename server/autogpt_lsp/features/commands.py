"""The commands of the contract: each takes one JSON object, checks it, and answers at once."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from autogpt import __version__, paths
from autogpt.errors import UsageError
from autogpt.task import Target, Task, UnsavedText
from autogpt.worker.protocol import Diff, Places
from autogpt_lsp import uris
from autogpt_lsp.arguments import Arguments
from autogpt_lsp.comments import checked_range, comment_of, path_in, shown
from autogpt_lsp.documents import Document
from autogpt_lsp.edits import same_text
from autogpt_lsp.features.hover import explain
from autogpt_lsp.settings import options_of
from autogpt_lsp.states import Entry, state_json

if TYPE_CHECKING:
    from autogpt_lsp.app import Server

Command = Callable[["Server", Arguments], Awaitable[Any]]


def register(server: Server) -> None:
    """Put every command into the server's table."""
    for name, (fields, command) in COMMANDS.items():
        server.commands[name] = _bound(server, name, fields, command)


def _bound(server: Server, name: str, fields: str, command: Command) -> Callable[[Any], Awaitable[Any]]:
    known = frozenset(fields.split())

    async def handle(given: Mapping[str, Any]) -> Any:
        await server.settings.settled()
        return await command(server, Arguments(name, given, known))

    return handle


async def implement(server: Server, given: Arguments) -> Any:
    server.trust.check()
    text = given.text("task")
    uri, span = given.optional_text("uri"), given.optional_range()
    if uri is None and span is not None:
        raise UsageError("`range` says nothing without the `uri` of its file.")
    root = server.folders.choose(uri, given.optional_text("root"))
    target = None if uri is None else _target(server, uri, span, root)
    return _start(server, Task("implement", str(root), text, target=target), given)


async def fix(server: Server, given: Arguments) -> Any:
    server.trust.check()
    uri, tests = given.optional_text("uri"), given.optional_texts("tests") or ()
    root = server.folders.choose(uri, given.optional_text("root"))
    target = None if uri is None else _target(server, uri, None, root)
    return _start(server, Task("fix", str(root), tests=tests, target=target), given)


async def refine(server: Server, given: Arguments) -> Any:
    server.trust.check()
    parent = await server.runs.find(given.text("run"), server.folders.roots)
    if parent.at_work:
        raise UsageError(f"Run {parent.run} is still at work.", "Steer it, or wait for its end.")
    await server.runs.load_proposal(parent)
    comments = tuple(comment_of(server, item, parent) for item in given.objects("comments"))
    return _start(server, Task("refine", str(parent.root), parent=parent.run, comments=comments), given)


def _start(server: Server, task: Task, given: Arguments) -> dict[str, str]:
    root = Path(task.workspace)
    options = {**server.settings.of(root).options, **options_of(given.value("options"))}
    return {"run": server.runs.begin(replace(task, unsaved=_unsaved(server, root)), options).run}


def _unsaved(server: Server, root: Path) -> tuple[UnsavedText, ...]:
    inside = server.documents.inside(root)
    return tuple(UnsavedText(path, document.text) for path, document in inside if is_dirty(document))


def is_dirty(document: Document) -> bool:
    """Whether the editor shows something else than the disk has."""
    if document.path is None:
        return False
    try:
        return not same_text(document.path.read_bytes().decode("utf-8-sig"), document.text)
    except FileNotFoundError:
        return True
    except UnicodeDecodeError:
        return document.text != document.opened_as  # another encoding: only the editor knows how to read it
    except OSError:
        return False


def _target(server: Server, uri: str, span: types.Range | None, root: Path) -> Target:
    relative = path_in(uri, root)
    if span is None:
        return Target(relative)
    return Target(relative, checked_range(shown(server, uri), relative, span))


async def steer(server: Server, given: Arguments) -> Any:
    await server.runs.steer(given.text("run"), given.text("message"))
    return {}


async def cancel(server: Server, given: Arguments) -> Any:
    return state_json(await server.runs.cancel(await _known(server, given), "Cancelled."))


async def resume(server: Server, given: Arguments) -> Any:
    server.trust.check()
    changed = options_of(given.value("options"))
    run = await _known(server, given)
    root = server.runs.entries[run].root
    today = server.settings.of(root).options
    entry = await server.runs.resume(run, options=today, changed=changed, unsaved=_unsaved(server, root))
    return state_json(entry)


async def get(server: Server, given: Arguments) -> Any:
    entry = server.runs.entries[await _known(server, given)]
    await server.runs.load_proposal(entry)
    return state_json(entry)


async def _known(server: Server, given: Arguments) -> str:
    entry = await server.runs.find(given.text("run"), server.folders.roots)
    return entry.run


async def list_runs(server: Server, given: Arguments) -> Any:
    roots = list(dict.fromkeys([*server.folders.roots, *(entry.root for entry in server.runs.entries.values())]))
    return {"runs": [state_json(entry) for entry in await server.runs.list(roots)]}


async def diff(server: Server, given: Arguments) -> Any:
    path = given.optional_text("path")
    chosen = () if path is None else (uris.checked_relative(path),)
    entry = server.runs.entries[await _known(server, given)]
    return await server.runs.worker.ask("diff", Diff(entry.run, str(entry.root), chosen))


async def apply(server: Server, given: Arguments) -> Any:
    files, hunks = given.optional_texts("files"), given.optional_texts("hunks")
    chosen = None if files is None else tuple(uris.checked_relative(path) for path in files)
    entry = await _ended(server, given, "applied")
    _check_hunks(entry, hunks)
    confirm = server.settings.of(entry.root).server.confirm_changes
    return await server.applier.apply(entry, server.editor, files=chosen, hunks=hunks, confirm=confirm)


async def revert(server: Server, given: Arguments) -> Any:
    entry = await _ended(server, given, "reverted")
    left = await server.applier.revert(entry, server.editor)
    return {**state_json(entry), "conflicts": [asdict(clash) for clash in left]}


async def reject(server: Server, given: Arguments) -> Any:
    hunks = given.optional_texts("hunks")
    entry = await _ended(server, given, "rejected")
    known = _check_hunks(entry, hunks)
    entry.rejected |= (set(hunks) if hunks is not None else known) - entry.applied
    server.runs.tell(entry, now=True)
    return state_json(entry)


def _check_hunks(entry: Entry, asked: tuple[str, ...] | None) -> set[str]:
    """Ids of all hunks of a proposal. Raise `UsageError` when another one was asked for."""
    known = {hunk.id for file in entry.proposal.values() for hunk in file.hunks}
    for hunk in asked or ():
        if hunk not in known:
            raise UsageError(f"Run {entry.run} has no hunk `{uris.shorten(hunk, 40)}`.")
    return known


async def _ended(server: Server, given: Arguments, verb: str) -> Entry:
    entry = server.runs.entries[await _known(server, given)]
    if entry.at_work:
        raise UsageError(f"Run {entry.run} is still at work, so it cannot be {verb} yet.")
    await server.runs.load_proposal(entry)
    return entry


async def discard(server: Server, given: Arguments) -> Any:
    entry = server.runs.entries[await _known(server, given)]
    await server.runs.discard(entry)
    return state_json(entry)


async def models(server: Server, given: Arguments) -> Any:
    return await _ask_about(server, given, "models")


async def doctor(server: Server, given: Arguments) -> Any:
    server.trust.check()
    return await _ask_about(server, given, "doctor")


async def _ask_about(server: Server, given: Arguments, method: str) -> Any:
    root = given.optional_text("root")
    roots = [server.folders.choose(None, root)] if root is not None else server.folders.roots
    options = server.settings.of(roots[0] if roots else None).options
    return await server.runs.worker.ask(method, Places(tuple(map(str, roots)), options))


async def info(server: Server, given: Arguments) -> Any:
    """Enough for a bug report; nothing secret."""
    folders = {}
    for root in server.folders.roots:
        settings = server.settings.of(root)
        folders[str(root)] = {
            "options": settings.options,
            "server": asdict(settings.server),
            "sources": settings.sources,
            "problems": list(settings.problems),
        }
    return {
        "version": __version__,
        "python": sys.executable,
        "python_version": platform.python_version(),
        "platform": platform.platform(),
        "pid": os.getpid(),
        "client": server.editor.name,
        "position_encoding": server.documents.encoding,
        "trusted": server.trust.given,
        "paths": {
            "state": str(paths.state_home()),
            "config": str(paths.config_file()),
            "log": str(server.log_path or ""),
        },
        "worker": {"pid": server.runs.worker.pid, "starts": server.runs.worker.starts, **server.runs.worker.info},
        "model": server.settings.of(server.folders.roots[0] if server.folders.roots else None).options.get(
            "model", "builtin"
        ),
        "folders": folders,
        "documents": len(server.documents),
        "runs": {entry.run: entry.state.status for entry in server.runs.entries.values()},
    }


COMMANDS: dict[str, tuple[str, Command]] = {
    "autogpt.run.implement": ("task uri range root options", implement),
    "autogpt.run.fix": ("tests uri root options", fix),
    "autogpt.run.refine": ("run comments options", refine),
    "autogpt.run.steer": ("run message", steer),
    "autogpt.run.cancel": ("run", cancel),
    "autogpt.run.resume": ("run options", resume),
    "autogpt.run.get": ("run", get),
    "autogpt.run.list": ("", list_runs),
    "autogpt.proposal.diff": ("run path", diff),
    "autogpt.proposal.apply": ("run files hunks", apply),
    "autogpt.proposal.revert": ("run", revert),
    "autogpt.proposal.reject": ("run hunks", reject),
    "autogpt.proposal.explain": ("run hunk discuss", explain),
    "autogpt.proposal.discard": ("run", discard),
    "autogpt.server.info": ("", info),
    "autogpt.server.models": ("root", models),
    "autogpt.server.doctor": ("root", doctor),
}
