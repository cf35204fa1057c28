"""What a finished edit must not be: shortened, emptied, a placeholder, or no longer a program."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

_COMMENT = re.compile(
    r"^\s*(?:#|//|--|/\*|\{/\*|<!--|;|%|\"|'|\(\*|\.\.\s)+\s*(?P<text>.*?)\s*(?:\*/\}?|-->|\*\))?\s*$"
)
_DOTS = re.compile(r"^\W*(?:\.\.\.|…)\W*$")
_ELISION = re.compile(
    r"""(?ix) ^\W*(?:\.\.\.|…)\W+ .* \w | ^\W*(?:\.\.\.|…)\ ?\w+\W*$
    | ^\W*(?:the\ )?(?:rest|remainder)\ of\ (?:[\w.]+\ ){0,3}[\w.()]+\W*$
    | \b(?:rest|remainder)\b .* \b(?:unchanged|remains?|stays?|same|as\ is|as\ before|here|omitted)\b
    | \b(?:existing|previous|original|other|remaining)
      \ (?:code|methods?|functions?|imports?|content|lines?|class(?:es)?|implementation|tests?)\b
      (?:.*\b(?:here|unchanged|remains?|stays?|same|as\ is|go(?:es)?|omitted|above|below)\b | \W*$)
    | \b(?:remains?|stays?|left|is|are)\ (?:the\ same|unchanged|as\ (?:is|before))\b
    | \bsame\ as\ before\b | \bunchanged\b\W*$ | \b(?:code|lines)\ omitted\b | \bomitted\ for\ brevity\b
    | ^\W*keep\ (?:the\ )?(?:rest|existing)(?:\ \w+){0,2}\W*$"""
)
_PLACEHOLDER = re.compile(
    r"(?ix) \byour\ (?:code|implementation|logic)\b .* \bhere\b | \bimplementation\ (?:goes\ )?here\b"
    r"| \b(?:todo|fixme)\b\W*(?:implement|add|write|fill|complete)\b | \badd\ your\b .* \bhere\b"
    r"| ^\W*(?:code|logic)\ (?:goes\ )?here\W*$ | <\s*(?:insert|your)\b[^>]*>"
)


def is_elision(line: str) -> bool:
    """Whether a line stands for code that was left out: `...` alone, or a comment that says so."""
    if _DOTS.match(line) and ("." in line or "…" in line):
        return True
    match = _COMMENT.match(line)
    return bool(match and match["text"] and (_DOTS.match(match["text"]) or _ELISION.search(match["text"])))


def is_placeholder(line: str) -> bool:
    """Whether a comment asks somebody else to write the code."""
    match = _COMMENT.match(line) or re.search(r"(?:#|//)\s*(?P<text>.*)$", line)
    return bool(match and _PLACEHOLDER.search(match["text"]))


def shortened(path: str, new: Sequence[str], known: Collection[str]) -> str:
    """The sentence about the first new line that stands for code left out, or "". `known` are lines of the file."""
    for line in new:
        bare = line.strip()
        if not bare or bare in known:
            continue
        if is_elision(line) and not (bare == "..." and is_python(path)):
            return f"`{bare[:80]}` stands for code that you left out; write that code in full, or replace fewer lines."
        if is_placeholder(line):
            return f"`{bare[:80]}` is a placeholder; write the code itself."
    return ""


def dotted(old: Sequence[str], new: Sequence[str]) -> str:
    """The sentence for lines replaced by `...`, which is code in Python and yet stands for code left out."""
    stub = ("", "...", "pass", "raise NotImplementedError")
    added = sum(line.strip() == "..." for line in new if line not in old)
    gone = [line for line in old if line.strip() not in stub and line not in new]
    if added and gone:
        return "`...` in REPLACE stands for code that you left out; write that code in full, or replace fewer lines."
    return ""


def is_python(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in (".py", ".pyi", ".pyw")


def syntax_problem(path: str, before: str | None, after: str) -> str:
    """Why a Python file no longer parses, or hides a body behind `...`, as a sentence; "" otherwise."""
    if not is_python(path):
        return ""
    error = _syntax_error(after)
    if error:
        if before is not None and _syntax_error(before):
            return ""
        line = (after.split("\n")[(error.lineno or 1) - 1 :] or [""])[0].strip()
        return (
            f"the file would no longer parse: line {error.lineno} of the result, `{line[:100]}`: {error.msg}."
            " Send the edit again with the syntax and the indentation right."
        )
    if "..." in after and (before is None or after.count("...") > before.count("...")):
        return _hidden_body(_hidden_in(after), len(_hidden_in(before or "")))
    return ""


def _syntax_error(text: str) -> SyntaxError | None:
    """By compiling, which is several times faster than making a tree and finds more."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<edit>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return SyntaxError(str(error))
    return None


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _hidden_in(text: str) -> list[int]:
    tree = _parsed(text)
    return _hidden(tree) if tree else []


def _hidden_body(hidden: Sequence[int], known: int) -> str:
    if len(hidden) <= known:
        return ""
    return f"`...` on line {hidden[-1]} of the result stands for code that you left out; write that code in full."


def _hidden(tree: ast.Module) -> list[int]:
    """Lines of `...` beside other statements of the same body, where it can only stand for code left out."""
    found: list[int] = []
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if not isinstance(body, list):
                continue
            code = [statement for statement in body if not _is_text(statement)]
            found += [statement.lineno for statement in code if _is_dots(statement) and len(code) > 1]
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


def collapsed(before: Sequence[str], after: Sequence[str]) -> str:
    """The sentence for a whole file that lost most of itself, or ""."""
    old, new = sum(1 for line in before if line.strip()), sum(1 for line in after if line.strip())
    if old and not new:
        return "the file would be empty; to remove it, send a `delete` edit."
    if old >= 10 and new < old / 2:
        return (
            f"the file would shrink from {old} lines to {new}. Send the whole file, or `replace` edits for the parts"
            " that change; to remove much code on purpose, use `replace` edits."
        )
    return ""


def is_stub(text: str) -> bool:
    """Whether a Python definition has no code: `pass`, `...` or `raise NotImplementedError` beside a docstring."""
    tree = _parsed(text)
    if tree is None or not tree.body:
        return False
    node = tree.body[-1]
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    code = [statement for statement in node.body if not _is_text(statement)]
    return all(_is_dots(one) or isinstance(one, ast.Pass) or "NotImplemented" in ast.dump(one) for one in code)
