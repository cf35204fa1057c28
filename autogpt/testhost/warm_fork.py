"""Forks a run off a warm parent: into name spaces of its own, with a first process that sees to its end.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. Three processes for a run: one
that leaves the parent's name spaces and tells how it ended, the first process of the new ones (when it ends, the kernel
ends all that the run has started), and the one that runs the tests. They are made before they are needed, up to the
moment when the tree must be in its final state.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback
import warnings

import report_channel
import warm_ahead
import warm_fence
import warm_pages
from warm_channel import Channel, Lines, moved_high

MAX_LEARNED = 4 << 20


class Child:
    """A run, as the parent sees it. `life` says its first process, the status of its tests, that all is gone, or why
    there was no run. Its end takes its name spaces along, for which nobody has to wait.
    """

    def __init__(self, pid, orders, life, learned):
        self.id = None
        self.orders = orders
        self.pid = pid
        self.life = Lines(life, 1 << 16)
        self.learned = Lines(learned, MAX_LEARNED)
        self.doomed = False
        self.answered = False
        self.has_told_all = False
        self.stale = ""

    def is_collecting(self):
        """Whether it has begun and has nothing to tell yet."""
        return self.id is not None and not self.answered and not self.learned.data

    def said(self, kind):
        for line in self.life.data.decode("utf-8", "replace").splitlines():
            head, _, rest = line.partition(" ")
            if head == kind:
                return rest or kind
        return ""

    def begin(self, told):
        """What was made ready becomes this run."""
        self.id = told["id"]
        try:
            self.orders.pass_on(told)
        except OSError:
            pass  # it failed before, and says so

    def kill(self):
        """End the first process, and with it all others. Called again when it is not known yet."""
        self.doomed = True
        first = self.said("init")
        if first:
            try:
                os.kill(int(first), signal.SIGKILL)
            except (OSError, ValueError):
                pass

    def bury(self):
        """When `life` is closed, the first processes of the run are gone too."""
        os.waitpid(self.pid, 0)
        self.orders.socket.close()
        self.life.close()
        self.learned.close()

    def answer(self):
        """How it ended. Nobody who could write into its pipes is left."""
        self.answered = True
        while self.learned.read():
            pass
        status, why = self.said("status"), self.stale or self.said("failed")
        return {"op": "ended", "id": self.id, "status": int(status) if status else -9, "why": why}

    def found(self):
        """What it had to say, in one object."""
        found = {}
        for line in self.learned.data.split(b"\n")[:-1]:
            try:
                found.update(json.loads(line.decode("utf-8")))
            except (TypeError, ValueError):
                pass
        return found


class Run:
    """A run, in the process that runs the tests."""

    def __init__(self, told, learned, ahead):
        self.told = told
        self.ahead = ahead
        report, output, configuration = told["passed"]
        self.learned = learned
        with open(configuration, "rb") as file:
            self.settings = json.loads(file.read().decode("utf-8"))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        for number in (1, 2):
            os.dup2(output, number)
        os.close(output)
        self.report = report_channel.Channel(report, self.settings["token"])

    def tell(self, found):
        """To the parent, never in the way of the tests."""
        if os.getpid() == self.report.owner:
            data = (json.dumps(found) + "\n").encode("utf-8", "backslashreplace")
            try:
                while data:
                    data = data[os.write(self.learned, data) :]
            except OSError:
                pass

    def tell_pages(self):
        """Last of all, where the parent asks for it."""
        if self.told.get("pages"):
            self.tell({"pages": warm_pages.written()})


class Nursery:
    """Serves requests. `changed` names a loaded file that is another now; `sift` says what is new to the parent in what
    a run has found, and `learn` takes that; `compile_ahead` is called in the first process of a run.
    """

    def __init__(self, channel, config, changed, sift, learn, compile_ahead):
        self.channel = channel
        self.config = config
        self.changed = changed
        self.sift = sift
        self.learn = learn
        self.compile_ahead = compile_ahead
        self.children = []
        self.lessons = []
        self.pages = warm_pages.Pages()
        self.spare = None

    def serve(self):
        """Comes back in the process of a run, with the run; never in the parent."""
        while True:
            while self.lessons and not self.channel.is_waiting():
                self._dismiss()
                self.learn(self.lessons.pop(0))
                self.pages.forget()
            busy = any(child.is_collecting() for child in self.children)  # and the second processor compiles for it
            if self.spare is None and not busy and not self.channel.is_waiting():
                run = self._make_spare()
                if run is not None:
                    return run
            for descriptor in self._readable():
                if descriptor == self.channel.fileno():
                    run = self._requests()
                    if run is not None:
                        return run
                else:
                    self._hear(descriptor)

    def _readable(self):
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        for child in self.children:
            poll.register(child.life.descriptor, select.POLLIN)
            if not child.answered and not child.has_told_all:
                poll.register(child.learned.descriptor, select.POLLIN)
        return [descriptor for descriptor, _ in poll.poll()]

    def _requests(self):
        for message in self.channel.receive():
            if message["op"] == "kill":
                for child in self.children:
                    if child.id == message["id"]:
                        child.kill()
                continue
            message["pages"] = self.pages.is_asking
            if self.spare is None:
                run = self._make_spare(message["passed"])
                if run is not None:
                    return run
            begun, self.spare = self.spare, None
            begun.begin(message)
            stale = self.changed()  # while the run finds its way: it is seldom so
            if stale:
                begun.stale = "stale " + stale
                begun.kill()
        return None

    def _dismiss(self):
        """One that was made before the parent learned something is of no use."""
        if self.spare is not None:
            self.spare.answered = True
            self.spare.kill()
            self.spare = None

    def _hear(self, descriptor):
        for child in self.children:
            if descriptor == child.learned.descriptor:
                child.has_told_all = not child.learned.read()
            elif descriptor == child.life.descriptor:
                goes_on = child.life.read()
                if not child.answered and (child.said("gone") or not goes_on):
                    self.channel.send(child.answer())
                    self._learn_from(child.found())
                if child.doomed:
                    child.kill()
                if not goes_on:
                    self.children.remove(child)
                    child.bury()
                return

    def _learn_from(self, found):
        news = self.sift(found)
        if news:
            self.lessons.append(news)
        elif found.get("pages"):
            self.pages.learn(found["pages"])

    def _make_spare(self, foreign=()):
        """Make the next run ready; in its own process, comes back with it when it has begun."""
        life, told_life = os.pipe()
        learned, told_learned = os.pipe()
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = os.fork()
        if pid:
            os.close(told_life)
            os.close(told_learned)
            theirs.close()
            self.spare = Child(pid, Channel(ours.detach()), life, learned)
            self.children.append(self.spare)
            return None
        told_life, told_learned = moved_high(told_life), moved_high(told_learned)
        ours.close()
        for descriptor in foreign:
            os.close(descriptor)
        try:
            return self._leave(Channel(theirs.detach()), told_life, told_learned, (life, learned))
        except BaseException as error:
            said = "%s: %s" % (type(error).__name__, " ".join(str(error).split())[:300])
            os.write(told_life, ("failed %s\n" % said).encode("utf-8", "replace"))
            traceback.print_exc()
            os._exit(1)

    def _leave(self, orders, life, learned, others):
        """In the first of the three processes; comes back in the third."""
        os.setsid()
        self.channel.socket.close()
        for descriptor in others:
            os.close(descriptor)
        for child in self.children:
            child.orders.socket.close()
            child.life.close()
            child.learned.close()
        warm_fence.leave(self.config["network"])
        first = os.fork()
        if first:
            os.write(life, b"init %d\n" % first)
            orders.socket.close()
            os.close(learned)
            os.waitpid(first, 0)
            os._exit(0)
        warm_fence.build(self.config)
        ours, theirs = socket.socketpair()
        ahead = warm_ahead.Ahead(warm_fence.ASIDE + "/layer")
        tests = os.fork()
        if tests:
            theirs.close()
            os.close(learned)
            for number in (0, 1, 2):
                os.close(number)
            self._hand_on(orders, Channel(ours.detach()))
            self.compile_ahead(ahead)
            _see_to_the_end(tests, life)
        orders.socket.close()
        ours.close()
        ahead.begin()
        os.setsid()
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # before the parent, when memory runs out
        warm_fence.drop_rights()
        theirs = Channel(theirs.detach())
        self.pages.copy(theirs.is_waiting)
        told = theirs.receive_one()
        theirs.socket.close()
        os.chdir(self.config["cwd"])
        os.close(life)
        return Run(told, learned, ahead)

    def _hand_on(self, orders, tests):
        """In the first process of the new name spaces: wait for the run, put the tree in its place, let it begin."""
        told = orders.receive_one()
        orders.socket.close()
        warm_fence.lay(self.config)
        tests.pass_on(told)
        tests.socket.close()


def _see_to_the_end(tests, life):
    """The first process of a run: buries the dead, and ends with the tests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        except ChildProcessError:
            os._exit(0)
        if pid == tests:
            code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            os.write(life, b"status %d\n" % code)
            _end_the_others()
            os.write(life, b"gone\n")
            os._exit(0)


def _end_the_others():
    """What the tests have left running. As the first process we are spared, and inherit what has no parent."""
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        return
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return
