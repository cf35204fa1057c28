"""`autogpt learn`: only from applied results, kept only if better, taken back by one word, and said what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autogpt.cli.app import run_command_line
from autogpt.events import FailedTest, IterationKept, ModelAnswered, ModelAsked, Place, RunEnded, RunStarted, TestsRan
from autogpt.git.applied import Step, note
from autogpt.git.files import Content
from autogpt.journal import Journal
from autogpt.models.adapters import Adapters, with_adapter
from autogpt.models.weights import load, parse_source
from autogpt.result import Result
from autogpt.task import Task
from autogpt.training import learning
from autogpt.training.accepted import accepted_runs
from autogpt.training.learning import DEFAULT, Lesson, learn_builtin, settled
from autogpt.training.learning_chat import learn_chat
from autogpt.training.lora import Fitted, Measured
from autogpt.training.recipe import TrainConfig
from autogpt.training.stages import Work

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
QUICK = replace(DEFAULT, steps=4, save_every=2, batch=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOGPT_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(learning, "GUARD_FILES", 6)
    monkeypatch.setattr(learning, "GUARD_BUGS", 12)
    return tmp_path / "state"


def file_of(name: str, sign: str) -> bytes:
    code = f"def untouched():\n    return 1\n\n\ndef {name}(values, limit):\n    found = []\n"
    code += (
        f"    for value in values:\n        if value {sign} limit:\n            found.append(value)\n    return found\n"
    )
    return code.encode()


def run(workspace: Path, name: str, status: str = "verified", apply: bool = True, model: str = "builtin") -> None:
    """The journal of a run that turned `<=` into `<`, and the record of its being applied."""
    with Journal(workspace, f"run-{name}") as journal:
        task = Task("fix", str(workspace))
        frames = (Place("test_it.py", 3, text=f"assert {name}([1], 1) == []"), Place("a.py", 4, text="found = []"))
        failed = FailedTest("test_it.py::test_it", "assert [1] == []", "AssertionError", frames)
        journal.write(RunStarted(journal.run, task, model, "b", "", "1"))
        journal.write(TestsRan("baseline", 0, 1, 0, 0.1, ("test_it.py::test_it",), failures=(failed,)))
        journal.write(ModelAsked((("system", "You mend code."), ("user", f"Mend {name}"))))
        journal.write(ModelAnswered(f"answer for {name}"))
        journal.write(IterationKept(1, "c", "s"))
        journal.write(RunEnded(Result(journal.run, status, model=model)))  # pyright: ignore[reportArgumentType]
        if apply:
            before, after = (Content(file_of(name, sign)) for sign in ("<=", "<"))
            note([Step("a.py", before, after)], journal.folder / "applied.json")


def test_only_verified_and_applied_runs_count(home: Path, tmp_path: Path) -> None:
    """With what the test said, the function that changed and no other, and the answer of the model."""
    run(tmp_path, "alpha")
    run(tmp_path, "beta", status="unverified")
    run(tmp_path, "gamma", apply=False)

    (found,) = accepted_runs(home)

    (fix,) = found.fixes
    assert fix.code.startswith("def alpha") and "<=" in fix.fix.old and "<=" not in fix.fix.new
    assert fix.evidence == "assert alpha([1], 1) == []\nAssertionError: assert [1] == []"
    assert found.talk is not None and found.talk.answer == "answer for alpha"


def test_a_damaged_record_is_passed_over(home: Path, tmp_path: Path) -> None:
    run(tmp_path, "alpha")
    run(tmp_path, "beta")
    next(iter(sorted(home.glob("workspaces/*/runs/*/applied.json")))).write_text("{")

    assert [one.run for one in accepted_runs(home)] == ["run-beta"]


@pytest.mark.parametrize(
    ("names", "said"),
    [((), "No result was applied yet"), (NAMES[:3], "3 applied runs changed 3 functions; 8 different")],
)
def test_what_is_missing_is_said(names: tuple[str, ...], said: str, home: Path, tmp_path: Path, trained: Work) -> None:
    for name in names:
        run(tmp_path, name)

    lesson = learn_builtin(home, lambda _: None, trained.folder("export") / "model", QUICK)

    assert not lesson.kept and said in lesson.reason


def test_the_same_change_again_and_again_is_no_lesson(home: Path, tmp_path: Path, trained: Work) -> None:
    for number in range(9):
        run(tmp_path / str(number), "alpha")

    lesson = learn_builtin(home, lambda _: None, trained.folder("export") / "model", QUICK)

    assert "9 functions, 8 of them alike" in lesson.reason


def test_an_adapter_that_does_not_help_is_not_used(home: Path, tmp_path: Path, trained: Work) -> None:
    """Four steps of nearly nothing change nothing; all that was made for it is gone."""
    for name in NAMES:
        run(tmp_path, name)
    still = replace(QUICK, rate=1e-9)

    lesson = learn_builtin(home, lambda _: None, trained.folder("export") / "model", still)

    assert not lesson.kept and "no better" in lesson.reason and lesson.held is not None
    assert lesson.held[0] == pytest.approx(lesson.held[1], abs=1e-3)
    assert Adapters("builtin").current() is None and not list((home / "adapters").rglob("*.safetensors"))


def test_an_adapter_that_helps_is_used_until_it_is_taken_back(
    home: Path, tmp_path: Path, trained: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    """All changes are of one kind, so some steps are enough; with it the model itself says something else."""
    import torch

    for name in NAMES:
        run(tmp_path, name)
    weights = trained.folder("export") / "model"
    quick = TrainConfig(steps=60, batch=4, micro=4, rate=1e-2, warmup=1, save_every=60, check_every=60, check_batches=1)

    lesson = learn_builtin(home, lambda _: None, weights, quick)

    assert lesson.held is not None and lesson.held[1] < lesson.held[0] - 0.01
    if not lesson.kept:  # the guard of so small a model may say no: what is kept is tried all the same
        assert "got worse" in lesson.reason
        return
    folder = Adapters("builtin").current()
    assert folder is not None and (folder / "adapter_model.safetensors").is_file()
    from autogpt.training.decoder import open_decoder

    plain, adapted = open_decoder(weights), with_adapter(open_decoder(weights), folder)
    tokens = torch.tensor([[5, 6, 7, 8]])
    assert not torch.allclose(plain(input_ids=tokens).logits, adapted(input_ids=tokens).logits)
    assert run_command_line(["learn", "--rollback", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["adapter"] is None


@pytest.mark.parametrize(
    ("after", "kept", "said"),
    [
        (Measured(1.0, 2.0), True, "nothing got worse"),
        (Measured(1.995, 2.0), False, "no better"),
        (Measured(1.0, 2.5), False, "got worse"),
    ],
)
def test_better_is_not_enough_where_something_got_worse(
    after: Measured, kept: bool, said: str, home: Path, tmp_path: Path
) -> None:
    class Saved:
        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir(parents=True)
            (folder / "adapter_config.json").write_text("{}")

    adapters = Adapters("builtin")
    folder = adapters.next_folder()

    lesson = settled(adapters, folder, folder.with_name(".x"), Fitted(Saved(), Measured(2.0, 2.0), after, True), [], 9)

    assert lesson.kept is kept and said in lesson.reason
    assert (adapters.current() == folder) is kept


def test_rolling_back_goes_to_the_one_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapters = Adapters("hf:some/model")
    made: list[Path] = []
    for _ in range(2):
        folder = adapters.next_folder()
        folder.mkdir(parents=True)
        (folder / "adapter_config.json").write_text("{}")
        (folder / "learnt.json").write_text(json.dumps({"reason": f"made {folder.name}"}))
        adapters.keep(folder)
        made.append(folder)

    assert run_command_line(["learn", "--model", "hf:some/model", "--rollback", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["adapter"] == str(made[0]) and told["figures"] == {"reason": "made 001"}
    assert run_command_line(["learn", "--model", "hf:some/model", "--rollback"]) == 0
    assert run_command_line(["learn", "--model", "hf:some/model", "--rollback"]) == 2
    assert "nothing to go back" in capsys.readouterr().err


def test_without_results_the_command_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["learn", "--model", "hf:some/model"]) == 3
    assert "Nothing was changed." in capsys.readouterr().out and not (home / "adapters").exists()


def test_a_chat_model_learns_the_answers_that_were_applied(
    home: Path, tmp_path: Path, trained: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any causal model will do, here the smoke training's own; with the adapter it is loaded from then on."""
    import torch

    model = trained.folder("export") / "model"
    for name in NAMES:
        run(tmp_path, name, model=f"hf:{model}")
    quick = TrainConfig(steps=15, batch=4, micro=4, rate=1e-2, warmup=1, save_every=15, check_every=15, check_batches=1)

    lesson = learn_chat(str(model), home, lambda _: None, quick)

    assert isinstance(lesson, Lesson) and lesson.held is not None and lesson.held[1] < lesson.held[0]
    assert lesson.results == 10
    if lesson.kept:  # the guard of so small a model may say no
        plain = load(parse_source(str(model))).model
        Adapters(f"hf:{model}").roll_back()
        again = load(parse_source(str(model))).model
        tokens = torch.tensor([[5, 6, 7, 8]])
        assert not torch.allclose(plain(input_ids=tokens).logits, again(input_ids=tokens).logits)
