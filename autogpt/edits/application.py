"""All edits of a reply on the files as they are: every one of them, or none and the reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autogpt.edits.base import (
    Applied,
    Delete,
    Edit,
    Refusal,
    Refused,
    Rename,
    SearchReplace,
    SymbolEdit,
    UnifiedDiff,
    WholeFile,
)
from autogpt.edits.checks import collapsed, shortened, syntax_problem
from autogpt.edits.document import Document, new_document, read_document, split
from autogpt.edits.policy import PathPolicy, normalize
from autogpt.edits.replacing import Replaced, search_replace
from autogpt.edits.symbol_edits import replace_symbol

MAX_BYTES = 10_000_000
"""A larger file is not edited: it is data, and no model has read it."""

Read = Callable[[str], "bytes | None"]


def apply(edits: Sequence[Edit], read: Read, *, policy: PathPolicy) -> Applied | Refused:
    """Apply edits in order over what `read` gives for a path (None: no such file). All or nothing."""
    stage = _Stage(read, policy)
    if not edits:
        return Refused((Refusal("(answer)", "it holds no edit; send at least one edit block."),))
    refusals = [refusal for edit in edits if (refusal := stage.take(edit)) is not None]
    refusals += stage.check(except_for={refusal.path for refusal in refusals})
    if refusals:
        return Refused(tuple(refusals))
    return Applied(stage.change(), tuple(stage.notes))


@dataclass
class _Stage:
    """Files as they are after the edits so far, in memory."""

    read: Read
    policy: PathPolicy
    before: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    after: dict[str, bytes | None] = field(default_factory=dict[str, "bytes | None"])
    notes: list[str] = field(default_factory=list[str])
    moved: set[str] = field(default_factory=set[str])

    def take(self, edit: Edit) -> Refusal | None:
        """Apply one edit to the stage, or say why not."""
        paths = [normalize(edit.path), *([normalize(edit.new)] if isinstance(edit, Rename) else [])]
        for path in paths:
            if problem := self.policy.check(path):
                return Refusal(path, problem)
        data = self._current(paths[0])
        if data is not None and len(data) > MAX_BYTES:
            return Refusal(paths[0], f"the file has {len(data):,} bytes; files above {MAX_BYTES:,} are not edited.")
        match edit:
            case Delete():
                return self._delete(paths[0], data)
            case Rename():
                return self._rename(paths[0], paths[1], data)
            case WholeFile():
                return self._whole(WholeFile(paths[0], edit.text), data)
            case _:
                return self._edit(edit, paths[0], data)

    def check(self, except_for: set[str]) -> list[Refusal]:
        """What can only be said of the end result: Python files parse, and no file is as it was."""
        refusals: list[Refusal] = []
        for path, data in self.after.items():
            if data is None or path in except_for or data == self.before[path] or path in self.moved:
                continue
            old, new = self.before[path], read_document(data)
            before = read_document(old) if old is not None else None
            if new and (problem := syntax_problem(path, before.text if before else None, new.text)):
                refusals.append(Refusal(path, problem))
        if not refusals and not except_for and not self.change():
            refusals.append(
                Refusal(next(iter(self.after)), "the edits together change nothing; send what should change.")
            )
        return refusals

    def change(self) -> dict[str, bytes | None]:
        """Paths whose content is not what it was."""
        return {path: data for path, data in self.after.items() if data != self.before[path]}

    def _current(self, path: str) -> bytes | None:
        if path not in self.before:
            self.before[path] = self.after[path] = self.read(path)
        return self.after[path]

    def _delete(self, path: str, data: bytes | None) -> Refusal | None:
        if data is None:
            return Refusal(path, "there is no such file to delete; check the path.")
        self.after[path] = None
        return None

    def _rename(self, path: str, new: str, data: bytes | None) -> Refusal | None:
        if data is None:
            return Refusal(path, "there is no such file to rename; check the path.")
        if self._current(new) is not None:
            return Refusal(new, "a file of that name exists; choose another name, or delete that file first.")
        self.after[path], self.after[new] = None, data
        self.moved.add(new)
        return None

    def _whole(self, edit: WholeFile, data: bytes | None) -> Refusal | None:
        document = read_document(data) if data is not None else None
        if data is not None and document is None:
            return Refusal(edit.path, "the file is binary; it can't be edited as text.")
        lines = split(edit.text)[0]
        old = document.lines if document else ()
        if problem := collapsed(old, lines) or shortened(edit.path, lines, {line.strip() for line in old}):
            return Refusal(edit.path, problem)
        fresh = new_document(edit.text) if document is None or not document.lines else None
        result = fresh or (document.splice(0, len(old), lines) if document else new_document(edit.text))
        if document is not None and result == document:
            return Refusal(edit.path, "the text is what the file holds already; send what should change.")
        return self._store(edit.path, result)

    def _edit(self, edit: SymbolEdit | SearchReplace | UnifiedDiff, path: str, data: bytes | None) -> Refusal | None:
        if data is None:
            return self._new_by(edit, path)
        document = read_document(data)
        if document is None:
            return Refusal(path, "the file is binary; it can't be edited as text.")
        for part in _parts(edit, path):
            replaced = (
                replace_symbol(document, part) if isinstance(part, SymbolEdit) else search_replace(document, part)
            )
            if not isinstance(replaced, Replaced):
                return replaced
            document = replaced.document
            self.notes += replaced.notes
        return self._store(path, document)

    def _new_by(self, edit: SymbolEdit | SearchReplace | UnifiedDiff, path: str) -> Refusal | None:
        """An empty SEARCH, or a diff from nothing, makes a new file."""
        parts = _parts(edit, path)
        if len(parts) == 1 and isinstance(parts[0], SearchReplace) and not parts[0].search.strip():
            return self._whole(WholeFile(path, parts[0].replace), None)
        return Refusal(path, "there is no such file; check the path, or send a `file` edit to create it.")

    def _store(self, path: str, document: Document) -> Refusal | None:
        try:
            self.after[path] = document.to_bytes()
        except UnicodeEncodeError as error:
            bad = error.object[error.start : error.start + 1]
            return Refusal(
                path, f"the file is in {document.encoding}, which has no `{bad}`; write it with other characters."
            )
        return None


def _parts(edit: SymbolEdit | SearchReplace | UnifiedDiff, path: str) -> list[SymbolEdit | SearchReplace]:
    match edit:
        case SymbolEdit():
            return [SymbolEdit(path, edit.symbol, edit.text)]
        case SearchReplace():
            return [SearchReplace(path, edit.search, edit.replace, edit.scope)]
        case UnifiedDiff():
            return [SearchReplace(path, hunk.old, hunk.new, hunk.scope) for hunk in edit.hunks]
