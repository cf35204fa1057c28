"""Takes out of a repair what it does not need: of edits made for several causes, one may have made another idle."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from autogpt.search.edit import Edit

SHARE, LONGEST = 0.25, 20.0
"""Part of the time that is left, and seconds, that trimming may take at most."""


def trimmed(edit: Edit, passes: Callable[[Edit], Collection[str]], remaining: float) -> Edit:
    """The edit without the parts that can go while the same tests pass, the least natural parts first.

    `passes` runs the tests of the goal with an edit, cold, and gives those that pass.
    """
    deadline = time.monotonic() + min(LONGEST, SHARE * remaining)
    if len(edit.singles()) < 2:
        return edit
    wanted = set(passes(edit))
    for single in sorted(edit.singles(), key=lambda one: -one.cost):
        rest = tuple(one for one in edit.singles() if one is not single)
        if not rest or time.monotonic() > deadline:
            break
        less = _joined(rest)
        if wanted <= set(passes(less)):
            edit = less
    return edit


def _joined(parts: tuple[Edit, ...]) -> Edit:
    if len(parts) == 1:
        return parts[0]
    kind = "+".join(part.kind for part in parts)
    return replace(parts[0], kind=kind, cost=sum(part.cost for part in parts), parts=parts)
