"""Runs a command in a Windows job object: `python job_object.py BYTES PROCESSES COMMAND...`. Untested.

The job bounds memory and the number of processes of all that the command starts, and ends it all when we end.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from typing import Any

EXTENDED_LIMITS = 9
ACTIVE_PROCESS, JOB_MEMORY, KILL_ON_CLOSE = 0x8, 0x200, 0x2000


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION"""

    _fields_ = [
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    ]


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION"""

    _fields_ = [
        ("basic", BasicLimits),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    ]


def enter_job(memory: int, processes: int) -> None:
    """Put this process, and with it all that it starts, into a job. Raise `OSError` if the system refuses."""
    kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined, unused-ignore]
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = ExtendedLimits()
    limits.basic.flags = KILL_ON_CLOSE | (JOB_MEMORY if memory else 0) | (ACTIVE_PROCESS if processes else 0)
    limits.basic.processes, limits.job_memory = processes, memory
    done = kernel.SetInformationJobObject(job, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
    if not done or not kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess())):
        raise OSError(f"The job object was refused (error {ctypes.get_last_error()})")  # type: ignore[attr-defined, unused-ignore]


if __name__ == "__main__":
    enter_job(int(sys.argv[1]), int(sys.argv[2]))
    sys.exit(subprocess.run(sys.argv[3:], check=False, close_fds=False).returncode)
