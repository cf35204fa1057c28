"""How many threads to compute with now: as many as there are cores neither forbidden to us nor in use by others.

Threads of one multiplication wait for the slowest of them. Where other work has a core, that is one that is not
running, and two threads come to be several times slower than one.
"""

from __future__ import annotations

import contextlib
import math
import os
import statistics
import time
from pathlib import Path

SAMPLES = 5
BETWEEN = 0.004
"""Seconds between two looks at what is running, which is a number of this very moment."""


def choose(most: int) -> int:
    """From 1 to `most`, for a process whose other threads wait. Takes a fiftieth of a second."""
    free = (os.cpu_count() or 1) - running_others()
    return max(1, min(most, allowed(), math.floor(free)))


def running_others() -> float:
    """Threads of the machine that run or want to, without the one that asks."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError, IndexError):
        for _ in range(SAMPLES):
            found.append(int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0]))
            time.sleep(BETWEEN)
    if found:
        return max(0.0, statistics.median(found) - 1)
    with contextlib.suppress(AttributeError, OSError):
        return max(0.0, os.getloadavg()[0] - 1)  # of the last minute, which is all that other systems tell
    return 0.0


def allowed(root: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores that this process may use: by its affinity, and by the limits of the control groups in a container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, math.floor(min(_quotas(root), default=cores))))


def _quotas(root: Path) -> list[float]:
    """In cores, of version 2 and 1 of control groups; none where there is no limit."""
    pairs: list[list[str]] = []
    with contextlib.suppress(OSError):
        pairs.append((root / "cpu.max").read_text(encoding="ascii").split())
    with contextlib.suppress(OSError):
        names = ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")
        pairs.append([(root / name).read_text(encoding="ascii").strip() for name in names])
    numbers = [pair for pair in pairs if len(pair) == 2 and all(one.lstrip("-").isdigit() for one in pair)]
    return [int(quota) / int(period) for quota, period in numbers if int(quota) > 0 and int(period) > 0]
