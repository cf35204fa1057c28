"""Workspace trust: in an untrusted workspace nothing of it is run, whatever asks."""

from __future__ import annotations

from autogpt.errors import UsageError


class Trust:
    """Trusted unless the client says otherwise: editors without the notion have opened the folder on purpose."""

    def __init__(self) -> None:
        self.given = True

    def tell(self, value: object) -> None:
        """What the client says; anything but a boolean says nothing."""
        if isinstance(value, bool):
            self.given = value

    def check(self) -> None:
        """Raise `UsageError` where running something of the workspace is not allowed."""
        if not self.given:
            raise UsageError("This workspace is not trusted, so nothing of it is run.", "Trust it in the editor first.")
