"""Gives up rights by Landlock and becomes a command: `python landlock.py RULES COMMAND...`. Needs no module of ours.

RULES is JSON: `read`, paths that may be read and run; `write`, paths that may be changed too; `network`, whether TCP
may be used. What is not named cannot be opened, by this process or by any that it starts. Paths that do not exist are
passed over. Older kernels know less: version 4 of the interface can close TCP, version 6 the way to processes outside.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, the same on every processor but Alpha."""
NETWORK, SCOPE = 4, 6
"""Versions from which on TCP, and signals and abstract sockets, can be closed."""
VERSION_FLAG, PATH_BENEATH, NO_NEW_PRIVS = 1, 1, 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEVICE = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""Rights that a rule about a single file may speak of."""
KNOWN = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files a version knows; 16 from version 5 on."""


def version() -> int:
    """Version of the kernel's interface; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    found = _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    return max(0, int(found))


def restrict(read: list[str], write: list[str], network: bool) -> None:
    """For this process and all that it starts, for good. Raise `OSError` if the kernel refuses."""
    libc, known = _libc(), version()
    handled = (1 << KNOWN.get(known, 16)) - 1
    tcp = 3 if known >= NETWORK and not network else 0
    scope = 3 if known >= SCOPE else 0
    size = 24 if known >= SCOPE else 16 if known >= NETWORK else 8
    rules = struct.pack("QQQ", handled, tcp, scope)[:size]
    ruleset = _checked(libc.syscall(CREATE_RULESET, rules, ctypes.c_size_t(size), ctypes.c_uint32(0)))
    for paths, rights in ((read, READ), (write, handled)):
        for path in paths:
            _allow(libc, ruleset, path, rights & handled)
    _checked(libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(libc.syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        # A device's file may be asked for its size and the like, but not be made or removed.
        rights = rights if os.path.isdir(path) else rights & OF_FILES  # noqa: PTH112 - starts before every command
        rule = struct.pack("=Qi", rights, opened)
        _checked(libc.syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint32(0)))
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    restrict(**json.loads(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
