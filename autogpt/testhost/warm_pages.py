"""Copies beforehand, for the next run, the pages of memory that runs write to.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. After a fork the first write to
each page stops the process until the kernel has copied it; a short run of pytest does so some two thousand times, which
is a third of its time. A run says at its end which pages it has for itself; addresses are the same in every fork of one
parent. What a run says is only a hint: the worst it can do is to have pages copied for nothing.
"""

import array
import ctypes
import os

PAGE = os.sysconf("SC_PAGE_SIZE")
POPULATE_WRITE = 23
"""Of madvise(2), from Linux 5.14; before it, nothing is copied beforehand."""
OWN = (1 << 63) | (1 << 56)
"""In /proc/self/pagemap: in memory, and mapped by nobody else."""
MAX_PAGES = 1 << 13
"""That are copied: 32 MB, in some 20 ms."""
GAP = 2
"""Pages between two ranges that are copied along, so that there are fewer ranges."""

_libc = ctypes.CDLL(None, use_errno=True)


def written():
    """`[address, pages]` of what this process has for itself, in the order of addresses."""
    found = []
    try:
        with open("/proc/self/maps") as maps, open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
            for line in maps.read().splitlines():
                where, rights = line.split()[:2]
                if rights[1] == "w" and rights[3] == "p":
                    start, end = (int(number, 16) // PAGE for number in where.split("-"))
                    pagemap.seek(8 * start)
                    _add_own(found, start, pagemap.read(8 * (end - start)))
    except (OSError, ValueError):
        return []
    return [[PAGE * first, last - first] for first, last in found]


def _add_own(found, start, data):
    flags = array.array("Q", data[: len(data) - len(data) % 8])
    for number, flag in enumerate(flags, start):
        if flag & OWN == OWN:
            if found and number - found[-1][1] <= GAP:
                found[-1][1] = number + 1
            else:
                found.append([number, number + 1])


class Pages:
    """What every run of one parent writes to: as the smallest of those has it that were asked."""

    ASKED = 4
    """Runs that are asked, because to look costs a run some milliseconds."""

    def __init__(self):
        self.forget()

    def forget(self):
        """After the parent has loaded something, its memory is another."""
        self.ranges = []
        self.heard = 0

    @property
    def is_asking(self):
        return self.heard < self.ASKED

    def learn(self, ranges):
        found = [(int(address), int(count)) for address, count in ranges]
        if not self.heard or _sum(found) < _sum(self.ranges):
            self.ranges = found
        self.heard += 1

    def copy(self, is_wanted):
        """In a run to be: copy them, unless the run is wanted meanwhile."""
        left = MAX_PAGES
        for turn, (address, count) in enumerate(self.ranges):
            left -= count
            if left < 0 or (turn % 32 == 0 and is_wanted()):
                return
            _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(count * PAGE), POPULATE_WRITE)


def _sum(ranges):
    return sum(count for _, count in ranges)
