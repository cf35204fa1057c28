"""Chooses among edits that pass the same tests: hands the ranking what it needs of files, tests and suspicion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autogpt.search.edit import Edit
from autogpt.search.exam import Solution
from autogpt.search.files import Files
from autogpt.search.localise import Suspicion, functions_of
from autogpt.search.ranking import Evidence, doubt, ranked

UNCHECKED = 2.0
"""Nats taken from an edit for which time did not allow to run all that can notice it."""


def rank(solutions: Sequence[Solution], files: Files, goals: Iterable[str], suspicion: Suspicion) -> list[Solution]:
    """Solutions, the most plausible first."""
    if not solutions:
        return []
    texts = files.texts({single.path for one in solutions for single in one.edit.singles()})
    evidence = Evidence(tests=tuple(test_sources(files, goals)))
    suspicions = [
        min(suspicion.at(single.path, single.line) for single in one.edit.singles()) or 0.01 for one in solutions
    ]
    by_edit = {id(one.edit): one for one in solutions}
    scored = [
        (score - (0.0 if by_edit[id(edit)].checked else UNCHECKED), by_edit[id(edit)])
        for score, edit in ranked([one.edit for one in solutions], texts, evidence, suspicions)
    ]
    return [one for _, one in sorted(scored, key=lambda pair: -pair[0])]


def doubt_of(edit: Edit, files: Files, goals: Iterable[str]) -> float:
    """Nats that speak against an edit with which the goals pass; bodies of unfinished functions take nothing away."""
    if any(single.kind == "synthesis" for single in edit.singles()):
        return 0.0
    texts = files.texts({single.path for single in edit.singles()})
    return doubt(edit, texts, Evidence(tests=tuple(test_sources(files, goals))))


def test_sources(files: Files, ids: Iterable[str]) -> list[str]:
    """Source text of the functions of these tests, each once."""
    found: dict[str, str] = {}
    for id in ids:
        path, _, rest = id.partition("::")
        name = rest.partition("[")[0].replace("::", ".")
        source = files.source(path)
        if source is None or f"{path}::{name}" in found:
            continue
        for known, node in functions_of(source.tree):
            if known == name:
                found[f"{path}::{name}"] = source.segment(node)
    return list(found.values())


test_sources.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect
