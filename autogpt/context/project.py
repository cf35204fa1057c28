"""The map of one workspace, kept warm between runs: a refresh reads what changed and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from pathlib import Path

from autogpt import paths
from autogpt.context.index import Index
from autogpt.context.languages import grammar_of
from autogpt.context.readers import AT_ONCE, Readers
from autogpt.context.store import FactStore, digest_of
from autogpt.context.syntax import Facts, read_facts
from autogpt.cores import choose

Sign = tuple[object, ...]
"""What tells that a file is as it was, such as its time and size; compared, never looked into."""
SAVED_AT_ONCE = 500
"""Files read between two writes to the store, so that a first reading that is cancelled was not for nothing."""
WORTHWHILE = 1_000
"""Files to be parsed from which on it pays to start processes for it."""
MOST_READERS = 4
WARM = 4
"""Workspaces kept in memory."""


class Project:
    """Index, signs and digests of one workspace. Its users hold `lock` from a refresh to the end of their questions."""

    def __init__(self, store: FactStore | None = None) -> None:
        self.lock = threading.Lock()
        self.index = Index()
        self.read_last = 0
        """Files that the last refresh had to parse."""
        self._store = store
        self._signs: dict[str, Sign] = {}
        self._digests: dict[str, str] = {}
        self._facts: dict[str, Facts] = {}
        self._is_loaded = False

    def refresh(
        self,
        signs: Mapping[str, Sign],
        read: Callable[[str], bytes | None],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Bring the index to what is there now. `signs` are all files; `read` gives the content of one.

        `check` is called between files and may raise to end it; what was read by then stays.
        """
        self.read_last = 0
        for path in self._signs.keys() - signs.keys():
            self._forget(path)
        # The sign first, which is the same for nearly all files nearly always; the suffix takes longer to look at.
        changed = [path for path, sign in signs.items() if self._signs.get(path) != sign and grammar_of(path)]
        if not self._is_loaded and changed:
            self._facts = self._store.load() if self._store else {}
            self._is_loaded = True
        fresh: dict[str, Facts] = {}
        readers = readers_for(len(changed) - len(self._facts))
        try:
            if readers is None:
                for path in changed:
                    check()
                    self._take(path, signs[path], read(path), fresh)
            else:
                self._take_all({path: signs[path] for path in changed}, read, check, fresh, readers)
        finally:
            if readers is not None:
                readers.close()
            self._save(fresh)

    def _take(self, path: str, sign: Sign, data: bytes | None, fresh: dict[str, Facts]) -> None:
        """The facts of one file from memory, from the store, or by parsing."""
        digest = digest_of(path, data) if data is not None else ""
        if data is not None and digest not in self._facts:
            self._learn(digest, read_facts(path, data), fresh)
        self._put(path, sign, digest)
        self._save(fresh, SAVED_AT_ONCE)

    def _take_all(
        self,
        signs: Mapping[str, Sign],
        read: Callable[[str], bytes | None],
        check: Callable[[], None],
        fresh: dict[str, Facts],
        readers: Readers,
    ) -> None:
        """As `_take` of each; what has to be parsed goes to the readers, a few requests ahead of what is taken in."""
        begun: list[tuple[Future[list[Facts | None]], list[str]]] = []
        batch: list[tuple[str, bytes]] = []
        asked: dict[str, list[str]] = {}
        """Paths by the digest of what is being read, which several files may share."""

        def send() -> None:
            begun.append((readers.read(tuple(batch)), [digest_of(path, data) for path, data in batch]))
            batch.clear()

        def receive() -> None:
            future, digests = begun.pop(0)
            for digest, facts in zip(digests, _waited(future, check), strict=True):
                self._learn(digest, facts, fresh)
                for path in asked.pop(digest):
                    self._put(path, signs[path], digest)
            self._save(fresh, SAVED_AT_ONCE)

        for path, sign in signs.items():
            check()
            data = read(path)
            digest = digest_of(path, data) if data is not None else ""
            if data is None or digest in self._facts:
                self._put(path, sign, digest)
            elif digest in asked:
                asked[digest].append(path)
            else:
                asked[digest] = [path]
                batch.append((path, data))
            if len(batch) == AT_ONCE:
                send()
            if len(begun) > 2 * readers.count:
                receive()
        if batch:
            send()
        while begun:
            receive()

    def _learn(self, digest: str, facts: Facts | None, fresh: dict[str, Facts]) -> None:
        self._facts[digest] = fresh[digest] = facts or Facts((), {})
        self.read_last += 1

    def _put(self, path: str, sign: Sign, digest: str) -> None:
        """Set what is known of a file by its content; "" when it is gone."""
        if not digest:
            self._forget(path)
            return
        if self._digests.get(path) != digest:
            self._digests[path] = digest
            self.index.put(path, self._facts[digest])
        self._signs[path] = sign

    def _save(self, fresh: dict[str, Facts], at_least: int = 1) -> None:
        if len(fresh) < at_least:
            return
        if self._store is not None:
            self._store.save(fresh, self._digests.values())
        fresh.clear()
        if len(self._facts) > 2 * len(self._digests) + 1000:
            now = set(self._digests.values())
            self._facts = {digest: facts for digest, facts in self._facts.items() if digest in now}

    def _forget(self, path: str) -> None:
        self._signs.pop(path, None)
        if self._digests.pop(path, None) is not None:
            self.index.put(path, None)


def readers_for(unknown: int) -> Readers | None:
    """Where so many files are to be parsed that it pays, and the cores are there."""
    cores = choose(MOST_READERS) if unknown >= WORTHWHILE else 1
    return Readers(cores) if cores > 1 else None


def _waited(future: Future[list[Facts | None]], check: Callable[[], None]) -> list[Facts | None]:
    while not wait([future], timeout=0.05).done:
        check()
    return future.result()


_warm: dict[str, Project] = {}
_opening = threading.Lock()


def project_of(workspace: Path) -> Project:
    """The project of a workspace, the same for every run of this process; the least recently opened ones are let go."""
    key = paths.workspace_key(workspace)
    with _opening:
        project = _warm.pop(key, None) or Project(FactStore(paths.workspace_state(workspace) / "context.sqlite"))
        _warm[key] = project
        while len(_warm) > WARM:
            del _warm[next(iter(_warm))]
        return project
