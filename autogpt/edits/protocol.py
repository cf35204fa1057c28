"""An answer of a chat model, taken apart: fenced blocks with a header of action and path, or the same as JSON.

    ```edit replace src/cart.py in Cart.total
    <<<<<<< SEARCH
    (lines as they are in the file)
    =======
    (lines to put there)
    >>>>>>> REPLACE
    ```

Other headers: `edit symbol PATH::NAME`, `edit file PATH`, `edit diff PATH`, `edit delete PATH`,
`edit rename PATH -> NEW`.
Usual slips are understood; whatever looks like an edit and can't be read is a problem, never passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from autogpt.edits import toolcalls
from autogpt.edits.base import Delete, Edit, ParsedAnswer, Rename
from autogpt.edits.blocks import Block, read_blocks
from autogpt.edits.bodies import diff_edits, replace_edits, symbol_edit, whole_file
from autogpt.edits.policy import normalize

_ACTIONS = "symbol|replace|search|file|whole|create|write|diff|udiff|patch|delete|remove|rename|move"
_HEADER = re.compile(rf"(?i)^(?:edit\s*[:=]?\s*)?(?P<action>{_ACTIONS})\b\s*[:=]?\s*(?P<rest>\S.*)$")
_DECORATION = re.compile(r"^(?:[\s*`#>•\"']|[-+]\s|\d+[.)]\s)+|[\s*`:\"',;]+$")
_LABEL = re.compile(r"(?i)^(?:in\s+)?(?:file(?:\s*name|\s*path)?|path|datei|fichier)\s*[:=]\s*")
_PATH = re.compile(r"^[\w.@+~/\\\-\[\] ()]*[\w)\]]$", re.UNICODE)
_SUFFIX = re.compile(r"\.\w{1,12}$|/|^(?:Makefile|Dockerfile|Jenkinsfile|LICENSE|README|Procfile|\.\w+)$")
_THINKING = re.compile(r"^\s*(?:<think(?:ing)?>)?.*?</think(?:ing)?>", re.DOTALL)
"""What a model thinks before it answers may hold drafts of edits."""
_TRUNCATED = "The answer ends in the middle of an edit; send it again, with fewer or smaller edits."


@dataclass(frozen=True, slots=True)
class _Header:
    action: str
    path: str
    symbol: str = ""
    new: str = ""


def parse(answer: str) -> ParsedAnswer:
    """The edits of an answer in order, its prose, and what could not be read. Never raises."""
    answer = _THINKING.sub("", answer.replace("\r\n", "\n"))
    as_json = toolcalls.parse_json(answer)
    if as_json is not None:
        return as_json
    blocks, prose = read_blocks(answer)
    edits: list[Edit] = []
    problems: list[str] = []
    for block in blocks:
        as_json = toolcalls.parse_json(block.body) if block.info.strip().lower() == "json" else None
        found = as_json or _read_block(block)
        edits += found.edits
        problems += found.problems
    return ParsedAnswer(tuple(edits), prose.strip(), tuple(dict.fromkeys(problems)))


def _read_block(block: Block) -> ParsedAnswer:
    header, body = _header(block)
    if header is None:
        return _headless(block)
    if not block.closed:
        return ParsedAnswer(problems=(_TRUNCATED,))
    if not header.path:
        return ParsedAnswer(problems=("An edit block names no path; begin it with `edit ACTION PATH`.",))
    return _read_body(header, body)


def _headless(block: Block) -> ParsedAnswer:
    """A block without a path: prose, unless it has the marks of an edit, or wraps edits in one more fence."""
    if re.search(r"(?mi)^\s*(?:`{3,}|~{3,})\s*edit\s+\w", block.body):
        return parse(block.body)
    if re.search(r"(?m)^\s*<{5,}\s*SEARCH", block.body):
        return ParsedAnswer(problems=("A SEARCH/REPLACE block names no path; begin it with `edit replace PATH`.",))
    if re.search(r"(?m)^--- \S", block.body) and re.search(r"(?m)^@@", block.body):
        return diff_edits("", block.body) if block.closed else ParsedAnswer(problems=(_TRUNCATED,))
    return ParsedAnswer()


def _read_body(header: _Header, body: str) -> ParsedAnswer:
    match header.action:
        case "delete" | "remove":
            return ParsedAnswer((Delete(header.path),))
        case "rename" | "move":
            if header.new:
                return ParsedAnswer((Rename(header.path, header.new),))
            return ParsedAnswer(problems=(f"{header.path}: a rename needs `edit rename PATH -> NEW`.",))
        case "replace" | "search":
            return replace_edits(header.path, body, header.symbol)
        case "diff" | "udiff" | "patch":
            return diff_edits(header.path, body)
        case "symbol":
            return symbol_edit(header.path, header.symbol, body)
        case _ if re.search(r"(?m)^\s*<{5,}\s*SEARCH", body) and re.search(r"(?m)^\s*>{5,}\s*REPLACE", body):
            return replace_edits(header.path, body, header.symbol)
        case _:
            return whole_file(header.path, body)


def _header(block: Block) -> tuple[_Header | None, str]:
    """The header and the body without it: from the fence, the line above, or the first line inside."""
    body = block.body
    first, _, rest = body.partition("\n")
    for text, remaining in ((block.info, body), (first, rest), (block.above, body)):
        header = _explicit(text)
        if header is not None:
            return header, remaining
    for text in (_after_language(block.info), block.above):
        if path := _bare_path(text):
            return _inferred(path, body), body
    bare = re.match(r"^\s*(?:#|//|--|;|<!--)\s*(\S+)", first)
    if bare and re.search(r"(?m)^\s*<{5,}\s*SEARCH", body) and (path := _bare_path(bare[1])):
        return _inferred(path, rest), rest
    return None, body


def _explicit(text: str) -> _Header | None:
    """`edit ACTION PATH`; without the word `edit` the path must look like one, since prose begins like that too."""
    bare = _DECORATION.sub("", text.strip()).strip()
    bare = re.sub(r"(?i)^\w+\s+(?=edit\s+\w)", "", bare)
    match = _HEADER.match(bare)
    if not match:
        return None
    said = bool(re.match(r"(?i)edit\b", bare))
    action, rest = match["action"].lower(), match["rest"].strip()
    if not said and _LABEL.match(bare):
        return None
    if action in ("rename", "move"):
        path, _, new = re.sub(r"\s+(?:->|=>|→|to)\s+", "\0", rest, count=1).partition("\0")
        header = _Header(action, _clean(path), new=_clean(new))
    else:
        header = _placed(action, rest)
    looks = bool(_PATH.match(header.path) and _SUFFIX.search(header.path) and " " not in header.path)
    return header if said or looks else None


def _placed(action: str, rest: str) -> _Header:
    path, _, symbol = rest.partition("::")
    if not symbol and action in ("replace", "search", "symbol"):
        split = re.split(r"\s+(?:in|at|@)\s+(?=[\w.`]+$)", rest, maxsplit=1)
        spaced = re.match(r"^(\S+\.\w+)[\s:#]+([\w.]+)$", rest)
        path, symbol = (split[0], split[1]) if len(split) == 2 else (spaced[1], spaced[2]) if spaced else (rest, "")
    return _Header(action, _clean(path), symbol.strip().strip("`*():\"' "))


def _clean(path: str) -> str:
    return normalize(_DECORATION.sub("", _LABEL.sub("", path.strip())).strip())


def _bare_path(text: str) -> str:
    """A line that is a path and nothing else, whatever decorates it; "" otherwise."""
    path = _clean(text) if text.strip() else ""
    name, _, symbol = path.partition("::")
    if " " in name or not _PATH.match(name) or not _SUFFIX.search(name):
        return ""
    return f"{name}::{symbol}" if symbol else name


def _after_language(info: str) -> str:
    """`python src/a.py`, `python:src/a.py`, `python title="src/a.py"` -> the path."""
    match = re.match(r"^[\w+#-]*[\s:]+(?:title=|file=|filename=|path=)?(?P<path>\S+)\s*$", info.strip())
    if match:
        return match["path"]
    return info if "/" in info or re.match(r"^[\w-]+\.\w+$", info.strip()) else ""


def _inferred(path: str, body: str) -> _Header:
    name, _, symbol = path.partition("::")
    if re.search(r"(?m)^\s*<{5,}\s*SEARCH", body):
        return _Header("replace", name, symbol)
    if re.search(r"(?m)^@@", body) and re.search(r"(?m)^[-+]", body):
        return _Header("diff", name)
    return _Header("symbol", name, symbol) if symbol else _Header("file", name)
