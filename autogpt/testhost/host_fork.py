"""A process that stays as it is and tries each change in a child forked from it, several at a time.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""

import errno
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import warnings

HIGH = 200
"""Descriptors of ours are moved above this, out of the way of what tests do with low ones."""


def moved_high(descriptor):
    import fcntl

    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(descriptor)
    return high


class Channel:
    """JSON lines to and from the engine, over one socket."""

    def __init__(self, descriptor):
        self.descriptor = moved_high(descriptor)
        self.rest = b""
        self.open = True

    def send(self, message):
        data = (json.dumps(message) + "\n").encode("utf-8", "backslashreplace")
        try:
            while data:
                data = data[os.write(self.descriptor, data) :]
        except OSError:
            self.open = False

    def receive(self):
        """The messages that have arrived; ends with `open` false when the engine is gone."""
        try:
            data = os.read(self.descriptor, 1 << 20)
        except OSError:
            data = b""
        if not data:
            self.open = False
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        return [json.loads(line.decode("utf-8")) for line in lines if line]


class Child:
    """A forked process at work for one request, and the lines that have come from it."""

    def __init__(self, request, pid, descriptor, folder):
        self.request = request
        self.pid = pid
        self.descriptor = descriptor
        self.folder = folder
        self.rest = b""
        self.lines = []
        self.patience = float(request.get("patience", 5.0))
        self.deadline = time.monotonic() + max(self.patience, float(request.get("start", 0.0)))

    def read(self):
        """Take what there is; False at the end of the stream."""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError as error:
            return error.errno == errno.EAGAIN
        if not data:
            return False
        parts = (self.rest + data).split(b"\n")
        self.rest = parts.pop()
        self.lines += [json.loads(part.decode("utf-8")) for part in parts]
        self.deadline = time.monotonic() + self.patience
        return True

    def end(self, hung):
        """Kill what is left of the child's group, and say how it ended: `` when it did so by itself."""
        for kill in (os.killpg, os.kill):
            try:
                if kill is os.killpg or hung:
                    kill(self.pid, signal.SIGKILL)
            except OSError:
                pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        if os.path.exists(self.folder):
            shutil.rmtree(self.folder, ignore_errors=True)
        if hung:
            return "timeout"
        if self.lines and self.lines[-1] == ["done"]:
            return ""
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "timeout" if number in (signal.SIGPROF, signal.SIGXCPU) else "signal %d" % number
        return "exit %d" % os.WEXITSTATUS(status)


class Nursery:
    """Serves requests. `prepare(request)` gives what the child is to do, or the answer itself as a dict."""

    def __init__(self, channel, prepare):
        self.channel = channel
        self.prepare = prepare
        self.queue = []
        self.children = {}
        self.slots = 2
        self.count = 0
        self.folder = tempfile.mkdtemp(prefix="h")

    def serve(self):
        """Until the engine hangs up."""
        while self.channel.open:
            self._start()
            self._wait()
        for child in list(self.children.values()):
            child.end(True)

    def _start(self):
        while self.queue and len(self.children) < self.slots:
            request = self.queue.pop(0)
            if "slots" in request:
                self.slots = request["slots"]
            if request.get("alone") and self.children:
                self.queue.insert(0, request)
                return
            work = self.prepare(request)
            if callable(work):
                self._fork(request, work)
            else:
                self.channel.send(dict(work, id=request.get("id")))

    def _fork(self, request, work):
        readable, writable = os.pipe()
        self.count += 1
        folder = "%s/%d" % (self.folder, self.count)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of threads; a child that needs one hangs and is killed
            pid = os.fork()
        if pid == 0:
            run_child(self.channel, readable, writable, folder, work)
        os.close(writable)
        os.set_blocking(readable, False)
        self.children[readable] = Child(request, pid, readable, folder)

    def _wait(self):
        now = time.monotonic()
        for child in list(self.children.values()):
            if child.deadline <= now:
                self._finish(child, True)
        soonest = min([child.deadline for child in self.children.values()] or [now + 3600])
        if self.queue and len(self.children) < self.slots and not self.queue[0].get("alone"):
            return
        descriptors = [self.channel.descriptor] + list(self.children)
        for descriptor in _readable(descriptors, max(0.0, soonest - now)):
            if descriptor == self.channel.descriptor:
                self.queue += self.channel.receive()
            elif not self.children[descriptor].read():
                self._finish(self.children[descriptor], False)

    def _finish(self, child, hung):
        del self.children[child.descriptor]
        if hung:
            child.read()
        end = child.end(hung)
        self.channel.send({"id": child.request.get("id"), "end": end, "lines": child.lines})


def _readable(descriptors, seconds):
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(int(seconds * 1000) + 1)]


def run_child(channel, readable, writable, folder, work):
    """The child's whole life; it never returns."""
    status = 1
    try:
        os.setpgid(0, 0)
        os.close(channel.descriptor)
        os.close(readable)
        own = moved_high(writable)
        me = os.getpid()

        def send(message):
            if os.getpid() == me:  # a test may fork: what its child does is not the test's outcome
                data = (json.dumps(message) + "\n").encode("utf-8", "backslashreplace")
                while data:
                    data = data[os.write(own, data) :]

        work(send, folder)
        if os.getpid() == me:
            send(["done"])
        status = 0
    except BaseException as error:
        try:
            send(["broken", type(error).__name__ + ": " + str(error)[:300]])
        except BaseException:
            pass
    finally:
        if sys.stdout is not None:
            os._exit(status)
        os._exit(status)
