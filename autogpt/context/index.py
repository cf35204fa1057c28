"""All facts of a project in memory, looked up both ways; a change of one file touches the entries of that file only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from sys import intern

from autogpt.context.syntax import Definition, Facts

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENTRY = frozenset(["__init__", "index", "mod", "lib", "main", "package-info"])
"""Files that are named for their folder by those who import them."""
SHORTEST_WORD = 3


class Index:
    """Who defines a name, who uses it, and whose definitions hold a word. Paths are relative, with `/`."""

    def __init__(self) -> None:
        self.files: dict[str, Facts] = {}
        self.definers: dict[str, set[str]] = {}
        self.users: dict[str, set[str]] = {}
        self.words: dict[str, set[str]] = {}

    def put(self, path: str, facts: Facts | None) -> None:
        """Set what is known of a file; None when it is gone."""
        old = self.files.pop(path, None)
        if old is not None:
            self._drop(path, old)
        if facts is None:
            return
        self.files[path] = facts
        for name in defined(path, facts):
            self.definers.setdefault(intern(name), set()).add(path)
        for name in facts.names:
            self.users.setdefault(intern(name), set()).add(path)
        for word in _words_of(path, facts):
            self.words.setdefault(intern(word), set()).add(path)

    def _drop(self, path: str, facts: Facts) -> None:
        for table, keys in (
            (self.definers, defined(path, facts)),
            (self.users, facts.names.keys()),
            (self.words, _words_of(path, facts)),
        ):
            for key in keys:
                paths = table.get(key)
                if paths is not None:
                    paths.discard(path)
                    if not paths:
                        del table[key]

    def definitions(self, name: str) -> Iterator[tuple[str, Definition]]:
        """Where `name` is defined, also as the end of a qualified name: `total` and `Cart.total` find the method."""
        wanted = name.replace("::", ".").strip(".")
        simple = wanted.rpartition(".")[2]
        for path in sorted(self.definers.get(simple, ())):
            for definition in self.files[path].definitions:
                if definition.name == wanted or definition.name.endswith("." + wanted):
                    yield path, definition


def defined(path: str, facts: Facts) -> set[str]:
    """Names by which others may mean this file: its definitions, and the module that it is."""
    return {definition.simple for definition in facts.definitions} | {module_name(path)}


def module_name(path: str) -> str:
    """What an import calls a file: its stem, or its folder for `__init__.py`, `index.ts`, `mod.rs`."""
    pure = PurePosixPath(path)
    return pure.parent.name or pure.stem if pure.stem in _ENTRY else pure.stem


def words(text: str) -> Iterator[str]:
    """The words of prose or of names in it, in lower case and the singular: `openFiles` gives `open`, `file`."""
    for part in _PARTS.findall(text):
        word = part.lower()
        if len(word) >= SHORTEST_WORD:
            yield word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST_WORD else word


def _words_of(path: str, facts: Facts) -> set[str]:
    names: Iterable[str] = (definition.simple for definition in facts.definitions)
    return set(words(" ".join([path.rpartition(".")[0], *names])))
