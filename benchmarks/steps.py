"""What a step of the loop costs beside the model and the tests: prompt, reading, applying, committing, judging.

    python -m benchmarks.steps [--files 1000] [--steps 12]

A scripted model sends a wrong change each time, to a project of FILES modules whose test is a command; the time in test
processes is taken off. A step is what lies between two requests. On a busy machine processor time says more than the
clock: that of this process, and with it that of the processes of git.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

ANSWER = """\
Plan:
1. Try {n}

```edit replace pkg/m0.py
<<<<<<< SEARCH
    return x - 0
=======
    return x - {n}
>>>>>>> REPLACE
```
Summary: Try {n}
"""
CHECK = "cd pkg && python3 -c 'import m0, sys; sys.exit(m0.f0(1) and \"got %s\" % m0.f0(1))'"


def make(folder: Path, files: int) -> None:
    """A repository with one commit."""
    (folder / "pkg").mkdir(parents=True)
    for n in range(files):
        body = "".join(f"def f{n if k == 0 else f'{n}_{k}'}(x):\n    return x - {k}\n\n\n" for k in range(12))
        (folder / "pkg" / f"m{n}.py").write_text(body)
    (folder / "check.sh").write_text(CHECK + "\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


def now() -> tuple[float, float, float]:
    """Seconds by the clock, of this process's processor, and of that with the children it has waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, children = (used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))
    return time.perf_counter(), own, own + children


def measure(folder: Path, steps: int) -> list[tuple[float, ...]]:
    """Seconds of each step without tests and model, as `now` counts them."""
    from autogpt.agent.run import run
    from autogpt.config import Settings
    from autogpt.events import ModelAsked
    from autogpt.feedback.command_runner import CommandRunner
    from autogpt.models.chat import ChatProposer
    from autogpt.models.scripted import ScriptedModel
    from autogpt.task import Task

    tests, marks = [0.0] * 3, list[list[float]]()
    real = CommandRunner.run

    def timed(*given: Any, **options: Any) -> Any:
        started = now()
        report = real(*given, **options)
        tests[:] = [sum_ + after - before for sum_, before, after in zip(tests, started, now(), strict=True)]
        return report

    CommandRunner.run = timed  # type: ignore[method-assign]

    def hear(record: Any) -> None:
        if isinstance(record.event, ModelAsked):
            marks.append([at - test for at, test in zip(now(), tests, strict=True)])

    model = ScriptedModel(*(ANSWER.format(n=n) for n in range(2, steps + 3)))
    settings = Settings(test_command="sh check.sh", max_iterations=steps + 1, max_seconds=0.0, remember=False)
    run(Task("fix", str(folder)), settings, emit=hear, proposer=ChatProposer(model))
    return [tuple(b - a for a, b in zip(one, after, strict=True)) for one, after in itertools.pairwise(marks)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["AUTOGPT_STATE_HOME"] = f"{home}/state"
        folder = Path(home) / "project"
        make(folder, given.files)
        found = measure(folder, given.steps)
    for what, index in (("clock", 0), ("processor", 1), ("processor, with git", 2)):
        times = [step[index] * 1000 for step in found]
        middle, least, most = statistics.median(times), min(times), max(times)
        print(f"{what}: {middle:.0f} ms a step in the median, {least:.0f} to {most:.0f} ms")


if __name__ == "__main__":
    main()
