"""Runs collected pytest items one by one, in this process, with as little around them as keeps their meaning.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library and pytest only. Set-up, call and
teardown go through pytest's own hooks; what is left out is the making of reports, which costs more than most tests.
"""

import os
import resource
import signal
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest import runner as pytest_runner

SKIPPED = pytest.skip.Exception
MAX_TEXT = 300


class Outcome:
    """`line` is that of the innermost frame in the test's own file: how far the test came."""

    def __init__(self, item_id, outcome, error=None, seconds=0.0, line=0, place=("", 0)):
        self.id = item_id
        self.outcome = outcome
        self.error = error
        self.seconds = seconds
        self.line = line
        self.place = place

    def message(self):
        kind = type(self.error).__name__ if self.error is not None else ""
        text = _text(self.error) if self.error is not None else ""
        return ["test", self.id, self.outcome, round(self.seconds, 6), kind, self.line, text, list(self.place)]


def _text(error):
    try:
        return str(error)[:MAX_TEXT]
    except BaseException as worse:
        return type(worse).__name__


class Protocol:
    """A pytest plugin: the protocol of one test, without reports. `last` is the outcome of the test that ran last."""

    def __init__(self, places):
        self.places = places
        self.last = None
        self.part = None
        self.is_lean = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        """A part of a test that failed (`subTest`) ends the test: a report costs more than most tests."""
        if self.is_lean and call.excinfo is not None:
            self.part = self.part or call.excinfo.value
            raise self.part

    def pytest_runtest_logreport(self, report):
        """A failed part that was reported all the same."""
        if report.failed:
            self.part = self.part or AssertionError("a part of the test failed")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        _plain_comparisons()
        if item.get_closest_marker("xfail") is not None:
            self.last = self._full(item, nextitem)
        else:
            self.last = self._lean(item, nextitem)
        return True

    def _lean(self, item, nextitem):
        if hasattr(item, "_initrequest") and not getattr(item, "_request", None):
            item._initrequest()
        self.part = None
        self.is_lean = True
        started = time.perf_counter()
        error = _called(lambda: item.ihook.pytest_runtest_setup(item=item))
        if error is None:
            error = _called(lambda: item.ihook.pytest_runtest_call(item=item))
            error = self.part or error or _unittest_error(item)
        self.is_lean = False
        _stand_in_for_reports(item)
        late = _called(lambda: item.ihook.pytest_runtest_teardown(item=item, nextitem=nextitem))
        error = error or late
        if hasattr(item, "_request"):
            item._request = False
            item.funcargs = None
        return self._outcome(item, error, time.perf_counter() - started)

    def _full(self, item, nextitem):
        started = time.perf_counter()
        reports = pytest_runner.runtestprotocol(item, log=False, nextitem=nextitem)
        failed = any(report.failed for report in reports)
        skipped = any(report.skipped for report in reports)
        outcome = "failed" if failed else "skipped" if skipped else "passed"
        if skipped and any(hasattr(report, "wasxfail") for report in reports):
            outcome = "passed"
        return Outcome(self.places.test_id(item), outcome, seconds=time.perf_counter() - started)

    def _outcome(self, item, error, seconds):
        name = self.places.test_id(item)
        if error is None:
            return Outcome(name, "passed", seconds=seconds)
        if isinstance(error, SKIPPED) or type(error).__name__ == "SkipTest":
            return Outcome(name, "skipped", seconds=seconds)
        line, place = self._where(item, error)
        if isinstance(error, Hung):
            return Outcome(name, "timeout", error, seconds, line, place)
        return Outcome(name, "failed", error, seconds, line, place)

    def _where(self, item, error):
        """The innermost line in the test's file, and the innermost place in the project."""
        own = str(getattr(item, "path", None) or item.fspath)
        line, place = 0, ("", 0)
        trace = error.__traceback__
        depth = 0
        while trace is not None and depth < 3000:
            depth += 1
            name = trace.tb_frame.f_code.co_filename
            if name == own:
                line = trace.tb_lineno
            inside = self.places.cached(name)
            if inside is not None:
                place = (inside, trace.tb_lineno)
            trace = trace.tb_next
        return line, place


def _called(what):
    try:
        what()
    except BaseException as error:  # a test may raise anything, SystemExit and KeyboardInterrupt too
        return error
    return None


def _unittest_error(item):
    recorded = getattr(item, "_excinfo", None)
    if not recorded:
        return None
    info = recorded.pop(0)
    return getattr(info, "value", None) or info[1]


def _stand_in_for_reports(item):
    """The fixture tmp_path looks, when it ends, for what was noted while reports were made."""
    try:
        from _pytest.tmpdir import tmppath_result_key
    except ImportError:
        return
    item.stash.setdefault(tmppath_result_key, {})


def _plain_comparisons():
    """An explanation of why two values differ can cost far more than the test; nobody reads it here."""
    from _pytest.assertion import util

    util._reprcompare = None


class Runner:
    """Runs items in order and sends a line after each. `limits` are CPU seconds for one test."""

    def __init__(self, protocol, send):
        self.protocol = protocol
        self.send = send

    def run(self, items, limits, stop_early, recorder=None, budget=0.0):
        """Whether all passed. `stop_early` ends at the first failure."""
        good = True
        deadline = time.monotonic() + budget if budget else None
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            name = self.protocol.places.test_id(item)
            if deadline is not None and time.monotonic() > deadline:
                self.send(["cut"])
                break
            self.send(["start", name])
            lines = None
            with cpu_limit(limits.get(name, limits[""]), gently=recorder is not None):
                if recorder is not None:
                    recorder.start()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if recorder is not None:
                    lines = recorder.stop()
            self.send(self.protocol.last.message() + ([lines] if recorder is not None else []))
            if self.protocol.last.outcome not in ("passed", "skipped"):
                good = False
                if stop_early:
                    break
        return good


class Hung(BaseException):
    """A test ran out of time while its lines were noted."""


def _interrupt(number, frame):
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    raise Hung()


@contextmanager
def cpu_limit(seconds, gently=False):
    """The process is ended by the kernel after so much CPU time, also inside of C code; load does not count.

    `gently`: the test is interrupted first, so that its lines are not lost.
    """
    signal.signal(signal.SIGPROF, _interrupt if gently else signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds if gently else 0.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def fresh_folders(config, folder):
    """Give this process a temporary folder of its own, so that two at a time do not meet."""
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o700)
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = folder
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        factory._given_basetemp = Path(folder) / "pytest"
        factory._basetemp = None


def limit_cpu(seconds):
    """A hard limit of CPU time behind the soft one of each test."""
    soft = int(seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 1))


def limit_memory(more):
    """What this process and each of its children may still add to what it has, in bytes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/status") as file:
            used = next(int(line.split()[1]) for line in file if line.startswith("VmData:")) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (used + more, used + more))
    except (OSError, StopIteration, ValueError):
        pass  # not Linux: the sandbox's own limit has to do
