"""What the project's linter and type checker say of a candidate that they do not say of the base."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from autogpt.agent.bench import Ground, Progress
from autogpt.errors import AutogptError
from autogpt.events import Noted
from autogpt.feedback.affected import affected_files
from autogpt.feedback.diagnostics import Diagnoser, new_ones
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.report import Diagnostic
from autogpt.models.base import Change

MOST_IMPORTERS = 20


@dataclass(slots=True)
class Diagnosis:
    """The tools, and what they said of the base's files, asked once for each set of files."""

    tools: Diagnoser
    before: dict[tuple[str, ...], tuple[Diagnostic, ...]] = field(
        default_factory=dict[tuple[str, ...], "tuple[Diagnostic, ...]"]
    )

    def of(self, ground: Ground, progress: Progress, change: Change) -> tuple[Diagnostic, ...]:
        """New findings in the files of a change and in those that import them, where a call may not fit any more. The
        tree is as before afterwards; a tool that fails says nothing."""
        paths, stop = tuple(sorted({*change, *_importers(ground, change)})), progress.stop
        found: tuple[Diagnostic, ...] = ()
        with contextlib.suppress(AutogptError, OSError):
            with ground.tree.lay(change) as tree:
                after = self.tools.look(tree, paths, stop)
            if after and paths not in self.before:
                with ground.tree.lay({}) as tree:
                    self.before[paths] = self.tools.look(tree, paths, stop)
            found = new_ones(self.before.get(paths, ()), after)
        for remark in self.tools.remarks:
            progress.emit(Noted(remark))
        self.tools.remarks.clear()
        return found


def _importers(ground: Ground, change: Change) -> list[str]:
    """The first few files of the product that import a changed one, over whatever steps."""
    with ground.tree.lay(change) as tree:
        reached = affected_files(tree, change.keys()) or frozenset()
    return sorted(path for path in reached - change.keys() if not is_test_path(path))[:MOST_IMPORTERS]
