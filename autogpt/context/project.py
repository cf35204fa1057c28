"""The map of one workspace, kept warm between runs: a refresh reads what changed and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from autogpt import paths
from autogpt.context.index import Index
from autogpt.context.languages import grammar_of
from autogpt.context.store import FactStore, digest_of
from autogpt.context.syntax import Facts, read_facts

Sign = tuple[object, ...]
"""What tells that a file is as it was, such as its time and size; compared, never looked into."""
SAVED_AT_ONCE = 500
"""Files read between two writes to the store, so that a first reading that is cancelled was not for nothing."""
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
        changed = [path for path, sign in signs.items() if grammar_of(path) and self._signs.get(path) != sign]
        if not self._is_loaded and changed:
            self._facts = self._store.load() if self._store else {}
            self._is_loaded = True
        fresh: dict[str, Facts] = {}
        try:
            for path in changed:
                check()
                self._take(path, signs[path], read(path), fresh)
                if len(fresh) >= SAVED_AT_ONCE:
                    self._save(fresh)
        finally:
            self._save(fresh)

    def _take(self, path: str, sign: Sign, data: bytes | None, fresh: dict[str, Facts]) -> None:
        """The facts of one file from memory, from the store, or by parsing."""
        if data is None:
            self._forget(path)
            return
        digest = digest_of(path, data)
        if self._digests.get(path) != digest:
            facts = self._facts.get(digest)
            if facts is None:
                facts = self._facts[digest] = fresh[digest] = read_facts(path, data) or Facts((), {})
                self.read_last += 1
            self._digests[path] = digest
            self.index.put(path, facts)
        self._signs[path] = sign

    def _save(self, fresh: dict[str, Facts]) -> None:
        if not fresh:
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
