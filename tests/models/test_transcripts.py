"""Answers of sessions on real projects that showed a fault of ours, each kept so that the fault stays mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autogpt.feedback.report import Report
from autogpt.models.asks import Ask, parse_asks
from autogpt.models.base import Candidate, Verdict
from autogpt.models.chat import ChatProposer
from autogpt.models.scripted import ScriptedModel
from autogpt.task import Task
from tests.models.work import ADD, RIGHT, Round, failing, passing, report


def asked(at: Round, *answers: str) -> ScriptedModel:
    model = ScriptedModel(*answers)
    ChatProposer(model).propose(at.brief, at.desk)
    return model


def test_a_package_named_as_a_module_is_pointed_out(tmp_path: Path) -> None:
    """`inflection.py` for `inflection/__init__.py`: "there is no such file" alone cost a round of questions."""
    at = Round(
        tmp_path, files={"calc/__init__.py": "def add(a, b):\n    return a - b\n", "tests/test_calc.py": "X = 1\n"}
    )
    model = asked(at, RIGHT, RIGHT.replace("calc.py", "calc/__init__.py"))
    assert "There is calc/__init__.py." in model.asked[1][-1].content


def test_after_no_test_none_is_asked_for_again(tmp_path: Path) -> None:
    """A task about a document was answered by a request to add tests all the same."""
    at = Round(tmp_path, task=Task("implement", str(tmp_path), "Explain add in the README"), goal=())
    at.baseline = report(passing(ADD))
    model = asked(at, "No test: it is about documents.", RIGHT)
    assert "without new tests" in model.asked[1][-1].content and "Add tests" not in model.asked[1][-1].content


def test_an_empty_folder_is_asked_for_whole_files(tmp_path: Path) -> None:
    """The first page of the prompt explained how to replace lines of files that there are not."""
    at = Round(tmp_path, files={}, task=Task("implement", str(tmp_path), "Erstelle eine Übung"), goal=())
    at.baseline = Report(problem="no_tests")
    model = asked(at, "No test: none.", "```edit file primes.py\nX = 1\n```")
    assert "send the whole of its new text" in model.asked[0][0].content and "SEARCH" not in model.asked[0][0].content
    assert "\n\n\n" not in model.asked[0][1].content


def test_one_test_over_many_values_is_told_twice_and_counted(tmp_path: Path) -> None:
    """Twenty failures of one assertion filled two pages, and the marks of the comparison made them look different."""
    ids = [f"tests/test_calc.py::test_add[{n}]" for n in range(9)]
    outcomes = [failing(id, f"assert '{n}th' == '{n}st'\n  {'+ ' * n}") for n, id in enumerate(ids)]
    at = Round(tmp_path, baseline=report(*outcomes), goal=tuple(ids))
    prompt = asked(at, RIGHT).asked[0][1].content
    assert prompt.count(" fails:") == 2 and f"In the same place: {ids[2]}, {ids[3]}" in prompt


def test_tests_that_cannot_be_collected_are_told_without_the_runners_pages(tmp_path: Path) -> None:
    outcome = replace(
        failing("tests/test_calc.py", "No module named 'calc'"), phase="collect", exception="ModuleNotFoundError"
    )
    broken = Report({outcome.id: outcome}, "collection", "tests/test_calc.py cannot be collected.", output="=" * 500)
    at = Round(tmp_path, baseline=broken, task=Task("implement", str(tmp_path), "Add `half` to calc.py"), goal=())
    prompt = asked(at, "No test: it cannot be imported.", RIGHT).asked[0][1].content
    assert "ModuleNotFoundError: No module named 'calc'" in prompt and "=====" not in prompt


def test_where_tests_cannot_run_at_all_a_change_is_looked_over_and_not_taken_back(tmp_path: Path) -> None:
    """ "Find out from the values above what is still wrong" asked for the impossible, until the rounds ran out."""
    dead = Report(problem="crash", explanation="pytest failed inside.")
    at = Round(tmp_path, baseline=dead, task=Task("implement", str(tmp_path), "Explain it in the README"), goal=())
    model = ScriptedModel("No test: documents.", RIGHT, "Done.")
    proposer = ChatProposer(model)
    (candidate,) = proposer.propose(at.brief, at.desk).candidates
    at.tried(Candidate(candidate.change, "x"), Verdict("unverified", "pytest failed inside.", report=dead))
    assert "finds it complete" in proposer.propose(at.brief, at.desk).gave_up
    last = model.asked[-1][-1].content
    assert "Look over your change" in last and last.count("pytest failed inside.") == 1


def test_quotes_inside_of_a_question_stay() -> None:
    assert parse_asks('```ask\nsearch "simple":\nsearch "a b"\n```') == (
        Ask("search", '"simple":'),
        Ask("search", "a b"),
    )


def test_a_class_that_the_task_names_is_shown_whole_out_of_a_long_file(tmp_path: Path) -> None:
    """The class to change was in the first file of the prompt, as an outline: every model had to ask for it."""
    body = "".join(f"    def m{n}(self):\n        return {n}\n\n" for n in range(20))
    long = "import x\n\n\n" + "".join(f"class Other{n}:\n{body}\n" for n in range(90)) + f"class Cart:\n{body}"
    at = Round(
        tmp_path, files={"shop.py": long}, task=Task("implement", str(tmp_path), "Add total() to `Cart`"), goal=()
    )
    at.baseline = Report(problem="no_tests")
    prompt = asked(at, "No test: none.", "```edit file a.py\nX = 1\n```").asked[0][1].content
    assert f"class Cart:\n{body[:60]}" in prompt and "class Other3:" not in prompt
