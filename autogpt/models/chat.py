"""A language model as a proposer: asked with code and evidence, its answers applied or sent back, never stuck for long.

Each round ends with candidates that apply to the tree, or with the reason why there are none. What the tests said about
the last round comes back with the next brief, and goes into the next prompt and into the way of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autogpt.models.base import Attempt, Brief, ChatModel, Desk, Proposal
from autogpt.models.session import Session


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
            self._session = Session(self._model, brief, desk, stronger=self._stronger)
        return self._session.round(brief, desk)

    def look_over(self, attempt: Attempt, brief: Brief, desk: Desk) -> Proposal:
        """A last look by the model over its own change, where there is a reason for one. One request at most."""
        return self._session.look_over(attempt, brief, desk) if self._session is not None else Proposal()

    def learn(self, attempts: Sequence[Attempt]) -> None:
        """Remember, for later runs, which way of asking worked and what failures have shown."""
        if self._session is not None:
            self._session.learn(attempts)
