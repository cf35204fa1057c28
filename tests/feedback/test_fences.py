"""What fences tests in where bubblewrap cannot be had: Landlock here; the others as far as they can be looked at."""

from __future__ import annotations

import os
import shutil
import socket
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from autogpt.feedback import landlock
from autogpt.feedback.bubblewrap import why_not
from autogpt.feedback.doctor import diagnose
from autogpt.feedback.fences import Seatbelt, next_best
from autogpt.feedback.report import Report
from autogpt.feedback.sandbox import Stage, dying_with_us, prlimit
from tests.feedback.projects import MakeProject

locked = pytest.mark.skipif(landlock.version() < landlock.SCOPE, reason="needs Landlock of Linux 6.12 or newer")


@pytest.fixture
def no_bubblewrap(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system where it is not installed: all programs but that one."""
    folder = tmp_path_factory.mktemp("bin")
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            if program.name != "bwrap" and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    monkeypatch.setenv("PATH", str(folder))
    assert not shutil.which("bwrap") and shutil.which("sh")
    found = (why_not, prlimit, dying_with_us)  # looked for once a process
    for look in found:
        look.cache_clear()
    yield
    for look in found:
        look.cache_clear()


def run(project: MakeProject, source: str, **settings: object) -> Report:
    return project({"test_it.py": textwrap.dedent(source)}, **settings).run()


@locked
@pytest.mark.usefixtures("no_bubblewrap")
def test_files_of_the_person_cannot_be_read_or_changed(project: MakeProject, tmp_path: Path, home: Path) -> None:
    report = run(
        project,
        f"""\
        import os, pathlib, pytest, subprocess, tempfile
        def test_key():
            with pytest.raises(PermissionError):
                open({str(home / ".ssh" / "id_ed25519")!r}).read()
            assert subprocess.run(["cat", {str(home / ".ssh" / "id_ed25519")!r}]).returncode == 1
            with pytest.raises(PermissionError):
                os.listdir({str(home)!r})
        @pytest.mark.parametrize("path", ["/etc/shadow", "/etc/ssh/sshd_config", "/proc/1/environ"])
        def test_secret(path):
            with pytest.raises((PermissionError, FileNotFoundError)):
                open(path).read()
        @pytest.mark.parametrize("path", [{str(home / "x")!r}, "/usr/x", "/tmp/x", pytest.__file__])
        def test_write(path):
            with pytest.raises(OSError):
                open(path, "a")
        def test_own():
            for folder in (".", tempfile.gettempdir(), os.path.expanduser("~")):
                path = pathlib.Path(folder, "x")
                path.write_text("x")
                path.rename(path.with_name("y"))
                path.with_name("y").unlink()
            assert "NoNewPrivs:\\t1" in open("/proc/self/status").read()
        """,
    )
    assert not report.failing() and len(report.passed()) == 9, report


@locked
@pytest.mark.usefixtures("no_bubblewrap")
def test_there_is_no_tcp_and_no_signal_to_others_unless_allowed(project: MakeProject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"""\
            import os, pytest, socket
            def test_connect():
                socket.create_connection(("127.0.0.1", {port}), timeout=3).close()
            def test_signal():
                with pytest.raises(PermissionError):
                    os.kill({os.getpid()}, 0)
            """
        made = project({"test_it.py": textwrap.dedent(source)})
        assert made.run().failing() == ("test_it.py::test_connect",)
        assert not made.run(network=True).failing()


@locked
@pytest.mark.usefixtures("no_bubblewrap")
def test_it_is_said_and_a_required_sandbox_is_not_this_one(project: MakeProject) -> None:
    made = project({"test_it.py": "def test_it():\n    pass\n"})
    said = made.runner().sandbox
    assert said.startswith("Landlock: files outside of a copy are out of reach, no TCP") and "not installed" in said
    (found,) = [one for one in diagnose(made.workspace, made.settings) if one.name == "sandbox"]
    assert found.status == "warning" and found.found == said


def test_an_older_system_says_that_there_are_limits_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock is a fact that cannot be made here but by its answer."""
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert next_best(tmp_path, "It is not there.").description.endswith("no sandbox (It is not there.)")


def test_the_profile_for_macos_names_what_may_be_written(tmp_path: Path) -> None:
    """Looked at, never run: the rules that come last win there."""
    stage = Stage(tmp_path / "scratch", tmp_path / "project", visible=(Path("/opt/python"),), borrowed=(".venv",))
    lines = Seatbelt(tmp_path, "").profile(stage, tmp_path / 'o"wn').splitlines()
    assert lines.index("(deny file-write*)") < lines.index(
        f'(allow file-read* file-write* (subpath "{tmp_path}/o\\"wn"))'
    )
    assert f'(allow file-read* (subpath "{tmp_path}/project/.venv"))' in lines and "(deny network*)" in lines
