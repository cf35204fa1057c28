"""Replacing one symbol by its new text: found by qualified name, indented to fit, nothing else touched."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Sequence

from autogpt.edits.base import Place, Refusal, SymbolEdit
from autogpt.edits.checks import is_stub, shortened
from autogpt.edits.document import Document, split
from autogpt.edits.lines import read_line, width
from autogpt.edits.replacing import Replaced, known_symbols
from autogpt.edits.symbols import Symbol, find_symbols, finder_for, string_lines


def replace_symbol(document: Document, edit: SymbolEdit) -> Replaced | Refusal:
    """The document with the symbol's new text in the place of the old."""
    if finder_for(edit.path) is None:
        return Refusal(edit.path, "symbols are not known for this kind of file; send a `replace` edit instead.")
    symbols = find_symbols(edit.path, document.text)
    if symbols is None:
        return Refusal(edit.path, "the file does not parse, so its symbols are unknown; send a `replace` edit instead.")
    new = _new_symbols(edit)
    if isinstance(new, Refusal):
        return new
    text, fresh = new
    old = _choose(edit, symbols, fresh)
    if isinstance(old, Refusal):
        return old
    lines = list(split(text)[0])
    while lines and not lines[-1].strip():
        lines.pop()
    if problem := _stray(edit, lines, fresh, old, symbols) or _no_code(document, edit, old, lines):
        return Refusal(edit.path, problem)
    return _put(document, edit, old, lines, keep_decorators=bool(old.decorators) and fresh.start == fresh.head)


def _new_symbols(edit: SymbolEdit) -> tuple[str, Symbol] | Refusal:
    """The dedented new text, and the definition in it that takes the symbol's place."""
    text = textwrap.dedent(_outdented(edit.text))
    parsed = find_symbols(edit.path, text)
    last = edit.symbol.rpartition(".")[2]
    if parsed is None:
        return Refusal(edit.path, f"the text for `{edit.symbol}` does not parse; send the whole definition again.")
    top = [symbol for symbol in parsed if "." not in symbol.name]
    named = [symbol for symbol in top if symbol.name == last]
    if len(named) == 1:
        return text, named[0]
    if len(named) > 1:
        return Refusal(edit.path, f"the text defines `{last}` {len(named)} times; send it once, or a `replace` edit.")
    if len(top) == 1 and top[0].kind == "class":
        return Refusal(
            edit.path, f"the text is the class `{top[0].name}`; send only `{last}`, or name the class itself."
        )
    got = f"defines {', '.join(symbol.name for symbol in top)}" if top else "holds no definition"
    advice = "To rename it, use `replace` edits for it and its callers." if top else "Send it from its `def` line on."
    return Refusal(edit.path, f"the text for `{edit.symbol}` {got}, not `{last}`. {advice}")


def _outdented(text: str) -> str:
    """Lines less the indentation of the first; those in a string that start further left stay where they are."""
    lines = list(split(text)[0])
    while lines and not lines[0].strip():
        lines.pop(0)
    margin = read_line(lines[0]).indent if lines else ""
    return (
        "\n".join(
            line[len(margin) :] if line.startswith(margin) else line.lstrip() if not line.strip() else line
            for line in lines
        )
        + "\n"
    )


def _choose(edit: SymbolEdit, symbols: Sequence[Symbol], fresh: Symbol) -> Symbol | Refusal:
    found = [symbol for symbol in symbols if symbol.name == edit.symbol]
    if not found:
        return _unknown(edit, symbols)
    if len(found) > 1:
        alike = [symbol for symbol in found if symbol.decorators == fresh.decorators]
        if len(alike) != 1:
            places = tuple(Place(one.start + 1, one.stop, "", 1.0, one.name) for one in found)
            reason = f"`{edit.symbol}` is defined {len(found)} times; send a `replace` edit with the lines of the one."
            return Refusal(edit.path, reason, places)
        found = alike
    if not found[0].whole_lines:
        return Refusal(edit.path, f"`{edit.symbol}` shares a line with other code; send a `replace` edit instead.")
    return found[0]


def _unknown(edit: SymbolEdit, symbols: Sequence[Symbol]) -> Refusal:
    names = [symbol.name for symbol in symbols]
    last = edit.symbol.rpartition(".")[2]
    near = [name for name in names if name.rpartition(".")[2] == last]
    near = near or difflib.get_close_matches(edit.symbol, names, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else known_symbols(symbols).capitalize()
    return Refusal(edit.path, f"there is no `{edit.symbol}`. {hint} To add it, send a `replace` edit beside its place.")


def _no_code(document: Document, edit: SymbolEdit, old: Symbol, lines: Sequence[str]) -> str:
    shown = document.lines[old.start : old.stop]
    if problem := shortened(edit.path, lines, {line.strip() for line in shown}):
        return problem
    if is_stub("\n".join(lines)) and not is_stub(textwrap.dedent("\n".join(shown))):
        return f"the new `{edit.symbol}` has no code; write its body."
    return ""


def _put(
    document: Document, edit: SymbolEdit, old: Symbol, lines: list[str], *, keep_decorators: bool
) -> Replaced | Refusal:
    start = old.head if keep_decorators else old.start
    shown = document.lines[start : old.stop]
    lines = _without_comments_above(document, start, lines)
    margin = read_line(document.lines[old.head]).indent
    tabs = any(line.startswith("\t") for line in shown)
    fixed = _fixed_lines(edit.path, lines, set(shown))
    fitted = _indented(lines, margin, fixed, tabs=tabs)
    if tuple(fitted) == shown:
        return Refusal(edit.path, f"the new text of `{edit.symbol}` is the old one; send what should change.")
    note = f"{edit.path}: the decorators of `{edit.symbol}` were kept."
    return Replaced(document.splice(start, old.stop, fitted), (note,) if keep_decorators else ())


def _stray(edit: SymbolEdit, lines: Sequence[str], fresh: Symbol, old: Symbol, symbols: Sequence[Symbol]) -> str:
    """What else the text holds: helpers beside the symbol are welcome, other statements and known names are not."""
    parsed = find_symbols(edit.path, "\n".join(lines) + "\n") or ()
    top = [symbol for symbol in parsed if "." not in symbol.name]
    covered = {number for symbol in top for number in range(symbol.start, symbol.stop)}
    for number, line in enumerate(lines):
        if number not in covered and line.strip() and not line.lstrip().startswith("#"):
            return f"`{line.strip()[:80]}` is outside of `{edit.symbol}`; send it as a `replace` edit of its own."
    prefix = old.name[: len(old.name) - len(fresh.name)]
    known = {symbol.name for symbol in symbols}
    twice = [
        symbol.name
        for symbol in top
        if symbol is not fresh and symbol.name != fresh.name and prefix + symbol.name in known
    ]
    return f"the text also defines `{twice[0]}`, which exists; send it as an edit of its own." if twice else ""


def _without_comments_above(document: Document, start: int, lines: list[str]) -> list[str]:
    """Comments in front of the definition that stand above it in the file already."""
    leading = 0
    while leading < len(lines) and (lines[leading].lstrip().startswith("#") or not lines[leading].strip()):
        leading += 1
    above = [line.strip() for line in document.lines[max(0, start - leading) : start]]
    return lines[leading:] if leading and above == [line.strip() for line in lines[:leading]] else lines


def _fixed_lines(path: str, lines: Sequence[str], known: set[str]) -> set[int]:
    """Lines inside strings of which some line stands at the left edge in the file: these are not to be indented."""
    fixed: set[int] = set()
    for inside in string_lines(path, "\n".join(lines) + "\n"):
        if any(lines[number] in known and lines[number][:1].strip() for number in inside):
            fixed.update(inside)
    return fixed


def _indented(lines: Sequence[str], margin: str, fixed: set[int], *, tabs: bool) -> list[str]:
    """Lines with the file's margin and kind of indentation."""
    unit = min((width(read_line(line).indent) for line in lines if line[:1] == " " and line.strip()), default=4)
    result: list[str] = []
    for number, line in enumerate(lines):
        indent = read_line(line).indent
        if number in fixed:
            result.append(line)
        elif not line.strip():
            result.append("")
        else:
            inner = "\t" * (width(indent) // unit) if tabs and "\t" not in indent else indent
            result.append(margin + inner + line[len(indent) :])
    return result
