"""Torch gets the cores that are free: beside other work two threads were several times slower than one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autogpt.cores import allowed, choose, running_others

CORES = os.cpu_count() or 1
BUSY = "print('at work', flush=True)\nwhile True: pass"


@pytest.mark.skipif(not Path("/proc/loadavg").exists(), reason="only Linux tells what is running now")
def test_beside_other_work_there_is_one_thread() -> None:
    """Real processes, a loop for each core."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) for _ in range(CORES)]
    try:
        assert all(loop.stdout is not None and loop.stdout.readline() for loop in loops)
        assert running_others() >= CORES - 1 and choose(64) == 1
    finally:
        for loop in loops:
            loop.kill()
            loop.communicate()


def test_never_more_than_was_asked_for_or_than_there_are() -> None:
    assert choose(1) == 1 and 1 <= choose(64) <= CORES


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, allowed(Path("/nowhere"))),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, allowed(Path("/nowhere"))),
        ({"cpu.max": "nonsense\n"}, allowed(Path("/nowhere"))),
    ],
)
def test_the_limits_of_a_container_are_kept(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    """A container shows all cores of its machine and stops whoever uses more than its own."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert allowed(tmp_path) == cores
