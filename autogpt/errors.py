"""The errors of the product, named by who must act. Expected outcomes (a test fails, a patch does not fit) are values.

Each carries one sentence that says what happened and one that says what to do; the command line, the worker and the
server show them as they are, so no traceback reaches a person.
"""

from __future__ import annotations


class AutogptError(Exception):
    """Base of all errors that a person is told about. `str(error)` is what happened, `hint` is what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def sentence(self) -> str:
        """Both halves on one line."""
        return f"{self} {self.hint}".strip()


class UsageError(AutogptError):
    """What was asked cannot be: unknown run or test, empty task, a setting of the wrong type."""

    exit_code = 2


class WorkspaceError(AutogptError):
    """The workspace, its repository or this machine needs attention: not readable, corrupt, disk full."""


class EnvironmentNotFound(AutogptError):
    """No interpreter or no test command could be found or run for the project."""


class ModelError(AutogptError):
    """The model cannot be had, or cannot do what was asked of it."""


class Stopped(AutogptError):
    """The run was asked to end: by the person (`cancelled`) or by a budget (`reason` names it). Not a fault."""

    def __init__(self, reason: str, *, cancelled: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cancelled = cancelled
