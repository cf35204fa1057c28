"""The sandbox cleans up after itself and after its dead, and says what it is."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.errors import EnvironmentNotFound
from autogpt.feedback import cgroup, landlock
from autogpt.feedback.bubblewrap import why_not
from autogpt.feedback.sandbox import Stage, choose_sandbox
from autogpt.feedback.variables import clean, for_tests


@pytest.mark.parametrize("setting", ["auto", "off"])
def test_nothing_is_left_behind_by_a_run_and_by_a_killed_one(tmp_path: Path, setting: str) -> None:
    """What a process that was killed left is removed by the next one that starts."""
    state, tree = tmp_path / "state", tmp_path / "tree"
    tree.mkdir()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    leftover = state / "sandbox" / f"run-{dead.pid}-0123"
    (leftover / "locked").mkdir(parents=True)
    (leftover / "locked").chmod(0o500)
    sandbox = choose_sandbox(Settings(sandbox=setting), state)  # type: ignore[arg-type]
    with sandbox.prepare(["true"], Stage(root=tree, toplevel=tmp_path / "work"), {}) as ready:
        assert ready.out.is_dir()
        assert [path.name for path in (state / "sandbox").iterdir()] == [ready.out.parent.name]
    assert not list((state / "sandbox").iterdir())


KILLED = """\
import sys
from dataclasses import replace
from pathlib import Path
from autogpt.config import Settings
from autogpt.feedback import process
from autogpt.feedback.sandbox import Stage, choose_sandbox
from autogpt.stop import Stop
setting, state, tree, workspace = sys.argv[1:]
sandbox = choose_sandbox(Settings(sandbox=setting), Path(state))
stage = Stage(root=Path(tree), toplevel=Path(workspace))
pipe = process.Pipe()
shout = ["sh", "-c", f"echo x >&{pipe.write}; exec sleep 765432"]
with sandbox.prepare(shout, stage, {"PATH": "/usr/bin:/bin"}, (pipe.write,)) as ready:
    launch = replace(ready.launch, argv=[word for word in ready.launch.argv if word not in tie])
    started = lambda data: print("started", flush=True)
    process.run(launch, timeout=600, stop=Stop(), handlers={pipe.read: started}, pipes=(pipe,))
"""
TIED, UNTIED = "tie = []\n", "tie = ['--die-with-parent']\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
@pytest.mark.parametrize("setting", ["auto", "off"])
def test_tests_die_with_whoever_started_them(tmp_path: Path, setting: str) -> None:
    """A worker that is killed can clean up nothing. With limits only, that holds for the command itself."""
    (tmp_path / "tree").mkdir()
    arguments = [setting, *(str(tmp_path / name) for name in ("state", "tree", "work"))]
    ours = subprocess.Popen([sys.executable, "-c", TIED + KILLED, *arguments], stdout=subprocess.PIPE, text=True)
    assert ours.stdout is not None and ours.stdout.readline() == "started\n"
    ours.kill()
    ours.communicate()  # ends when the last holder of the output is gone, were it ours
    assert until_none_sleeps()


@pytest.mark.skipif(bool(why_not("")), reason=why_not(""))
def test_what_outlives_a_killed_process_is_ended_by_the_next_one(tmp_path: Path) -> None:
    """A sandbox that is not tied to its parent yet stands for one whose parent died a moment too early."""
    (tmp_path / "tree").mkdir()
    arguments = ["auto", *(str(tmp_path / name) for name in ("state", "tree", "work"))]
    ours = subprocess.Popen([sys.executable, "-c", UNTIED + KILLED, *arguments], stdout=subprocess.PIPE, text=True)
    assert ours.stdout is not None and ours.stdout.readline() == "started\n"
    choose_sandbox(Settings(), tmp_path / "state")
    assert sleeping(), "the sandbox of a living process is left alone"

    ours.kill()
    ours.wait()
    choose_sandbox(Settings(), tmp_path / "other state")
    ours.communicate()
    assert until_none_sleeps()


def until_none_sleeps() -> bool:
    for _ in range(500):
        if not sleeping():
            return True
        time.sleep(0.02)
    return False


def sleeping() -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes() == b"sleep\x00765432\x00":
                found.append(path.parent.name)
    return found


@pytest.mark.skipif(cgroup._controllers() == (None, None), reason="no control group can be made here")
def test_groups_are_used_again_and_gone_with_the_process(tmp_path: Path) -> None:
    """One that a process is still in is not, and a run at the same time gets groups of its own."""
    source = (
        "from autogpt.feedback.cgroup import limits_group\nimport subprocess\n"
        "with limits_group(50, 1 << 30) as first, limits_group(50, 1 << 30) as second:\n    assert first != second\n"
        "with limits_group(50, 1 << 30) as again:\n    assert again in (first, second)\n"
        "    left = subprocess.Popen([*again, 'sleep', '99'])\n"
        "    while 'sleep' not in open(f'/proc/{left.pid}/cmdline').read(5):\n        pass\n"
        "    killer = subprocess.Popen(f'sleep 0.2; kill -9 {left.pid}', shell=True)\n    ended = left\n"
        "    import threading\n    threading.Thread(target=left.wait).start()\n"
        "with limits_group(50, 1 << 30) as last:\n    assert last != again\nkiller.wait()\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", source], stderr=subprocess.PIPE, text=True)
    assert (ours.communicate()[1], ours.returncode) == ("", 0)
    places = [place for place in cgroup._controllers() if place is not None]
    assert not [group for place in places for group in place.glob(f"autogpt-{ours.pid}-*")]


def test_limits_alone_are_named_with_the_reason(tmp_path: Path) -> None:
    sandbox = choose_sandbox(Settings(sandbox="off"), tmp_path)
    assert sandbox.name == "limits" and "no sandbox" in sandbox.description


def test_a_required_sandbox_that_cannot_be_had_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a silent step down."""
    monkeypatch.setenv("PATH", str(tmp_path))
    why_not.cache_clear()
    try:
        with pytest.raises(EnvironmentNotFound, match="bubblewrap"):
            choose_sandbox(Settings(sandbox="required"), tmp_path)
        assert choose_sandbox(Settings(), tmp_path).name == ("landlock" if landlock.version() else "limits")
    finally:
        why_not.cache_clear()


def test_variables_that_may_be_secret_are_dropped() -> None:
    kept = clean({"PATH": "/bin", "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "x", "LANG": "C", "DATABASE_URL": "x"})
    assert kept == {"PATH": "/bin", "LANG": "C"}


def test_a_run_is_repeatable_and_the_project_may_add_variables() -> None:
    variables = for_tests({"PATH": "/bin", "PYTHONHASHSEED": "random"}, (("DEBUG", "1"),))
    assert variables["PYTHONHASHSEED"] == "0" and variables["DEBUG"] == "1"
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"
