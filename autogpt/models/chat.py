"""A language model as a proposer: asked with code and evidence, its answers applied or sent back, never stuck for long.

Each round ends with candidates that apply to the tree, or with the reason why there are none. What the tests said about
the last round comes back with the next brief, and goes into the next prompt and into the way of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from autogpt.events import Noted
from autogpt.models.base import Attempt, Brief, ChatModel, Desk, Proposal
from autogpt.models.session import Session
from autogpt.stop import Stop


@runtime_checkable
class Loaded(Protocol):
    """A model that must be loaded before anything is known of it, which may take long."""

    notify: Callable[[str], None]
    stop: Stop


def _attached(model: ChatModel, desk: Desk) -> ChatModel:
    """Loading begins with the first look at the window; it is told to the person, and ends with the run."""
    if isinstance(model, Loaded):
        model.notify = lambda text: desk.emit(Noted(text))
        model.stop = desk.stop
    return model


class ChatProposer:
    """A `Proposer`, `Reviewer` and `Learner` for one run. `stronger` makes the model to go over to when it is stuck."""

    def __init__(self, model: ChatModel, *, stronger: Callable[[], ChatModel] | None = None) -> None:
        self.name = model.name
        self._model = model
        self._stronger = stronger
        self._session: Session | None = None

    def propose(self, brief: Brief, desk: Desk) -> Proposal:
        """One round of candidates. Raise `ModelError` when the model cannot be had, `Stopped` before a limit."""
        if self._session is None or not brief.attempts:
            stronger = self._stronger
            self._session = Session(
                _attached(self._model, desk),
                brief,
                desk,
                stronger=(lambda: _attached(stronger(), desk)) if stronger is not None else None,
            )
        return self._session.round(brief, desk)

    def look_over(self, attempt: Attempt, brief: Brief, desk: Desk) -> Proposal:
        """A last look by the model over its own change, where there is a reason for one. One request at most."""
        return self._session.look_over(attempt, brief, desk) if self._session is not None else Proposal()

    def learn(self, attempts: Sequence[Attempt]) -> None:
        """Remember, for later runs, which way of asking worked and what failures have shown."""
        if self._session is not None:
            self._session.learn(attempts)
