"""What is written must be read back the same: the journal, the worker and the server depend on it."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autogpt import events, wire
from autogpt.errors import UsageError
from autogpt.task import Task

EVENTS = list(get_args(events.Event))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))  # seconds and costs are numbers


@given(st.one_of(*(st.from_type(kind) for kind in EVENTS)), st.text(), st.integers(0, 10**9))
def test_every_event_survives_the_wire(event: events.Event, run: str, seq: int) -> None:
    run = getattr(event, "run", run)
    record = events.Record(run, seq, 1.5, event)
    line = wire.dump(wire.record_to_json(record))
    assert "\n" not in line
    assert wire.record_from_json(json.loads(line)) == record


def test_a_name_that_is_not_utf8_survives() -> None:
    """Git allows any bytes in a path; a journal or `--json` must not fail on them."""
    record = events.Record("a", 0, 1.5, events.Warned("odd", "caf\udce9.py"))
    line = wire.dump(wire.record_to_json(record)).encode()
    assert wire.record_from_json(json.loads(line)) == record


def test_an_event_of_a_newer_version_is_passed_over() -> None:
    assert wire.record_from_json({"run": "a", "seq": 0, "at": 0.0, "event": "Levitated"}) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kind": "implement"}, "workspace"),
        ({"kind": "dance", "workspace": "/"}, "dance"),
        ({"kind": "fix", "workspace": "/", "unsaved": 3}, "unsaved"),
        ([], "Not a valid Task"),
    ],
)
def test_a_malformed_task_is_refused_with_the_field(data: object, said: str) -> None:
    with pytest.raises(UsageError, match="Not a valid Task") as caught:
        wire.task_from_json(data)
    assert said in str(caught.value)


def test_a_task_is_read_with_its_defaults() -> None:
    assert wire.task_from_json({"kind": "fix", "workspace": "/p"}) == Task("fix", "/p")
