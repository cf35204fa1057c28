"""Compiled code that a warm parent hands on to its runs: by the exact bytes of a file, and only code, never a module.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library and pytest only. A run says which
files it had to compile; the parent reads and compiles them itself, so that nothing a run computed is believed. A file
whose compilation warns is compiled anew each time, because the warning is a part of what the run says.
"""

import importlib.machinery
import os
import warnings

MAX_FILES = 4000
MAX_BYTES = 2 << 20
"""A file larger than this is left to the runs."""


class Codes:
    """`plain` and `rewritten` map a path, as runs see it, to the bytes of the file and their code."""

    def __init__(self, toplevel, tree):
        self.toplevel = toplevel
        self.tree = tree
        self.plain = {}
        self.stamps = {}
        self.rewritten = {}
        self.compiled = []
        self.missed = {}
        self.hopeless = {}

    # -- in a run ---------------------------------------------------------------------------------------------------

    def install(self, ahead):
        """Answer for files that are as they were; note the others, and ask `ahead` for their code."""
        loader = importlib.machinery.SourceFileLoader
        compile_source = loader.source_to_code

        def source_to_code(own, data, path, *rest, **options):
            is_usual = not rest and options.get("_optimize", -1) == -1
            known = self.plain.get(path) if is_usual else None
            if known is not None and known[0] == data:
                return known[1]
            self._note("plain", path)
            code = ahead.code(path, data) if is_usual else None
            return compile_source(own, data, path, *rest, **options) if code is None else code

        loader.source_to_code = source_to_code
        self._install_rewriting()

    def _install_rewriting(self):
        from _pytest.assertion import rewrite

        original = getattr(rewrite, "_rewrite_test", None)
        if original is None:
            return

        def rewrite_test(fn, config):
            known = self.rewritten.get(str(fn))
            if known is not None and known[0] == fn.read_bytes():
                return known[1](fn), known[2]
            self._note("rewritten", str(fn))
            return original(fn, config)

        rewrite._rewrite_test = rewrite_test

    def _note(self, how, path):
        if len(self.compiled) < MAX_FILES and str(path).startswith(self.toplevel + os.sep):
            self.compiled.append([how, str(path)])

    # -- in the first process of a run ------------------------------------------------------------------------------

    def changed(self):
        """Files that are not as they were when they were compiled, in the order in which runs asked for them."""
        return [path for path, stamp in self.stamps.items() if stamp is not None and _stamp(path) != stamp]

    # -- in the parent ----------------------------------------------------------------------------------------------

    def sift(self, compiled):
        """Files worth compiling: new ones, and those that were not as known twice, in the same form."""
        news = []
        for how, path in compiled[:MAX_FILES]:
            if not str(path).startswith(self.toplevel + os.sep) or ".." in path.split(os.sep):
                continue
            known = (self.rewritten if how == "rewritten" else self.plain).get(path)
            data = read(self.tree + path[len(self.toplevel) :])
            if data is None or (known is not None and known[0] == data) or self.hopeless.get(path) == data:
                continue
            if known is None or self.missed.get(path) == data:
                news.append([how, path])
            self.missed[path] = data
        return news

    def learn(self, compiled, config):
        """Compile these files as they are now in the tree."""
        for how, path in compiled:
            if how == "rewritten":
                self._learn_rewritten(path, config)
            else:
                self._learn_plain(path)

    def _learn_plain(self, path):
        real = self.tree + path[len(self.toplevel) :]
        stamp, data = _stamp(real), read(real)
        if data is None:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                code = compile(data, path, "exec", dont_inherit=True)
            except Exception:
                self.hopeless[path] = data
                return
        self.plain[path] = (data, code)
        self.stamps[path] = stamp

    def _learn_rewritten(self, path, config):
        from _pytest.assertion import rewrite

        seen = _Seen(path, self.tree + path[len(self.toplevel) :])
        if seen.data is None or not hasattr(rewrite, "_rewrite_test"):
            return
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                first, code = rewrite._rewrite_test(seen, config)
            except Exception:
                self.hopeless[path] = seen.data
                return
        # What comes with the code is the file's state in older versions of pytest, and a hash of its bytes in newer.
        beside = os.stat if isinstance(first, os.stat_result) else (lambda fn: first)
        self.rewritten[path] = (seen.data, beside, code)


class _Seen:
    """A file in the tree under the path that runs see, as far as pytest's rewriting asks."""

    def __init__(self, seen, real):
        self.seen = seen
        self.real = real
        self.data = read(real)

    def __str__(self):
        return self.seen

    def __fspath__(self):
        return self.real

    def read_bytes(self):
        return self.data


def _stamp(path):
    try:
        state = os.lstat(path)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def read(path):
    """The bytes of a plain file, None for anything else; a link may lead out of the tree, so it is not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError:
            return None
    return data if len(data) <= MAX_BYTES else None
