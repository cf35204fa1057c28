"""The lines between host, warm parent and runs, with descriptors that travel along.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""

import array
import json
import os
import select
import socket

HIGH = 200
"""Descriptors of ours are moved above this, out of the way of what tests do with low ones."""


def moved_high(descriptor):
    """The same open file under a number that tests do not meet, not passed on to programs."""
    import fcntl

    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(descriptor)
    return high


class Channel:
    """JSON lines to and from the host over one socket; a request comes with descriptors."""

    def __init__(self, descriptor):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, moved_high(descriptor))
        self.rest = b""
        self.descriptors = []

    def fileno(self):
        return self.socket.fileno()

    def send(self, message):
        try:
            self.socket.sendall((json.dumps(message) + "\n").encode("utf-8", "backslashreplace"))
        except OSError:
            os._exit(0)  # the host is gone

    def pass_on(self, message):
        """Send a message together with the descriptors that came with it."""
        passed = array.array("i", message["passed"])
        data = (json.dumps(message) + "\n").encode("utf-8")
        sent = self.socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)])
        if sent < len(data):
            self.socket.sendall(data[sent:])
        for descriptor in message["passed"]:
            os.close(descriptor)

    def receive_one(self):
        """Wait for a message."""
        while True:
            messages = self.receive()
            if messages:
                return messages[0]

    def receive(self):
        """The messages that have arrived, each with the descriptors that it counts; ends us with the other side."""
        numbers = array.array("i")
        size = socket.CMSG_SPACE(16 * numbers.itemsize)
        data, ancillary, _, _ = self.socket.recvmsg(1 << 16, size)
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
        if not data:
            os._exit(0)
        self.descriptors += [moved_high(number) for number in numbers]
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        messages = []
        for line in lines:
            message = json.loads(line.decode("utf-8"))
            count = message.get("descriptors", 0)
            message["passed"], self.descriptors = self.descriptors[:count], self.descriptors[count:]
            messages.append(message)
        return messages

    def is_waiting(self):
        return bool(select.select([self.socket], [], [], 0)[0])


class Lines:
    """What a run writes into a pipe to its parent."""

    def __init__(self, descriptor, limit):
        self.descriptor = moved_high(descriptor)
        os.set_blocking(self.descriptor, False)
        self.data = b""
        self.limit = limit

    def read(self):
        """False at the end."""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if len(self.data) < self.limit:
            self.data += data
        return bool(data)

    def close(self):
        os.close(self.descriptor)
