"""Tells the host what happened to every test, over a channel that it takes out of the tests' sight. PYTEST_DONT_REWRITE

Loaded with `-p report_plugin` into the project's own interpreter: Python 3.8 and newer, the standard library and pytest
only. `AUTOGPT_TESTHOST` is `<report>:<configuration>`, two inherited file descriptors. The report is one JSON object a
line, each with the token of the configuration; it is written by the process that started pytest and by none of its
children. Without the variable the plugin does nothing.
"""
# pathlib is slower at every start, and the oldest interpreters are to read this too:
# ruff: noqa: PTH100, PTH110, PTH113, PTH118, PTH123, UP031

import json
import os
import sys

import pytest

MAX_TEXT = 20_000
"""Characters kept of a message or of captured output: what is longer is cut in the middle."""
MAX_FRAMES = 40

_RANK = {"passed": 0, "xfailed": 1, "xpassed": 1, "skipped": 2, "failed": 3, "error": 4}


class Channel:
    """Where lines go. A forked child of a test shares the descriptor but not the right to write."""

    def __init__(self, descriptor, token):
        # High and closed on exec, so that a test that closes or copies the usual descriptors does not meet it.
        try:
            import fcntl

            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
            os.close(descriptor)
            descriptor = high
        except (ImportError, OSError):
            pass
        self.descriptor = descriptor
        self.token = token
        self.owner = os.getpid()

    def send(self, kind, **fields):
        if os.getpid() != self.owner:
            return
        line = json.dumps(dict(fields, event=kind, token=self.token), default=str) + "\n"
        data = line.encode("utf-8", "surrogateescape" if line.isascii() else "backslashreplace")
        try:
            while data:
                data = data[os.write(self.descriptor, data) :]
        except OSError:
            pass  # the host is gone: there is nobody to tell


def _open_channel():
    variable = os.environ.pop("AUTOGPT_TESTHOST", "")
    if not variable:
        return None, {}
    report, _, configuration = variable.partition(":")
    with open(int(configuration), "rb") as file:
        settings = json.loads(file.read().decode("utf-8"))
    return Channel(int(report), settings["token"]), settings


def _cut(text):
    text = str(text)
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return "%s\n[... %d characters left out ...]\n%s" % (text[:half], len(text) - MAX_TEXT, text[-half:])


def _hide_ourselves():
    """Off the import path, so that no module of the project is shadowed by one of ours, here or in child processes."""
    ours = _settings.get("testhost")
    sys.path[:] = [entry for entry in sys.path if entry != ours]
    rest = [entry for entry in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if entry and entry != ours]
    rest = (_settings.get("inject") or []) + rest
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)


class Places:
    """Names of files and tests as the host knows them: relative to the workspace, with `/`."""

    def __init__(self, workspace):
        self.workspace = os.path.realpath(workspace)

    def inside(self, path):
        """The path relative to the workspace, or None for one outside of it or in an installed package."""
        real = os.path.realpath(str(path))
        if not real.startswith(self.workspace + os.sep):
            return None
        relative = real[len(self.workspace) + 1 :].replace(os.sep, "/")
        return None if "site-packages/" in relative or "/node_modules/" in "/" + relative else relative

    def seems_inside(self, path):
        """Whether it is reached through the workspace, though a link in it may lead out."""
        return os.path.abspath(path).startswith(self.workspace + os.sep) and "site-packages" not in path

    def test_id(self, node):
        path = getattr(node, "path", None) or getattr(node, "fspath", None)
        _, separator, rest = node.nodeid.partition("::")
        if path is None:
            return node.nodeid
        relative = os.path.relpath(os.path.realpath(str(path)), self.workspace).replace(os.sep, "/")
        return relative + separator + rest


def relocate(old, new):
    """Make imports that lead into the workspace lead into the copy that is tested instead.

    Editable installs put the workspace on `sys.path` (a `.pth` file) or map names to folders (a finder with `MAPPING`).
    """

    def moved(path):
        text = str(path)
        if text == old or text.startswith(old + os.sep):
            rest = text[len(old) :]
            if "site-packages" not in rest and os.path.exists(new + rest):
                return new + rest
        return path

    sys.path[:] = [moved(entry) for entry in sys.path]
    for finder in list(sys.meta_path):
        module = sys.modules.get(getattr(finder, "__module__", ""), None)
        for name in ("MAPPING", "NAMESPACES"):
            mapping = getattr(module, name, None)
            if isinstance(mapping, dict):
                for key, value in list(mapping.items()):
                    mapping[key] = [moved(one) for one in value] if isinstance(value, list) else moved(value)
    sys.path_importer_cache.clear()


def quiet_arguments(has_plugin):
    """Options that switch off what would reorder, repeat, distribute or slow the tests down, where it is installed."""
    options = {
        "xdist": ["-n0"],
        "_cov": ["--no-cov"],
        "pytest_cov": ["--no-cov"],
        "randomly": ["--randomly-dont-reorganize", "--randomly-seed=1"],
        "random_order": ["--random-order-bucket=none"],
        "rerunfailures": ["--reruns=0"],
        "benchmark": ["--benchmark-disable"],
        "pytest-testmon": ["--no-testmon"],
    }
    chosen = []
    for name, arguments in options.items():
        if has_plugin(name):
            chosen += [argument for argument in arguments if argument not in chosen]
    return chosen


def _names(id):
    """What a test may be asked for by: its id, the id without parameters, its class, its file, a folder around it."""
    path, separator, rest = id.partition("::")
    yield id
    bare = rest.partition("[")[0]
    while bare:
        yield path + separator + bare
        bare = bare.rpartition("::")[0]
    while path:
        yield path
        path = path.rpartition("/")[0]


def _ranges(numbers):
    """Sorted numbers in short: `1-3,7`."""
    found = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join("%d-%d" % (first, last) if last > first else str(first) for first, last in found)


def _spare_hypothesis(config):
    """Its plugin loads all of it at the end of a session, most of a second, to say that no test has used it."""
    plugin = config.pluginmanager.get_plugin("hypothesispytest")
    if plugin is not None and "hypothesis" not in sys.modules:
        config.pluginmanager.unregister(plugin)


class Reporter:
    """The hooks. One outcome a test, the worst of its phases, sent when its teardown is over."""

    def __init__(self, channel, settings, make_recorder=None):
        self.channel = channel
        self.places = Places(settings["workspace"])
        self.wanted = None if settings.get("wanted") is None else frozenset(settings["wanted"])
        self.skip = frozenset(settings.get("skip") or ())
        self.ids = {}
        self.worst = {}
        self.problems = {}
        self.workspace_names = settings.get("names") or {}
        self.recorder = make_recorder(self._of_interest) if make_recorder is not None else None

    def _of_interest(self, file):
        return None if file.startswith("<") else self.places.inside(file)

    # -- before collection ------------------------------------------------------------------------------------------

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self, early_config, parser, args):
        outcome = yield
        error = getattr(outcome, "exception", None) or (outcome.excinfo[1] if outcome.excinfo else None)
        if error is not None and hasattr(error, "path"):
            excinfo = getattr(error, "excinfo", None)
            cause = excinfo[1] if isinstance(excinfo, tuple) else getattr(excinfo, "value", None)
            cause = cause or getattr(error, "cause", None) or error.__cause__ or error
            self._send_collect_error(self._path(error.path), cause)

    # -- collection -------------------------------------------------------------------------------------------------

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collection_modifyitems(self, config, items):
        yield
        chosen = [item for item in items if self._is_chosen(self.places.test_id(item))]
        if len(chosen) != len(items):
            items[:] = chosen

    def _is_chosen(self, id):
        if id in self.skip:
            return False
        return self.wanted is None or any(name in self.wanted for name in _names(id))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            self.ids[item.nodeid] = self.places.test_id(item)
        self.channel.send("collected", ids=list(self.ids.values()), strays=self._strays())

    def pytest_exception_interact(self, node, call, report):
        if getattr(report, "when", "collect") == "collect" and call.excinfo is not None:
            self.problems[node.nodeid] = call.excinfo.value

    def pytest_collectreport(self, report):
        # pytest_exception_interact comes after this hook, so the error is sent at the end of the collection or session.
        if report.failed:
            self.problems.setdefault(report.nodeid, report.longreprtext)

    def _strays(self):
        """Modules of the workspace that were loaded from somewhere else, as (name, file)."""
        found = []
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] not in self.workspace_names:
                continue
            file = getattr(module, "__file__", None)
            if not isinstance(file, str) or self.places.inside(file) is not None or self.places.seems_inside(file):
                continue
            tail = name.replace(".", "/")
            for base in self.workspace_names[name.partition(".")[0]]:
                folder = os.path.join(self.places.workspace, base, tail)
                if os.path.isfile(folder + ".py") or os.path.isfile(os.path.join(folder, "__init__.py")):
                    found.append((name, file))
                    break
        return found[:20]

    # -- tests ------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        if self.recorder is None:
            yield
            return
        self.recorder.start()
        yield
        lines = {path: _ranges(numbers) for path, numbers in self.recorder.stop().items() if numbers}
        self.channel.send("lines", id=self.ids.get(item.nodeid, item.nodeid), lines=lines)

    def pytest_runtest_logstart(self, nodeid, location):
        self.worst.pop(nodeid, None)
        self.channel.send("start", id=self.ids.get(nodeid, nodeid))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        report.__dict__["_autogpt"] = self._details(call.excinfo) if report.failed and call.excinfo else None

    def pytest_runtest_logreport(self, report):
        details = report.__dict__.pop("_autogpt", None) or {}
        known = self.worst.setdefault(report.nodeid, {"outcome": "passed", "seconds": 0.0, "phase": "call"})
        known["seconds"] += report.duration
        outcome = self._outcome(report)
        if outcome is not None and _RANK[outcome] > _RANK[known["outcome"]]:
            known.update(outcome=outcome, phase=report.when, **details)
            if outcome in ("failed", "error"):
                known["message"] = details.get("message") or _cut(report.longreprtext)
                known["output"] = self._output(report)
            elif outcome == "skipped" and isinstance(report.longrepr, tuple):
                known["message"] = _cut(report.longrepr[2])
        if report.when == "teardown":
            self.channel.send("test", id=self.ids.get(report.nodeid, report.nodeid), **self.worst.pop(report.nodeid))

    @staticmethod
    def _outcome(report):
        if report.outcome == "rerun":
            return None
        if report.failed:
            return "failed" if report.when == "call" else "error"
        expected = hasattr(report, "wasxfail")
        if report.skipped:
            return "xfailed" if expected else "skipped"
        return "xpassed" if expected and report.when == "call" else "passed"

    @staticmethod
    def _output(report):
        return _cut("".join(text for name, text in report.sections if name.startswith("Captured")))

    # -- the end ----------------------------------------------------------------------------------------------------

    def pytest_internalerror(self, excrepr, excinfo):
        self.channel.send("internal", message=_cut(excinfo.exconly()), **self._place(excinfo.value))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_sessionfinish(self, session, exitstatus):
        for nodeid, cause in self.problems.items():
            self._send_collect_error(self._node_path(session, nodeid), cause)
        _spare_hypothesis(session.config)
        yield
        self.channel.send("end", status=int(exitstatus), strays=self._strays())

    # -- details ----------------------------------------------------------------------------------------------------

    def _node_path(self, session, nodeid):
        root = getattr(session.config, "rootpath", None) or session.config.rootdir
        return self._path(os.path.join(str(root), nodeid.partition("::")[0]))

    def _path(self, path):
        return os.path.relpath(os.path.realpath(str(path)), self.places.workspace).replace(os.sep, "/")

    def _send_collect_error(self, id, cause):
        if isinstance(cause, BaseException):
            while cause.__cause__ is not None and type(cause).__name__ == "CollectError":
                cause = cause.__cause__
            details = self._place(cause)
            details["message"] = _cut(cause)
            if type(cause).__name__ == "CollectError":
                details["exception"] = "ImportError"
        else:
            details = {"message": _cut(cause), "exception": "", "frames": []}
        self.channel.send("test", id=id, outcome="error", phase="collect", seconds=0.0, output="", **details)

    def _details(self, excinfo):
        details = self._place(excinfo.value)
        details["message"] = _cut(excinfo.value) or details["exception"]
        return details

    def _place(self, error):
        frames = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            path = self.places.inside(code.co_filename)
            if path is not None and not trace.tb_frame.f_locals.get("__tracebackhide__"):
                name = getattr(code, "co_qualname", code.co_name)
                frames.append([path, trace.tb_lineno, name.replace("<locals>.", ""), self._line(code, trace.tb_lineno)])
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename:
            path = self.places.inside(error.filename)
            if path is not None:
                frames.append([path, error.lineno or 0, "<module>", (error.text or "").strip()])
        if len(frames) > MAX_FRAMES:
            frames = frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :]
        return {"exception": type(error).__name__, "frames": frames}

    @staticmethod
    def _line(code, number):
        import linecache

        return linecache.getline(code.co_filename, number).strip()[:300]


_channel, _settings = _open_channel()
on_load = None
"""What a warm parent does as soon as pytest has loaded this plugin, given the plugin manager."""


is_quiet = _channel is not None
"""Whether the arguments that make a run repeatable are to be added."""


def attach(channel, settings, pluginmanager):
    """Begin the report of a run that was forked off after this plugin had been loaded."""
    global _channel, _settings, on_load, is_quiet
    _channel, _settings, on_load, is_quiet = channel, settings, None, True
    _begin(pluginmanager)


def pytest_load_initial_conftests(early_config, parser, args):
    """First of all: the arguments that make a run repeatable, in front of the ones that pytest still parses."""
    if is_quiet:
        args += [
            argument
            for argument in quiet_arguments(early_config.pluginmanager.hasplugin)
            if not (argument == "--benchmark-disable" and "--benchmark-only" in args)
        ]


def pytest_addoption(parser, pluginmanager):
    """The earliest hook that is given the plugin manager, hence before any conftest is loaded."""
    if on_load is not None:
        on_load(pluginmanager)
    if _channel is not None:
        _begin(pluginmanager)


def _begin(pluginmanager):
    make_recorder = None
    if _settings.get("lines"):  # before the import path is as the tests are to find it
        from host_lines import make_recorder
    _hide_ourselves()
    if _settings.get("moved"):
        relocate(*_settings["moved"])
    sys.path[:0] = _settings.get("inject") or []
    _channel.send("begin", python=list(sys.version_info[:3]), pytest=pytest.__version__)
    pluginmanager.register(Reporter(_channel, _settings, make_recorder), "autogpt-reporter")
