"""Which texts are answers that can be read: a grammar of the edit protocol that follows an answer as it is written.

It is stricter than `parse`, which understands slips: every block has a header with a path that there is, a SEARCH is
lines of the file that occur once, a symbol's text defines that symbol, and an answer ends only after a whole block. A
model whose tokens are held to it cannot send an answer that does not parse. Pure; files are read through `read`.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from autogpt.edits.symbols import finder_for
from autogpt.edits.teaching import Format

Mode = Literal["prose", "free", "empty", "ask", "head", "want", "search", "put", "after", "thinking"]
PROSE = 1_500
"""Characters of prose after which the first block must begin."""
MOST = 3_000
"""Continuations that are listed; there are more only where most of them are file names."""
_OPEN, _MIDDLE, _CLOSE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
_ENDING = re.compile(r"(?im)^\W*(?:give up:\s*\w|done\b|no test:\s*\w)")
_FENCE_LIKE = re.compile(r"^[ \t>]*(?:`{3}|~{3})")
_ASKS = ("read ", "search ", "symbol ", "references ", "list", "test ", "output ")
_THINK = "<think>"


@dataclass(frozen=True, slots=True)
class State:
    """How far an answer has come: what it is in, the line so far, and what that is about."""

    mode: Mode = "prose"
    line: str = ""
    said: int = 0
    """Characters of prose before the first block."""
    blocks: int = 0
    may_end: bool = False
    path: str = ""
    symbol: str = ""
    lines: tuple[str, ...] = ()
    """Of the body so far: for SEARCH, what was copied; for REPLACE, what is put there."""
    places: tuple[int, ...] = ()
    """Lines of the file (from 0) at which the SEARCH so far may begin."""
    sought: tuple[str, ...] = ()


@dataclass(slots=True)
class AnswerGrammar:
    """The grammar over the files `paths`, with the text of one by `read` (None: cannot be shown)."""

    format: Format
    fence: str
    paths: Sequence[str]
    read: Callable[[str], str | None]
    _texts: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    _symbols: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])

    def __post_init__(self) -> None:
        self.paths = sorted(self.paths)

    def advance(self, state: State, text: str) -> State | None:
        """The state after more text; None when no answer goes on like that."""
        for character in text:
            following = self._newline(state) if character == "\n" else self._more(state, character)
            if following is None:
                return None
            state = following
        return state

    def may_stop(self, state: State) -> bool:
        """Whether the answer may end here."""
        if state.mode != "prose" or state.line.startswith(self.fence[:1]):
            return False
        return state.blocks > 0 or state.may_end or bool(_ENDING.match(state.line))

    # One more character on a line

    def _more(self, state: State, character: str) -> State | None:
        line = state.line + character
        return replace(state, line=line) if self._may_begin(state, line) else None

    def _may_begin(self, state: State, line: str) -> bool:
        match state.mode:
            case "thinking":
                return True
            case "prose":
                return self._prose_line(state, line)
            case "empty":
                return self.fence.startswith(line)
            case "ask":
                close = bool(state.lines) and self.fence.startswith(line)
                return close or any(kind.startswith(line) or line.startswith(kind) for kind in _ASKS)
            case "free":
                return self._is_body(line) or (_has_text(state.lines) and self.fence.startswith(line))
            case "head":
                return any(head.startswith(line) or line.startswith(head) for head in _heads(state))
            case "want":
                return _OPEN.startswith(line)
            case "after":
                return _OPEN.startswith(line) or self.fence.startswith(line)
            case "search":
                return any(text.startswith(line) for text in self._search_lines(state, line))
            case "put":
                return self._put_line(state, line)

    def _prose_line(self, state: State, line: str) -> bool:
        if _is_over(state) and not (self.fence.startswith(line) or line.startswith(self.fence)):
            return False
        if line.startswith(self.fence[: len(line)]) and len(line) <= len(self.fence):
            return True
        if line.startswith(self.fence):
            return self._header_may_begin(line[len(self.fence) :])
        if state.said + len(line) > 2 * PROSE and not state.blocks:
            return False  # a line without end
        return not _FENCE_LIKE.match(line) and not re.match(r"\s*<{5}", line)

    def _is_body(self, line: str) -> bool:
        """A fence inside of a body would end it, or begin another one."""
        return not _FENCE_LIKE.match(line) and not (line[:1] == "`" and self.fence.startswith(line))

    def _put_line(self, state: State, line: str) -> bool:
        if line.startswith(">>>>>"):
            return _CLOSE.startswith(line) and state.lines != state.sought
        return not line.startswith((_MIDDLE, "<<<<<"))

    # The header of a block

    def _header_may_begin(self, header: str) -> bool:
        if "ask".startswith(header):
            return True
        for action in self._actions():
            start = f"edit {action} "
            if start.startswith(header):
                return True
            if header.startswith(start):
                return self._about_may_begin(action, header[len(start) :])
        return False

    def _actions(self) -> tuple[str, ...]:
        own = ("symbol", "replace") if self.format == "symbol" else (self.format,)
        usable = own if self.paths else ()
        return tuple(dict.fromkeys((*usable, "file", *(("delete",) if self.paths else ()))))

    def _about_may_begin(self, action: str, about: str) -> bool:
        if action == "file":
            plain = re.fullmatch(r"(?:[\w.@+-]+/)*[\w.@+-]*", about)
            return plain is not None and not re.search(r"(?:^|/)\.(?:\.|/)", about)
        path, mark, symbol = about.partition("::" if action == "symbol" else " in ")
        if not mark:
            return any(one.startswith(about) for one in self._abouts(action, about))
        return path in self.paths and any(name.startswith(symbol) for name in self._names(path))

    def _abouts(self, action: str, begun: str) -> Iterator[str]:
        """What may follow the action, among paths that begin alike."""
        place = max(0, bisect.bisect_left(self.paths, begun) - 1)
        for path in self.paths[place:]:
            shared = min(len(path), len(begun))
            if path[:shared] > begun[:shared]:
                break
            if path[:shared] != begun[:shared]:
                continue
            if action == "symbol":
                if self._names(path):
                    yield f"{path}::"
            elif action == "delete" or self._lines(path):
                yield path
                if action == "replace" and self._names(path):
                    yield f"{path} in "

    def _header(self, header: str, state: State) -> State | None:
        """The state in the body, when the header is whole."""
        inside = replace(state, line="", lines=(), places=(), sought=(), path="", symbol="")
        if header == "ask":
            return replace(inside, mode="ask")
        _, _, rest = header.partition("edit ")
        action, _, about = rest.partition(" ")
        if action not in self._actions() or not about or about.endswith(("/", ".")):
            return None
        path, mark, symbol = about.partition("::" if action == "symbol" else " in ")
        if mark and symbol not in self._names(path):
            return None
        match action:
            case "file":
                return replace(inside, mode="free", path=path)
            case "delete":
                return replace(inside, mode="empty", path=path) if path in self.paths else None
            case "symbol":
                return replace(inside, mode="head", path=path, symbol=symbol) if mark else None
            case "replace":
                whole = path in self.paths and bool(self._lines(path))
                return replace(inside, mode="want", path=path, symbol=symbol) if whole else None
            case _:
                return replace(inside, mode="free", path=path) if path in self.paths else None

    # The end of a line

    def _newline(self, state: State) -> State | None:  # noqa: PLR0911  # a line for each mode
        line = state.line
        match state.mode:
            case "thinking":
                return replace(state, line="", mode="prose" if "</think>" in line else "thinking")
            case "prose":
                return self._prose_end(state)
            case "empty":
                return self._closed(state) if line == self.fence else None
            case "ask":
                if line == self.fence:
                    return self._closed(state)
                kind, _, about = line.partition(" ")
                return replace(state, line="", lines=(line,)) if about.strip() or kind == "list" else None
            case "free":
                if line == self.fence:
                    return self._closed(state)
                return replace(state, line="", lines=(*state.lines[-1:], line)) if self._is_body(line) else None
            case "head":
                defines = not line.startswith("@") and any(line.startswith(head) for head in _heads(state))
                return replace(state, line="", mode="free" if defines else "head", lines=(line,)) if line else None
            case "want" | "after":
                if line == _OPEN:
                    return replace(state, line="", mode="search", lines=(), places=())
                return self._closed(state) if state.mode == "after" and line == self.fence else None
            case "search":
                return self._search_end(state)
            case "put":
                if line.startswith(">>>>>") and line != _CLOSE:
                    return None
                if line == _CLOSE:
                    return replace(state, line="", mode="after", lines=(), sought=())
                return replace(state, line="", lines=(*state.lines, line))

    def _prose_end(self, state: State) -> State | None:
        line = state.line
        if _is_over(state) and not line.startswith(self.fence):
            return None
        if line.startswith(self.fence):
            return self._header(line[len(self.fence) :], state)
        if line.startswith("`") and self.fence.startswith(line) and len(line) > 2:
            return None
        if state.said == 0 and line.startswith(_THINK):
            return replace(state, line="", mode="prose" if "</think>" in line else "thinking")
        ends = state.may_end or bool(_ENDING.match(line))
        return replace(state, line="", said=state.said + len(line) + 1, may_end=ends)

    def _closed(self, state: State) -> State:
        return State(said=state.said, blocks=state.blocks + 1, may_end=state.may_end)

    # SEARCH: lines of the file

    def _search_lines(self, state: State, begun: str) -> Iterator[str]:
        """Lines that may come next in a SEARCH, among those that begin alike."""
        lines = self._lines(state.path)
        if not state.lines:
            yield from (line for line in lines if line.startswith(begun))
            return
        onward = [place + len(state.lines) for place in state.places if place + len(state.lines) < len(lines)]
        yield from (lines[place] for place in onward)
        if _has_text(state.lines) and (len(self._meant(state)) == 1 or not onward):
            yield _MIDDLE

    def _meant(self, state: State) -> tuple[int, ...]:
        """Places of the SEARCH inside of the scope that the header named."""
        return state.places if not state.symbol else state.places[:1]

    def _search_end(self, state: State) -> State | None:
        line, lines = state.line, self._lines(state.path)
        if line not in self._search_lines(state, line):
            return None
        if line == _MIDDLE and _has_text(state.lines):
            return replace(state, line="", mode="put", lines=(), sought=state.lines)
        if not state.lines:
            places = tuple(place for place, text in enumerate(lines) if text == line)
        else:
            ends = [(place, place + len(state.lines)) for place in state.places]
            places = tuple(place for place, end in ends if end < len(lines) and lines[end] == line)
        return replace(state, line="", lines=(*state.lines, line), places=places)

    def _lines(self, path: str) -> tuple[str, ...]:
        if path not in self._texts:
            text = self.read(path) or ""
            self._texts[path] = tuple(text.removesuffix("\n").split("\n")) if text.strip() else ()
        return self._texts[path]

    def _names(self, path: str) -> tuple[str, ...]:
        if path not in self._symbols:
            finder = finder_for(path)
            found = finder("\n".join(self._lines(path))) if finder and path in self.paths else None
            names = [symbol.name for symbol in found or () if symbol.whole_lines]
            self._symbols[path] = tuple(name for name in names if names.count(name) == 1)
        return self._symbols[path]

    # What can come next

    def expected(self, state: State) -> list[str]:
        """Texts of which one must come next, where there are few ways to go on; empty where most text is allowed."""
        match state.mode:
            case "prose":
                if state.line.startswith(self.fence[:3]):
                    found = self._headers(state.line[len(self.fence) :])
                    wanted = [f"{self.fence}{header}" for header in found]
                else:
                    wanted = [f"{self.fence}edit "] if _is_over(state) else []
                    wanted += [f"{state.line}\n"] * (state.line != "" and state.said + len(state.line) >= 2 * PROSE)
            case "empty":
                wanted = [f"{self.fence}\n"]
            case "ask":
                close = [f"{self.fence}\n"] if state.lines else []
                wanted = [*close, *_ASKS] if not any(state.line.startswith(kind) for kind in _ASKS) else []
            case "head":
                wanted = list(_heads(state))
            case "want":
                wanted = [f"{_OPEN}\n"]
            case "after":
                wanted = [f"{self.fence}\n", f"{_OPEN}\n"]
            case "search":
                wanted = [f"{line}\n" for line in self._search_lines(state, state.line)]
            case "put":
                wanted = [f"{_CLOSE}\n"] if state.line.startswith(">>>>>") else []
            case _:
                wanted = [f"{self.fence}\n"] if state.line.startswith("`") else []
        length = len(state.line)
        rests = (one[length:] for one in wanted if one.startswith(state.line) and len(one) > length)
        return list(dict.fromkeys(rests))[:MOST]

    def _headers(self, begun: str) -> Iterator[str]:
        """Headers, each as far as it is one way only."""
        yield "ask\n"
        for action in self._actions():
            start = f"edit {action} "
            if not begun.startswith(start):
                yield start
                continue
            about = begun[len(start) :]
            path, mark, _ = about.partition("::" if action == "symbol" else " in ")
            if mark:
                yield from (f"{start}{path}{mark}{name}\n" for name in self._names(path))
            elif action != "file":
                yield from (
                    f"{start}{one}{'' if one.endswith(('::', ' in ')) else chr(10)}"
                    for one in self._abouts(action, about)
                )


def _heads(state: State) -> tuple[str, ...]:
    """How the text of a symbol may begin a line, up to its own header; other languages than Python are left alone."""
    name = state.symbol.rpartition(".")[2]
    return (f"def {name}(", f"async def {name}(", f"class {name}(", f"class {name}:", "@")


def _is_over(state: State) -> bool:
    """Whether there was prose enough, so that the next line must begin a block."""
    return state.said > PROSE and not (state.blocks or state.may_end)


def _has_text(lines: Sequence[str]) -> bool:
    return any(line.strip() for line in lines)
