"""Events, tasks and results to JSON and back: the one place where plain data meets text.

Used by the journal, the worker and the server; imports nothing heavy.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict
from typing import Any, TypeVar, get_args

from cattrs import BaseValidationError, Converter

from autogpt import events
from autogpt.errors import UsageError
from autogpt.events import Event, Record
from autogpt.result import Result
from autogpt.task import Task

T = TypeVar("T")

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(events.Event)}


@functools.cache
def _converter() -> Converter:
    return Converter(forbid_extra_keys=False)


def event_to_json(event: Event) -> dict[str, Any]:
    """The event's fields beside its name under `event`."""
    return {"event": type(event).__name__, **asdict(event)}


def record_to_json(record: Record) -> dict[str, Any]:
    """A journal line, a worker notification: the event with `run`, `seq` and `at`."""
    return {"run": record.run, "seq": record.seq, "at": round(record.at, 3), **event_to_json(record.event)}


def record_from_json(data: dict[str, Any]) -> Record | None:
    """None for an event that a newer version wrote and this one does not know."""
    kind = _KINDS.get(str(data.get("event")))
    if kind is None:
        return None
    # RunStarted has a `run` field of its own, equal to the envelope's.
    return Record(str(data["run"]), int(data["seq"]), float(data["at"]), structure(data, kind))


def structure(data: Any, kind: type[T]) -> T:
    """Build a frozen dataclass from parsed JSON. Raise `UsageError` naming the field that is wrong."""
    try:
        return _converter().structure(data, kind)
    except (BaseValidationError, TypeError, ValueError, KeyError) as error:
        raise UsageError(f"Not a valid {kind.__name__}: {_first_cause(error)}.") from error


def _first_cause(error: BaseException) -> str:
    while isinstance(error, BaseValidationError) and error.exceptions:
        error = error.exceptions[0]
    notes = "; ".join(getattr(error, "__notes__", ()))
    return f"{error}{' (' + notes + ')' if notes else ''}".rstrip(".")


def task_from_json(data: Any) -> Task:
    return structure(data, Task)


def result_to_json(result: Result) -> dict[str, Any]:
    """The object of the contract, keys in its order."""
    return asdict(result)


def dump(data: Any) -> str:
    """One line of JSON. A name that is not UTF-8, kept as surrogates, is escaped, so that the line can be written."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text if _is_writable(text) else json.dumps(data, separators=(",", ":"))


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
