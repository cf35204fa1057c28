"""Whatever tests do, the run ends in time, says what happened in a sentence, and never takes it for success."""

from __future__ import annotations

import socket
import textwrap
import threading
import time
from pathlib import Path

import pytest

from autogpt.feedback.bubblewrap import why_not
from autogpt.feedback.pytest_runner import Patience
from autogpt.feedback.report import Report
from autogpt.stop import Stop
from tests.feedback.projects import MakeProject

GOOD = "\n\ndef test_good():\n    assert True\n"
BOTH = pytest.mark.parametrize("sandbox", ["auto", "off"])
fenced = pytest.mark.skipif(bool(why_not("")), reason="bubblewrap does not work here")


def run(
    project: MakeProject,
    source: str,
    *,
    timeout: float = 60.0,
    ini: str = "",
    patience: Patience | None = None,
    **settings: str,
) -> Report:
    files = {"test_it.py": textwrap.dedent(source) + GOOD}
    if ini:
        files["pytest.ini"] = ini
    return project(files, **settings).run(timeout=timeout, patience=patience)


def outcome(report: Report, name: str) -> str:
    found = report.outcomes.get(f"test_it.py::{name}")
    return f"{found.outcome} {found.exception}".strip() if found else "missing"


# -- hangs -------------------------------------------------------------------------------------------------------------


HANGING_TESTS = {
    "in its call": "def test_hang():\n    while True:\n        pass\n",
    "in teardown": (
        "import pytest, time\n\n\n@pytest.fixture\ndef slow():\n    yield\n    time.sleep(99)\n\n\n"
        "def test_hang(slow):\n    pass\n"
    ),
    "deaf to signals": (
        "import signal, time\n\n\ndef test_hang():\n    for number in (2, 15):\n"
        "        signal.signal(number, signal.SIG_IGN)\n    time.sleep(99)\n"
    ),
}


@pytest.mark.parametrize(
    ("where", "sandbox"), [*((where, "auto") for where in HANGING_TESTS), ("deaf to signals", "off")]
)
def test_a_hang_in_a_test_is_an_error_of_that_test(project: MakeProject, where: str, sandbox: str) -> None:
    """The tests after it are run all the same, in another process."""
    report = run(project, HANGING_TESTS[where], patience=Patience(test=1.0), sandbox=sandbox)
    assert outcome(report, "test_hang") == "error Timeout"
    assert outcome(report, "test_good") == "passed"
    assert not report.problem


HANGS = {
    "in collection": ("import threading\nthreading.Event().wait()\n", "collection of the tests did not end"),
    "at exit": ("import atexit, time\natexit.register(time.sleep, 99)\n", "code that runs at exit) did not end"),
    "in a thread": (
        "import threading, time\n\n\ndef test_hang():\n    threading.Thread(target=time.sleep, args=(99,)).start()\n",
        "a thread, or code that runs at exit) did not end",
    ),
}


@pytest.mark.parametrize("where", HANGS)
def test_a_hang_elsewhere_says_where(project: MakeProject, where: str) -> None:
    source, said = HANGS[where]
    # What hangs in collection meets the limit of the whole run, which must be long enough for pytest to start.
    report = run(project, source, timeout=4.0 if where == "in collection" else 60.0, patience=Patience(1.0, 1.0))
    assert report.problem == "timeout"
    assert said in report.explanation


@BOTH
def test_what_a_test_leaves_running_is_ended_with_it(project: MakeProject, sandbox: str, tmp_path: Path) -> None:
    """A daemon in a session of its own holds the output open and would hold up the run for ever."""
    report = run(
        project,
        """\
        import subprocess, sys
        def test_daemon():
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(987654)"], start_new_session=True)
        """,
        sandbox=sandbox,
    )
    assert outcome(report, "test_daemon") == "passed" and not report.problem
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if b"987654" in command]


def test_a_stop_ends_the_run(project: MakeProject) -> None:
    stop = Stop()
    threading.Timer(1.0, stop.cancel).start()
    started = time.monotonic()
    report = project({"test_it.py": "import time\n\n\ndef test_it():\n    time.sleep(60)\n"}).run(stop=stop)
    assert report.problem == "stopped"
    assert time.monotonic() - started < 30


# -- crashes -----------------------------------------------------------------------------------------------------------


CRASHES = {
    "os._exit": "import os\n\n\ndef test_bad():\n    os._exit(0)\n",
    "a segmentation fault": "import ctypes\n\n\ndef test_bad():\n    ctypes.string_at(0)\n",
    "an abort": "import os\n\n\ndef test_bad():\n    os.abort()\n",
    "its own group": "import os, signal\n\n\ndef test_bad():\n    os.killpg(0, signal.SIGKILL)\n",
}


@pytest.mark.parametrize(("how", "sandbox"), [*((how, "auto") for how in CRASHES), ("its own group", "off")])
def test_a_crash_is_an_error_of_the_test_that_ran(project: MakeProject, how: str, sandbox: str) -> None:
    """The other tests are run in a new process."""
    report = run(project, CRASHES[how], sandbox=sandbox)
    assert outcome(report, "test_bad") == "error Crash"
    assert outcome(report, "test_good") == "passed"


@BOTH
def test_killing_the_parent_does_not_reach_us(project: MakeProject, sandbox: str) -> None:
    """Whether the parent survives depends on the sandbox; we do, and nothing is taken for success."""
    source = (
        "import os, signal, time\n\n\ndef test_bad():\n    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(1)\n"
    )
    report = run(project, source, sandbox=sandbox)
    assert outcome(report, "test_bad") in ("error Crash", "passed")
    assert outcome(report, "test_good") == "passed"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._exit(0)\n",
        "import sys\nsys.exit(0)\n",
        "import pytest\npytest.exit('enough', returncode=0)\n",
        "import pytest\n\n\ndef test_bad():\n    pytest.exit('enough', returncode=0)\n",
        "def test_bad():\n    raise KeyboardInterrupt\n",
        "raise SystemExit\n",
    ],
)
def test_ending_the_run_early_with_status_zero_is_no_success(project: MakeProject, source: str) -> None:
    report = run(project, source)
    assert report.problem in ("crash", "collection")
    assert "test_it.py::test_good" not in report.passed() and report.explanation


def test_an_exit_status_forged_at_exit_changes_nothing(project: MakeProject) -> None:
    report = run(project, "import atexit, os\natexit.register(os._exit, 0)\n\n\ndef test_bad():\n    assert False\n")
    assert report.failing() == ("test_it.py::test_bad",)


def test_tests_that_all_crash_end_the_run(project: MakeProject) -> None:
    """A process for each of a thousand crashing tests would take for ever."""
    source = "import os, pytest\n\n\n@pytest.mark.parametrize('n', range(20))\ndef test_bad(n):\n    os._exit(3)\n"
    report = run(project, source)
    assert report.problem == "crash" and "exit status 3" in report.explanation
    assert len(report.failing()) < 8


# -- resources ---------------------------------------------------------------------------------------------------------


@BOTH
def test_memory_is_limited(project: MakeProject, sandbox: str) -> None:
    report = run(project, "def test_eat():\n    assert len(bytearray(16 << 30))\n", sandbox=sandbox)
    assert outcome(report, "test_eat") in ("failed MemoryError", "error Crash")
    assert outcome(report, "test_good") == "passed"


@fenced
def test_a_fork_bomb_is_contained(project: MakeProject) -> None:
    """Of the processes it makes none is left."""
    report = run(
        project, "import os\n\n\ndef test_bomb():\n    while True:\n        os.fork()\n", patience=Patience(2.0)
    )
    assert outcome(report, "test_bomb").split()[0] in ("failed", "error") or report.problem
    assert "test_it.py::test_bomb" not in report.passed()


@fenced
def test_a_test_that_fills_the_disk_fails(project: MakeProject) -> None:
    report = run(
        project,
        """\
        def test_fill():
            for number in range(40):
                with open(f"big{number}", "wb") as file:
                    file.truncate(0)
                    for _ in range(64):
                        file.write(bytes(1 << 20))
        """,
    )
    assert outcome(report, "test_fill") == "failed OSError"
    assert outcome(report, "test_good") == "passed"


@pytest.mark.parametrize(("sandbox", "mebibytes"), [("auto", 1024), ("off", 100)])
def test_endless_output_is_cut_in_the_middle(project: MakeProject, sandbox: str, mebibytes: int) -> None:
    """The head and the tail are kept, and memory is not."""
    report = run(
        project,
        f"""\
        import os
        def test_loud():
            os.write(1, b"FIRST\\n")
            for _ in range({mebibytes}):
                os.write(1, b"x" * (1 << 20))
            os.write(1, b"\\nLAST\\n")
        """,
        ini="[pytest]\naddopts = -s\n",
        patience=Patience(test=60.0),
        sandbox=sandbox,
    )
    assert outcome(report, "test_loud") == "passed"
    assert len(report.output) < 400_000
    assert "FIRST" in report.output and "LAST" in report.output and "bytes left out" in report.output


@pytest.mark.parametrize("capture", ["-s", ""])
def test_binary_output_and_terminal_escapes_are_made_readable(project: MakeProject, capture: str) -> None:
    """Half a character, NUL, ESC and bidirectional marks go to terminals and prompts otherwise."""
    report = run(
        project,
        """\
        import os, sys
        def test_bytes():
            os.write(1, b"\\xff\\x00 \\x1b[31mred\\x1b[0m \\xe2\\x82")
            print("\\u202eevil", chr(0xd800))
            assert False, "caf\\xe9 \\x1b]0;title\\x07 \\x00 \\udcff"
        """,
        ini=f"[pytest]\naddopts = {capture}\n",
    )
    failure = report.outcomes["test_it.py::test_bytes"]
    assert failure.outcome == "failed" and "café" in failure.message
    text = report.output + failure.message + failure.output
    assert not set(text) & set("\x00\x1b\x07\u202e")
    text.encode()


@BOTH
def test_captured_output_without_end_is_cut_too(project: MakeProject, sandbox: str) -> None:
    """What a failing test has printed comes with its report, through memory and the channel."""
    source = "def test_loud():\n    print('FIRST', 'x' * (100 << 20), 'LAST')\n    assert False\n"
    report = run(project, source, patience=Patience(test=60.0), sandbox=sandbox)
    failure = report.outcomes["test_it.py::test_loud"]
    assert failure.outcome == "failed" and len(failure.output) < 100_000
    assert "FIRST" in failure.output and "LAST" in failure.output and "left out" in failure.output


@BOTH
def test_a_test_that_deletes_its_tree_and_its_folder_ends_like_any_other(project: MakeProject, sandbox: str) -> None:
    """pytest itself writes and reads in the folder that is gone."""
    source = (
        "import os, shutil\n\n\ndef test_bad():\n    here = os.getcwd()\n"
        "    for name in os.listdir(here):\n"
        "        shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)\n"
        "    os.mkdir('sub')\n    os.chdir('sub')\n    os.rmdir('../sub')\n    assert False\n"
    )
    report = run(project, source, sandbox=sandbox)
    assert outcome(report, "test_bad") == "failed AssertionError"
    assert outcome(report, "test_good") in ("passed", "error FileNotFoundError")


@BOTH
def test_a_process_that_cannot_act_on_signals_is_ended_all_the_same(project: MakeProject, sandbox: str) -> None:
    """A parent in `vfork` sleeps uninterruptibly until its child, which is stopped, goes on or is gone."""
    source = (
        "import ctypes, os, time\n\n\ndef test_hang():\n    libc = ctypes.CDLL(None)\n"
        "    if os.fork() == 0:\n"
        "        pid = libc.syscall({'x86_64': 58}.get(os.uname().machine, -1))\n"
        "        if pid <= 0:\n            time.sleep(99)\n"
        "        os._exit(0)\n"
        "    time.sleep(99)\n"
    )
    report = run(project, source, patience=Patience(test=2.0), sandbox=sandbox)
    assert outcome(report, "test_hang") == "error Timeout"
    assert outcome(report, "test_good") == "passed"


# -- the world outside -------------------------------------------------------------------------------------------------


@fenced
def test_the_network_is_out_of_reach(project: MakeProject) -> None:
    """Not the internet, not a server of this machine, by address or by socket file."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        report = run(
            project,
            f"""\
            import pytest, socket
            @pytest.mark.parametrize("address", [("127.0.0.1", {port}), ("169.254.169.254", 80), ("192.0.2.1", 80)])
            def test_connect(address):
                with pytest.raises(OSError):
                    socket.create_connection(address, timeout=3)
            def test_own_loopback():
                with socket.create_server(("127.0.0.1", 0)) as own:
                    socket.create_connection(own.getsockname()).close()
            """,
        )
    assert not report.failing() and len(report.passed()) == 5


@fenced
def test_the_network_can_be_allowed(project: MakeProject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"import socket\n\n\ndef test_it():\n    socket.create_connection(('127.0.0.1', {port})).close()\n"
        assert len(project({"test_it.py": source}, network=True).run().passed()) == 1


@fenced
def test_the_files_of_the_person_are_out_of_sight(project: MakeProject, tmp_path: Path, home: Path) -> None:
    """A key in the home folder cannot be read, nor can anything be written beside the workspace."""
    report = run(
        project,
        f"""\
        import os, pytest
        def test_key():
            assert not os.path.exists({str(home)!r})
            assert not os.path.exists(os.path.expanduser("~/.ssh"))
        def test_shadow():
            assert not os.path.exists("/etc/shadow")
        def test_rights():
            status = open("/proc/self/status").read()
            assert "CapEff:\\t0000000000000000" in status and "NoNewPrivs:\\t1" in status
        @pytest.mark.parametrize("path", ["/usr/x", "/etc/x", "/x", os.path.dirname(pytest.__file__) + "/x"])
        def test_write(path):
            with pytest.raises(OSError):
                open(path, "w")
        """,
    )
    assert not report.failing() and len(report.passed()) == 8


# -- what cannot be run ------------------------------------------------------------------------------------------------


def test_no_tests_is_said(project: MakeProject) -> None:
    report = project({"calc.py": "x = 1\n"}).run()
    assert (report.problem, report.explanation) == ("no_tests", "No tests were found.")


def test_a_file_that_cannot_be_collected_is_an_error_of_the_file(project: MakeProject) -> None:
    """Tests of the other files are run all the same."""
    report = project({"test_a.py": "import nowhere\n" + GOOD, "test_b.py": GOOD}).run()
    assert not report.problem
    broken = report.outcomes["test_a.py"]
    assert (broken.outcome, broken.phase, broken.exception) == ("error", "collect", "ModuleNotFoundError")
    assert broken.frames[-1].path == "test_a.py" and "nowhere" in broken.message
    assert report.passed() == {"test_b.py::test_good"}


def test_a_suite_that_cannot_be_collected_says_why(project: MakeProject) -> None:
    report = project({"test_a.py": "def test_it(:\n"}).run()
    assert report.problem == "collection"
    assert report.explanation.startswith("test_a.py cannot be collected: SyntaxError")


def test_a_conftest_that_cannot_be_loaded_says_why(project: MakeProject) -> None:
    report = project({"conftest.py": "from calc import gone\n", "calc.py": "", "test_a.py": GOOD}).run()
    assert report.problem == "collection"
    assert report.explanation.startswith("conftest.py cannot be loaded: ImportError: cannot import name 'gone'")
    assert report.outcomes["conftest.py"].phase == "collect"


def test_arguments_that_pytest_refuses_are_said(project: MakeProject) -> None:
    report = project({"pytest.ini": "[pytest]\naddopts = --no-such-thing\n", "test_a.py": GOOD}).run()
    assert report.problem == "command"
    assert "unrecognized arguments: --no-such-thing" in report.explanation
