"""A run from task to result: what it may call verified, what it keeps, and that the checkout stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import journal
from autogpt.agent import manage
from autogpt.agent.run import resumable, run
from autogpt.config import Settings
from autogpt.errors import Stopped, UsageError
from autogpt.events import CandidateJudged, Record, RunEnded, RunStarted
from autogpt.models.base import Brief, Desk, Proposal
from autogpt.result import Result
from autogpt.stop import Stop
from autogpt.task import Comment, Task, UnsavedText
from tests.agent.doubles import ScriptedProposer, Step, changes
from tests.conftest import MakeProject, git

BUGGY = "def add(a, b):\n    return a - b\n\n\ndef twice(a):\n    return a * 3\n"
FIXED = BUGGY.replace("a - b", "a + b")
BOTH = FIXED.replace("a * 3", "a * 2")
TESTS = """\
from calc import add, twice

def test_add():
    assert add(2, 3) == 5

def test_add_zero():
    assert add(2, 0) == 2

def test_twice():
    assert twice(4) == 8
"""
FILES = {"calc.py": BUGGY, "tests/test_calc.py": TESTS, "tests/__init__.py": "", "pyproject.toml": "[project]\n"}
ADD, TWICE = "tests/test_calc.py::test_add", "tests/test_calc.py::test_twice"


@pytest.fixture(autouse=True)
def lean(lean_python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run of these tests takes the interpreter that starts fastest."""
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(lean_python).parents[1]))


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project(FILES)


def state(folder: Path) -> str:
    """All of the user's that must not change, branches of ours left out."""
    refs = [line for line in git(folder, "show-ref").splitlines() if "refs/heads/autogpt/" not in line]
    index = (folder / ".git" / "index").read_bytes().hex()
    return git(folder, "status", "--porcelain") + "\n".join(refs) + git(folder, "config", "--list") + index


def work(folder: Path, *steps: Step, task: Task | None = None, **settings: object) -> tuple[Result, list[Record]]:
    records: list[Record] = []
    task = task or Task("fix", str(folder), tests=(ADD,))
    result = run(task, Settings(**settings), emit=records.append, proposer=ScriptedProposer(*steps))  # type: ignore[arg-type]
    assert isinstance(records[-1].event, RunEnded)
    return result, records


def test_a_fix_is_verified_and_committed_on_a_branch(project: Path) -> None:
    """The main promise: a diff with its evidence, and nothing of the user's touched."""
    before = state(project)
    result, records = work(project, changes({"calc.py": FIXED}, "Add instead of subtracting"))

    assert result.status == "verified" and result.exit_code == 0
    assert result.tests.fixed == (ADD,) and result.tests.preexisting == (TWICE,)
    assert "+    return a + b" in result.diff and result.files[0].path == "calc.py"
    assert git(project, "rev-parse", result.branch).strip() == result.commit
    message = git(project, "log", "-1", "--format=%B", result.branch)
    assert message.startswith("Add instead of subtracting\n") and f"Autogpt-Run: {result.run}" in message
    assert git(project, "merge-base", result.branch, "main").strip() == result.base
    assert state(project) == before
    assert isinstance(records[0].event, RunStarted)
    plan = journal.list_runs(project)[0].plan
    assert len(plan) == 4 and all(done for _, done in plan)


def test_a_change_that_breaks_a_passing_test_is_not_verified(project: Path) -> None:
    broken = "def add(a, b):\n    return 5\n\n\ndef twice(a):\n    return a * 3\n"
    result, _ = work(project, changes({"calc.py": broken}), Proposal(gave_up="Out of ideas."))

    assert result.status == "failed" and result.exit_code == 1
    assert result.tests.broken == ("tests/test_calc.py::test_add_zero",)
    assert "Out of ideas." in result.reason and result.branch


def test_rounds_build_on_each_other(project: Path) -> None:
    """Two bugs, one round each: the second round sees the first one's fix and less to do."""
    seen: list[tuple[str, tuple[str, ...]]] = []

    def second(brief: Brief, desk: Desk) -> Proposal:
        seen.append(((brief.tree / "calc.py").read_text(), brief.goal))
        return changes({"calc.py": BOTH}, "Double instead of tripling")

    task = Task("fix", str(project))
    result, _ = work(project, changes({"calc.py": FIXED}, "Add"), second, task=task)

    assert result.status == "verified" and result.tests.fixed == (ADD, TWICE) and result.iterations == 2
    assert seen == [(FIXED, (TWICE,))]
    assert git(project, "log", "--format=%s", f"main..{result.branch}").split("\n")[:2] == [
        "Double instead of tripling",
        "Add",
    ]


def test_a_part_of_the_goal_is_kept_but_not_called_verified(project: Path) -> None:
    task = Task("fix", str(project))
    result, _ = work(project, changes({"calc.py": FIXED}), Proposal(gave_up="No more."), task=task)
    assert result.status == "failed" and result.branch
    assert result.tests.fixed == (ADD,) and result.tests.still_failing == (TWICE,)
    assert TWICE in result.reason


@pytest.mark.parametrize(
    "edited",
    [
        TESTS.replace("add(2, 3) == 5", "add(2, 3) == -1"),
        TESTS.replace("def test_add():", "import pytest\n@pytest.mark.skip\ndef test_add():"),
        TESTS.replace("def test_add():\n    assert add(2, 3) == 5\n", ""),
    ],
)
def test_a_change_to_the_given_tests_is_never_verified(project: Path, edited: str) -> None:
    """The tests are the judge; whoever is judged may not edit them."""
    result, records = work(project, changes({"tests/test_calc.py": edited}), Proposal(gave_up="No more."))
    assert result.status != "verified" and ADD not in result.tests.fixed
    assert any(isinstance(record.event, CandidateJudged) for record in records)


def test_nothing_to_fix_is_said(make_project: MakeProject) -> None:
    project = make_project({**FILES, "calc.py": BOTH})
    result, _ = work(project, task=Task("fix", str(project)))
    assert (result.status, result.branch) == ("unverified", "")
    assert result.reason == "All 3 tests pass already: there is nothing to fix."


def test_unsaved_and_untracked_text_is_in_the_base(project: Path) -> None:
    """The agent works on what the person sees, saved or not."""
    (project / "extra.py").write_text("X = 1\n")
    seen: list[str] = []

    def look(brief: Brief, desk: Desk) -> Proposal:
        seen.extend((brief.tree / name).read_text() for name in ("extra.py", "calc.py"))
        return changes({"calc.py": FIXED})

    unsaved = (UnsavedText("calc.py", "# typed\n" + BUGGY),)
    work(project, look, task=Task("fix", str(project), tests=(ADD,), unsaved=unsaved))
    assert seen == ["X = 1\n", "# typed\n" + BUGGY]
    assert (project / "calc.py").read_text() == BUGGY


def test_conflicts_that_nobody_resolved_are_said(project: Path) -> None:
    git(project, "checkout", "-q", "-b", "other")
    (project / "calc.py").write_text(FIXED)
    git(project, "commit", "-qam", "Theirs")
    git(project, "checkout", "-q", "-")
    (project / "calc.py").write_text(BUGGY.replace("a - b", "b - a"))
    git(project, "commit", "-qam", "Ours")
    with pytest.raises(Exception, match="merge"):
        git(project, "merge", "other")

    result, _ = work(project, changes({"calc.py": BOTH}), task=Task("fix", str(project)))

    assert "calc.py: has unresolved conflicts of a merge or rebase: resolve them first" in result.warnings
    assert result.status == "verified", result.reason
    assert "<<<<<<<" in (project / "calc.py").read_text()


def test_cancel_keeps_the_best_so_far(project: Path) -> None:
    stop = Stop()

    def then_stop(brief: Brief, desk: Desk) -> Proposal:
        stop.cancel()
        raise Stopped("Cancelled.", cancelled=True)

    proposer = ScriptedProposer(changes({"calc.py": FIXED}), then_stop)
    result = run(Task("fix", str(project)), Settings(), stop=stop, proposer=proposer)
    assert result.status == "cancelled" and result.exit_code == 130
    assert result.branch and result.tests.fixed == (ADD,)


def test_a_folder_without_git_works_and_stays_without(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "tests").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    before = sorted(folder.iterdir())

    result, _ = work(folder, changes({"calc.py": FIXED}))

    assert result.status == "verified" and "+    return a + b" in manage.diff(folder, result.run)
    assert sorted(folder.iterdir()) == before
    assert manage.apply(folder, result.run).conflicts == ()
    assert (folder / "calc.py").read_text() == FIXED


def test_apply_revert_and_discard(project: Path) -> None:
    result, _ = work(project, changes({"calc.py": FIXED}))
    (project / "calc.py").write_text(BUGGY + "\n\nMORE = 1\n")

    assert manage.apply(project, result.run).conflicts == ()
    assert (project / "calc.py").read_text() == FIXED + "\n\nMORE = 1\n"
    manage.revert(project, result.run)
    assert (project / "calc.py").read_text() == BUGGY + "\n\nMORE = 1\n"
    manage.discard(project, result.run)
    assert "autogpt/" not in git(project, "branch", "--all") and journal.list_runs(project) == []


def test_a_conflict_writes_nothing(project: Path) -> None:
    result, _ = work(project, changes({"calc.py": FIXED, "new.py": "Y = 2\n"}))
    mine = BUGGY.replace("a - b", "a * b")
    (project / "calc.py").write_text(mine)

    plan = manage.apply(project, result.run)

    assert [conflict.path for conflict in plan.conflicts] == ["calc.py"]
    assert (project / "calc.py").read_text() == mine and not (project / "new.py").exists()
    assert manage.apply(project, result.run, ["new.py"]).conflicts == ()
    assert (project / "new.py").read_text() == "Y = 2\n"


def test_refine_is_another_round_on_the_same_branch(project: Path) -> None:
    first, _ = work(project, changes({"calc.py": FIXED}))
    comment = (Comment("Say it in words"),)
    task = Task("refine", str(project), parent=first.run, comments=comment)
    said = '"""Sum."""\n' + FIXED

    proposer = ScriptedProposer(changes({"calc.py": said}, "Say it"), changes({"calc.py": said + "\n"}))
    result = run(task, Settings(max_iterations=1), proposer=proposer)

    assert result.branch == first.branch and result.base == first.base
    assert '+"""Sum."""' in result.diff and "+    return a + b" in result.diff
    assert proposer.briefs[0].task.comments == comment
    assert git(project, "rev-parse", result.commit + "^").strip() == first.commit


def test_a_run_whose_caller_is_gone_is_left_to_be_resumed_with_what_it_kept(project: Path) -> None:
    """A closed window is no wish to cancel: the journal gets no end, and the run goes on from what was kept."""
    stop = Stop()

    def leave(brief: Brief, desk: Desk) -> Proposal:
        stop.interrupt("The editor is gone.")
        stop.cancel("Cancelled.")  # too late: whoever could have said it has left
        desk.stop.check()
        raise AssertionError("not reached")

    steps = changes({"calc.py": FIXED}), leave
    run(Task("fix", str(project)), Settings(), stop=stop, proposer=ScriptedProposer(*steps), run_id="feed0002")
    left = journal.list_runs(project)[0]
    resumed = ScriptedProposer(changes({"calc.py": BOTH}))
    result = run(*resumable(project, "feed", Settings(), {}), proposer=resumed, run_id="feed0002", resume=True)

    assert (left.status, [file.path for file in left.files], left.tests.fixed) == ("interrupted", ["calc.py"], (ADD,))
    assert git(project, "show", f"{left.branch}:calc.py") and left.commit
    assert result.status == "verified" and set(result.tests.fixed) == {ADD, TWICE}


def test_a_resumed_run_that_is_cancelled_at_once_still_has_what_was_kept(project: Path) -> None:
    """Resumed, thought better of: the second end must not hide the work of the first part."""
    stop = Stop()

    def leave(brief: Brief, desk: Desk) -> Proposal:
        stop.interrupt("The editor is gone.")
        raise Stopped("The editor is gone.", cancelled=True)

    steps = changes({"calc.py": FIXED}), leave
    run(Task("fix", str(project)), Settings(), stop=stop, proposer=ScriptedProposer(*steps), run_id="feed0003")
    left = journal.list_runs(project)[0]
    stop = Stop()
    stop.cancel()
    again = resumable(project, "feed", Settings(), {})
    result = run(*again, stop=stop, proposer=ScriptedProposer(), run_id="feed0003", resume=True)

    assert (result.status, result.commit, result.branch) == ("cancelled", left.commit, left.branch)
    assert result.tests.fixed == (ADD,) and [file.path for file in result.files] == ["calc.py"]


def test_what_was_cancelled_stays_cancelled_when_the_caller_leaves(project: Path) -> None:
    """The person said so before the window closed."""
    stop = Stop()

    def leave(brief: Brief, desk: Desk) -> Proposal:
        stop.cancel("Cancelled.")
        stop.interrupt("The editor is gone.")
        raise Stopped("Cancelled.", cancelled=True)

    run(Task("fix", str(project)), Settings(), stop=stop, proposer=ScriptedProposer(leave))

    assert journal.list_runs(project)[0].status == "cancelled"


def test_an_interrupted_run_is_resumed_from_its_own_snapshot(project: Path) -> None:
    """A crash loses no more than the round that was going on, and edits made since do not move the base."""

    def crash(brief: Brief, desk: Desk) -> Proposal:
        raise KeyboardInterrupt

    task = Task("fix", str(project), tests=(ADD,))
    with pytest.raises(KeyboardInterrupt):
        run(task, Settings(max_iterations=3), proposer=ScriptedProposer(crash), run_id="feed0001")
    assert journal.list_runs(project)[0].status == "interrupted"
    (project / "calc.py").write_text("changed since\n")

    again, settings = resumable(project, "feed", Settings(max_iterations=5, candidates=2), {"candidates": 4})
    proposer = ScriptedProposer(changes({"calc.py": FIXED}))
    result = run(again, settings, proposer=proposer, run_id="feed0001", resume=True)

    assert (settings.max_iterations, settings.candidates) == (3, 4), "its own, but for what is given anew"
    assert result.status == "verified" and result.run == "feed0001"
    assert journal.list_runs(project)[0].status == "verified"
    with pytest.raises(UsageError, match="nothing to resume"):
        resumable(project, "feed", Settings(), {})


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (Task("implement", "{here}", text="  "), "The task is empty"),
        (Task("implement", "{here}/nowhere", text="x"), "nowhere"),
        (Task("implement", "{here}/calc.py", text="x"), "calc.py"),
        (Task("refine", "{here}", parent="ffff", text="x"), "There is no run `ffff`"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(project: Path, task: Task, said: str) -> None:
    from dataclasses import replace

    task = replace(task, workspace=task.workspace.format(here=project))
    before = state(project)
    try:
        result, _ = work(project, task=task)
        sentence = result.reason
    except UsageError as error:
        sentence = error.sentence()
    assert said in sentence
    assert state(project) == before


@pytest.mark.parametrize("path", ["../out.py", ".git/hooks/post-checkout", "link/x.py", ".vscode/tasks.json"])
def test_a_change_outside_of_what_may_be_changed_is_refused(project: Path, path: str) -> None:
    (project / "link").symlink_to(project.parent)
    result, records = work(project, changes({path: "x = 1\n"}), Proposal(gave_up="No more."))
    judged = [record.event.status for record in records if isinstance(record.event, CandidateJudged)]
    assert judged == ["refused"] and result.status == "failed" and not result.branch
    assert not (project.parent / "out.py").exists()
