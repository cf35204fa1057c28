"""Text protocols of edits, and how an edit finds its one right place. Pure: no file is read or written here."""

from autogpt.edits.application import apply
from autogpt.edits.base import (
    Applied,
    Delete,
    Edit,
    Hunk,
    ParsedAnswer,
    Place,
    Refusal,
    Refused,
    Rename,
    SearchReplace,
    SymbolEdit,
    UnifiedDiff,
    WholeFile,
)
from autogpt.edits.blocks import fence_for
from autogpt.edits.policy import PathPolicy, policy_for
from autogpt.edits.protocol import parse
from autogpt.edits.teaching import FORMATS, Format, instructions
from autogpt.edits.toolcalls import TOOLS, parse_call

__all__ = [
    "FORMATS",
    "TOOLS",
    "Applied",
    "Delete",
    "Edit",
    "Format",
    "Hunk",
    "ParsedAnswer",
    "PathPolicy",
    "Place",
    "Refusal",
    "Refused",
    "Rename",
    "SearchReplace",
    "SymbolEdit",
    "UnifiedDiff",
    "WholeFile",
    "apply",
    "fence_for",
    "instructions",
    "parse",
    "parse_call",
    "policy_for",
]
