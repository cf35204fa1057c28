"""A parent that has everything loaded which does not depend on the workspace's code, and forks a child for each run.

Started as a script with the project's interpreter, inside bubblewrap (Python 3.8 and newer; the standard library and
pytest only). `AUTOGPT_WARM` is `<configuration>:<socket>:<socket>`, inherited descriptors. pytest is taken to just
before it looks for the first conftest.py: options parsed, configuration read, plugins loaded. There the parent stays.
A child goes on from there as a pytest that was just started would. Of the workspace the parent sees the configuration
of pytest and what is borrowed (virtual environments, build outputs), nothing else: it cannot load any of its code.
A second parent goes on from there to the moment before tests are collected: see `warm_deep`.
"""

import importlib
import importlib.util
import json
import os
import sys

_OURS = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_OURS] + [entry for entry in sys.path if entry != _OURS]

import report_plugin  # noqa: E402
import warm_channel  # noqa: E402
import warm_code  # noqa: E402
import warm_deep  # noqa: E402
import warm_fence  # noqa: E402
import warm_fork  # noqa: E402
import warm_modules  # noqa: E402
import warm_paths  # noqa: E402

_NAMES = (
    "warm_ahead", "warm_channel", "warm_code", "warm_deep", "warm_fence", "warm_fork", "warm_modules", "warm_pages",
    "warm_paths",
)  # fmt: skip
"""Modules of ours, which a run must not meet under names that it may have itself."""


class Warm:
    """What the parent knows, and what it does between runs."""

    def __init__(self, config, channel, deep_channel):
        self.config = config
        self.deep_channel = deep_channel
        self.toplevel = config["toplevel"]
        self.names = set(config["names"])
        self.channel = channel
        self.codes = warm_code.Codes(self.toplevel, warm_fence.ASIDE + "/tree")
        self.files = warm_modules.Files()
        self.recorder = warm_modules.Recorder()
        self.paths = warm_paths.PathFiles(self.toplevel)
        self.early = None
        self.known = ()
        self.run = None

    # -- the parent ---------------------------------------------------------------------------------------------------

    def begin(self, pluginmanager):
        """Called by the report plugin when pytest loads it: wait for the hook before the first conftest.py."""

        def before(hook_name, methods, kwargs):
            if hook_name == "pytest_load_initial_conftests":
                undo()
                self.serve(**kwargs)
                methods[:] = pluginmanager.hook.pytest_load_initial_conftests.get_hookimpls()  # ours are there now

        undo = pluginmanager.add_hookcall_monitoring(before, lambda *_: None)

    def serve(self, early_config, args, parser):
        """Returns in the children alone, which go on with pytest."""
        self.recorder.remove()
        self.early = early_config
        why = self._why_not()
        if why:
            self.channel.send({"op": "refused", "why": why})
            os._exit(0)
        self.known = frozenset(sys.modules)
        self.files.note()
        warm_modules.settle()
        given = list(early_config.known_args_namespace.file_or_dir)
        if not given and os.fork() == 0:
            self._go_deeper(early_config.pluginmanager)
            args.append(os.getcwd())  # or pytest looks for its `testpaths`, which are not there yet
            return
        self.deep_channel.socket.close()
        self.channel.send({"op": "ready", "modules": len(sys.modules), "paths": given})
        self._serve_runs()
        self._become_run(early_config)
        args += self.run.told["files"]
        self._report(early_config)

    def _serve_runs(self):
        """Comes back in the process of a run."""
        nursery = warm_fork.Nursery(
            self.channel, self.config, self.files.changed, self.sift, self.learn, self.compile_ahead
        )
        self.run = nursery.serve()

    # -- the second parent --------------------------------------------------------------------------------------------

    def _go_deeper(self, pluginmanager):
        """In its own process: go on with pytest until it is about to collect, without any file of tests."""
        warm_fence.die_with_parent()
        self.channel.socket.close()
        self.channel = self.deep_channel
        report_plugin.is_quiet = True
        self.recorder.install()

        def before(hook_name, methods, kwargs):
            if hook_name == "pytest_collection":
                undo()
                self._serve_deep(kwargs["session"].config)
                methods[:] = pluginmanager.hook.pytest_collection.get_hookimpls()

        undo = pluginmanager.add_hookcall_monitoring(before, lambda *_: None)

    def _serve_deep(self, config):
        """As `serve`, for runs whose files are named."""
        self.recorder.remove()
        why = self._why_not() or warm_deep.why_not(config)
        if why:
            self.channel.send({"op": "refused", "why": why})
            os._exit(0)
        self.known = frozenset(sys.modules)
        self.files.note()
        warm_modules.settle()
        self.channel.send({"op": "ready", "modules": len(sys.modules), "paths": []})
        self._serve_runs()
        self._become_run(config)
        self._report(config)
        why = warm_deep.go_on(config, self.run.told["files"])
        if why:
            self.run.report.send("unfit", why=why)
            os._exit(0)

    def _why_not(self):
        if warm_modules.count_threads() > 1:
            return "a plugin of pytest starts a thread when it is loaded"
        sought = sorted(self.recorder.names & self.names)
        if sought:
            return "a plugin of pytest looks for a module of the workspace (%s)" % ", ".join(sought[:3])
        return ""

    def compile_ahead(self, ahead):
        """In the first process of a run, for the one of its tests."""
        ahead.compile(self.codes.changed(), warm_code.read)

    def sift(self, found):
        """What is new in what a run had to load and to compile itself. Whatever it says is only a hint."""
        news = {"compiled": self.codes.sift(found.get("compiled") or []), "modules": found.get("modules") or []}
        return news if news["compiled"] or news["modules"] else None

    def learn(self, found):
        """Between runs: compile and load it."""
        answer = {"op": "learned", "loaded": 0, "left": []}
        self.codes.learn(found["compiled"], self.early)
        if found["modules"]:
            count, left = warm_modules.load(found["modules"], self.names)
            answer.update(loaded=count, left=left[:50])
            self.known = self.known | frozenset(sys.modules) | frozenset(left)
            self.files.note()
            if warm_modules.count_threads() > 1:
                self.channel.send({"op": "refused", "why": "a module starts a thread when it is loaded"})
                os._exit(0)
        warm_modules.settle()
        self.channel.send(answer)

    # -- a run --------------------------------------------------------------------------------------------------------

    def _become_run(self, early_config):
        """In the process of a run: the world as `python -m pytest` would have found it."""
        run = self.run
        self.paths.complete()
        for entry in [entry for entry in sys.path_importer_cache if entry.startswith(self.toplevel)]:
            del sys.path_importer_cache[entry]
        importlib.invalidate_caches()
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed()
        self.codes.install(self.run.ahead)
        self.recorder = warm_modules.Recorder()
        self.recorder.install()
        self.recorder.begin()
        files = run.told["files"]
        early_config.known_args_namespace.file_or_dir = early_config.known_args_namespace.file_or_dir + files
        given = early_config.invocation_params
        early_config.invocation_params = type(given)(
            args=tuple(given.args) + tuple(files), plugins=given.plugins, dir=given.dir
        )
        sys.argv += files
        if hasattr(sys, "orig_argv"):
            sys.orig_argv += files

    def _report(self, early_config):
        """Begin the report, and note what the parent might learn from this run."""
        report_plugin.attach(self.run.report, self.run.settings, early_config.pluginmanager)
        early_config.pluginmanager.register(_Learner(self), "autogpt-learner")

    def is_own(self, file):
        path = os.path.realpath(file)
        inside = path.startswith(self.toplevel + os.sep)
        return inside and not any(
            path == place or path.startswith(place + os.sep)
            for place in (self.toplevel + "/" + name for name in self.config["borrowed"])
        )

    def tell(self):
        """What the parent might load and compile for the next run."""
        self.recorder.remove()
        modules = warm_modules.installed_modules(self.is_own, self.known, self.recorder.late)
        self.run.tell({"compiled": self.codes.compiled, "modules": modules})


class _Learner:
    """Tells the parent at the end of the collection: what tests load later, they may expect not to be loaded."""

    def __init__(self, warm):
        self.warm = warm

    def pytest_collection_finish(self, session):
        self.warm.tell()


def _stand_in(arguments):
    """The main module and the arguments of `python -m pytest`."""
    spec = importlib.util.find_spec("pytest.__main__")
    main = type(sys)("__main__")
    main.__dict__.update(__file__=spec.origin, __spec__=spec, __package__="pytest", __loader__=spec.loader)
    main.__dict__.update(__builtins__=__builtins__, __cached__=spec.cached)
    sys.modules["autogpt_warm"] = sys.modules["__main__"]
    sys.modules["__main__"] = main
    sys.argv[:] = [spec.origin] + arguments
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, "-m", "pytest"] + arguments


def _main(pytest):
    """What `python -m pytest` calls."""
    from _pytest import config

    return getattr(config, "_console_main", None) or getattr(pytest, "console_main", None) or pytest.main


def start():
    """Become the parent; comes back in a run, with it and its exit status."""
    configuration, socket, deep_socket = map(int, os.environ.pop("AUTOGPT_WARM").split(":"))
    with open(configuration, "rb") as file:
        config = json.loads(file.read().decode("utf-8"))
    channel, deep_channel = warm_channel.Channel(socket), warm_channel.Channel(deep_socket)
    sys.path[:] = [os.getcwd()] + [entry for entry in sys.path if entry != _OURS]
    warm = Warm(config, channel, deep_channel)
    try:
        warm_fence.prepare_parent()
        os.makedirs(warm_fence.ASIDE + "/layer", exist_ok=True)
        _stand_in(config["arguments"])
        for name in _NAMES:
            sys.modules["autogpt_" + name] = sys.modules.pop(name)
        warm.recorder.install()
        import pytest

        report_plugin.on_load = warm.begin
        status = _main(pytest)()
    except BaseException as error:
        if warm.run is not None:
            raise
        warm.channel.send({"op": "refused", "why": "%s: %s" % (type(error).__name__, str(error)[:300])})
        os._exit(1)
    if warm.run is None:
        warm.channel.send({"op": "refused", "why": "pytest ended before it began (status %s)" % (status,)})
        os._exit(1)
    return warm.run, int(status)


def end(run, status):
    """As the interpreter ends, but for taking every module apart, which takes longer than many a test."""
    import atexit
    import threading

    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
    run.tell_pages()
    os._exit(status)


if __name__ == "__main__":
    end(*start())
