"""Answers of sessions on real projects that showed a fault of ours, each kept so that the fault stays mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autogpt.config import Settings
from autogpt.edits import FORMATS
from autogpt.feedback.report import Report
from autogpt.models.asks import Ask, parse_asks
from autogpt.models.base import Candidate, Verdict
from autogpt.models.beginning import begin
from autogpt.models.chat import ChatProposer
from autogpt.models.memory import Memory
from autogpt.models.scripted import ScriptedModel
from autogpt.result import Tests
from autogpt.task import Comment, Task
from tests.models.work import ADD, FILES, RIGHT, TWICE, WRONG, Round, failing, passing, report, verdict


def asked(at: Round, *answers: str) -> ScriptedModel:
    model = ScriptedModel(*answers)
    ChatProposer(model).propose(at.brief, at.desk)
    return model


def said(model: ScriptedModel) -> str:
    """What the model was told last."""
    return model.asked[-1][-1].content


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
    assert (
        "no other tests than it asks for itself" in model.asked[1][-1].content
        and "Add tests" not in model.asked[1][-1].content
    )


@pytest.mark.parametrize("task", ["Write tests for shop.money", "Write tests for shop.money.price"])
def test_a_module_named_as_it_is_imported_is_shown(tmp_path: Path, task: str) -> None:
    """dotenv.variables was named, and four other files of the package were in the prompt."""
    files = {"src/shop/money.py": "def price(x):\n    return x\n", "src/shop/tests_kit.py": "def write_tests(): ...\n"}
    at = Round(tmp_path, files=files, task=Task("implement", str(tmp_path), task), goal=())
    at.baseline = Report(problem="no_tests")
    prompt = asked(at, "No test: it is about tests.", "```edit file a.py\nX = 1\n```").asked[0][1].content
    assert "## src/shop/money.py" in prompt and "## src/shop/tests_kit.py" not in prompt


def test_a_rename_is_told_who_uses_the_name(tmp_path: Path) -> None:
    """tinydb: every model had to ask for the uses of what it was to rename."""
    files = {**FILES, "app.py": "from calc import twice\n\n\ndef run():\n    return twice(2)  # twice\n"}
    at = Round(tmp_path, files=files, task=Task("implement", str(tmp_path), "Rename `twice` to `double`"), goal=())
    at.baseline = report(passing(ADD))
    prompt = asked(at, "No test: none.", RIGHT).asked[0][1].content
    assert "twice is used in\n  app.py:1: from calc import twice\n  app.py:5 in run: return twice(2)" in prompt


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
    model = ScriptedModel(RIGHT, "Done.")
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


def test_a_style_that_is_asked_for_is_one_that_is_shown(tmp_path: Path) -> None:
    """ "Beside tests/test_add_uppercase_error.py and in its style", of which the prompt had the outline only."""
    long, calc = "tests/test_long.py", "tests/test_calc.py"
    for text, said in (
        ("Add half() to calc.py", f"beside {long}, in whose style you can read it first"),
        ("Add half() to calc.py as test_calc.py has it", f"beside {calc} and in its style"),
    ):
        at = Round(tmp_path, files={**FILES, long: "X = 1\n" * 20000}, goal=())
        at.task, at.baseline = Task("implement", str(tmp_path), text), report(passing(f"{long}::x"), passing(ADD))
        prompt = asked(at, "No test: none.", RIGHT).asked[0][1].content
        assert said in prompt and ("## tests/test_calc.py" in prompt) == (calc in said)


def test_lines_that_stand_in_another_file_are_pointed_out(tmp_path: Path) -> None:
    """`slugify/utils.py` for `slugify/slugify.py`: "there is no such file, create it" led astray."""
    at = Round(tmp_path, files={**FILES, "other.py": "X = 1\n"})
    for path in ("utils.py", "other.py"):
        model = asked(at, RIGHT.replace("calc.py", path), RIGHT)
        told = model.asked[1][-1].content
        assert "The lines to be replaced are in calc.py" in told and told.count("again") == 1


JS = {
    "index.js": "module.exports = function sum(a, b) {\n\treturn a - b;\n};\n",
    "test/sum.js": "var sum = require('../');\nvar test = require('tape');\n",
    "example/sum.js": "console.log(require('../')(1, 2));\n",
}
JS_RIGHT = "```edit replace index.js\n<<<<<<< SEARCH\n\treturn a - b;\n=======\n\treturn a + b;\n>>>>>>> REPLACE\n```"
TAPE = """\
operator: deepEqual
expected: 3
actual:   -1
at: Test.<anonymous> (test/sum.js:5:4)
stack: |-
Error: should be deeply equivalent
    at Test.assert [as _assert] (node_modules/tape/lib/test.js:548:48)
    at Test.<anonymous> (test/sum.js:5:4)
    at process.processImmediate (node:internal/timers:483:21)"""


def in_javascript(folder: Path) -> Round:
    outcome = replace(failing("sum > should be deeply equivalent", TAPE), frames=())
    return Round(folder, files=JS, baseline=report(outcome), goal=(outcome.id,))


def test_a_failure_in_another_language_leads_to_its_test_and_to_what_that_requires(tmp_path: Path) -> None:
    """minimist: the prompt held an example and a page of `ok` lines, but not the test that fails."""
    prompt = asked(in_javascript(tmp_path), JS_RIGHT).asked[0][1].content
    assert "## index.js" in prompt and "## test/sum.js" in prompt and "## example/sum.js" not in prompt
    assert "actual:   -1" in prompt and "(test/sum.js:5:4)" in prompt
    assert "node_modules" not in prompt and "node:internal" not in prompt


def test_code_of_another_language_without_a_header_is_told_its_header(tmp_path: Path) -> None:
    model = asked(in_javascript(tmp_path), "```js\nfunction sum(a, b) {\n\treturn a + b;\n}\n```", JS_RIGHT)
    assert "If you mean `sum` of index.js, begin its block with this line: ```edit replace index.js" in said(model)


@pytest.mark.parametrize("files", [JS, {"main.py": "X = 1\n"}])
def test_symbols_are_asked_for_where_they_are_understood(tmp_path: Path, files: dict[str, str]) -> None:
    """A small model was told to send JavaScript by symbol, which was then refused."""
    at = Round(tmp_path, files=files)
    assert begin(ScriptedModel(name="coder-7b"), at.brief, None, None).approach.format == (
        "replace" if files is JS else "symbol"
    )


def test_an_absolute_path_of_the_workspace_is_understood(tmp_path: Path) -> None:
    """It was refused as absolute, and below all refusals stood "There is index.js." about none of them."""
    at = in_javascript(tmp_path)
    assert len(asked(at, JS_RIGHT.replace("index.js", f"{tmp_path}/index.js")).asked) == 1
    elsewhere = JS_RIGHT.replace("index.js", "/elsewhere/index.js")
    model = asked(at, f"{elsewhere}\n\n{JS_RIGHT.replace('index.js', '../x/sum.js')}", JS_RIGHT)
    first, second = said(model).split("/elsewhere/index.js: ")[1].split("../x/sum.js: ")
    assert "absolute" in first and "There is index.js." in first and "leads upwards" in second


def test_a_change_of_a_given_test_is_said_to_have_no_effect(tmp_path: Path) -> None:
    """It was sent twice: "a given test file was changed" did not say that the tests had run without it."""
    at = Round(tmp_path)
    model = ScriptedModel(WRONG, RIGHT)
    proposer = ChatProposer(model)
    proposer.propose(at.brief, at.desk)
    warned = replace(verdict(), warnings=("tests/test_calc.py:5: a given test file was changed",))
    at.tried(Candidate({"tests/test_calc.py": b"x"}, "Correct the test"), warned)
    proposer.propose(at.brief, at.desk)
    assert "Changes of given tests have no effect" in model.asked[-1][-1].content


def test_what_an_earlier_change_fixed_is_not_credited_to_the_last_one(tmp_path: Path) -> None:
    """ "Fixed by it" named two tests after a change that did nothing, on top of the one that had fixed them."""
    at = Round(tmp_path, baseline=report(failing(ADD), failing(TWICE)), goal=(ADD, TWICE))
    wrong = RIGHT.replace("a - b", "a * 3").replace("a + b", "a * 4")
    model = ScriptedModel(RIGHT, wrong, wrong.replace("a * 4", "a * 2"))
    proposer = ChatProposer(model)
    (first,) = proposer.propose(at.brief, at.desk).candidates
    at.tried(first, Verdict("failed", "One.", Tests(fixed=(ADD,), still_failing=(TWICE,)), report(failing(TWICE))))
    (tmp_path / "calc.py").write_bytes(first.change["calc.py"] or b"")
    at.goal, at.baseline = (TWICE,), report(passing(ADD), failing(TWICE))
    (second,) = proposer.propose(at.brief, at.desk).candidates
    assert f"Fixed by it: {ADD}" in model.asked[1][-1].content
    at.tried(second, Verdict("failed", "No.", Tests(fixed=(ADD,), still_failing=(TWICE,)), report(failing(TWICE))))
    proposer.propose(at.brief, at.desk)
    told = model.asked[2][-1].content
    assert f"Passing by what was kept before: {ADD}" in told and "Fixed by it" not in told


def test_lines_of_a_change_that_was_taken_back_are_said_to_be_gone(tmp_path: Path) -> None:
    """A model sent one more line for its last change, and was told no more than that SEARCH is not in the file."""
    at = Round(tmp_path)
    again = RIGHT.replace("return a - b", "result = b - a").replace("return a + b", "result = a + b")
    model = ScriptedModel(RIGHT.replace("return a + b", "result = b - a\n    return result"), again, RIGHT)
    proposer = ChatProposer(model)
    (first,) = proposer.propose(at.brief, at.desk).candidates
    at.tried(first, verdict())
    proposer.propose(at.brief, at.desk)
    assert "These lines are of your last change, which was taken back" in model.asked[2][-1].content


def test_a_method_named_with_its_class_is_shown_out_of_a_long_file_with_its_uses(tmp_path: Path) -> None:
    """The task was to rename `Table.upsert`: the prompt held every other file, and of this one an outline."""
    why = "        # why\n" * 30
    table = "class Table:\n" + "".join(f"    def m{n}(self):\n        return {n}\n{why}\n" for n in range(120))
    files = {
        **FILES,
        "db/table.py": table.replace("m77(self)", "upsert(self)"),
        "use.py": "def go(t):\n    t.upsert()\n",
    }
    for text in ("Rename the method Table.upsert to put", "Make upsert faster"):
        at = Round(tmp_path, files=files, task=Task("implement", str(tmp_path), text), goal=())
        told = asked(at, "No test: speed.", RIGHT).asked[0][1].content
        assert "    def upsert(self):\n        return 77\n" in told
        assert ("use.py:2 in go: t.upsert()" in told) == ("Table." in text)


def test_no_test_with_questions_is_both_heard_and_answered(tmp_path: Path) -> None:
    """The questions were answered, and then tests were asked for again."""
    at = Round(tmp_path, task=Task("implement", str(tmp_path), "Make twice easier to read"), goal=())
    told = said(asked(at, "No test: these pass.\n\n```ask\nread calc.py\n```", RIGHT))
    assert "return a * 3" in told and "with no other tests than it asks for itself" in told


def test_what_fails_with_the_proposal_that_is_refined_is_told(tmp_path: Path) -> None:
    """Only the comment was told, of a proposal with one test of its own that failed."""
    comment = Comment("Show degrees")
    refine = Task("refine", str(tmp_path), "Add twice", parent="unknown", comments=(comment,))
    at = Round(tmp_path, task=refine, goal=(), baseline=report(passing(ADD), failing(TWICE, "assert 12 == 8")))
    assert "assert 12 == 8" in said(asked(at, RIGHT))


def test_no_test_is_no_fault_of_the_format(tmp_path: Path) -> None:
    """It was counted against the way of asking, and the next answer was asked for in another form."""
    task = Task("implement", str(tmp_path), "Explain it in the README")
    at = Round(tmp_path, task=task, goal=(), settings=Settings(remember=True))
    asked(at, "No test: documents.", RIGHT)
    assert Memory.load(tmp_path).success("scripted", FORMATS) == ("replace", 1.0, 1)


def test_of_a_runner_that_does_not_start_the_last_word_is_told(tmp_path: Path) -> None:
    """Forty frames of the runner's own filled the prompt."""
    frame = '  File "/usr/lib/python3.11/site-packages/_pytest/config.py", line 1, in parse\n    x = y(\n        ^^^\n'
    own = '  File "/home/ada/shop/conftest.py", line 3, in <module>\n    import coverage\n'
    output = f"Traceback (most recent call last):\n{frame * 9}{own}ModuleNotFoundError: No module named 'coverage'\n"
    dead = Report(problem="command", explanation="pytest did not start.", output=output)
    at = Round(tmp_path, baseline=dead, task=Task("implement", str(tmp_path), "Explain it"), goal=())
    told = said(asked(at, RIGHT))
    assert "_pytest" not in told and "conftest.py" in told and "No module named 'coverage'" in told
    assert "acceptance tests" not in told
