"""Failures that no change of the code will mend, because something is missing on the machine. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from autogpt.feedback.integrity import is_test_path, test_files
from autogpt.feedback.report import TestOutcome

_MODULE = re.compile(r"No module named '([\w.]+)'")
_FIXTURE = re.compile(r"fixture '(\w+)' not found")


def what_is_missing(
    outcomes: Sequence[TestOutcome], python: str, is_own: Callable[[str], bool], known: Collection[str] = ()
) -> list[str]:
    """A sentence for each cause that tests share. `is_own` says of a module's top name whether the project has it,
    `known` are further test ids."""
    tests = test_files([*known, *(one.id for one in outcomes)])
    causes: dict[tuple[str, str], list[TestOutcome]] = {}
    for one in outcomes:
        for kind, cause in _causes(one, is_own, tests):
            causes.setdefault((kind, cause), []).append(one)
    return [_sentence(kind, cause, some, python) for (kind, cause), some in causes.items()]


def _causes(one: TestOutcome, is_own: Callable[[str], bool], tests: Collection[str]) -> Iterator[tuple[str, str]]:
    module, fixture = _MODULE.search(one.message), _FIXTURE.search(one.message)
    if module and one.exception in ("ModuleNotFoundError", "ImportError"):
        if not is_own(module[1].partition(".")[0]):
            yield "module", module[1]
    elif fixture and one.phase == "setup":
        yield "fixture", fixture[1]
    elif one.phase == "setup" and one.exception not in ("", "AssertionError", "Failed") and _is_elsewhere(one, tests):
        yield "set-up", f"{one.exception}: {one.message.strip().partition(chr(10))[0][:200]}"


def _is_elsewhere(one: TestOutcome, tests: Collection[str]) -> bool:
    """Whether no code of the project was on the way, which may well be to blame."""
    return bool(one.frames) and all(is_test_path(frame.path, tests) for frame in one.frames)


def _sentence(kind: str, cause: str, some: Sequence[TestOutcome], python: str) -> str:
    first = some[0]
    who = f"{first.id} fails" if len(some) == 1 else f"{len(some)} tests or files of tests fail ({first.id}, …)"
    if kind == "module":
        return f"{who} because {python} has no module {cause}. No change of the code mends that: install it there."
    if kind == "fixture":
        return (
            f"{who} because nothing defines the fixture {cause}. Where a plugin of pytest does, {python} lacks it: "
            "install it there."
        )
    frame = first.frames[-1]
    return (
        f"{who} before the test begins, outside of the project's code: {cause} ({frame.path}:{frame.line}, "
        f"{frame.text or frame.function}). That is mostly the machine or its settings, and not the code."
    )
