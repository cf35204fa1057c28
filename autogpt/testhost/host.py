"""Tries program edits against the project's tests, thousands of them, each in a forked child of a warm process.

Started as a script, by its path, with the project's interpreter (Python 3.8 and newer; the standard library and pytest
only). `AUTOGPT_HOST` is `<configuration>:<warm>:<bare>`: descriptors of a JSON file and of two sockets.

Two processes serve requests. The *warm* one has collected the tests, so the project's modules are loaded; it exchanges
the code of functions in a child and runs tests there. The *bare* one has pytest and the installed packages loaded but
nothing of the project; its children import the changed modules, which is slower and right for every change.
"""

import gc
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import pytest  # noqa: E402
from host_code import Unchangeable  # noqa: E402
from host_fork import BATCH, Channel, Nursery  # noqa: E402
from host_lines import make_recorder  # noqa: E402
from host_state import State  # noqa: E402
from host_swap import Files, ImportWatch, Swapper  # noqa: E402
from host_tests import Protocol, Runner, fresh_folders, limit_cpu, limit_memory  # noqa: E402
from report_places import Places, relocate  # noqa: E402
from report_plugin import quiet_arguments  # noqa: E402

OURS = (
    "host_code", "host_fork", "host_lines", "host_state", "host_swap", "host_tests",
    "report_channel", "report_choice", "report_details", "report_places", "report_plugin",
)  # fmt: skip
"""Modules that the project may have under the same names."""
MEMORY = 512 << 20
"""Bytes that a child may add to what its parent has."""


class KnownPlaces(Places):
    """As the reports name files and tests, each looked up once."""

    def __init__(self, workspace):
        Places.__init__(self, workspace)
        self.files = {}
        self.names = {}

    def cached(self, name):
        if name not in self.files:
            self.files[name] = None if name.startswith("<") else self.inside(name)
        return self.files[name]

    def test_id(self, node):
        if node not in self.names:
            self.names[node] = Places.test_id(self, node)
        return self.names[node]


class Collected:
    """A pytest plugin that, when tests are collected, does something else than run them."""

    def __init__(self, places, instead):
        self.places = places
        self.instead = instead
        self.errors = {}

    def pytest_load_initial_conftests(self, early_config, parser, args):
        args += quiet_arguments(early_config.pluginmanager.hasplugin)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report):
        if report.failed:
            self.errors[report.nodeid] = report.longreprtext[-300:]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        by_id = {self.places.test_id(item): item for item in session.items}
        self.instead(session, by_id, self.errors)
        return True


def run_pytest(config, places, files, instead):
    """One pytest session in this process, up to the moment when tests would be run."""
    protocol = Protocol(places)
    collected = Collected(places, lambda *found: instead(protocol, *found))
    arguments = list(config["arguments"]) + list(files)
    return pytest.main(arguments, plugins=[collected, protocol])


def in_child(request, protocol, by_id, errors, send, places):
    """Run the tests of a request, stage after stage: a stage is run only when the one before it was all good."""
    runner = Runner(protocol, send)
    limits = dict(request["limits"])
    recorder = None
    if request.get("lines"):
        tests = {id.partition("::")[0] for id in by_id}

        def wanted(name):
            path = places.cached(name)
            return None if path in tests else path

        recorder = make_recorder(wanted)
    for stage in request["stages"]:
        items = []
        for id in stage["tests"]:
            if id in by_id:
                items.append(by_id[id])
            elif "::" not in id:
                items += [item for name, item in by_id.items() if name.startswith(id + "::")]
                failed = [name for name in errors if name == id or name.endswith("/" + id)] or (errors and not items)
                send(
                    ["test", id, "failed" if failed else "passed", 0.0, "ImportError" if failed else "", 0, "", ["", 0]]
                )
                if failed and stage.get("early"):
                    return
            else:
                send(["missing", id])
                if stage.get("early"):
                    return
        good = runner.run(items, limits, stage.get("early", False), recorder, stage.get("budget", 0.0))
        if not good:
            return


class Warm:
    """The process whose modules are loaded."""

    def __init__(self, config, places, channel, watch):
        self.config = config
        self.places = places
        self.channel = channel
        self.watch = watch
        self.files = Files(places)
        self.seen = set()

    def serve(self, protocol, session, by_id, errors):
        """In place of pytest's loop over the tests."""
        self.watch.__exit__()
        self.protocol, self.session, self.by_id, self.errors = protocol, session, by_id, errors
        self.swapper = Swapper(self.files, self.watch.ran)
        modules = [name for name, module in list(sys.modules.items()) if self._is_foreign(module)]
        self.channel.send({"op": "ready", "tests": list(by_id), "errors": errors, "modules": modules})
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()
        modules = [module for module in list(sys.modules.values()) if self._is_ours(module)]
        self.state = State(modules, self._is_ours)
        limit_memory(MEMORY)
        Nursery(self.channel, self.prepare, self.state.is_unchanged).serve()

    def _is_ours(self, module):
        file = getattr(module, "__file__", None)
        return bool(file) and self.places.inside(str(file)) is not None

    def _is_foreign(self, module):
        file = getattr(module, "__file__", None)
        return bool(file) and self.places.inside(str(file)) is None and getattr(module, "__spec__", None) is not None

    def prepare(self, request):
        """What a child does for the request, or an answer: what cannot or need not be tried."""
        if request.get("op") == "usage":
            return {"end": "", "lines": [["usage", list(os.times()[:4]), resident()]]}
        edits = request.get("edits") or []
        plan = None
        if edits:
            try:
                plan = self.swapper.plan(edits)
            except SyntaxError as error:
                return {"end": "invalid", "lines": [], "why": str(error)[:100]}
            except Unchangeable:
                return {"end": "reimport", "lines": []}
            if not plan.digest or (plan.digest in self.seen and not request.get("again")):
                return {"end": "same", "lines": []}
            self.seen.add(plan.digest)

        request["small"] = bool(plan) and not plan.texts and not request.get("lines") and not request.get("again")

        def work(send, folder, index):
            if index == 0:
                begin_child(self.session.config, request, folder)
            if plan is not None:
                plan.make()
                if self.swapper.ran_at_import(edits):
                    send(["imported"])
            in_child(request, self.protocol, self.by_id, self.errors, send, self.places)
            if plan is not None:
                plan.undo()

        return work


class Bare:
    """The process that has not loaded anything of the project."""

    def __init__(self, config, places, channel):
        self.config = config
        self.places = places
        self.channel = channel
        self.files = Files(places)
        self.seen = set()

    def prepare(self, request):
        """As for the warm process, after which the tests' files are collected anew in the child."""
        if request.get("op") == "preload":
            preload(request["modules"], self.places)
            gc.collect()
            gc.freeze()
            limit_memory(MEMORY)
            return {"end": "", "lines": []}
        try:
            plan = self.files.reimported(request["edits"])
        except SyntaxError as error:
            return {"end": "invalid", "lines": [], "why": str(error)[:100]}
        if not plan.digest or (plan.digest in self.seen and not request.get("again")):
            return {"end": "same", "lines": []}
        self.seen.add(plan.digest)

        def work(send, folder, index):
            begin_child(None, request, folder)
            plan.make()
            files = dict.fromkeys(id.partition("::")[0] for stage in request["stages"] for id in stage["tests"])
            paths = [self.places.workspace + "/" + file for file in files]

            def instead(protocol, session, by_id, errors):
                send(["collected", len(by_id)])
                fresh_folders(session.config, folder)
                in_child(request, protocol, by_id, errors, send, self.places)

            run_pytest(self.config, self.places, paths, instead)

        return work


def resident():
    """Bytes of memory that this process holds, shared ones included; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def begin_child(config, request, folder):
    """What every child does before it runs code of the project."""
    limit_cpu(float(request.get("cpu", 30.0)) * BATCH)
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    os.close(devnull)
    if config is not None:
        fresh_folders(config, folder)


def preload(modules, places):
    """Import what the project imported from elsewhere, so that a child need not."""
    import importlib

    for name in modules:
        if name not in sys.modules and not name.startswith(("_pytest", "test_", "tests", "conftest", "__")):
            try:
                importlib.import_module(name)
            except BaseException:
                continue
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and places.inside(str(file)) is not None:
            del sys.modules[name]


def start():
    """Read the configuration and become the two processes."""
    configuration, warm_end, bare_end = map(int, os.environ.pop("AUTOGPT_HOST").split(":"))
    with open(configuration, "rb") as file:
        config = json.loads(file.read().decode("utf-8"))
    ours = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [""] + [entry for entry in sys.path if entry != ours]
    os.environ.pop("PYTHONPATH", None)
    sys.path[0] = os.getcwd()
    if config.get("moved"):
        relocate(*config["moved"])
    if config.get("inject"):
        sys.path[:0] = config["inject"]
        os.environ["PYTHONPATH"] = os.pathsep.join(config["inject"])
    sys.pycache_prefix = config.get("pycache") or os.path.join(os.environ.get("TMPDIR", "/tmp"), "autogpt-pycache")
    sys.dont_write_bytecode = False
    for name in OURS:
        sys.modules["autogpt_" + name] = sys.modules.pop(name)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    places = KnownPlaces(config["workspace"])
    warm, bare = Channel(warm_end), Channel(bare_end)
    if os.fork() == 0:
        os.close(bare.descriptor)
        serve_warm(config, places, warm)
        os._exit(0)
    os.close(warm.descriptor)
    nursery = Nursery(bare, Bare(config, places, bare).prepare)
    nursery.slots = 1
    nursery.serve()


def serve_warm(config, places, channel):
    """Collect everything, then serve; tell the engine when it does not come to that."""
    watch = ImportWatch(places.workspace)
    started = time.monotonic()
    host = Warm(config, places, channel, watch)
    try:
        with watch:
            status = run_pytest(config, places, config.get("files") or [], host.serve)
        channel.send({"op": "failed", "why": "pytest ended with status %s" % (status,)})
    except BaseException as error:
        channel.send({"op": "failed", "why": type(error).__name__ + ": " + str(error)[:300]})
    finally:
        sys.stderr.write("served for %.1f s\n" % (time.monotonic() - started))


if __name__ == "__main__":
    start()
