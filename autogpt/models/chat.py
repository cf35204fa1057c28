"""A language model as a proposer: asked with code and evidence, its answers applied or sent back, never stuck for long.

Each round ends with candidates that apply to the tree, or with the reason why there are none. What the tests said about
the last round comes back with the next brief, and goes into the next prompt and into the way of asking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autogpt.config import Settings
from autogpt.models.base import Brief, ChatModel, Desk, Proposal
from autogpt.models.memory import Memory
from autogpt.models.session import Session, first_of


class ChatProposer:
    """Implements `Proposer` for one run. `stronger` makes the model to go over to when this one is stuck."""

    def __init__(self, model: ChatModel, *, stronger: Callable[[], ChatModel] | None = None) -> None:
        self.name = model.name
        self._model = model
        self._stronger = stronger
        self._session: Session | None = None

    def settle(self, settings: Settings, workspace: Path) -> Settings:
        """The settings with what was left to the model's record decided, so that a resumed run asks in the same way."""
        memory = Memory.load(workspace) if settings.remember else None
        return replace(settings, edit_format=first_of(self._model, settings, workspace, memory))

    def propose(self, brief: Brief, desk: Desk) -> Proposal:
        """One round of candidates. Raise `ModelError` when the model cannot be had, `Stopped` before a limit."""
        if self._session is None or not brief.attempts:
            self._session = Session(self._model, brief, stronger=self._stronger)
        return self._session.round(brief, desk)
