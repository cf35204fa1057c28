"""Gives each run of a warm parent a fence of its own: name spaces, a throw-away layer over the tree, no rights.

Runs inside bubblewrap, in the project's interpreter: Python 3.8 and newer, the standard library only. The parent keeps
the rights of its own user namespace, by which it can mount; it never runs code of the workspace. A run gives them up
before it does.
"""

import ctypes
import fcntl
import os
import socket
import stat
import struct

ASIDE = "/autogpt"
"""Where the sandbox shows what a run is made from: `tree`, the scratch copy; `lent`, what is borrowed from the
workspace, and `again`, what lies where a run gets a folder in memory, both by number."""
COVERED = ("sys", "sysrq-trigger", "irq", "bus")
"""Of /proc, what root could write to."""

NEW_USER, NEW_PID, NEW_NET, NEW_IPC, NEW_MOUNTS = 0x10000000, 0x20000000, 0x40000000, 0x08000000, 0x00020000
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 1, 24, 38, 47, 4
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _bytes(text):
    return None if text is None else os.fsencode(text)


def mount(source, target, kind=None, flags=0, data=None):
    """mount(2). Raise `OSError` that names the target."""
    done = _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data))
    _checked(done, "mount " + target)


def prepare_parent():
    """Once, in the parent: a /proc that children may mount anew, and no user namespaces for anybody below."""
    for name in COVERED:
        _libc.umount2(_bytes("/proc/" + name), 2)  # where root's writes are covered; without the cover they may go on
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    mount(None, "/", None, REC | PRIVATE)


def die_with_parent():
    """The kernel ends this process when the one that forked it ends."""
    _checked(_libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")


def leave(network):
    """In the process that will start the run: name spaces of its own; its next child is the first of its processes."""
    _checked(_libc.unshare(NEW_PID | NEW_MOUNTS | NEW_IPC | (0 if network else NEW_NET)), "unshare")


def build(fence):
    """In the first process of a run to be: all but its tree. `fence` is the configuration of the parent."""
    die_with_parent()
    mount(None, "/", None, REC | PRIVATE)
    layer = ASIDE + "/layer"
    mount("autogpt", layer, "tmpfs", NO_SUID | NO_DEV, "size=%d,mode=700" % fence["disk"])
    os.mkdir(layer + "/upper")
    os.mkdir(layer + "/work")
    for path, size, mode in fence["memory"]:
        mount("autogpt", path, "tmpfs", NO_SUID | NO_DEV, "size=%d,mode=%s" % (size, mode))
    for number, path in enumerate(fence["again"]):
        _lend("%s/again/%d" % (ASIDE, number), path)
    mount("proc", "/proc", "proc", NO_SUID | NO_DEV | NO_EXEC)
    for name in COVERED:
        _cover("/proc/" + name)
    os.mkdir(fence["out"])
    if not fence["network"]:
        _raise_loopback()


def lay(fence):
    """In the same process, once the tree is as the run is to see it: the tree in the place of the workspace."""
    layer, top = ASIDE + "/layer", fence["toplevel"]
    over = "lowerdir=%s/tree,upperdir=%s/upper,workdir=%s/work,userxattr" % (ASIDE, layer, layer)
    os.makedirs(top, exist_ok=True)
    mount("autogpt", top, "overlay", NO_SUID | NO_DEV, over)
    for number, name in enumerate(fence["borrowed"]):
        _lend("%s/lent/%d" % (ASIDE, number), top + "/" + name)
    mount("autogpt", ASIDE, "tmpfs", READ_ONLY | NO_SUID | NO_DEV, "size=4k,mode=700")


def _lend(source, target):
    """Show it in its place, read-only as it is in the sandbox."""
    if not os.path.lexists(target):
        if os.path.isdir(source):
            os.makedirs(target)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    if stat.S_ISLNK(os.lstat(target).st_mode):
        raise OSError(0, "is a link", target)
    mount(source, target, None, BIND | REC)


def _cover(path):
    if os.path.exists(path):
        mount(path, path, None, BIND | REC)
        mount("none", path, None, BIND | REMOUNT | READ_ONLY | NO_SUID | NO_DEV | NO_EXEC)


def _raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        request = struct.pack("16sh22x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(own.fileno(), 0x8914, request)  # SIOCSIFFLAGS


def drop_rights():
    """In the process that runs the tests: no capability, now or by any program it starts."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    with open("/proc/self/status") as file:
        rights = [line for line in file if line.startswith(("CapEff", "CapPrm", "CapBnd"))]
    if any(line.split()[1].strip("0") for line in rights):
        raise OSError(1, "rights are left", "capset")
