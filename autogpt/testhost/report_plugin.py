"""Tells the host what happened to every test, over a channel that it takes out of the tests' sight. PYTEST_DONT_REWRITE

Loaded with `-p report_plugin` into the project's own interpreter: Python 3.8 and newer, the standard library and pytest
only. `AUTOGPT_TESTHOST` is `<report>:<configuration>`, two inherited file descriptors. The report is one JSON object a
line, each with the token of the configuration; it is written by the process that started pytest and by none of its
children. Without the variable the plugin does nothing.
"""
# pathlib is slower at every start, and the oldest interpreters are to read this too:
# ruff: noqa: PTH100, PTH110, PTH113, PTH118, PTH123, UP031

import os
import sys

import pytest
import report_choice
from report_channel import open_channel
from report_details import cut, outcome_of, place_of, ranges, said
from report_places import Places, relocate, strays

_RANK = {"passed": 0, "xfailed": 1, "xpassed": 1, "skipped": 2, "failed": 3, "error": 4}


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


def _hide_ourselves():
    """Off the import path, so that no module of the project is shadowed by one of ours, here or in child processes."""
    for name in ("report_channel", "report_choice", "report_details", "report_places"):
        sys.modules["autogpt_" + name] = sys.modules.pop(name)
    ours = _settings.get("testhost")
    sys.path[:] = [entry for entry in sys.path if entry != ours]
    rest = [entry for entry in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if entry and entry != ours]
    rest = (_settings.get("inject") or []) + rest
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)


def _spare_hypothesis(config):
    """Its plugin loads all of it at the end of a session, most of a second, to say that no test has used it."""
    plugin = config.pluginmanager.get_plugin("hypothesispytest")
    if plugin is not None and "hypothesis" not in sys.modules:
        config.pluginmanager.unregister(plugin)


class Reporter:
    """The hooks. One outcome a test, the worst of its phases, sent when its teardown is over."""

    def __init__(self, channel, settings, places, make_recorder=None):
        self.channel = channel
        self.places = places
        self.ids = {}
        self.worst = {}
        self.problems = {}
        self.workspace_names = settings.get("names") or {}
        self.moved = settings.get("moved")
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

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        for item in session.items:
            self.ids[item.nodeid] = self.places.test_id(item)
        self.channel.send("collected", ids=list(self.ids.values()), strays=self._strays())

    def _strays(self):
        return strays(self.places, self.workspace_names, self.moved)

    def pytest_exception_interact(self, node, call, report):
        if getattr(report, "when", "collect") == "collect" and call.excinfo is not None:
            self.problems[node.nodeid] = call.excinfo.value

    def pytest_collectreport(self, report):
        # pytest_exception_interact comes after this hook, so the error is sent at the end of the collection or session.
        if report.failed:
            self.problems.setdefault(report.nodeid, report.longreprtext)

    # -- tests ------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        if self.recorder is None:
            yield
            return
        self.recorder.start()
        yield
        lines = {path: ranges(numbers) for path, numbers in self.recorder.stop().items() if numbers}
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
        outcome = outcome_of(report)
        if outcome is not None and _RANK[outcome] > _RANK[known["outcome"]]:
            known.update(outcome=outcome, phase=report.when, **details)
            if outcome in ("failed", "error"):
                known["message"] = details.get("message") or cut(report.longreprtext)
                known["output"] = self._output(report)
            elif outcome == "skipped" and isinstance(report.longrepr, tuple):
                known["message"] = cut(report.longrepr[2])
        if report.when == "teardown":
            self.channel.send("test", id=self.ids.get(report.nodeid, report.nodeid), **self.worst.pop(report.nodeid))

    @staticmethod
    def _output(report):
        return cut("".join(text for name, text in report.sections if name.startswith("Captured")))

    # -- the end ----------------------------------------------------------------------------------------------------

    def pytest_internalerror(self, excrepr, excinfo):
        self.channel.send("internal", message=cut(excinfo.exconly()), **place_of(excinfo.value, self.places))

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
        return self.places.relative(str(path))

    def _send_collect_error(self, id, cause):
        if isinstance(cause, BaseException):
            while cause.__cause__ is not None and type(cause).__name__ == "CollectError":
                cause = cause.__cause__
            details = place_of(cause, self.places)
            details["message"] = cut(cause)
            if type(cause).__name__ == "CollectError":
                details["exception"] = "ImportError"
        else:
            details = {"message": cut(cause), "exception": "", "frames": []}
        self.channel.send("test", id=id, outcome="error", phase="collect", seconds=0.0, output="", **details)

    def _details(self, excinfo):
        details = place_of(excinfo.value, self.places)
        details["message"] = cut(said(excinfo.value)) or details["exception"]
        return details


_channel, _settings = open_channel()
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
    places = Places(_settings["workspace"])
    pluginmanager.register(Reporter(_channel, _settings, places, make_recorder), "autogpt-reporter")
    choice = report_choice.Choice(places, _settings.get("wanted"), _settings.get("skip"))
    report_choice.register(pluginmanager, choice)
