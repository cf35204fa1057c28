"""Statements missing, superfluous or misplaced: delete, copy from elsewhere, swap, move into or out of a block."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autogpt.search.space.place import Compound, Place, depend, effects, is_simple, shifted, unit_of
from autogpt.search.space.scope import Function
from autogpt.search.space.source import blocks, is_docstring
from autogpt.search.space.spot import Fix, fit

_KEPT = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)


def delete(place: Place) -> Iterator[Fix]:
    """Take a statement away; a block must keep one."""
    stmt = place.stmt
    if isinstance(stmt, _KEPT) or is_docstring(stmt) or isinstance(stmt, ast.Pass):
        return
    size = (stmt.end_lineno or stmt.lineno) - stmt.lineno
    cost = 2.4 + 0.25 * min(size, 12)
    if isinstance(stmt, ast.Return):
        cost += 0.8 if stmt.value is None else 0.6
    elif isinstance(stmt, ast.Assign):
        cost += 0.5
    if place.is_alone or not place.owns_lines:
        yield Fix(*place.span, "pass", "delete-statement", cost + 0.4)
    else:
        yield place.replaced("", "delete-statement", cost)


def swap(place: Place) -> Iterator[Fix]:
    """Exchange a statement with one of the next two, where their order can matter."""
    if not place.owns_lines or isinstance(place.stmt, _KEPT) or is_docstring(place.stmt):
        return
    other = place.next
    for cost in (2.6, 3.8):
        if other is None or not other.owns_lines or isinstance(other.stmt, _KEPT):
            return
        if depend(place.stmt, other.stmt):
            between = place.source.text[place.bottom : other.top]
            both = is_simple(place.stmt) and is_simple(other.stmt)
            leaves = isinstance(other.stmt, ast.Return | ast.Raise)
            text = other.lines + between + place.lines
            yield Fix(place.top, other.bottom, text, "swap-statements", cost + (0 if both else 0.8) + leaves * 1.5)
        other = other.next


def move(place: Place) -> Iterator[Fix]:
    """Move a statement into the block before or after it, or out of the block it ends or begins."""
    if not place.owns_lines or isinstance(place.stmt, _KEPT) or is_docstring(place.stmt):
        return
    yield from _move_out(place)
    yield from _move_in(place)
    yield from _move_far(place)


def _move_out(place: Place) -> Iterator[Fix]:
    outer = place.outer
    if outer is None or (not outer.owns_lines and outer.indent.strip()):
        return
    text, source = place.source.text, place.source
    moved = place.shifted(outer.indent)
    leaves = isinstance(place.stmt, ast.Break | ast.Continue) and not outer.is_breakable
    if leaves or outer.indent.strip() or isinstance(outer.stmt, ast.Match):
        return
    rest = place.line("pass") if place.is_alone else ""
    loop = 0.0 if isinstance(outer.stmt, ast.For | ast.While) else 0.4
    if place.is_last:
        if place.bottom == outer.bottom or text[place.bottom : outer.bottom].strip() == "":
            yield place.replaced(rest + moved, "move-statement", 2.2 + loop + (0.8 if rest else 0.0))
        else:
            tail = text[place.bottom : source.line_end(outer.span[1])]
            tail = tail if tail.endswith(("\n", "\r")) else tail + source.newline
            yield Fix(place.top, outer.bottom, rest + tail + moved, "move-statement", 3.0 + loop)
    if place.index == 0 and place.block is next(blocks(outer.stmt), None):
        header = text[outer.top : place.top]
        if outer.stmt.lineno == outer.source.text.count("\n", 0, outer.top) + 1:
            yield Fix(
                outer.top, place.bottom, moved + header + rest, "move-statement", 2.6 + loop + (0.8 if rest else 0.0)
            )


def _move_in(place: Place) -> Iterator[Fix]:
    """Into the end of the compound statement before, or to the beginning of the one after."""
    text = place.source.text
    if isinstance(place.stmt, Compound) and len(place.lines) > 1500:
        return
    if place.index > 0:
        before = Place(place.scope, place.block[place.index - 1], place.block, place.index - 1, place.outer)
        for block in list(blocks(before.stmt))[-1:] if isinstance(before.stmt, Compound) else []:
            last = Place(place.scope, block[-1], block, len(block) - 1, before)
            if last.owns_lines and not isinstance(last.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue):
                moved = place.shifted(last.indent)
                cost = 2.4 if isinstance(before.stmt, ast.For | ast.While) else 2.9
                cost += 1.6 if isinstance(before.stmt, ast.Try) else 0.0
                gap = text[last.bottom : place.top]
                if place.is_alone:
                    continue
                yield Fix(last.bottom, place.bottom, moved if not gap.strip() else moved + gap, "move-statement", cost)
    after = place.next
    if after is not None and isinstance(after.stmt, Compound) and not isinstance(after.stmt, ast.Try | ast.Match):
        block = next(blocks(after.stmt))
        first = Place(place.scope, block[0], block, 0, after)
        if first.owns_lines and after.owns_lines:
            header = text[place.bottom : first.top]
            moved = place.shifted(first.indent)
            yield Fix(place.top, first.bottom, header + moved + text[first.top : first.bottom], "move-statement", 2.8)


def _move_far(place: Place) -> Iterator[Fix]:
    """To the end or the beginning of its block, over three statements or more."""
    if len(place.block) - place.index > 3 and not isinstance(place.stmt, Compound):
        for target in (len(place.block) - 2, len(place.block) - 1):
            end = Place(place.scope, place.block[target], place.block, target, place.outer)
            if target > place.index + 2 and end.owns_lines:
                tail = place.source.text[place.bottom : end.bottom]
                tail = tail if tail.endswith(("\n", "\r")) else tail + place.source.newline
                yield Fix(place.top, end.bottom, tail + place.lines, "move-statement", 4.2)
    if place.index >= 3 and not isinstance(place.stmt, Compound):
        first = 1 if is_docstring(place.block[0]) else 0
        start = Place(place.scope, place.block[first], place.block, first, place.outer)
        if place.index > first + 2 and start.owns_lines and not isinstance(place.stmt, ast.Return | ast.Raise):
            head = place.source.text[start.top : place.top]
            yield Fix(start.top, place.bottom, place.lines + head, "move-statement", 4.2)


def copy(place: Place) -> Iterator[Fix]:
    """Insert a simple statement that the file has elsewhere, before this one or after the last of a block."""
    if not place.owns_lines or is_docstring(place.stmt) or place.source.text.startswith("elif", place.span[0]):
        return
    if not isinstance(place.scope.node, Function):
        return
    scope, line = place.scope, place.stmt.lineno
    known = frozenset(scope.names_at(line))
    reads_here, _writes_here, _ = effects(place.stmt)
    around = {ast.dump(place.block[index]) for index in (place.index - 1, place.index, place.index + 1)
              if 0 <= index < len(place.block)}  # fmt: skip
    for entry in scope.module.simple_statements:
        stmt, text, reads, writes, owner, neighbours, dumped = entry
        if dumped in around or not all(name in known or scope.is_known(name) for name in reads):
            continue
        if (
            isinstance(stmt, ast.Return | ast.Raise)
            and not place.is_last
            and not place.is_breakable
            and place.outer is None
        ):
            continue
        own = owner == scope.name
        cost = 4.2 if own else 5.2
        if not own and not (reads & known - {scope.owner} or scope.owner in reads):
            cost += 0.8
        if writes and not writes & (reads_here | known | {scope.owner}):
            cost += 0.8
        cost -= (0.0, 1.6, 2.6)[min(len(neighbours & around), 2)]
        if isinstance(stmt, ast.Return | ast.Raise):
            cost += 0.6
        elif not isinstance(place.stmt, ast.FunctionDef | ast.ClassDef):
            yield place.before(place.line(text), "insert-statement", cost)
        if place.is_last and not isinstance(place.stmt, ast.Return | ast.Raise | ast.Break | ast.Continue):
            yield place.after(place.line(text), "insert-statement", cost)


def add_else(place: Place) -> Iterator[Fix]:
    """A missing `else` with a statement that the function has elsewhere."""
    stmt = place.stmt
    if (
        not isinstance(stmt, ast.If)
        or stmt.orelse
        or not place.owns_lines
        or not isinstance(place.scope.node, Function)
    ):
        return
    readable = place.scope.readable_at(stmt.lineno)
    unit = unit_of(place.source)
    indent = place.source.indent_at(place.top)
    last = Place(place.scope, stmt.body[-1], stmt.body, len(stmt.body) - 1, place)
    if not last.owns_lines or isinstance(last.stmt, ast.Raise | ast.Return | ast.Continue | ast.Break):
        return
    for entry in place.scope.module.simple_statements:
        _, text, reads, _, owner, _, _ = entry
        if owner == place.scope.name and reads <= readable:
            lines = place.line("else:", indent) + place.line(text, indent + unit)
            yield place.after(lines, "add-else", 4.6)
    for name in place.scope.bound_at:
        targets = {one.id for one in ast.walk(stmt) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
        if name in targets:
            for value in ("None", "0", "[]", '""', "False", *place.scope.parameters):
                lines = place.line("else:", indent) + place.line(f"{name} = {value}", indent + unit)
                yield place.after(lines, "add-else", 4.6)


def unwrap_block(place: Place) -> Iterator[Fix]:
    """The body of an `if`, `try`, `with` or loop without its header; one branch for the whole."""
    stmt = place.stmt
    if not place.owns_lines or not isinstance(stmt, ast.If | ast.Try | ast.With | ast.For | ast.While):
        return
    if place.source.text.startswith("elif", place.span[0]):
        return
    options: list[tuple[list[ast.stmt], float]] = [(stmt.body, 3.0 if isinstance(stmt, ast.If) else 4.2)]
    if isinstance(stmt, ast.If) and stmt.orelse:
        options.append((stmt.orelse, 3.4))
    for block, cost in options:
        first, last = (
            Place(place.scope, block[0], block, 0, place),
            Place(place.scope, block[-1], block, len(block) - 1, place),
        )
        if not first.owns_lines or not last.owns_lines or place.source.text.startswith("elif", first.span[0]):
            continue
        if isinstance(stmt, ast.For | ast.While) and not place.is_breakable and _leaves(block):
            continue
        lines = place.source.text[first.top : last.bottom]
        yield place.replaced(shifted(_ended(lines, place), first.indent, place.indent), "unwrap-block", cost)


def _leaves(block: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Break | ast.Continue) for stmt in block for node in ast.walk(stmt))


def _ended(lines: str, place: Place) -> str:
    return lines if lines.endswith(("\n", "\r")) else lines + place.source.newline


def branches(place: Place) -> Iterator[Fix]:
    """Swapped branches, `elif` for `if`, an `else` that should be unconditional, `while` for `if`."""
    stmt = place.stmt
    text, source = place.source.text, place.source
    if isinstance(stmt, ast.While) and not stmt.orelse and not _leaves(stmt.body):
        yield Fix(place.span[0], place.span[0] + 5, "if", "loop-for-branch", 4.0)
    if not isinstance(stmt, ast.If) or not place.owns_lines:
        return
    is_elif = text.startswith("elif", place.span[0])
    if is_elif:
        yield Fix(place.span[0], place.span[0] + 4, "if", "branch-keyword", 2.6)
        return
    previous = place.block[place.index - 1] if place.index else None
    if isinstance(previous, ast.If) and not previous.orelse:
        yield Fix(place.span[0], place.span[0], "el", "branch-keyword", 2.8)
    if not stmt.orelse and place.loop is None:
        yield Fix(place.span[0], place.span[0] + 2, "while", "loop-for-branch", 3.6)
    if not stmt.orelse:
        return
    body, other = stmt.body, stmt.orelse
    first, last = source.span(body[0])[0], source.span(body[-1])[1]
    start, end = source.span(other[0])[0], source.span(other[-1])[1]
    starts_line = not text[source.line_start(start) : start].strip()
    if text.startswith("elif", start) or not starts_line or text[source.line_start(first) : first].strip():
        return
    middle = text[last:start]
    yield Fix(first, end, text[start:end] + middle + text[first:last], "swap-branches", 2.2)
    keyword = text.rfind("else", last, start)
    if keyword >= 0:
        lines = _ended(text[source.line_start(start) : source.line_end(end)], place)
        moved = shifted(lines, source.indent_at(start), place.indent)
        yield Fix(source.line_start(keyword), source.line_end(end), moved, "drop-else", 3.0)


def wrap_rest(place: Place) -> Iterator[Fix]:
    """Put the statement after an `if` into a new `else`."""
    stmt, after = place.stmt, place.next
    if not isinstance(stmt, ast.If) or stmt.orelse or after is None or not after.owns_lines or not place.owns_lines:
        return
    if isinstance(after.stmt, (*_KEPT, *Compound)) and len(after.lines) > 300:
        return
    unit = unit_of(place.source)
    gap = place.source.text[place.bottom : after.top]
    if not gap.strip() and place.lines == place.source.text[place.top : place.bottom]:
        text = place.line("else:") + after.shifted(place.indent + unit)
        yield Fix(place.bottom, after.bottom, text, "add-else", 3.0)


__all__ = ["branches", "copy", "delete", "fit", "move", "swap", "unwrap_block", "wrap_rest"]
