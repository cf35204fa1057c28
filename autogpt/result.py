"""The outcome of a run, exactly as `--json` prints it (the contract's command line)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["verified", "unverified", "failed", "cancelled", "error"]
"""`verified`: a test that failed (or did not exist) passes now, none that passed fails, given tests not weakened."""

EXIT_CODES: dict[str, int] = {"verified": 0, "failed": 1, "error": 1, "unverified": 3, "cancelled": 130}


@dataclass(frozen=True, slots=True)
class FileStat:
    """Lines added and removed in one file of the proposal; -1 for a binary file."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Tests:
    """What the tests said about the proposal against the base. All are test ids."""

    __test__ = False

    command: str = ""
    fixed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    preexisting: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens spent on a model; `cached` is the part of `prompt` that the server had kept."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.prompt + other.prompt, self.completion + other.completion, self.cached + other.cached)


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a run. `branch` is set whenever anything was committed, whatever the status."""

    run: str
    status: Status
    reason: str = ""
    branch: str = ""
    base: str = ""
    commit: str = ""
    files: tuple[FileStat, ...] = ()
    diff: str = ""
    tests: Tests = field(default_factory=Tests)
    iterations: int = 0
    candidates: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    cost_usd: float = 0.0
    seconds: float = 0.0
    model: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        return self.status == "verified"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.status]
