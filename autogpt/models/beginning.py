"""How a run with a chat model begins: the format, the way of asking, and the lessons that earlier runs have taught."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autogpt.edits import FORMATS, Format
from autogpt.edits.symbols import finder_for
from autogpt.events import ApproachChosen
from autogpt.models.approach import WAYS, Approach, Way, first_approach, first_format
from autogpt.models.base import Brief, ChatModel
from autogpt.models.channel import TEXT, Means
from autogpt.models.lessons import Lessons
from autogpt.models.memory import Choice, Memory
from autogpt.models.tree import Tree


@dataclass(frozen=True, slots=True)
class Beginning:
    """The approach, and the event that tells it to the person and to whoever resumes the run."""

    approach: Approach
    told: ApproachChosen


def begin(
    model: ChatModel,
    brief: Brief,
    memory: Memory | None,
    before: ApproachChosen | None,
    means: Choice[Means] = TEXT,
) -> Beginning:
    """As the settings say, else as the run that is resumed had begun, else what worked with the model before."""
    settings = brief.settings
    format, way = _format(model, brief, memory), _way(model, memory)
    lessons = Lessons.of(Path(brief.task.workspace)).told() if settings.remember else ()
    if before is not None:
        format, way, lessons = _format_before(before, format, settings.edit_format), _way_before(before), before.lessons
    approach = first_approach(format.arm, way.arm)
    reason = f"format `{format.arm}`: {format.why}; way `{way.arm}`: {way.why}"
    if format.why == way.why:
        reason = format.why
    description = approach.describe()
    if means.arm == "calls":
        description += ", by tool calls"
        reason += f"; tool calls: {means.why}" if means.why != reason else ""
    return Beginning(approach, ApproachChosen(format.arm, way.arm, description, reason, lessons))


def _format(model: ChatModel, brief: Brief, memory: Memory | None) -> Choice[Format]:
    wanted = brief.settings.edit_format
    first = first_format(model.name, wanted)
    if wanted != "auto":
        return Choice(first, "the setting edit_format")
    paths = list(Tree(brief.tree).paths())
    if not paths:
        return Choice("file", "the folder is empty")  # where there is nothing to replace
    by_symbol = any(finder_for(path) for path in paths)
    usable: list[Format] = [one for one in FORMATS if one != "symbol" or by_symbol]
    if first not in usable:
        first = "replace"
    return (
        memory.choose(model.name, usable, first) if memory is not None else Choice(first, "it suits the model's size")
    )


def _way(model: ChatModel, memory: Memory | None) -> Choice[Way]:
    first: Way = "plain"
    return memory.choose(model.name, WAYS, first) if memory is not None else Choice(first, "nothing is remembered")


def _format_before(before: ApproachChosen, otherwise: Choice[Format], wanted: str) -> Choice[Format]:
    """What a person names when they resume a run goes before what it had."""
    known: list[Format] = [one for one in FORMATS if one == before.format]
    return Choice(known[0], "as before the interruption") if known and wanted == "auto" else otherwise


def _way_before(before: ApproachChosen) -> Choice[Way]:
    known: list[Way] = [one for one in WAYS if one == before.way]
    return Choice(known[0] if known else "plain", "as before the interruption")
