"""Bringing a proposal into the editor and back out: planned by the worker, done by `workspace/applyEdit`, then checked.

Some clients say `applied` when they dropped the edit, so what really happened is read off the documents.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsprotocol import types

from autogpt import wire
from autogpt.worker import protocol as worker
from autogpt.worker.protocol import Clash, FileWrite, Planned
from autogpt_lsp import uris
from autogpt_lsp.documents import Document, Documents, split_lines
from autogpt_lsp.editor import Editor
from autogpt_lsp.edits import moves, same_text, text_edits
from autogpt_lsp.protocol import Protocol
from autogpt_lsp.runs import Runs
from autogpt_lsp.states import Entry

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 60.0
"""Seconds for the client to answer an edit; it may ask the person to confirm."""
SETTLE = 2.0
"""Seconds for the changes of the edit to arrive as notifications."""


class Applier:
    """Apply and revert, one at a time: two edits of the same file must not cross."""

    def __init__(self, protocol: Protocol, documents: Documents, runs: Runs) -> None:
        self._protocol, self._documents, self._runs = protocol, documents, runs
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()

    def document_changed(self) -> None:
        """Some document was opened, changed or closed."""
        self._moved.set()

    async def apply(
        self,
        entry: Entry,
        editor: Editor,
        *,
        files: Sequence[str] | None,
        hunks: Sequence[str] | None,
        confirm: bool = False,
    ) -> dict[str, Any]:
        """Write the proposal, or parts of it, into the editor; `{applied, conflicts}` tell what happened."""
        async with self._turn:
            request = worker.Plan(
                entry.run,
                str(entry.root),
                None if files is None else tuple(files),
                None if hunks is None else tuple(hunks),
                self._current(entry.root),
            )
            planned = wire.structure(await self._runs.worker.ask("plan", request), Planned)
            done, failed = await self._carry_out(entry, editor, planned, confirm=confirm, revert=False)
            missed = {clash.path for clash in failed}
            carried = tuple(hunk for hunk in planned.hunks if _path_of(entry, hunk) not in missed)
            if done or carried:
                record = worker.Applied(entry.run, str(entry.root), tuple(done), carried)
                await self._runs.worker.ask("applied", record)
            entry.applied |= set(carried)
            entry.rejected -= set(carried)
        self._runs.tell(entry, now=True)
        return {
            "applied": sorted(write.path for write in done),
            "conflicts": [_clash_json(clash) for clash in (*planned.conflicts, *failed)],
        }

    async def revert(self, entry: Entry, editor: Editor) -> list[Clash]:
        """Take back what was applied of this run and nothing else; what cannot be is returned and left alone."""
        async with self._turn:
            request = worker.PlanRevert(entry.run, str(entry.root), self._current(entry.root))
            planned = wire.structure(await self._runs.worker.ask("plan_revert", request), Planned)
            done, failed = await self._carry_out(entry, editor, planned, confirm=False, revert=True)
            as_before = [write for write in planned.writes if write.before == write.after and not write.raw]
            left = {clash.path for clash in (*planned.conflicts, *failed)}
            back = {hunk for hunk in entry.applied if _path_of(entry, hunk) not in left}
            gone = tuple(write for write in (*done, *as_before) if write.path not in left)
            await self._runs.worker.ask("reverted", worker.Applied(entry.run, str(entry.root), gone, tuple(back)))
            entry.applied -= back
            if not entry.applied:  # what an earlier server knew of it is over as well
                entry.state = replace(entry.state, applied=False)
        self._runs.tell(entry, now=True)
        return [*planned.conflicts, *failed]

    def _current(self, root: Path) -> dict[str, str]:
        return {path: document.text for path, document in self._documents.inside(root)}

    async def _carry_out(
        self, entry: Entry, editor: Editor, planned: Planned, *, confirm: bool, revert: bool
    ) -> tuple[list[FileWrite], list[Clash]]:
        """Send the text edits, let the worker write what no text edit can, and look what came of it."""
        wanted = [write for write in planned.writes if write.before != write.after or write.raw]
        raw = [write for write in wanted if write.raw or not _able(editor, write)]
        texts = [write for write in wanted if write not in raw]
        done: list[FileWrite] = []
        failed: list[Clash] = []
        if raw:
            paths = tuple(write.path for write in raw)
            request = worker.WriteFiles(entry.run, str(entry.root), paths, revert)
            written = set((await self._runs.worker.ask("write", request))["written"])
            done += [replace(write, raw=True) for write in raw if write.path in written]
            failed += [
                Clash(write.path, "The file could not be written.") for write in raw if write.path not in written
            ]
        if texts:
            verb = "Take back" if revert else "Apply"
            edit = self._workspace_edit(entry, editor, texts, confirm=confirm)
            params = types.ApplyWorkspaceEditParams(
                edit,
                f"{verb}: {entry.title()[:80]}",
                types.WorkspaceEditMetadata(is_refactoring=True) if editor.metadata else None,
            )
            answer = await self._answer(entry.root, params, texts)
            said = bool(answer is not None and answer.applied)
            reason = getattr(answer, "failure_reason", None) or "The editor did not make the change."
            for write in texts:
                happened = await self._happened(entry.root, write, said)
                if happened:
                    done.append(write)
                else:
                    failed.append(Clash(write.path, reason))
        return done, failed

    async def _answer(self, root: Path, params: types.ApplyWorkspaceEditParams, texts: Sequence[FileWrite]) -> Any:
        """What the client says of the edit; None when it made the edit and says nothing, as ALE does."""
        asked = asyncio.ensure_future(
            self._protocol.ask_client(types.WORKSPACE_APPLY_EDIT, params, timeout=ANSWER_TIMEOUT)
        )
        try:
            while not asked.done():
                self._moved.clear()
                made = all(self._is_made(root, write) for write in texts)
                moved = asyncio.ensure_future(self._moved.wait())
                try:
                    await asyncio.wait({asked, moved}, timeout=SETTLE if made else None, return_when="FIRST_COMPLETED")
                finally:
                    moved.cancel()
                if made and not self._moved.is_set() and not asked.done():
                    return None
            return asked.result()
        finally:
            asked.cancel()

    def _is_made(self, root: Path, write: FileWrite) -> bool:
        document = self._documents.at(root / write.path)
        if document is not None and write.after is not None:
            return same_text(document.text, write.after)
        return self._on_disk(root / write.path, write.after)

    async def _happened(self, root: Path, write: FileWrite, said: bool) -> bool:
        """Whether the text is what was wanted, in the document if one is open, else on disk."""
        deadline = asyncio.get_running_loop().time() + (SETTLE if said else 0.2)
        while True:
            self._moved.clear()
            document = self._documents.at(root / write.path)
            if document is not None and write.after is not None and same_text(document.text, write.after):
                return True
            if (document is None or write.after is None) and self._on_disk(root / write.path, write.after):
                return True
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                # Not open, not on disk: some clients change a buffer that they do not open for us. Theirs is the word.
                return said and document is None
            try:
                await asyncio.wait_for(self._moved.wait(), min(left, 0.1))
            except asyncio.TimeoutError:
                continue

    def _on_disk(self, path: Path, after: str | None) -> bool:
        try:
            return after is not None and same_text(path.read_text(encoding="utf-8"), after)
        except FileNotFoundError:
            return after is None
        except (OSError, UnicodeDecodeError):
            return False

    def _workspace_edit(
        self, entry: Entry, editor: Editor, writes: Sequence[FileWrite], *, confirm: bool
    ) -> types.WorkspaceEdit:
        annotate = confirm and editor.annotations and editor.document_changes
        changes: list[Any] = []
        plain: dict[str, list[types.TextEdit]] = {}
        moved = self._moved_files(entry.root, editor, writes)
        for old, new in moved.items():
            changes += self._move(entry.root, old, new, annotate=annotate)
        settled = {write.path for pair in moved.items() for write in pair}
        for write in (write for write in writes if write.path not in settled):
            path = entry.root / write.path
            document = self._documents.at(path)
            uri = document.uri if document else uris.from_path(path)
            if write.after is None:
                changes.append(types.DeleteFile(uri, options=types.DeleteFileOptions(ignore_if_not_exists=True)))
                continue
            if write.before is None and document is None:
                changes.append(types.CreateFile(uri, options=types.CreateFileOptions(ignore_if_exists=True)))
            shown = document or Document(uri, "", 0, split_lines(write.before or ""), self._documents.encoding)
            edits = text_edits(shown, write.after)
            plain[uri] = edits
            identifier = types.OptionalVersionedTextDocumentIdentifier(uri, document.version if document else None)
            changes.append(
                types.TextDocumentEdit(identifier, [_annotated(edit) for edit in edits] if annotate else edits)
            )
        if not editor.document_changes:
            return types.WorkspaceEdit(changes=plain)
        label = types.ChangeAnnotation(entry.title()[:80], needs_confirmation=True, description=f"Run {entry.run}")
        return types.WorkspaceEdit(
            document_changes=changes, change_annotations={ANNOTATION: label} if annotate else None
        )

    def _moved_files(self, root: Path, editor: Editor, writes: Sequence[FileWrite]) -> dict[FileWrite, FileWrite]:
        """What goes and comes under another name: an editor that can moves it, with its buffer and its history."""
        if "rename" not in editor.resource_operations:
            return {}
        gone = {write.path: write for write in writes if write.after is None}
        made = {write.path: write for write in writes if write.before is None and not (root / write.path).exists()}
        pairs = moves(
            {path: write.before or "" for path, write in gone.items()},
            {path: write.after or "" for path, write in made.items()},
        )
        return {gone[old]: made[new] for old, new in pairs.items()}

    def _move(self, root: Path, old: FileWrite, new: FileWrite, *, annotate: bool) -> list[Any]:
        document = self._documents.at(root / old.path)
        uri = uris.from_path(root / new.path)
        changes: list[Any] = [types.RenameFile(document.uri if document else uris.from_path(root / old.path), uri)]
        shown = Document(uri, "", 0, split_lines(old.before or ""), self._documents.encoding)
        edits = text_edits(shown, new.after or "")
        if edits:
            identifier = types.OptionalVersionedTextDocumentIdentifier(uri)
            changes.append(types.TextDocumentEdit(identifier, [*map(_annotated, edits)] if annotate else edits))
        return changes


ANNOTATION = "autogpt"


def _annotated(edit: types.TextEdit) -> types.AnnotatedTextEdit:
    return types.AnnotatedTextEdit(ANNOTATION, edit.range, edit.new_text)


def _able(editor: Editor, write: FileWrite) -> bool:
    """Whether the client can do it: files are created and deleted by resource operations only."""
    if write.after is None:
        return "delete" in editor.resource_operations
    return write.before is not None or "create" in editor.resource_operations


def _path_of(entry: Entry, hunk: str) -> str:
    for file in entry.proposal.values():
        if any(known.id == hunk for known in file.hunks):
            return file.path
    return ""


def _clash_json(clash: Clash) -> dict[str, Any]:
    return {"path": clash.path, "reason": clash.reason, "line": clash.line, "hunk": clash.hunk}
