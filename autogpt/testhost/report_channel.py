"""Where the report goes: one JSON object a line, to a descriptor that the tests do not meet.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""
# pathlib is slower at every start, and the oldest interpreters are to read this too:
# ruff: noqa: PTH123

import json
import os


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


def open_channel():
    """The channel that the environment names and the configuration of the run; None and nothing without one."""
    variable = os.environ.pop("AUTOGPT_TESTHOST", "")
    if not variable:
        return None, {}
    report, _, configuration = variable.partition(":")
    with open(int(configuration), "rb") as file:
        settings = json.loads(file.read().decode("utf-8"))
    return Channel(int(report), settings["token"]), settings
