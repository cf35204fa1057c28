"""How a model is told to write edits: the part of the system prompt for a format, from the protocol's own words."""

from __future__ import annotations

from typing import Literal

Format = Literal["symbol", "replace", "file", "diff"]
FORMATS: tuple[Format, ...] = ("symbol", "replace", "file", "diff")

_COMMON = """\
Write each change as a fenced block whose first line names the action and the path, relative to the workspace.
Rules:
- Write code in full. Never shorten with "..." or "rest unchanged".
- All blocks of an answer are applied together, or none is.
- Open a block with {fence} and its header on one line, as shown; close it with a line that holds {fence} alone.
- Other blocks: `edit file PATH` with the whole text creates a file; `edit delete PATH` and \
`edit rename PATH -> NEW` have empty bodies."""

_SYMBOL = """\
To change a function, method or class, send its whole new definition, decorators included:

{fence}edit symbol src/cart.py::Cart.total
def total(self) -> int:
    return sum(line.price for line in self.lines)
{fence}

Only that definition is replaced. Imports and other lines outside of it are changed by their own block:

{replace}"""

_REPLACE_EXAMPLE = """\
{fence}edit replace src/cart.py
<<<<<<< SEARCH
import json
=======
import json
import math
>>>>>>> REPLACE
{fence}"""

_REPLACE = """\
To change lines of a file, copy them into SEARCH exactly as they are, with their indentation, and write into REPLACE \
what shall be there instead:

{replace}

SEARCH must occur once in the file: include a line or two around the change. Where the same lines occur in several \
functions, name the one: `edit replace src/cart.py in Cart.total`. To insert, repeat the neighbouring line in both. To \
remove, leave REPLACE empty. A block may hold several SEARCH/REPLACE pairs."""

_FILE = """\
To create or change a file, send the whole of its new text:

{fence}edit file src/cart.py
def total(lines: list[int]) -> int:
    return sum(lines)
{fence}"""

_DIFF = """\
To change a file, send a unified diff with about three lines of context around each change; line numbers are not used:

{fence}edit diff src/cart.py
@@ def total(lines):
 def total(lines):
-    return len(lines)
+    return sum(lines)
{fence}"""

_TEXTS = {"symbol": _SYMBOL, "replace": _REPLACE, "file": _FILE, "diff": _DIFF}


def instructions(format: Format, fence: str = "```") -> str:
    """What the system prompt says about a format; `fence` must not begin a line of the files (see `fence_for`)."""
    replace = _REPLACE_EXAMPLE.format(fence=fence)
    return f"{_TEXTS[format].format(fence=fence, replace=replace)}\n\n{_COMMON.format(fence=fence)}\n"
