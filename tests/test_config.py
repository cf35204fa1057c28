"""Settings come from several places; a person must be told which one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import config
from autogpt.errors import UsageError


def test_later_sources_win_and_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`doctor` and `server.info` show where a value came from."""
    (tmp_path / "pyproject.toml").write_text("[tool.autogpt]\nmax-iterations = 3\ncandidates = 2\n")
    (tmp_path / "autogpt.toml").write_text("candidates = 4\n")
    monkeypatch.setenv("AUTOGPT_MODEL", "hf:tiny")

    loaded = config.load(tmp_path, {"max_seconds": 5})

    settings = loaded.settings
    assert (settings.max_iterations, settings.candidates, settings.model) == (3, 4, "hf:tiny")
    assert settings.max_seconds == 5.0 and isinstance(settings.max_seconds, float)
    assert loaded.sources["candidates"] == "autogpt.toml of the workspace"
    assert loaded.sources["model"] == "environment"
    assert loaded.sources["sandbox"] == "default"


@pytest.mark.parametrize("key", ["max_iterations", "max-iterations", "maxIterations"])
def test_names_may_be_written_in_any_of_the_usual_ways(key: str) -> None:
    assert config.load(None, {key: 7}).settings.max_iterations == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max-iteration = 3", "unknown setting `max-iteration`. Did you mean `max_iterations`?"),
        ("max-iterations = 'three'", "`max_iterations` must be a whole number, 0 or more, not 'three'"),
        ("max-iterations = true", "`max_iterations` must be a whole number"),
        ("max-seconds = -1", "`max_seconds` must be a number, 0 or more"),
        ("model = 3", "`model` must be a string"),
        ("sandbox = 'maybe'", "only you can"),
        ("endpoint = 'http://elsewhere'", "only you can"),
        ("model = [", "cannot be read"),
    ],
)
def test_a_bad_setting_of_the_workspace_is_said_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "autogpt.toml").write_text(text)

    with pytest.raises(UsageError) as caught:
        config.load(tmp_path)

    assert said in caught.value.sentence()
    assert "autogpt.toml" in caught.value.sentence()


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False), ("No", False)])
def test_the_environment_is_text_and_is_parsed(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("AUTOGPT_NETWORK", text)
    assert config.load(None).settings.network is value


def test_a_wrong_value_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGPT_MAX_SECONDS", "soon")
    with pytest.raises(UsageError, match="environment: `max_seconds` must be a number"):
        config.load(None)


def test_a_broken_pyproject_is_not_ours_to_report(tmp_path: Path) -> None:
    """The project may be in the middle of an edit."""
    (tmp_path / "pyproject.toml").write_text("[tool")
    assert config.load(tmp_path).settings == config.Settings()


def test_settings_come_back_from_a_journal_as_they_were_but_for_what_guards_the_person() -> None:
    """A model chosen since must not go on with the work of another; a fence put up since must hold."""
    then = config.Settings(model="hf:tiny", max_seconds=7.5, candidates=3, remember=False, sandbox="off", network=True)
    today = config.Settings(model="other", sandbox="required", max_tokens=5, trusted=False)

    restored = config.restored(config.recorded(then), today, {"candidates": 4, "max_seconds": None})

    assert (restored.model, restored.max_seconds, restored.max_tokens) == ("hf:tiny", 7.5, 0)
    assert (restored.candidates, restored.remember) == (4, False)
    assert (restored.sandbox, restored.network, restored.trusted) == ("required", False, False)


def test_a_journal_of_another_version_is_read_as_far_as_it_can_be() -> None:
    record = {"model": "hf:tiny", "edit_format": "song", "gone": "1", "candidates": "many"}

    restored = config.restored(record, config.Settings(candidates=2), {})

    assert (restored.model, restored.edit_format, restored.candidates) == ("hf:tiny", "auto", 2)
