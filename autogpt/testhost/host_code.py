"""Turns an edit of a source text into pairs of old and new code objects, so that running functions can be changed.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. Nothing of the project is
executed here, it is only compiled.
"""

import ast
import hashlib
import io
import sys
import tokenize
import types
import warnings


class Unchangeable(Exception):
    """The edit reaches beyond the bodies of functions: the modules have to be imported anew."""


def read_source(path):
    """The text of a Python file as it is decoded for the engine: line endings are kept."""
    with open(path, "rb") as file:
        data = file.read()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)


def replaced(text, edits):
    """`edits` are (start, end, replacement), disjoint, in characters."""
    for start, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def compiled(text, path, flags=0):
    """Code of a whole file. Raise SyntaxError, also for what the compiler calls otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(text, path, "exec", flags, True)
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SyntaxError(str(error))


class Unit:
    """An outermost function with the classes around it, compiled alone but as if in its place."""

    def __init__(self, node, chain, start, end, line):
        self.name = node.name
        self.start = start
        self.end = end
        self.line = line
        self.headers = [(parent.col_offset, getattr(parent, "name", None)) for parent in chain]
        self.code = None

    def source(self, text):
        """The function's text below bare headers of the classes around it, on the same lines."""
        headers = []
        for column, name in self.headers:
            headers.append(" " * column + ("class %s:" % name if name else "if 1:") + "\n")
        blank = "\n" * max(0, self.line - 1 - len(headers))
        return blank + "".join(headers) + text


class Module:
    """One file: its text, and the functions in it that can be exchanged alone."""

    def __init__(self, path):
        self.path = path
        self.text = read_source(path)
        self.tree = ast.parse(self.text)
        self.flags = _future_flags(self.tree)
        self.starts = _line_starts(self.text)
        self.units = []
        self._collect(self.tree.body, [])
        self.code = None

    def _collect(self, body, chain):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
                if first > len(chain):
                    start = self.starts[first - 1]
                    end = self.starts[node.end_lineno] if node.end_lineno < len(self.starts) else len(self.text)
                    self.units.append(Unit(node, chain, start, end, first))
            elif isinstance(node, ast.ClassDef):
                self._collect(node.body, chain + [node])
            else:
                for field in ("body", "orelse", "finalbody"):
                    inner = getattr(node, field, None)
                    if isinstance(inner, list):
                        self._collect(inner, chain + [node])
                for handler in getattr(node, "handlers", ()):
                    self._collect(handler.body, chain + [node])

    def whole(self):
        """Code of the unchanged file."""
        if self.code is None:
            self.code = compiled(self.text, self.path, self.flags)
        return self.code

    def change(self, edits):
        """Pairs (old code, new code) that make the edits, a pair for each function that differs.

        Raise `Unchangeable` where that is not enough, SyntaxError where there is no code.
        """
        pairs = []
        for unit, inside in self._by_unit(edits):
            if unit.code is None:
                unit.code = compiled(unit.source(self.text[unit.start : unit.end]), self.path, self.flags)
            shifted = [(start - unit.start, end - unit.start, new) for start, end, new in inside]
            new_text = replaced(self.text[unit.start : unit.end], shifted)
            new = compiled(unit.source(new_text), self.path, self.flags)
            _pair(unit.code, new, pairs, outer=True)
        return pairs

    def _by_unit(self, edits):
        found = {}
        for edit in edits:
            for unit in self.units:
                if unit.start <= edit[0] and edit[1] <= unit.end and edit[0] < unit.end:
                    found.setdefault(id(unit), (unit, []))[1].append(edit)
                    break
            else:
                raise Unchangeable()
        return list(found.values())


def _line_starts(text):
    """Offsets of the lines as the compiler counts them: it ends a line at \\n, \\r\\n and \\r only."""
    starts = [0]
    position = 0
    while True:
        newline, carriage = text.find("\n", position), text.find("\r", position)
        ends = [end for end in (newline, carriage) if end >= 0]
        if not ends:
            return starts
        position = min(ends) + 1
        if text[position - 1] == "\r" and text[position : position + 1] == "\n":
            position += 1
        starts.append(position)


def _future_flags(tree):
    import __future__

    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for name in node.names:
                feature = getattr(__future__, name.name, None)
                flags |= getattr(feature, "compiler_flag", 0)
    return flags


def _inner(code):
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def _pair(old, new, pairs, outer=False):
    """Walk both trees of code. `outer`: code that is not a function and has run already, so it must be the same."""
    if outer and old.co_name in ("<module>",) or outer and not _is_function(old):
        if _shallow(old) != _shallow(new):
            raise Unchangeable()
        ours, theirs = _inner(old), _inner(new)
        for one, other in zip(ours, theirs):
            _pair(one, other, pairs, outer=not _is_function(one))
        return
    if signature(old) != signature(new):
        pairs.append((old, new))
        by_name = {}
        for inner in _inner(new):
            by_name.setdefault(inner.co_name, []).append(inner)
        for inner in _inner(old):
            others = by_name.get(inner.co_name)
            if others and not inner.co_name.startswith("<"):
                _pair(inner, others.pop(0), pairs)


def _is_function(code):
    return bool(code.co_flags & 0x0002)  # CO_NEWLOCALS, without which it is a module or a class body


def _constant(value):
    if isinstance(value, types.CodeType):
        return ("code", value.co_name)
    if isinstance(value, (tuple, frozenset)):
        return (
            type(value).__name__,
            sorted(map(repr, value)) if isinstance(value, frozenset) else list(map(_constant, value)),
        )
    return (type(value).__name__, repr(value))


def _shallow(code):
    """What a class body or a module does, apart from the functions defined in it; a docstring counts for nothing."""
    return (
        code.co_code,
        code.co_names,
        [_constant(value) for value in code.co_consts if not isinstance(value, str)],
        [value for value in code.co_consts if isinstance(value, str)],
    )


def signature(code):
    """All that decides what code does, without names of files and numbers of lines. Nested code counts too."""
    constants = [
        signature(value) if isinstance(value, types.CodeType) else _constant(value) for value in code.co_consts
    ]
    parts = [
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_posonlyargcount,
        getattr(code, "co_exceptiontable", b""),
        constants,
    ]
    return repr(parts)


def digest(path, parts):
    """A short name for what a change does, to know it again."""
    return hashlib.blake2b(repr((path, parts)).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


IS_MONITORED = sys.version_info >= (3, 12)
