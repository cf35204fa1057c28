"""Two faults under tests that belong together: the second is looked for on top of the edit that mends the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from autogpt.search import engine
from autogpt.search.edit import Edit
from autogpt.search.exam import Finding, Solution
from autogpt.search.generate import Generator
from autogpt.search.localise import Suspicion
from autogpt.search.pool import Pool
from autogpt.search.repair import Repair
from autogpt.search.space.source import Source
from autogpt.search.stacking import Stack, open_stack
from tests.search.projects import runner_for, with_change, work, write

TEXT = "def f(a, b):\n    return a + b\n\n\ndef g(a):\n    return a - 1\n"
FIRST = Edit("a.py", TEXT.index("a + b"), TEXT.index("a + b") + 5, "a * b", "arithmetic", "f", 2, 1.0)
OTHER = replace(FIRST, text="b - a", cost=3.0)

SHOP = {
    "shop.py": '''\
def parse(line):
    """Name, count and price of a line such as `apples;3;0.5`."""
    name, count, price = line.split(",")
    return name.strip(), int(count), float(price)


def total(lines):
    result = 0
    for line in lines:
        name, count, price = parse(line)
        result += count + price
    return result


def names(lines):
    return [parse(line)[0] for line in lines]
''',
    "test_shop.py": """\
import pytest

from shop import names, total

LINES = ["apples;3;0.5", " pears;4;3"]


@pytest.mark.parametrize("ask, answer", [(names, ["apples", "pears"]), (total, 13.5)])
def test_lines(ask, answer):
    assert ask(LINES) == answer
""",
}


class Ground:
    def order(self, parts: Sequence[Solution]) -> list[Solution]:
        return sorted(parts, key=lambda part: (-len(part.fixed), part.key))

    def pool(self, part: Solution, goals: Sequence[str]) -> Pool:
        return Pool(
            Suspicion({"a.py": {2: 0.5, 6: 1.0}}, ()),
            Generator({"a.py": Source("a.py", TEXT)}, (), frozenset()),
            pairing=False,
        )


def stack() -> Stack:
    part = Solution(FIRST, 1.0, ("one",), checked=True)
    return Stack(part, ("two", "one"), Ground().pool(part, ("two",)), effect=5)


def test_what_does_most_and_breaks_nothing_is_built_on_and_then_the_next() -> None:
    parts = [Solution(FIRST, 1.0, ("one",), checked=True), Solution(OTHER, 3.0, ("one",), checked=True)]

    def survey(asked: list[Solution]) -> list[Solution]:
        return [replace(part, fixed=("one", "two") if part.edit is OTHER else part.fixed) for part in asked]

    first = open_stack(Ground(), ("one", "two", "three"), parts, survey, 0)
    second = open_stack(Ground(), ("one", "two", "three"), parts, survey, 1)

    assert first is not None and first.under.edit is OTHER and first.goals == ("three", "one", "two")
    assert second is not None and second.under.edit is FIRST
    assert open_stack(Ground(), ("one", "two", "three"), parts, survey, 2) is None
    assert open_stack(Ground(), ("one", "two", "three"), parts, lambda asked: [], 0) is None


def test_every_edit_stands_on_the_first_and_does_not_touch_it() -> None:
    one = stack()
    taken: list[tuple[Edit, Edit]] = []
    while (got := one.take()) is not None:
        taken.append(got[1:])

    assert len(taken) > 20 and one.is_tired
    assert all(both.parts[0] is FIRST and both.parts[1] is half for both, half in taken)
    assert all(half.end <= FIRST.start or half.start >= FIRST.end for _, half in taken)


@pytest.mark.parametrize(("fixed", "more"), [(("one",), False), (("two",), False), (("two", "one"), True)])
def test_only_what_does_more_counts(fixed: tuple[str, ...], more: bool) -> None:
    one = stack()
    got = one.take()
    assert got is not None

    assert one.learn(got[0], got[2], Finding(got[1], "partial", fixed, effect=5)) is more


def test_the_second_of_two_faults_is_found_on_top_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "OPENED_AFTER", 0)
    monkeypatch.setattr("autogpt.search.pool.Pairs.take", lambda self: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr("autogpt.search.pool.Pairs.best", lambda self: float("inf"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    workspace = write(tmp_path / "p", SHOP)
    brief, desk, _ = work(workspace)

    found = Repair(brief, desk).run()

    assert found.edits, found.reason
    report = with_change(runner_for(workspace), workspace, Repair(brief, desk).files.change(found.edits[0]))
    assert report.failing() == () and len(found.edits[0].singles()) == 2
