"""The extension in a real VS Code: built, packaged, installed from its .vsix and driven in a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "vscode"
EXTENSION = Path(__file__).parents[2] / "clients" / "vscode"
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = [
    name
    for name, path in {"node": shutil.which("node"), "npm": shutil.which("npm"), "chromium": BROWSER}.items()
    if not path
]


def _needs_an_editor() -> None:
    if MISSING:
        text = f"No editor to test the extension in: {', '.join(MISSING)} not installed."
        pytest.fail(text) if os.environ.get("CI") == "true" else pytest.skip(text)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .vsix as it would be published, and a VS Code to install it into."""
    _needs_an_editor()
    _run([str(HERE / "setup.sh")], HERE)
    if not (EXTENSION / "node_modules").is_dir():
        _run(["npm", "ci", "--no-audit", "--no-fund"], EXTENSION)
    _run(["npm", "run", "package"], EXTENSION)
    return EXTENSION / "autogpt-lsp.vsix"


@pytest.fixture(scope="module")
def extensions(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the .vsix is installed, once: each story copies this folder."""
    home = tmp_path_factory.mktemp("vscode")
    entry = HERE / "node_modules" / "code-server" / "out" / "node" / "entry.js"
    places = ["--user-data-dir", str(home / "data"), "--extensions-dir", str(home / "extensions")]
    _run(["node", str(entry), *places, "--install-extension", str(package)], HERE, HOME=str(home))
    return home / "extensions"


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_the_extension_is_clean_and_its_pure_parts_hold(package: Path) -> None:
    """Types, lint, the manifest against the source, and the unit tests; the package is under its limit of 3 MB."""
    _run(["npm", "test"], EXTENSION)
    assert package.stat().st_size < 3_000_000
    assert not [name for name in zipfile.ZipFile(package).namelist() if name.endswith(".pyc")], "bytecode of one Python"


@pytest.mark.e2e
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_a_person_gets_through(extensions: Path, path: Path) -> None:
    """Each file is a way through the product; it looks at files, git and journals as well as at the page.

    Its patience is measured in what the machine gives it (`patience.mjs`); the limit of this test is only the last one.
    """
    story = ["node", "--test", str(path)]
    places = {"AUTOGPT_EXTENSIONS": str(extensions), "CHROMIUM": str(BROWSER)}
    _run(story, HERE, **places)


def _run(command: list[str], folder: Path, **environment: str) -> None:
    env = {**os.environ, "PYTHON": sys.executable, "AUTOGPT_TEST_PYTHON": sys.executable, **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-40_000:]}\n{done.stderr[-10_000:]}"
