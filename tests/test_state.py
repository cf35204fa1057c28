"""The fold of events to a state: what is shown of a run while it works, and what is left of it when it is cut short."""

from __future__ import annotations

import pytest

from autogpt.events import (
    CandidateJudged,
    CandidateProposed,
    Event,
    IterationKept,
    PhaseStarted,
    Record,
    RunQueued,
    RunStarted,
    SearchProgressed,
)
from autogpt.result import FileStat, Tests
from autogpt.state import RunState, advance, describe_search, interrupted
from autogpt.task import Task

FIRST, SECOND = (FileStat("a.py", 1, 1),), (FileStat("b.py", 9, 9),)
BEGUN = RunStarted("r", Task("fix", "/w"), "builtin", "base", "autogpt/fix-r", "1")
KEPT: tuple[Event, ...] = (
    BEGUN,
    CandidateProposed(1, "One", FIRST, "first diff"),
    CandidateJudged(1, "failed", "Still failing: t2.", Tests("pytest", fixed=("t1",))),
    IterationKept(1, "c0ffee", "One"),
)
TRIED: tuple[Event, ...] = (
    CandidateProposed(2, "Two", SECOND, "second diff"),
    CandidateJudged(2, "failed", "It broke t3.", Tests("pytest", broken=("t3",))),
)


def told(*events: Event) -> RunState:
    state = RunState("r")
    for number, event in enumerate(events):
        state = advance(state, Record("r", number, 1.0 + number, event))
    return state


def test_a_run_at_work_shows_what_is_being_tried() -> None:
    state = told(*KEPT, *TRIED)

    assert (state.status, state.files, state.diff) == ("running", SECOND, "second diff")


def test_a_search_says_that_an_edit_passes_and_that_it_goes_on() -> None:
    before, after = SearchProgressed(40, 80.0, "shop/cart.py::Cart.total"), SearchProgressed(90, 75.2, passing=61)

    assert describe_search(before) == "Tried 40 edits, now in Cart.total, 80 a second"
    assert describe_search(after) == "Tried 90 edits; one passes, looking for a likelier one, 75 a second"


def test_an_interrupted_run_shows_what_was_kept_and_nothing_later() -> None:
    """What was being tried is on no branch; a list that showed its files would offer what cannot be applied."""
    state = interrupted(told(*KEPT, *TRIED), "The editor is gone.")

    assert (state.status, state.reason) == ("interrupted", "The editor is gone.")
    assert (state.files, state.diff, state.tests.fixed, state.tests.broken) == (FIRST, "first diff", ("t1",), ())
    assert (state.branch, state.commit) == ("autogpt/fix-r", "c0ffee")


def test_an_interrupted_run_that_kept_nothing_shows_no_files() -> None:
    state = interrupted(told(BEGUN, *TRIED), "The editor is gone.")

    assert (state.files, state.diff, state.tests.broken, state.branch) == ((), "", (), "")


def test_a_resumed_run_that_waits_does_not_say_that_it_was_interrupted() -> None:
    """Until it works again, what is shown of it would be why it does not."""
    left = interrupted(told(*KEPT), "The run was interrupted.")

    state = advance(left, Record("r", 9, 9.0, RunQueued(Task("fix", "/w"))))

    assert (state.status, state.step, state.reason) == ("queued", "", "")


@pytest.mark.parametrize("again", [(), KEPT[1:]])
def test_a_resumed_run_is_at_work_and_still_has_what_was_kept(again: tuple[Event, ...]) -> None:
    """The journal of a resumed run begins once more in the middle."""
    state = told(*KEPT, BEGUN, PhaseStarted("understand"), *again)

    assert (state.status, state.branch, state.commit) == ("running", "autogpt/fix-r", "c0ffee")
    assert interrupted(state, "Again.").files == FIRST
