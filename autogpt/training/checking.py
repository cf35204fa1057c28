"""Runs small generated functions on small inputs in a process of its own, with limits, and says what came out.

Only code that this package generated, or mutated from that, is run: pure functions of plain values.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

SECONDS = 1
"""For one function with all its inputs, whole seconds of wall clock."""
BATCH = 200

_HOST = """
import json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
class Late(BaseException): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
for line in sys.stdin:
    number, code, name, calls, seconds = json.loads(line)
    out = []
    signal.alarm(seconds)
    try:
        scope = {"__name__": "checked"}
        exec(compile(code, "<checked>", "exec"), scope)
        for call in calls:
            try:
                value = repr(eval(name + call, scope)).split(" at 0x")[0]
                out.append(["", value] if len(value) < 500 else ["TooLong", ""])
            except Exception as error:
                out.append([type(error).__name__, str(error)[:200]])
        signal.alarm(0)
    except Late:
        out = [["Timeout", ""]] * len(calls)
    except BaseException as error:
        out = [[type(error).__name__, str(error)[:200]]] * len(calls)
    signal.alarm(0)
    print(json.dumps([number, out]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A function's text and the arguments to call it with, as `(1, 2)`."""

    code: str
    name: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Came:
    """What a call came to: the value's `repr`, or an exception with its message."""

    value: str = ""
    exception: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    job: Job
    came: tuple[Came, ...] = field(default=())
    """One a call; all `Timeout` or `Crash` where the process ended by it."""


def check(jobs: Iterable[Job]) -> Iterator[Checked]:
    """Results in the order of the jobs. A job that kills the process counts as crashed, and the next goes on."""
    waiting = iter(jobs)
    while batch := list(islice(waiting, BATCH)):
        while batch:
            done = _run(batch)
            yield from (Checked(job, came) for job, came in zip(batch, done, strict=False))
            batch = batch[len(done) :]
            if batch:
                yield Checked(batch[0], (Came(exception="Crash"),) * len(batch[0].calls))
                batch = batch[1:]


def _run(batch: Sequence[Job]) -> list[tuple[Came, ...]]:
    """Results of as many jobs as there were before the process ended."""
    lines = [json.dumps([number, job.code, job.name, job.calls, SECONDS]) for number, job in enumerate(batch)]
    limit = 30.0 + 4.0 * SECONDS * len(batch)
    command = [sys.executable, "-I", "-S", "-c", _HOST]
    try:
        run = subprocess.run(
            command, input="\n".join(lines), capture_output=True, text=True, timeout=limit, check=False
        )
        said = run.stdout
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode("utf-8", "replace") if isinstance(late.stdout, bytes) else ""
    found: list[tuple[Came, ...]] = []
    for line in said.splitlines():
        with suppress(ValueError):
            number, came = json.loads(line)
            if number == len(found):
                found.append(tuple(Came(exception=kind, message=text) if kind else Came(text) for kind, text in came))
    return found
