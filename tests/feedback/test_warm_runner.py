"""A warm run says what a cold one says; where that is not certain the run is cold, and it is said why."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.feedback.bubblewrap import can_layer, why_not
from autogpt.feedback.doctor import diagnose
from autogpt.feedback.pytest_runner import Patience
from autogpt.stop import Stop
from tests.feedback.projects import MakeWarm, make_environment, write

pytestmark = pytest.mark.skipif(
    bool(why_not("")) or not can_layer("/tmp"), reason="warm runs need bubblewrap and overlayfs"
)

CALC = {
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
}
RIGHT = {"calc.py": "def add(a, b):\n    return a + b\n"}


def site_of(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*")) / "site-packages"


def test_every_run_sees_the_tree_as_it_is(warm: MakeWarm) -> None:
    """Nothing of the workspace's code is loaded in the parent, so a change needs no new one."""
    made = warm(CALC)
    assert made.outcomes() == {"test_calc.py::test_add": "failed"}
    assert made.outcomes(RIGHT) == {"test_calc.py::test_add": "passed"}
    assert made.outcomes(CALC) == {"test_calc.py::test_add": "failed"}
    assert made.runner.warm_runs == 3 and made.said[0].startswith("Tests are run warm")


def test_a_change_of_the_same_size_in_the_same_second_is_seen(warm: MakeWarm) -> None:
    """Code is handed on by the bytes of the file, not by its size and time, which a quick candidate can keep."""
    made = warm(CALC)
    made.run()
    state = (made.project.tree / "calc.py").stat()
    for files, outcome in ((RIGHT, "passed"), (CALC, "failed"), (RIGHT, "passed")):
        made.project.write(files)
        os.utime(made.project.tree / "calc.py", ns=(state.st_atime_ns, state.st_mtime_ns))
        assert made.outcomes() == {"test_calc.py::test_add": outcome}


def test_code_is_compiled_once_and_warnings_come_each_time(warm: MakeWarm) -> None:
    """A test file whose compilation warns fails under `-W error` in the second run as in the first."""
    made = warm({"pytest.ini": "[pytest]\nfilterwarnings = error\n", "test_it.py": "def test_it():\n    '\\d'\n"})
    first, second, cold = made.run(), made.run(), made.run(fresh=True)
    assert first.problem == second.problem == cold.problem == "collection"


def test_what_one_run_leaves_no_other_sees(warm: MakeWarm) -> None:
    """Files in the tree, in the temporary folder, at home and in memory, servers, and processes."""
    made = warm(
        {
            "test_it.py": "import os, pathlib, socket, subprocess\n\n\ndef test_it():\n"
            "    places = [pathlib.Path(p).expanduser() for p in ('left', '/tmp/left', '/dev/shm/left', '~/l')]\n"
            "    assert not [p for p in places if p.exists()]\n"
            "    for p in places:\n        p.write_text('x')\n"
            "    others = [p for p in os.listdir('/proc') if p.isdigit()]\n"
            "    assert len(others) <= 2, others\n"
            "    subprocess.Popen(['sleep', '99'], start_new_session=True)\n"
            "    socket.create_server(('127.0.0.1', 8000))\n"
        }
    )
    for _ in range(3):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}
    assert made.runner.warm_runs == 3


def test_a_run_has_no_rights_and_cannot_reach_its_parent(warm: MakeWarm) -> None:
    """The parent may mount; what it forks may not, nor see it, nor its way to the scratch tree, nor make namespaces."""
    made = warm(
        {
            "test_it.py": "import ctypes, os, pytest\n\n\ndef test_it():\n"
            "    status = open('/proc/self/status').read()\n"
            "    for name in ('CapEff', 'CapPrm', 'CapBnd', 'CapAmb', 'CapInh'):\n"
            "        assert name + ':\\t0000000000000000' in status\n"
            "    assert 'NoNewPrivs:\\t1' in status\n"
            "    assert ctypes.CDLL(None).unshare(0x10000000) == -1\n"
            "    assert ctypes.CDLL(None).umount2(b'/proc', 2) == -1\n"
            "    assert os.system('grep -q CapEff:.0000000000000000 /proc/self/status') == 0\n"
            "    assert not os.path.exists('/autogpt/tree')\n"
            "    with pytest.raises(OSError):\n        open('/proc/sys/kernel/hostname', 'w')\n"
        }
    )
    assert made.outcomes() == {"test_it.py::test_it": "passed"}
    assert made.runner.warm_runs == 1


def test_installed_modules_are_loaded_beforehand(warm: MakeWarm, tmp_path: Path) -> None:
    """The second run finds what the first had to import, and every run still has state of its own."""
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"slow.py": "calls = []\n"})
    made = warm({"test_it.py": "import slow\n\n\ndef test_it():\n    slow.calls.append(1)\n"
                               "    assert slow.calls == [1]\n"}, python=str(python))  # fmt: skip
    for _ in range(3):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}
    parent = made.runner.parent
    assert parent is not None and parent.learned > 0


THREAD = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
UNFIT = {
    "one that starts a thread": THREAD,
    "one that warns": "import warnings\nwarnings.warn('old', DeprecationWarning)\n",
    "one that changes the environment": "import os\nos.environ['SEEN'] = os.environ.get('SEEN', '') + 'x'\n",
    "one that opens a file": "kept = open('/dev/null')\n",
    "one that looks for the workspace": "try:\n    import calc\nexcept ImportError:\n    calc = None\n",
    "one that cannot be loaded alone": "import sys\nassert 'test_it' in sys.modules\n",
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_module_that_loading_beforehand_would_change_is_left_to_the_runs(
    warm: MakeWarm, tmp_path: Path, kind: str
) -> None:
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"odd.py": UNFIT[kind], "above.py": "import odd\n"})
    made = warm({**RIGHT, "test_it.py": "import above, odd\n\n\ndef test_it():\n    assert odd\n"}, python=str(python))
    for _ in range(2):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}
    parent = made.runner.parent
    assert parent is not None and {"odd", "above"} <= parent.left


def test_a_module_loaded_in_a_changed_world_is_not_loaded_beforehand(warm: MakeWarm, tmp_path: Path) -> None:
    """A conftest.py that sets a variable before an import must have its way in the second run too."""
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"mode.py": "import os\nMODE = os.environ.get('MODE')\n"})
    made = warm(
        {
            "conftest.py": "import os\nos.environ['MODE'] = 'test'\n",
            "test_it.py": "import mode\n\n\ndef test_it():\n    assert mode.MODE == 'test'\n",
        },
        python=str(python),
    )
    for _ in range(3):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}


def test_another_version_of_a_dependency_makes_a_new_parent(warm: MakeWarm, tmp_path: Path) -> None:
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"dep.py": "VALUE = 1\n"})
    made = warm({"test_it.py": "import dep\n\n\ndef test_it():\n    assert dep.VALUE == 1\n"}, python=str(python))
    for _ in range(2):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}
    write(site_of(python), {"dep.py": "VALUE = 22\n"})
    assert made.outcomes() == {"test_it.py::test_it": "failed"}
    assert made.runner.warm_runs == 3


def test_another_configuration_or_conftest_is_heeded_at_once(warm: MakeWarm) -> None:
    made = warm({"test_it.py": "def test_it():\n    pass\n\n\ndef check_it():\n    pass\n"})
    assert set(made.outcomes()) == {"test_it.py::test_it"}
    assert set(made.outcomes({"pytest.ini": "[pytest]\npython_functions = check_*\n"})) == {"test_it.py::check_it"}
    conftest = "def pytest_collection_modifyitems(items):\n    del items[:]\n"
    assert made.run({"conftest.py": conftest}).problem == "no_tests"
    assert made.runner.warm_runs == 3


def test_tests_under_a_configuration_of_their_own_are_run_cold(warm: MakeWarm) -> None:
    """Asked for alone, pytest takes their folder for its root, which the parent has settled already."""
    made = warm({"test_a.py": "def test_a():\n    pass\n", "sub/pytest.ini": "[pytest]\n",
                 "sub/test_b.py": "def test_b():\n    pass\n"})  # fmt: skip
    report = made.runner.run(made.project.tree, ["sub/test_b.py"], timeout=60, stop=Stop())
    assert report.passed() == {"sub/test_b.py::test_b"}
    assert made.runner.warm_runs == 0 and "configuration of their own" in made.runner.remarks()[-1]


PLUGINS = {
    THREAD: "starts a thread",
    "try:\n    import calc\nexcept ImportError:\n    pass\n": "looks for a module of the workspace (calc)",
}


@pytest.mark.parametrize("source", PLUGINS)
def test_a_plugin_that_cannot_be_forked_makes_runs_cold(warm: MakeWarm, tmp_path: Path, source: str) -> None:
    python = make_environment(tmp_path / "venv")
    write(site_of(python), {"odd_plugin.py": source, "odd-1.dist-info/METADATA": "Name: odd\nVersion: 1\n",
                            "odd-1.dist-info/entry_points.txt": "[pytest11]\nodd = odd_plugin\n"})  # fmt: skip
    made = warm({**CALC, **RIGHT}, python=str(python))
    assert made.outcomes() == {"test_calc.py::test_add": "passed"}
    assert made.runner.warm_runs == 0 and PLUGINS[source] in " ".join(made.said)


def test_a_plugin_of_the_workspace_makes_runs_cold(warm: MakeWarm) -> None:
    """The parent cannot see it, and must not: it is code that a candidate may have written."""
    made = warm({**CALC, **RIGHT, "own.py": "def pytest_configure(config):\n    print('HERE')\n",
                 "pytest.ini": "[pytest]\naddopts = -p own\n"})  # fmt: skip
    report = made.run()
    assert len(report.passed()) == 1 and "HERE" in report.output
    assert made.runner.warm_runs == 0 and "Tests are run cold" in " ".join(made.said)


def test_a_bad_end_is_put_to_the_test_cold_and_believed_then(warm: MakeWarm) -> None:
    """Twice a cold run does better than the warm one, and there are no more warm ones."""
    source = "import sys, os\n\n\ndef test_it():\n    if 'autogpt_warm' in sys.modules:\n        os._exit(1)\n"
    made = warm({"test_it.py": source})
    for _ in range(3):
        assert made.outcomes() == {"test_it.py::test_it": "passed"}
    assert made.runner.warm_runs == 2 and "did not agree" in made.said[-1]


def test_a_hang_of_a_test_that_ran_well_before_is_believed(warm: MakeWarm) -> None:
    """An endless loop of a candidate must not cost the limit twice."""
    made = warm(RIGHT | {"test_calc.py": CALC["test_calc.py"]})
    made.runner.patience = Patience(test=1.0)
    made.run()
    report = made.run({"calc.py": "def add(a, b):\n    while True:\n        pass\n"})
    assert report.outcomes["test_calc.py::test_add"].exception == "Timeout"
    assert made.runner.warm_runs == 2 and made.outcomes(RIGHT) == {"test_calc.py::test_add": "passed"}


def test_no_process_and_no_file_is_left(warm: MakeWarm) -> None:
    """Runs leave nothing in the parent, and a closed runner nothing at all."""
    made = warm(RIGHT | {"test_calc.py": CALC["test_calc.py"]})
    made.run()
    own = _open_files()
    for _ in range(5):
        made.run()
    assert _open_files() == own
    children = _children()
    made.runner.close()
    assert not [pid for pid in children if Path(f"/proc/{pid}/exe").exists() and _parent(pid) == os.getpid()]
    assert made.outcomes() == {"test_calc.py::test_add": "passed"}


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _children() -> list[int]:
    task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(pid) for pid in task.read_text().split()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_parent_that_is_killed_is_replaced(warm: MakeWarm) -> None:
    """The run that meets it is cold, the next one warm again."""
    made = warm(CALC)
    made.run()
    for pid in _children():
        os.kill(pid, 9)
    time.sleep(0.2)
    for _ in range(2):
        assert made.outcomes(RIGHT) == {"test_calc.py::test_add": "passed"}
    assert made.runner.warm_runs >= 2


def test_the_main_module_and_the_arguments_are_those_of_python_m_pytest(warm: MakeWarm) -> None:
    """multiprocessing starts its children from the main module."""
    source = (
        "import json, multiprocessing, os, sys\n\n\ndef double(n):\n    return 2 * n\n\n\ndef test_it():\n"
        "    main = sys.modules['__main__']\n"
        "    print(json.dumps([main.__spec__.name, main.__file__, sys.path, sys.argv, os.getcwd(),\n"
        "                      sorted(os.environ), sys.flags.dont_write_bytecode]))\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        assert pool.map(double, [2]) == [4]\n"
        "    assert False\n"
    )
    made = warm({"test_it.py": source})
    said = [made.run(fresh=fresh).outcomes["test_it.py::test_it"].output for fresh in (False, True)]
    assert made.runner.warm_runs == 1
    assert said[0] == said[1]


def test_the_doctor_says_how_tests_are_run(warm: MakeWarm) -> None:
    made = warm({**CALC, "own.py": "", "pytest.ini": "[pytest]\n"})
    said = [one for one in diagnose(made.project.workspace, made.project.settings) if one.name == "speed"]
    assert [(one.status, one.found.startswith("tests are run warm")) for one in said] == [("ok", True)]
    write(made.project.workspace, {"pytest.ini": "[pytest]\naddopts = -p own\n"})
    said = [one for one in diagnose(made.project.workspace, made.project.settings) if one.name == "speed"]
    assert [(one.status, one.found.startswith("tests are run cold")) for one in said] == [("warning", True)]


def test_the_doctor_knows_an_environment_inside_of_the_workspace(tmp_path: Path) -> None:
    """Where most people keep it; a run lends it to its scratch tree, and so must the doctor."""
    workspace = tmp_path / "work"
    write(workspace, CALC)
    make_environment(workspace / ".venv")
    said = [one for one in diagnose(workspace, Settings()) if one.name in ("interpreter", "speed")]
    assert [one.status for one in said] == ["ok", "ok"] and str(workspace / ".venv") in said[0].found
