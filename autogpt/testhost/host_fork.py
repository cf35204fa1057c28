"""A process that stays as it is and tries each change in a child forked from it, several at a time.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""

import errno
import json
import os
import select
import shutil
import signal
import tempfile
import time
import warnings

BATCH = 8
"""Changes that one child may try, as long as none leaves a trace."""
BATCH_SECONDS = 0.08
"""CPU time after which a child gains nothing by doing more."""
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
    """A forked process at work for some requests, one after the other, and the lines that have come from it."""

    def __init__(self, jobs, pid, descriptor, folder):
        self.jobs = jobs
        self.pid = pid
        self.descriptor = descriptor
        self.folder = folder
        self.rest = b""
        self.lines = []
        self.begun = 0
        self.patience = max(float(request.get("patience", 5.0)) for request, _ in jobs)
        start = max(float(request.get("start", 0.0)) for request, _ in jobs)
        self.deadline = time.monotonic() + max(self.patience, start)
        self.done = False

    def read(self, answer):
        """Take what there is and answer requests that are through; False at the end of the stream."""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError as error:
            return error.errno == errno.EAGAIN
        if not data:
            return False
        parts = (self.rest + data).split(b"\n")
        self.rest = parts.pop()
        for part in parts:
            line = json.loads(part.decode("utf-8"))
            if line[0] == "begin":
                self.lines = []
                self.begun = line[1] + 1
            elif line[0] == "end":
                answer(self.jobs[line[1]][0], "", self.lines, line[1])
                self.jobs[line[1]] = None
            elif line[0] == "done":
                self.done = True
            else:
                self.lines.append(line)
        self.deadline = time.monotonic() + self.patience
        return True

    def end(self, hung):
        """Kill what is left of the child's group, and say how it ended: "" when it did so by itself."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass
        if hung:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except OSError:
                pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        _remove(self.folder)
        if hung:
            return "timeout"
        if self.done:
            return ""
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return "timeout" if number in (signal.SIGPROF, signal.SIGXCPU) else "signal %d" % number
        return "exit %d" % os.WEXITSTATUS(status)


def _remove(folder):
    try:
        os.rmdir(folder)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


class Nursery:
    """Serves requests. `prepare(request)` gives what the child is to do, or the answer itself as a dict.

    `is_clean` says in the child whether what it has done so far left no trace, so that it can go on with the next.
    """

    def __init__(self, channel, prepare, is_clean=None):
        self.channel = channel
        self.prepare = prepare
        self.is_clean = is_clean
        self.queue = []
        self.ready = []
        self.children = {}
        self.slots = 2
        self.count = 0
        self.folder = tempfile.mkdtemp(prefix="h")

    def serve(self):
        """Until the engine hangs up."""
        while self.channel.open:
            while len(self.children) < self.slots and (self.ready or self.queue):
                jobs = self._next_jobs()
                if jobs:
                    self._fork(jobs)
            self._wait()
        for child in list(self.children.values()):
            child.end(True)

    def _next_jobs(self):
        """What one child is to do: one request, or several small ones; those that need no child are answered."""
        jobs = []
        while len(jobs) < self._batch():
            if self.ready:
                request, work = self.ready.pop(0)
            elif self.queue:
                request = self.queue.pop(0)
                work = self.prepare(request)
                if not callable(work):
                    self.channel.send(dict(work, id=request.get("id")))
                    continue
            else:
                break
            if not request.get("small"):
                if jobs:
                    self.ready.insert(0, (request, work))
                else:
                    jobs.append((request, work))
                break
            jobs.append((request, work))
        return jobs

    def _batch(self):
        """Fair shares of what is waiting, so that no child idles."""
        waiting = len(self.ready) + len(self.queue)
        return max(1, min(BATCH, -(-waiting // max(1, self.slots - len(self.children)))))

    def _fork(self, jobs):
        readable, writable = os.pipe()
        self.count += 1
        folder = "%s/%d" % (self.folder, self.count)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of threads; a child that needs one hangs and is killed
            pid = os.fork()
        if pid == 0:
            run_child(self, readable, writable, folder, jobs)
        os.close(writable)
        os.set_blocking(readable, False)
        self.children[readable] = Child(jobs, pid, readable, folder)

    def _wait(self):
        now = time.monotonic()
        for child in list(self.children.values()):
            if child.deadline <= now:
                self._finish(child, True)
        soonest = min([child.deadline for child in self.children.values()] or [now + 3600])
        if (self.queue or self.ready) and len(self.children) < self.slots:
            return
        descriptors = [self.channel.descriptor] + list(self.children)
        for descriptor in _readable(descriptors, max(0.0, soonest - now)):
            if descriptor == self.channel.descriptor:
                self.queue += self.channel.receive()
            elif not self.children[descriptor].read(self._answer):
                self._finish(self.children[descriptor], False)

    def _answer(self, request, end, lines, place):
        self.channel.send({"id": request.get("id"), "end": end, "lines": lines, "after": place})

    def _finish(self, child, hung):
        del self.children[child.descriptor]
        if hung:
            child.read(self._answer)
        end = child.end(hung)
        left = [job for job in child.jobs[child.begun :] if job is not None]
        if child.begun and child.jobs[child.begun - 1] is not None:
            self._answer(child.jobs[child.begun - 1][0], end or "exit 0", child.lines, child.begun - 1)
        elif not child.begun and left:
            request, _ = left.pop(0)  # it did not even begin: that one is not tried again
            self._answer(request, end or "exit 0", [], 0)
        self.ready[:0] = left


def _readable(descriptors, seconds):
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(int(seconds * 1000) + 1)]


def run_child(nursery, readable, writable, folder, jobs):
    """The child's whole life; it never returns."""
    me = os.getpid()

    def send(message):
        if os.getpid() == me:  # a test may fork: what its child does is not the test's outcome
            data = (json.dumps(message) + "\n").encode("utf-8", "backslashreplace")
            while data:
                data = data[os.write(own, data) :]

    try:
        os.setpgid(0, 0)
        os.close(nursery.channel.descriptor)
        os.close(readable)
        for descriptor in nursery.children:
            os.close(descriptor)
        own = moved_high(writable)
        for index, (_, work) in enumerate(jobs):
            send(["begin", index])
            work(send, folder, index)
            send(["end", index])
            if os.getpid() != me:
                break
            last = index + 1 == len(jobs)
            if not last and (time.process_time() > BATCH_SECONDS or not nursery.is_clean()):
                break
        send(["done"])
    except BaseException as error:
        try:
            send(["broken", type(error).__name__ + ": " + str(error)[:300]])
        except BaseException:
            pass
    finally:
        os._exit(0)
