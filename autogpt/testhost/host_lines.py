"""Notes which lines of the project a test runs: by monitoring where the interpreter has it, else by tracing.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""

import sys
import threading

MONITORING = getattr(sys, "monitoring", None)


class Recorder:
    """Between `start` and `stop` collects line numbers by file, for files of the project that are not tests."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.known = {}
        self.lines = {}

    def _is_wanted(self, filename):
        if filename not in self.known:
            self.known[filename] = self.wanted(filename)
        return self.known[filename] is not None

    def start(self):
        self.lines = {}

    def stop(self):
        """Lines by path relative to the workspace."""
        return {self.known[name]: sorted(lines) for name, lines in self.lines.items()}


class TracingRecorder(Recorder):
    """Before Python 3.12. Frames of other files are not traced, nor code all of whose lines were seen."""

    def __init__(self, wanted):
        Recorder.__init__(self, wanted)
        self.left = {}

    def start(self):
        Recorder.start(self)
        self.left = {}
        threading.settrace(self._called)
        sys.settrace(self._called)

    def stop(self):
        sys.settrace(None)
        threading.settrace(None)
        return Recorder.stop(self)

    def _called(self, frame, event, argument):
        code = frame.f_code
        left = self.left.get(code)
        if left is None:
            if not self._is_wanted(code.co_filename):
                self.left[code] = ()
                return None
            left = self.left[code] = _lines_of(code)
            self.lines.setdefault(code.co_filename, set())
        if not left:
            return None
        frame.f_trace_opcodes = False
        seen = self.lines[code.co_filename]

        def each(frame, event, argument):
            if event == "line":
                number = frame.f_lineno
                seen.add(number)
                left.discard(number)
                if not left:
                    return None
            return each

        return each


class MonitoringRecorder(Recorder):
    """Python 3.12 and newer: every line calls back once and is then silent until the next test."""

    def __init__(self, wanted):
        Recorder.__init__(self, wanted)
        self.tool = next(number for number in (4, 3, 5) if MONITORING.get_tool(number) is None)
        MONITORING.use_tool_id(self.tool, "autogpt")
        MONITORING.register_callback(self.tool, MONITORING.events.LINE, self._line)

    def start(self):
        Recorder.start(self)
        MONITORING.set_events(self.tool, MONITORING.events.LINE)
        MONITORING.restart_events()

    def stop(self):
        MONITORING.set_events(self.tool, 0)
        return Recorder.stop(self)

    def _line(self, code, number):
        if self._is_wanted(code.co_filename):
            self.lines.setdefault(code.co_filename, set()).add(number)
        return MONITORING.DISABLE


def _lines_of(code):
    import dis

    return {number for _, number in dis.findlinestarts(code) if number} - {code.co_firstlineno}


def make_recorder(wanted):
    """`wanted` maps a file's name to its path in the workspace, or to None for one that is of no interest."""
    return MonitoringRecorder(wanted) if MONITORING is not None else TracingRecorder(wanted)
