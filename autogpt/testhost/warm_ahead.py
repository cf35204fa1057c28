"""Compiles the files that a change has touched while the run that will import them is still finding its way to them.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. The first process of a run has
nothing to do until the tests end, and often there is a second processor. It looks at the files that earlier runs had to
compile, and hands the code of those that are another now to the process of the tests. Code is believed by the exact
bytes of the file; what does not compile without a word is left to the run, which says why.
"""

import json
import marshal
import os
import warnings

from warm_channel import moved_high

MAX_FILES = 50
"""So that the names of all of them fit into a pipe which nobody may be reading."""


class Ahead:
    """Made before the two processes part: a file for the code, and a pipe that says where what is."""

    def __init__(self, folder):
        path = os.path.join(folder, "code")
        self.memory = moved_high(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        os.unlink(path)
        readable, writable = os.pipe()
        self.readable, self.writable = moved_high(readable), moved_high(writable)
        self.coming = None
        self.places = {}
        self.rest = b""

    # -- in the first process ---------------------------------------------------------------------------------------

    def compile(self, changed, read):
        """`changed` are paths, `read` gives the bytes of one. Never raises, never waits for the other side."""
        os.close(self.readable)
        try:
            paths = changed[:MAX_FILES]
            self._say(paths)
            end = 0
            for path in paths:
                found = marshal.dumps(_compiled(path, read(path)))
                os.pwrite(self.memory, found, end)
                self._say([path, end, len(found)])
                end += len(found)
        except (OSError, ValueError):
            pass
        os.close(self.writable)
        os.close(self.memory)

    def _say(self, what):
        os.write(self.writable, (json.dumps(what) + "\n").encode("utf-8"))

    # -- in the process of the tests --------------------------------------------------------------------------------

    def begin(self):
        os.close(self.writable)

    def code(self, path, data):
        """The code of a file with these bytes, as soon as it is there; None if it is not to come."""
        if self.coming is None:
            self.coming = frozenset(self._hear() or ())
        while path in self.coming and path not in self.places:
            said = self._hear()
            if not said:
                return None
            self.places[said[0]] = said[1:]
        if path not in self.places:
            return None
        start, size = self.places[path]
        known, code = marshal.loads(os.pread(self.memory, size, start))
        return code if known == data else None

    def _hear(self):
        """The next line; None at the end."""
        while b"\n" not in self.rest:
            try:
                data = os.read(self.readable, 1 << 16)
            except OSError:
                return None
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line.decode("utf-8"))


def _compiled(path, data):
    """The bytes of a file and their code; None for both where there is something to say about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return data, compile(data, path, "exec", dont_inherit=True)
        except Exception:
            return None, None
