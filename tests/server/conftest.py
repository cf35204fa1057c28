"""Fixtures of the server's tests: a small project, and a server process with a scripted worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.client import Client

CALC = """\
def add(a, b):
    return a - b


def negate(a):
    pass  # later


# autogpt: write a function that multiplies
# two numbers
"""
TESTS = """\
from calc import add


def test_add():
    assert add(2, 3) == 5
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a wrong function, an unfinished one, a test, and a name that needs quoting in a URI."""
    root = tmp_path / "my shöp"
    (root / "tests").mkdir(parents=True)
    (root / "calc.py").write_text(CALC)
    (root / "gone.py").write_text("old\n")
    (root / "tests" / "test_calc.py").write_text(TESTS)
    return root


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Start servers; all are gone at the end of the test."""
    clients: list[Client] = []

    def start(root: Path | None, **options: Any) -> Client:
        clients.append(Client(root, tmp_path / "state", **options))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def client(project: Path, connect: Callable[..., Client]) -> Client:
    """A server that is initialized for the project."""
    started = connect(project)
    started.initialize()
    return started
