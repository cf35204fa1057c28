"""What is learnt from: what is kept, what is left out and why, and that nothing of the benchmark is in it."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path

import pytest

from autogpt.errors import UsageError
from autogpt.models.forms import changed_lines
from autogpt.training import bugs
from autogpt.training.bugs import BugFix, mutants
from autogpt.training.checking import Came, Job, check
from autogpt.training.curriculum import Task, all_families, tasks
from autogpt.training.files import read_lines
from autogpt.training.harvest import Counts, Unit, harvest
from autogpt.training.recipe import load_recipe
from autogpt.training.similar import Excluded, Seen
from autogpt.training.sources import CodeSource, load_pinned
from autogpt.training.stages import Work
from benchmarks.repair.packages import load_packages

MEAN = '''def mean(numbers):
    """The mean."""
    total = 0
    for number in numbers:
        total += number
    return total / len(numbers)
'''


def test_files_that_are_no_code_are_counted_and_left_out(tmp_path: Path) -> None:
    """Nothing of what is met in sdists stops a harvest."""
    (tmp_path / "good.py").write_text(
        MEAN + "\n\nclass TestMean:\n    def test_mean(self):\n        a = 1\n        b = 2\n"
    )
    (tmp_path / "old.py").write_text("print 'hello'\n")
    (tmp_path / "binary.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "giant.py").write_text("x = 1\n" * 100_000)
    counts = Counts()

    units = list(harvest(CodeSource("it", "MIT", tmp_path), counts))

    assert [(unit.kind, unit.name) for unit in units] == [
        ("function", "mean"), ("test", "TestMean"), ("test", "TestMean.test_mean"),
    ]  # fmt: skip
    assert counts.files == {"read": 1, "syntax error": 2, "binary": 1, "giant": 1}


def test_near_duplicates_count_as_one() -> None:
    """Other comments and one other name are the same piece; another function is not."""
    seen = Seen(0.6)

    assert not seen.meet(MEAN)
    assert seen.meet(
        MEAN.replace("    total = 0\n", "    total = 0  # so far\n").replace("mean(numbers)", "average(numbers)")
    )
    assert not seen.meet(
        "def greet(name, loud=False):\n    text = f'hello {name}'\n    return text.upper() if loud else text\n"
    )


def test_what_shares_a_run_of_tokens_is_excluded_and_reported() -> None:
    excluded = Excluded(10)
    excluded.add(MEAN, "benchmark")

    assert excluded.hit(
        "def other(numbers):\n    total = 0\n    for number in numbers:\n        total += number\n", "a.py::other"
    )
    assert not excluded.hit("def other(text):\n    return text.strip().lower().split(',')\n", "b.py::other")
    assert excluded.found == {"benchmark": ["a.py::other"]}


def test_no_package_is_both_learnt_and_measured() -> None:
    assert not load_pinned().keys() & load_packages().keys()
    assert all(package.licence for package in load_pinned().values())


def test_there_are_hundreds_of_families_and_whole_ones_are_held_out() -> None:
    families = all_families()

    assert len({family.name for family in families}) == len(families) > 500
    assert 0.05 < sum(family.held_out for family in families) / len(families) < 0.25


def test_tasks_pass_their_own_checks() -> None:
    """Of every fifteenth family; the header has the docstring, the body is what is asked for."""
    made = list(tasks(all_families()[::15], 2, random.Random(1)))

    assert len(made) > 60
    for task in made[::10]:
        scope: dict[str, object] = {}
        exec(task.code, scope)
        assert all(repr(eval(task.name + call, scope)) == right for call, right in task.checks)
        function = ast.parse(task.code).body[0]
        assert isinstance(function, ast.FunctionDef) and ast.get_docstring(function)


def test_a_check_that_hangs_or_dies_does_not_stop_the_others() -> None:
    jobs = [
        Job("def f(x):\n    return x + 1\n", "f", ("(1)", "('a')")),
        Job("def f(x):\n    while True: pass\n", "f", ("(1)",)),
        Job("import os\ndef f(x):\n    os._exit(3)\n", "f", ("(1)",)),
        Job("def f(x):\n    return x\n", "f", ("(2)",)),
    ]

    first, hung, died, last = (one.came for one in check(jobs))

    assert first[0] == Came("2") and first[1].exception == "TypeError"
    assert hung[0].exception == "Timeout" and died[0].exception == "Crash" and last == (Came("2"),)


def test_a_bug_and_its_fix_belong_together() -> None:
    """Putting the right lines in the place of the wrong ones gives the original back."""
    found = list(mutants(MEAN, 20, random.Random(3)))

    assert len(found) > 10
    for bug in found:
        lines = bug.code.splitlines(keepends=True)
        count = len(bug.fix.old.splitlines())
        assert "".join(lines[: bug.fix.first]) + bug.fix.new + "".join(lines[bug.fix.first + count :]) == MEAN
        assert changed_lines(bug.code, bug.right) == bug.fix


def test_bugs_of_tasks_come_with_the_failing_check() -> None:
    some = list(tasks(all_families()[:20], 1, random.Random(1)))

    found = list(bugs.tested_mutants(some, 10, random.Random(2)))

    assert len(found) == 10
    for bug in found:
        line, said = bug.evidence.split("\n")
        assert line.startswith("assert ") and ": " in said


def test_the_data_of_a_seed_are_always_the_same(trained: Work, tmp_path: Path) -> None:
    from autogpt.training.data import make_data

    make_data(trained.recipe, tmp_path, tmp_path / "cache", lambda _: None)

    for name in ("units.jsonl", "bugs.jsonl", "tasks.jsonl", "held_out.jsonl"):
        assert (tmp_path / name).read_bytes() == (trained.folder("data") / name).read_bytes()


def test_nothing_of_a_held_out_family_is_learnt(trained: Work) -> None:
    data = trained.folder("data")
    learnt: list[Task] = list(read_lines(data / "tasks.jsonl", Task))
    held: list[Task] = list(read_lines(data / "held_out.jsonl", Task))
    right = {bug.right for bug in read_lines(data / "bugs.jsonl", BugFix)}

    assert held and not {task.family for task in learnt} & {task.family for task in held}
    assert not {task.body for task in learnt} & {task.body for task in held}
    assert not right & {task.code for task in held}


def test_the_report_has_licences_and_reasons(trained: Work) -> None:
    report = json.loads((trained.folder("data") / "report.json").read_text())

    assert set(report["licences"].values()) == {"PSF-2.0"}
    assert report["examples"]["units.jsonl"] == len(list(read_lines(trained.folder("data") / "units.jsonl", Unit)))
    assert report["units"]["too short"] > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [("[data]\nmutant = 3\n", "mutant"), ("[pretrain]\nsteps = 'many'\n", "steps"), ("[data\n", "cannot be read")],
)
def test_a_mistake_in_a_recipe_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(UsageError, match=said):
        load_recipe(str(path))


@pytest.mark.parametrize("name", ["smoke", "cpu", "gpu"])
def test_the_recipes_that_ship_can_be_read(name: str) -> None:
    assert load_recipe(name).name == name
