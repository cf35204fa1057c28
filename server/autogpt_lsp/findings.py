"""What the runs found out about the files: tests that fail, functions under suspicion, hunks waiting for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autogpt.events import FailedTest, Place
from autogpt.worker.protocol import Hunk
from autogpt_lsp.documents import Document, split_lines
from autogpt_lsp.edits import changed_blocks
from autogpt_lsp.states import Entry, FileProposal, needed_by
from autogpt_lsp.syntax import Outline, Symbol, read_outline


@dataclass(frozen=True, slots=True)
class FailingTest:
    """A test that failed when a run looked, with what it said and the places that may be to blame for it.

    A suspect without a line is a function as a whole.
    """

    id: str
    run: str
    told: FailedTest | None = None
    suspects: tuple[Place, ...] = ()

    @property
    def path(self) -> str:
        return self.id.partition("::")[0]

    @property
    def qualified(self) -> str:
        """The name inside its file, without parameters: `Class.test_name`."""
        return self.id.partition("::")[2].partition("[")[0].replace("::", ".")

    @property
    def assertion(self) -> Place | None:
        """The innermost line of the test's own file: the assertion, or the call that led to it."""
        frames = self.told.frames if self.told else ()
        return next((frame for frame in reversed(frames) if frame.path == self.path), None)

    @property
    def message(self) -> str:
        """What failed, without a traceback; the compared values where there are some."""
        if self.told is None or not (self.told.message or self.told.exception):
            return f"This test fails: {self.id}"
        text = "\n".join(self.told.message.strip().splitlines()[:MESSAGE_LINES])
        kind = "" if self.told.exception in ("", "AssertionError") else self.told.exception
        return ": ".join(part for part in (self.qualified or self.path, kind, text) if part)


@dataclass(frozen=True, slots=True)
class Placed:
    """A hunk where it is in the text as it is now, lines from 0, `last` included."""

    entry: Entry
    file: FileProposal
    hunk: Hunk
    first: int
    last: int


class Findings:
    """By workspace. What a later run says replaces what an earlier one said."""

    def __init__(self) -> None:
        self._failing: dict[Path, dict[str, FailingTest]] = {}

    def hear(self, entry: Entry) -> bool:
        """Take in a run's news; whether anything changed."""
        before = self._failing.get(entry.root, {})
        after = dict(before)
        if entry.failing:
            told = {failure.id: failure for failure in entry.failures}
            after = {id: _failing_test(entry, id, told.get(id)) for id in entry.failing}
        if entry.applied:
            for id in entry.state.tests.fixed:
                after.pop(id, None)
        self._failing[entry.root] = after
        return after != before

    def failing(self, root: Path) -> list[FailingTest]:
        return list(self._failing.get(root, {}).values())

    def failing_in(self, root: Path, path: str) -> list[FailingTest]:
        return [test for test in self.failing(root) if test.path == path]

    def suspected(self, root: Path, path: str, symbol: Symbol) -> list[FailingTest]:
        """Failing tests for which a run looked into this function."""
        return [
            test
            for test in self.failing(root)
            if any((place.path, place.function) == (path, symbol.qualified) for place in test.suspects)
        ]


def _failing_test(entry: Entry, id: str, told: FailedTest | None) -> FailingTest:
    """The suspects of a test: what the search says of it, what its traceback names, functions that were looked into."""
    own = id.partition("::")[0]
    found = [place for tests, places in entry.suspected.items() if id in tests for place in places]
    found += [frame for frame in reversed(told.frames if told else ()) if frame.path != own]
    known = {(place.path, place.function) for place in found}
    names = (name.partition("::") for name in tuple(entry.suspects)[:MAX_SUSPECTS])
    found += [Place(path, 0, name) for path, _, name in names if (path, name) not in known]
    unique = {(place.path, place.line, place.function): place for place in found}
    return FailingTest(id, entry.run, told, tuple(unique.values())[:MAX_SUSPECTS])


def line_now(document: Document, place: Place, within: Symbol | None = None) -> int | None:
    """Where a line is in the text as it is now, from 0: the nearest that says the same, inside a function if given.

    None when no line says it any more.
    """
    first, last = (within.first, within.last) if within else (0, len(document.lines) - 1)
    if not place.text:
        return place.line - 1 if first <= place.line - 1 <= last else None
    same = [number for number in range(first, last + 1) if document.lines[number].strip() == place.text.strip()]
    return min(same, key=lambda number: abs(number - (place.line - 1)), default=None)


class Disk:
    """Files that are not open, read as documents; each is read again only when it changed."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[int, Document]] = {}

    def document(self, path: Path, encoding: str) -> Document | None:
        """None for what is not there, too long or no text."""
        try:
            info = path.stat()
            known = self._read.get(path)
            if known is None or known[0] != info.st_mtime_ns:
                if info.st_size > MAX_SIZE:
                    return None
                lines = split_lines(path.read_bytes().decode("utf-8-sig"))
                known = self._read[path] = info.st_mtime_ns, Document(path.as_uri(), "", 0, lines, encoding, path)
            return known[1]
        except (OSError, UnicodeDecodeError):
            return None


MAX_SIZE = 2 << 20
MAX_SUSPECTS = 10
"""A search that finds nothing looks into everything in the end, and then suspicion says nothing."""
MESSAGE_LINES = 8


def outline_of(document: Document) -> Outline:
    """The outline of an open Python file, read once per version."""
    if "outline" not in document.cache:
        document.cache["outline"] = read_outline(document.lines) if is_python(document) else Outline((), frozenset())
    return document.cache["outline"]


def is_python(document: Document) -> bool:
    return document.language == "python" or (document.path is not None and document.path.suffix == ".py")


def placed_hunks(entries: Iterator[Entry], root: Path, path: str, document: Document | None) -> list[Placed]:
    """Hunks of ended runs that wait for a decision about this file."""
    found: list[Placed] = []
    for entry in entries:
        file = entry.proposal.get(path)
        if entry.root != root or entry.at_work or file is None or file.base is None or file.new is None:
            continue
        base = split_lines(file.base)
        blocks = changed_blocks(base, document.lines) if document is not None else []
        for pending, hunk in entry.pending():
            if pending is file:
                first = _moved(blocks, hunk.base_line)
                last = _moved(blocks, hunk.base_line + max(hunk.base_count, 1) - 1)
                found.append(Placed(entry, file, hunk, first, max(first, last)))
    return found


def _moved(blocks: list[tuple[int, int, list[str]]], line: int) -> int:
    shift = 0
    for start, end, lines in blocks:
        if line < start:
            break
        if line < end:
            return start + shift  # changed by the person meanwhile: where the change begins
        shift += len(lines) - (end - start)
    return line + shift


def evidence(entry: Entry, hunk: Hunk) -> str:
    """Which tests speak for a hunk, as far as that is known, and for the whole proposal, in sentences."""
    needed, whole = needed_by(entry, hunk), _evidence_of_all(entry)
    if needed is None or sum(len(file.hunks) for file in entry.proposal.values()) == 1:
        return whole
    if not needed:
        return f"No test needs this part: what the run fixed passes without it, too. {whole}"
    verb = "fails" if len(needed) == 1 else "fail"
    return f"Without this part {_named(needed)} {verb}. {whole}"


def _named(tests: tuple[str, ...]) -> str:
    names = ", ".join(f"`{id}`" for id in tests[:5])
    return f"{names} and {len(tests) - 5} more" if len(tests) > 5 else names


def _evidence_of_all(entry: Entry) -> str:
    tests = entry.state.tests
    if tests.fixed or tests.added:
        done = (*tests.fixed, *tests.added)
        broken = f"; it broke {len(tests.broken)}" if tests.broken else "; nothing that passed fails"
        return f"With the whole change {_named(done)} {'passes' if len(done) == 1 else 'pass'}{broken}."
    return f"The run ended {entry.state.status}: {entry.state.reason}"
