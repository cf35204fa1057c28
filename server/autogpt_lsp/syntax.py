"""What the text around the cursor is, read cheaply: an outline by indentation, and `ast` for the one block in question.

A whole parse of a long file takes longer than an editor waits for code actions, and fails while the person types.
Only Python is read as a language; of the others the comments are known.
"""

from __future__ import annotations

import ast
import bisect
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
_BEGINNINGS = ("def ", "class ", "async ", "def\t", "class\t", "async\t")
_TOKEN = re.compile(r"'''|\"\"\"|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*")
_STUB = re.compile(r"^(?:pass|\.\.\.|raise NotImplementedError\b.*|return NotImplemented)\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function or class. Lines count from 0, `last` is the last one that is not blank; decorators are inside."""

    name: str
    qualified: str
    kind: str
    first: int
    line: int
    last: int
    indent: int
    parent: str = ""
    """The header of the class around it, for its bases."""


@dataclass(frozen=True, slots=True)
class Outline:
    symbols: tuple[Symbol, ...]
    inside_text: frozenset[int]
    """Lines that begin inside a string of several lines."""

    def around(self, line: int, kind: str = "def") -> Symbol | None:
        """The innermost function (or class) that has this line."""
        found = [item for item in self.symbols if item.kind == kind and item.first <= line <= item.last]
        return max(found, key=lambda item: item.indent, default=None)


def read_outline(lines: Sequence[str]) -> Outline:
    """The functions and classes of a Python file, however broken it is."""
    symbols: list[Symbol] = []
    around: list[Symbol] = []
    inside: list[int] = []
    quote, decorated, seen = "", -1, 0  # `seen` is the last line that was not blank
    for number, line in enumerate(lines):
        stripped = line.lstrip()
        if quote:
            inside.append(number)
            seen = number
        elif stripped:
            first, indent = stripped[0], len(line) - len(stripped)
            if first == "#":
                if around and indent > around[-1].indent:
                    seen = number
            elif first not in ")]}":  # those close a header or a statement that began above
                while around and around[-1].indent >= indent:
                    symbols.append(_closed(around.pop(), seen))
                if stripped.startswith(_BEGINNINGS) and (match := _DEFINITION.match(line)):
                    around.append(_begun(match, line, decorated if decorated >= 0 else number, number, around))
                decorated = (decorated if decorated >= 0 else number) if first == "@" else -1
                seen = number
            else:
                seen = number
        if quote or "'''" in line or '"""' in line:
            quote = _quote_after(line, quote)
    symbols += [_closed(symbol, seen) for symbol in reversed(around)]
    return Outline(tuple(sorted(symbols, key=lambda item: item.line)), frozenset(inside))


def _begun(match: re.Match[str], line: str, first: int, number: int, around: Sequence[Symbol]) -> Symbol:
    qualified = ".".join([*(item.name for item in around), match[3]])
    parent = line.strip() if match[2] == "class" else (around[-1].parent if around else "")
    return Symbol(match[3], qualified, match[2], first, number, number, len(match[1]), parent)


def _closed(symbol: Symbol, last: int) -> Symbol:
    fields = (symbol.name, symbol.qualified, symbol.kind, symbol.first, symbol.line)
    return Symbol(*fields, last, symbol.indent, symbol.parent)


def _quote_after(line: str, quote: str) -> str:
    position = 0
    while position < len(line):
        if quote:
            end = line.find(quote, position)
            if end < 0:
                return quote
            position, quote = end + 3, ""
        match = _TOKEN.search(line, position)
        if match is None:
            return ""
        position = match.end()
        if match[0] in ("'''", '"""'):
            quote = match[0]
    return quote


def is_unfinished(lines: Sequence[str], symbol: Symbol) -> bool:
    """Whether a function has no body yet: `pass`, `...`, `raise NotImplementedError`, a docstring, a TODO alone."""
    if symbol.kind != "def" or "Protocol" in symbol.parent:
        return False
    last = lines[symbol.last].strip()
    if not (_STUB.match(last) or last.endswith(("...", "pass", ":", '"""', "'''")) or last.startswith("#")):
        return False
    block = textwrap.dedent("".join(lines[symbol.first : symbol.last + 1]).replace("\t", "    "))
    try:
        parsed = ast.parse(block)
    except (SyntaxError, ValueError, RecursionError):
        return _looks_unfinished(block)
    function = parsed.body[0] if parsed.body else None
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    names = {_last_name(item) for item in function.decorator_list}
    return not names & {"abstractmethod", "overload"} and all(map(_says_nothing, function.body))


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return statement.value.value is Ellipsis or isinstance(statement.value.value, str)
    if isinstance(statement, ast.Raise) and statement.exc is not None:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        return _last_name(raised) == "NotImplementedError"
    return isinstance(statement, ast.Pass)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _looks_unfinished(block: str) -> bool:
    """For a block that does not parse, such as a header without a body."""
    body = [line.strip() for line in block.split("\n")[1:] if line.strip() and not line.strip().startswith("#")]
    return all(_STUB.match(line) for line in body)


_MARKS = {
    "#": "python shellscript sh bash yaml toml ruby perl r dockerfile makefile make elixir julia coffeescript nix "
    "powershell fish tcl cmake gdscript starlark just terraform ini properties",
    "--": "lua sql haskell elm ada vhdl",
    ";": "lisp clojure scheme elisp commonlisp racket asm",
    "%": "tex latex plaintex erlang matlab prolog",
    "<!--": "html xml markdown svg vue svelte",
    "/*": "css",
    '"': "vim",
}
_MARK_OF = {name: mark for mark, names in _MARKS.items() for name in names.split()}


def comment_mark(language: str) -> str:
    """How a comment begins in a language, by its LSP identifier; `//` where nothing is known."""
    return _MARK_OF.get(language, "//")


@dataclass(frozen=True, slots=True)
class Request:
    """A comment that asks for something. `text` has its continuation lines; lines count from 0."""

    kind: str
    """`autogpt`, or `todo` for TODO, FIXME and XXX."""
    text: str
    first: int
    last: int
    at_once: bool = False
    """Written `autogpt!:`: to be started when the file is saved, if the person enabled that."""


_ASK = re.compile(r"[ \t]*autogpt(!?):[ \t]*(.+)", re.IGNORECASE)
_TODO = re.compile(r"[ \t]*(?:TODO|FIXME|XXX)\b(?:\([^)]*\))?:?[ \t]*(.*)")
_CHEAP = re.compile(r"[Aa][Uu][Tt][Oo][Gg][Pp][Tt]!?:|TODO|FIXME|XXX")


def read_requests(lines: Sequence[str], language: str, inside_text: frozenset[int] = frozenset()) -> list[Request]:
    """All comments of a file that ask for something, in the comment syntax of its language."""
    mark = comment_mark(language)
    found: list[Request] = []
    starts = [0, *itertools.accumulate(map(len, lines))]
    candidates = (bisect.bisect_right(starts, match.start()) - 1 for match in _CHEAP.finditer("".join(lines)))
    for number in dict.fromkeys(candidates):
        if number not in inside_text and (body := _comment(lines[number], mark)) is not None:
            request = _request(lines, number, body, mark)
            if request is not None:
                found.append(request)
    return found


def _request(lines: Sequence[str], number: int, body: str, mark: str) -> Request | None:
    if match := _ASK.match(body):
        kind, text, at_once = "autogpt", match[2], bool(match[1])
    elif match := _TODO.match(body):
        kind, text, at_once = "todo", match[1], False
    else:
        return None
    last = number
    for more in _continuation(lines, number, mark):
        text, last = f"{text.rstrip()} {more.strip()}", last + 1
    text = text.strip()
    return Request(kind, text, number, last, at_once) if text else None


def _continuation(lines: Sequence[str], number: int, mark: str) -> Iterator[str]:
    for line in lines[number + 1 : number + 30]:
        body = _comment(line, mark) if line.lstrip().startswith(mark) else None
        if body is None or not body.strip() or _CHEAP.search(body):
            return
        yield body


def _comment(line: str, mark: str) -> str | None:
    """The text of a line's comment, None without one. A mark inside a string begins none."""
    if mark == "#":
        for match in _TOKEN.finditer(line):
            if match[0].startswith("#"):
                return match[0].lstrip("#").rstrip("\r\n")
        return None
    start = line.find(mark)
    if start < 0 or (mark == '"' and line.lstrip()[:1] != '"'):
        return None
    body = line[start + len(mark) :].rstrip("\r\n")
    return body.split({"<!--": "-->", "/*": "*/"}.get(mark, "\0"))[0].lstrip("/!" if mark == "//" else mark[-1])


def is_comment(line: str, language: str, text: str) -> bool:
    """Whether some text of a line lies in its comment."""
    body = _comment(line, comment_mark(language))
    return body is not None and text in body


def is_test_file(path: str) -> bool:
    """By its name, as pytest and unittest find them."""
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test") or name.endswith("_test.py"))


_OTHER_TESTS = re.compile(
    r"[._-](?:test|tests|spec)\.\w+$|(?<=[a-z])(?:Test|Tests|Spec)\.(?:java|kt|scala|cs|swift|php)$|^test[_-].+\.\w+$"
)


def is_other_test_file(path: str) -> bool:
    """Whether a file of another language holds tests, by the names that its runners look for."""
    pure = PurePosixPath(path)
    in_folder = pure.suffix in (".rs", ".exs") and "tests" in pure.parts[:-1]
    return pure.suffix != ".py" and (in_folder or _OTHER_TESTS.search(pure.name) is not None)


def pytest_id(path: str, symbol: Symbol) -> str:
    """The id of a test function in pytest's form."""
    return "::".join([path, *symbol.qualified.split(".")])


def is_test(symbol: Symbol) -> bool:
    return symbol.kind == "def" and symbol.name.startswith("test")


_UNDEFINED = (
    re.compile(r"(?:[Uu]ndefined name|[Nn]ame|[Uu]ndefined variable) ['\"`](\w+)['\"`]"),
    re.compile(r"['\"`](\w+)['\"`] is not defined"),
    re.compile(r"Cannot find name '(\w+)'"),
    re.compile(r"^undefined: (\w+)"),
    re.compile(r"cannot find (?:value|function|type|struct|macro)[^`]*`(\w+)`"),
)


def undefined_name(message: str) -> str | None:
    """The name that a diagnostic of some checker calls undefined."""
    return next((match[1] for pattern in _UNDEFINED if (match := pattern.search(message))), None)
