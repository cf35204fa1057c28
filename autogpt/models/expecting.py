"""What an answer is likely to begin with: an edit of the place that the task is about, with its text as it is.

For local weights, which check guesses many tokens at a time: a wrong one changes nothing but time.
"""

from __future__ import annotations

from collections.abc import Iterator

from autogpt.edits import Format
from autogpt.edits.symbols import enclosing, finder_for
from autogpt.feedback.integrity import is_test_path
from autogpt.models import evidence
from autogpt.models.base import Brief
from autogpt.models.tree import Tree

MOST = 3
"""Places; more of them would be looked for in vain more often."""
LONGEST = 6_000
"""Characters of one."""


def likely_edits(brief: Brief, tree: Tree, format: Format, fence: str) -> str:
    """Edits that change nothing, of the target or of where the failing tests end, in the form that is asked for; ""
    where nothing leads to a place."""
    found: dict[str, None] = {}
    for path, line in _places(brief):
        if (edit := _edit(path, line, tree, format, fence)) is not None:
            found.setdefault(edit)
        if len(found) == MOST:
            break
    return "".join(found)


def _places(brief: Brief) -> Iterator[tuple[str, int]]:
    """Files and lines (from 1), the likeliest first."""
    target = brief.task.target
    if target is not None and target.range is not None:
        yield target.path, target.range.start.line + 1
    for id in brief.goal:
        outcome = brief.baseline.outcomes.get(id)
        places = evidence.places(outcome) if outcome is not None else ()
        yield from ((path, line) for path, line in reversed(places) if not is_test_path(path))


def _edit(path: str, line: int, tree: Tree, format: Format, fence: str) -> str | None:
    """The definition around a line in the form of an edit."""
    text, find = tree.text(path), finder_for(path)
    symbols = find(text) if text is not None and find is not None else None
    name = enclosing(symbols, line - 1, line - 1) if symbols else ""
    if text is None or not symbols or not name:
        return None
    symbol = next(one for one in symbols if one.name == name)
    lines = "\n".join(text.split("\n")[symbol.start : symbol.stop])
    if len(lines) > LONGEST:
        return None
    if format == "symbol":
        return f"{fence}edit symbol {path}::{name}\n{lines}\n{fence}\n"
    if format == "replace":
        return f"{fence}edit replace {path}\n<<<<<<< SEARCH\n{lines}\n=======\n{lines}\n>>>>>>> REPLACE\n{fence}\n"
    return None
