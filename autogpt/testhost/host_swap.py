"""Exchanges the code of functions that are alive in this process, wherever they are referenced from.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""

import gc
import importlib.machinery
import sys
import types

import host_code
from host_code import Module, Unchangeable, compiled, digest, replaced, signature


class Plan:
    """What is to be done to make a change: `pairs` to exchange, or `texts` that are to be imported instead."""

    def __init__(self, digest, functions=(), texts=None):
        self.digest = digest
        self.functions = functions
        self.old = [(function, function.__code__) for function, _ in functions]
        self.texts = texts or {}

    def make(self):
        """In the child: from here on the project's code is the changed one."""
        for function, code in self.functions:
            function.__code__ = code
        if self.texts:
            overlay(self.texts)

    def undo(self):
        """The functions as they were. A plan with texts cannot be undone."""
        for function, code in self.old:
            function.__code__ = code


class Files:
    """The files of the project, parsed once each, by their path relative to the workspace."""

    def __init__(self, places):
        self.places = places
        self.modules = {}

    def real(self, path):
        return self.places.workspace + "/" + path

    def module(self, path):
        if path not in self.modules:
            self.modules[path] = Module(self.real(path))
        return self.modules[path]

    def texts(self, edits):
        """The new text of every edited file by its real path. Raise SyntaxError when one cannot be compiled."""
        found = {}
        for path, inside in grouped(edits).items():
            found[self.real(path)] = replaced(self.module(path).text, inside)
        return found

    def reimported(self, edits):
        """A plan for a process that has not imported the project yet."""
        texts = self.texts(edits)
        changed = False
        parts = []
        for path in grouped(edits):
            real = self.real(path)
            new = signature(compiled(texts[real], real))
            changed = changed or new != signature(self.module(path).whole())
            parts.append((path, new))
        return Plan(digest("", parts) if changed else "", texts=texts)


class Swapper:
    """Knows every function object of the project that was alive when the tests were about to start."""

    def __init__(self, files, imported=frozenset()):
        self.files = files
        self.imported = imported
        self.alive = {}
        self.loaded = set()
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType):
                code = thing.__code__
                self.alive.setdefault(_place(code), {}).setdefault(code, []).append(thing)
                self.loaded.add(code.co_filename)

    def plan(self, edits):
        """Raise `Unchangeable` or SyntaxError. A plan without a digest changes nothing."""
        functions = []
        parts = []
        for path, inside in grouped(edits).items():
            module = self.files.module(path)
            real = self.files.real(path)
            if real not in self.loaded and not _is_loaded(real):
                return self.files.reimported(edits)
            for old, new in module.change(inside):
                alive = self._living(old)
                parts.append((path, old.co_name, old.co_firstlineno, signature(new)))
                if old.co_freevars != new.co_freevars and alive:
                    raise Unchangeable()
                functions += [(one, new) for one in alive]
            if parts and not functions:
                raise Unchangeable()
        return Plan(digest("swap", parts) if parts else "", functions)

    def _living(self, old):
        """Functions with this code. The compiler takes note of a module's imports, so alone it may differ a little."""
        found = self.alive.get(_place(old), {})
        if old in found:
            return found[old]
        return next(iter(found.values())) if len(found) == 1 else []

    def ran_at_import(self, edits):
        """Whether a function that is edited was run while modules were imported, so that its results are kept."""
        for path, inside in grouped(edits).items():
            real = self.files.real(path)
            for unit in self.files.module(path).units:
                if any(unit.start <= edit[0] < unit.end for edit in inside) and (real, unit.line) in self.imported:
                    return True
        return False


def _place(code):
    return (code.co_filename, code.co_name, code.co_firstlineno)


def grouped(edits):
    """`edits` are [path, start, end, text]."""
    by_path = {}
    for path, start, end, text in edits:
        by_path.setdefault(path, []).append((start, end, text))
    return by_path


def _is_loaded(real):
    return any(getattr(module, "__file__", None) == real for module in list(sys.modules.values()))


def overlay(texts):
    """Make the import system see these texts instead of what the files hold."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        if path in texts:
            return compiled(texts[path], path)
        return original(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code


class ImportWatch:
    """Notes which functions of the project are run while its modules are imported, as (file, first line)."""

    def __init__(self, workspace):
        self.workspace = workspace + "/"
        self.ran = set()

    def _trace(self, frame, event, argument):
        code = frame.f_code
        if code.co_flags & 0x0002 and code.co_filename.startswith(self.workspace):
            self.ran.add((code.co_filename, code.co_firstlineno))

    def __enter__(self):
        sys.settrace(self._trace)
        return self

    def __exit__(self, *details):
        sys.settrace(None)


__all__ = ["Files", "ImportWatch", "Plan", "Swapper", "Unchangeable", "host_code", "overlay"]
