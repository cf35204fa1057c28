"""Facts of files kept between sessions, by their content. Losing them costs a second reading and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autogpt.context.syntax import Definition, Facts

VERSION = 1
"""Of the facts; raised when they are made in another way, so that old ones are not taken for new ones."""
BUSY_SECONDS = 2.0
SPARE = 2
"""Entries kept for each file that is there now; contents come and go with branches."""


def digest_of(path: str, data: bytes) -> str:
    """Of content and suffix, which decides the grammar."""
    suffix = path.rpartition(".")[2].lower()
    return hashlib.blake2b(suffix.encode() + b"\0" + data, digest_size=16).hexdigest()


class FactStore:
    """One SQLite file. Every failure (full disk, lock, corruption) reads as "nothing known" and writes nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[str, Facts]:
        """All that is known, by digest."""
        try:
            with contextlib.closing(self._open()) as database:
                rows = database.execute("SELECT digest, facts FROM facts").fetchall()
                return {digest: from_plain(json.loads(facts)) for digest, facts in rows}
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError):
            return {}

    def save(self, facts: Mapping[str, Facts], known: Iterable[str]) -> None:
        """Add facts; entries that are not `known` go when they are too many."""
        keep = set(known) | facts.keys()
        with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(self._open()) as database, database:
            rows = [(digest, json.dumps(to_plain(one), separators=(",", ":"))) for digest, one in facts.items()]
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
            (count,) = database.execute("SELECT count(*) FROM facts").fetchone()
            if count > SPARE * len(keep) + 1000:
                have = [digest for (digest,) in database.execute("SELECT digest FROM facts")]
                database.executemany("DELETE FROM facts WHERE digest = ?", [(one,) for one in have if one not in keep])

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._file, timeout=BUSY_SECONDS)
        try:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version != VERSION:
                database.executescript(
                    "DROP TABLE IF EXISTS facts; CREATE TABLE facts (digest TEXT PRIMARY KEY, facts TEXT);"
                    f"PRAGMA user_version = {VERSION};"
                )
        except sqlite3.DatabaseError:
            database.close()
            if "locked" not in _message(self._file):
                self._file.unlink(missing_ok=True)  # not a database: begin another one next time
            raise
        return database


def _message(file: Path) -> str:
    """Whether the file could be read at all tells a lock from a file that is no database."""
    try:
        with file.open("rb") as stream:
            return "locked" if stream.read(15) == b"SQLite format 3" else "corrupt"
    except OSError:
        return "locked"


def to_plain(facts: Facts) -> list[Any]:
    """Lists, texts and numbers only."""
    return [[[one.name, one.first, one.last, one.head] for one in facts.definitions], dict(facts.names)]


def from_plain(plain: list[Any]) -> Facts:
    """What `to_plain` has made plain."""
    definitions, names = plain
    return Facts(tuple(Definition(*one) for one in definitions), names)
