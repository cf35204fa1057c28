"""Fenced blocks of an answer and the prose around them; a fence inside a block does not end it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"^(?P<indent> {0,3}|\t|[ >]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*|\s*edit\s.*)$")
_SEARCH = re.compile(r"^\s*<{5,}\s*SEARCH")
_REPLACE = re.compile(r"^\s*>{5,}\s*REPLACE")


@dataclass(frozen=True, slots=True)
class Block:
    """`info` is what follows the opening fence, `above` the nearest line before it that is not blank."""

    info: str
    above: str
    body: str
    closed: bool = True


def read_blocks(answer: str) -> tuple[list[Block], str]:
    """All blocks in order, SEARCH/REPLACE without a fence included, and the rest as prose."""
    lines = answer.split("\n")
    blocks: list[Block] = []
    prose: list[str] = []
    index = since = 0
    above = ""
    while index < len(lines):
        fence = _FENCE.match(lines[index])
        said = next((line for line in reversed(prose[max(since, len(prose) - 4) :]) if line.strip()), "")
        is_bare = not fence and bool(_SEARCH.match(lines[index]))
        if fence or is_bare:
            above = said or (above if is_bare and blocks else "")
            since = len(prose)
        if fence:
            body, index, closed = _fenced(lines, index + 1, fence["fence"], fence["info"])
            blocks.append(Block(fence["info"].strip(), above, "\n".join(_outdented(body, fence["indent"])), closed))
        elif is_bare:
            body, index, closed = _bare(lines, index)
            blocks.append(Block("", above, "\n".join(body), closed))
        else:
            prose.append(lines[index])
            index += 1
    return blocks, "\n".join(prose)


def _fenced(lines: Sequence[str], start: int, fence: str, info: str) -> tuple[list[str], int, bool]:
    """The body, the line after it, and whether its end was found."""
    searching, depth, body = False, 0, list[str]()
    is_nesting = not re.match(r"(?i)\s*(edit\s+)?(replace|search|diff|patch)\b", info)
    for index in range(start, len(lines)):
        line = lines[index]
        inner = _FENCE.match(line)
        searching = (searching or bool(_SEARCH.match(line))) and not _REPLACE.match(line)
        if inner and not searching and inner["fence"].startswith(fence):
            if not inner["info"].strip():
                if not depth:
                    return body, index + 1, True
                depth -= 1
            elif is_nesting and inner["fence"] == fence:
                depth += 1
        body.append(line)
    return body, len(lines), False


def _bare(lines: Sequence[str], start: int) -> tuple[list[str], int, bool]:
    """SEARCH to REPLACE without a fence."""
    for index in range(start, len(lines)):
        if _REPLACE.match(lines[index]):
            return list(lines[start : index + 1]), index + 1, True
    return list(lines[start:]), len(lines), False


def _outdented(body: Sequence[str], indent: str) -> list[str]:
    """A block in a list is indented with its fence."""
    return [line[len(indent) :] if line.startswith(indent) else line for line in body]


def fence_for(texts: Sequence[str]) -> str:
    """The shortest fence, three backticks at least, that no line of these texts begins with."""
    longest = max((len(run) for text in texts for run in re.findall(r"(?m)^[ \t>]*(`{3,})", text)), default=2)
    return "`" * (longest + 1)
