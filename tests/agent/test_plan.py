"""The plan in the state of a run: its sub-tasks are ticked by what was kept, not by what was said."""

from __future__ import annotations

from collections.abc import Iterable

from autogpt.agent.plan import LAST, UNPROVED, Plan
from autogpt.events import Event, Record
from autogpt.models.reading import plan_of
from autogpt.state import RunState, advance


def shown(state: RunState, events: Iterable[Event]) -> RunState:
    for event in events:
        state = advance(state, Record("r", 1, 1.0, event))
    return state


def marks(state: RunState) -> str:
    return "".join("x" if done else "-" for _, done in state.plan)


def test_sub_tasks_are_ticked_when_a_change_is_kept() -> None:
    plan = Plan()
    state = shown(RunState("r"), plan.begin())
    assert state.plan[0] == (UNPROVED, False) and marks(state) == "----"
    state = shown(state, plan.prove(["t.py::test_a"], "new test"))
    assert state.plan[0] == ("Prove it by 1 new test: test_a", True)
    state = shown(state, plan.take(["Read", "Sum", "Write (later)"]))
    assert [step for step, _ in state.plan[1:]] == ["Read", "Sum", "Write", *LAST] and marks(state) == "x-----"
    state = shown(state, plan.keep())
    assert marks(state) == "xxx---"
    state = shown(state, plan.take(["Read", "Write", "Explain"]))
    assert [step for step, _ in state.plan[1:5]] == ["Read", "Sum", "Write", "Explain"] and marks(state) == "xxx----"
    assert marks(shown(state, plan.finish())) == "xxxxxxx"


def test_what_was_taken_back_stays_open_and_gives_way_to_the_next_plan() -> None:
    plan = Plan()
    state = shown(RunState("r"), (*plan.begin(), *plan.take(["Guess"]), *plan.take(["Look", "Mend"])))
    assert [step for step, _ in state.plan[1:3]] == ["Look", "Mend"] and marks(state) == "-----"


def test_a_plan_without_sub_tasks_is_done_at_the_end() -> None:
    plan = Plan()
    assert marks(shown(RunState("r"), (*plan.begin(), *plan.finish()))) == "xxxx"


def test_what_the_model_puts_off_stays_open() -> None:
    plan = Plan()
    state = shown(
        RunState("r"), (*plan.begin(), *plan.take(plan_of("Plan:\n1. Read\n2. Run the whole suite (Later).\n")))
    )
    assert marks(shown(state, plan.finish())) == "xx-xx" and plan.left == ("Run the whole suite",)
