"""What branches of ours a repository holds and what their trailers say, read with GitPython; nothing is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autogpt.git.repository import PREFIX, Repository

_TRAILER = re.compile(r"^(Autogpt-[A-Za-z]+): (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Kept:
    """The newest commit of a branch, with the trailers that a run gave it; `at` in seconds since the epoch."""

    branch: str
    commit: str
    subject: str
    at: int
    run: str
    tests: str


def kept_branches(repository: Repository) -> tuple[Kept, ...]:
    """The branches of ours that the user's git shows, newest first; also those whose journal is gone."""
    if not repository.has_git:
        return ()
    with repository.opened() as repo:
        heads = [(head.name, head.commit) for head in repo.heads if head.name.startswith(PREFIX)]
        found = [_kept(name, commit.hexsha, str(commit.message), commit.committed_date) for name, commit in heads]
    return tuple(sorted(found, key=lambda kept: kept.at, reverse=True))


def _kept(branch: str, commit: str, message: str, at: int) -> Kept:
    trailers = dict(_TRAILER.findall(message))
    subject = message.partition("\n")[0]
    return Kept(branch, commit, subject, at, trailers.get("Autogpt-Run", ""), trailers.get("Autogpt-Tests", ""))
