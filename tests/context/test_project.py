"""The map follows the files: one change is one reading, and what was read once is known in the next session."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import paths
from autogpt.context.project import Project, project_of
from autogpt.context.store import FactStore

FILES = {
    "cart.py": b"from money import price\n\ndef total(lines):\n    return sum(price(line) for line in lines)\n",
    "money.py": b"def price(x):\n    return x\n",
    "notes.txt": b"def price(): pass\n",
}


def refresh(project: Project, files: dict[str, bytes]) -> None:
    project.refresh({path: (hash(data),) for path, data in files.items()}, files.get)


def places(project: Project, name: str) -> list[str]:
    return [path for path, _ in project.index.definitions(name)]


def test_names_are_known_both_ways() -> None:
    project = Project()
    refresh(project, FILES)
    assert places(project, "price") == ["money.py"] and project.index.users["price"] == {"cart.py", "money.py"}
    assert project.read_last == 2


def test_a_change_of_one_file_reads_one_file() -> None:
    project = Project()
    refresh(project, FILES)
    refresh(project, {**FILES, "money.py": b"def cost(x):\n    return x\n"})
    assert project.read_last == 1
    assert places(project, "price") == [] and places(project, "cost") == ["money.py"]
    assert project.index.users["price"] == {"cart.py"}


def test_a_change_back_reads_nothing() -> None:
    """A candidate is laid and taken away again many times in a run."""
    project = Project()
    refresh(project, FILES)
    refresh(project, {**FILES, "money.py": b""})
    refresh(project, FILES)
    assert project.read_last == 0 and places(project, "price") == ["money.py"]


def test_a_file_that_is_gone_leaves_nothing_behind() -> None:
    project = Project()
    refresh(project, FILES)
    refresh(project, {"notes.txt": b""})
    index = project.index
    assert (index.files, index.definers, index.users, index.words) == ({}, {}, {}, {})


def test_the_next_session_knows_what_was_read(tmp_path: Path) -> None:
    store = FactStore(tmp_path / "context.sqlite")
    first, second = Project(store), Project(store)
    refresh(first, FILES)
    refresh(second, FILES)
    assert second.read_last == 0 and second.index.files == first.index.files


@pytest.mark.parametrize("rubbish", [b"not a database", b"SQLite format 3\0 cut off"])
def test_a_store_that_cannot_be_read_costs_a_reading_and_no_error(tmp_path: Path, rubbish: bytes) -> None:
    file = tmp_path / "context.sqlite"
    file.write_bytes(rubbish)
    project = Project(FactStore(file))
    refresh(project, FILES)
    assert project.read_last == 2 and places(project, "price") == ["money.py"]


def test_a_store_in_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    project = Project(FactStore(tmp_path / "file" / "context.sqlite"))
    refresh(project, FILES)
    assert places(project, "price") == ["money.py"]


def test_a_refresh_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    project, calls = Project(FactStore(tmp_path / "context.sqlite")), iter([None, KeyboardInterrupt])

    def check() -> None:
        if error := next(calls):
            raise error

    with pytest.raises(KeyboardInterrupt):
        project.refresh(dict.fromkeys(FILES, (1,)), FILES.get, check)
    assert project.read_last == 1
    project.refresh(dict.fromkeys(FILES, (1,)), FILES.get)
    assert project.read_last == 1 and set(project.index.files) == {"cart.py", "money.py"}


def test_a_workspace_has_one_map_and_keeps_it_in_its_state(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    refresh(project, FILES)
    assert project_of(tmp_path) is project
    assert (paths.workspace_state(tmp_path) / "context.sqlite").exists()
