"""Which installed modules a warm parent may load for its runs, found out by a run and proved in a child before.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. A module is loaded beforehand
only if that changes nothing for a run: it comes from the same file, is rewritten by pytest in the same way, says no
warning, starts no thread, opens no file, changes neither environment, signals nor import hooks, and did not look for
a module of the workspace. What a run loads after it changed the environment or the import hooks is left to the run.
"""

import gc
import importlib
import json
import os
import re
import select
import signal
import sys
import time
import warnings

PROBE_SECONDS = 30.0
MAX_MODULES = 4000
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")


class Recorder:
    """First on `sys.meta_path`: finds nothing, but sees the name of everything that is looked for."""

    def __init__(self):
        self.names = set()
        self.late = set()
        self.before = None
        self.raw = None
        self.hooks = None

    def find_spec(self, name, path=None, target=None):
        self.names.add(name.partition(".")[0])
        if self.before is not None and name not in self.late and not self._is_as_before():
            self.late.add(name)

    def install(self):
        sys.meta_path.insert(0, self)

    def remove(self):
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def begin(self):
        """From now on tell which modules are looked for in a changed world."""
        self.hooks = _hooks()
        self.before = _environment()
        self.raw = dict(getattr(os.environ, "_data", ()))

    def _is_as_before(self):
        same = self.raw == getattr(os.environ, "_data", None) or _environment() == self.before
        return same and _hooks() == self.hooks and "gevent" not in sys.modules


def _environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _hooks():
    """Import hooks, without pytest's own, which is there from the start, and ours."""
    return [id(finder) for finder in sys.meta_path if not isinstance(finder, Recorder)]


def installed_modules(is_own, known, late):
    """`[name, file, loader]` of loaded modules that are not the workspace's, in the order they were begun."""
    found = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if name in known or name in late or spec is None or spec.name != name or not NAME.match(name):
            continue
        file = getattr(module, "__file__", None)
        if file and is_own(file):
            continue
        found.append([name, file, type(getattr(module, "__loader__", None)).__name__])
    return found[:MAX_MODULES]


def _wanted(modules):
    for entry in modules[:MAX_MODULES]:
        name = str(entry[0])
        last = name.rpartition(".")[2]
        if NAME.match(name) and name not in sys.modules and not last.startswith("test_") and last != "conftest":
            yield [name, entry[1], str(entry[2])]


def load(modules, names):
    """Load what may be; `names` are those of the workspace's own modules. Return how many were, and what was not."""
    wanted = list(_wanted(modules))
    bad = set()
    for _ in range(6):
        more = _probe([entry for entry in wanted if entry[0] not in bad], bad, names)
        if more is None:
            return 0, sorted(entry[0] for entry in wanted)
        if not more:
            break
        bad |= more
    else:
        return 0, sorted(entry[0] for entry in wanted)
    good = [entry for entry in wanted if entry[0] not in bad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, _, _ in good:
            importlib.import_module(name)
    return len(good), sorted(bad)


def settle():
    """So that the pages of what is loaded stay shared with the children."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def _probe(wanted, bad, names):
    """Load it all in a child and see what that does. The bad ones; None when the child did not come back."""
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(readable)
            quiet = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(quiet, descriptor)
            answer = json.dumps(sorted(_tried(wanted, bad, names))).encode()
            while answer:
                answer = answer[os.write(writable, answer) :]
            os.write(writable, b"\n")
        finally:
            os._exit(0)
    os.close(writable)
    data = _read_all(readable, time.monotonic() + PROBE_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    try:
        return set(json.loads(data.decode())) if data.endswith(b"\n") else None
    except ValueError:
        return None


def _read_all(descriptor, deadline):
    data = b""
    try:
        while True:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, 1 << 16) if ready else b""
            if not chunk:
                return data
            data += chunk
    finally:
        os.close(descriptor)


def _tried(wanted, bad, names):
    """In the child: names of modules that must not be loaded beforehand."""
    found = set()
    world = _world()
    for name, file, loader in wanted:
        if name in sys.modules:
            if not _is_the_same(name, file, loader):
                found.add(name)
            continue
        before = set(sys.modules)
        recorder = Recorder()
        recorder.install()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                importlib.import_module(name)
                fine = _is_the_same(name, file, loader)
            except BaseException:
                fine = False
        recorder.remove()
        new = set(sys.modules) - before
        now = _world()
        if not fine or said or now != world or recorder.names & names or new & bad:
            found |= {name} | new
        world = now
    return found


def _is_the_same(name, file, loader):
    module = sys.modules.get(name)
    same_file = getattr(module, "__file__", None) == file
    return same_file and type(getattr(module, "__loader__", None)).__name__ == loader


def _world():
    """What a module must leave as it is."""
    return (
        count_threads(),
        len(os.listdir("/proc/self/fd")),
        dict(os.environ),
        os.getcwd(),
        _hooks(),
        len(sys.path_hooks),
        [signal.getsignal(number) for number in range(1, 32) if number not in (9, 19)],
    )


def count_threads():
    """Threads that a fork would lose. A library that is ready for forks (OpenBLAS) ends its own before each."""
    count = len(os.listdir("/proc/self/task"))
    if count == 1:
        return count
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return len(os.listdir("/proc/self/task"))


class Files:
    """The files of what is loaded, to see when one of them is another: an upgrade, a new interpreter."""

    def __init__(self):
        self.seen = {}

    def note(self):
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file not in self.seen:
                self.seen[file] = _stamp(file)

    def changed(self):
        """One that is not as it was, or ""."""
        for file, stamp in self.seen.items():
            if _stamp(file) != stamp:
                return file
        return ""


def _stamp(file):
    try:
        state = os.stat(file)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
