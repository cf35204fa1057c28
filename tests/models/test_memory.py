"""What worked with a model is remembered; what is little known is still tried, and a bad file does no harm."""

from __future__ import annotations

from pathlib import Path

from autogpt.edits import FORMATS
from autogpt.models.approach import WAYS
from autogpt.models.memory import Memory


def record(memory: Memory, format: str, good: int, bad: int, model: str = "m") -> None:
    for value in [1.0] * good + [0.0] * bad:
        memory.record(model, format, value)


def test_nothing_known_means_the_default(tmp_path: Path) -> None:
    assert Memory.load(tmp_path).choose("m", FORMATS, "replace").arm == "replace"


def test_a_format_that_works_is_kept(tmp_path: Path) -> None:
    record(Memory.load(tmp_path), "replace", 12, 1)
    assert Memory.load(tmp_path).choose("m", FORMATS, "replace").arm == "replace"


def test_a_format_that_fails_gives_way(tmp_path: Path) -> None:
    record(Memory.load(tmp_path), "replace", 0, 4)
    assert Memory.load(tmp_path).choose("m", FORMATS, "replace").arm != "replace"
    assert Memory.load(tmp_path).choose("another model", FORMATS, "replace").arm == "replace"


def test_what_worked_in_this_workspace_weighs_more(tmp_path: Path) -> None:
    here, there = Memory.load(tmp_path / "here"), Memory.load(tmp_path / "there")
    record(there, "symbol", 10, 0)
    record(there, "replace", 3, 7)
    record(here, "replace", 10, 0)
    record(here, "symbol", 0, 10)
    assert Memory.load(tmp_path / "here").choose("m", ("symbol", "replace"), "symbol").arm == "replace"
    assert Memory.load(tmp_path / "there").choose("m", ("symbol", "replace"), "symbol").arm == "symbol"


def test_the_rate_of_success_is_told(tmp_path: Path) -> None:
    memory = Memory.load(tmp_path)
    record(memory, "symbol", 3, 1)
    assert memory.success("m", FORMATS) == ("symbol", 0.75, 4) and memory.success("unknown", FORMATS) is None


def test_two_runs_at_once_do_not_undo_each_others_counts(tmp_path: Path) -> None:
    one, other = Memory.load(tmp_path), Memory.load(tmp_path)
    record(one, "symbol", 2, 0)
    record(other, "symbol", 0, 2)
    assert Memory.load(tmp_path).success("m", FORMATS) == ("symbol", 0.5, 4)


def test_a_way_of_asking_is_found_by_trying(tmp_path: Path) -> None:
    """A bandit over four ways, of which one works: it is found, and then most runs go that way."""
    chosen: list[str] = []
    for _ in range(50):
        memory = Memory.load(tmp_path)
        way = memory.choose("m", WAYS, "plain").arm
        memory.record("m", way, float(way == "steps"))
        chosen.append(way)
    assert chosen[0] == "plain" and "context" in chosen and chosen[-20:].count("steps") >= 18


def test_a_way_that_works_is_left_for_no_other(tmp_path: Path) -> None:
    """Trying things out costs the person requests, so there is none of it without need."""
    record(Memory.load(tmp_path), "plain", 20, 1)
    assert Memory.load(tmp_path).choose("m", WAYS, "plain").arm == "plain"


def test_the_reason_of_a_choice_is_told(tmp_path: Path) -> None:
    assert Memory.load(tmp_path).choose("m", WAYS, "plain").why == "nothing is remembered of this model"
    record(Memory.load(tmp_path), "plain", 9, 1)
    assert Memory.load(tmp_path).choose("m", WAYS, "plain").why == "it did well 9 times of 10"
    record(Memory.load(tmp_path), "plain", 0, 30)
    why = Memory.load(tmp_path).choose("m", WAYS, "plain").why
    assert why == "it is worth a try, since `plain` did well only 9 times of 40"


def test_formats_and_ways_are_counted_apart(tmp_path: Path) -> None:
    record(Memory.load(tmp_path), "replace", 0, 9)
    assert Memory.load(tmp_path).choose("m", WAYS, "plain").arm == "plain"


def test_a_file_that_cannot_be_read_counts_as_empty(tmp_path: Path) -> None:
    memory = Memory.load(tmp_path)
    for text in ("{", "[]", '{"user": 3}', '{"user": {"m": {"symbol": ["x", 1]}}}'):
        memory.file.parent.mkdir(parents=True, exist_ok=True)
        memory.file.write_text(text)
        assert Memory.load(tmp_path).counts == {}
