"""Functions that tests call and that are not there yet: they get a header, so that the built-in model can fill them in.

The header comes from the calls in the tests. It is where the first round stands, and no proposal by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autogpt.agent.bench import Ground, Progress, Standing, Understood, test_change
from autogpt.events import Noted
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.report import TestOutcome
from autogpt.models.base import Change
from autogpt.models.tree import Tree

MOST = 5
"""Names that are added one after another: only when one is there does Python say which is the next."""
ROOTS = ("", "src/", "lib/")

_IMPORT = re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'")
_MODULE = re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'")
_OBJECT = re.compile(r"'(?P<owner>\w+)' object has no attribute '(?P<name>\w+)'")


@dataclass(frozen=True, slots=True)
class Absent:
    """What a test asks for: a function of a module, or a method of a class in it."""

    path: str
    name: str
    owner: str = ""


def stand_on_headers(ground: Ground, progress: Progress, understood: Understood) -> Standing | None:
    """The base with headers for functions that the goal calls in vain; None where nothing of the kind is missing."""
    change: Change = {}
    report = understood.baseline
    files = tuple(dict.fromkeys(id.partition("::")[0] for id in understood.goal))
    for _ in range(MOST):
        tree = Tree(ground.tree.workspace, change)
        outcomes = [one for one in report.outcomes.values() if one.failing and one.id.partition("::")[0] in files]
        added: list[Absent] = []
        for one in dict.fromkeys(_absent(outcomes, tree)):
            text = with_header(one, Tree(ground.tree.workspace, change), files)
            if text is not None:
                change = {**change, one.path: text.encode()}
                added.append(one)
        if not added:
            break
        names = ", ".join(f"{one.owner}.{one.name}" if one.owner else one.name for one in added)
        progress.emit(Noted(f"The tests call {names}, which {added[0].path} does not have yet"))
        found = test_change(
            ground, understood.runner, change, files, timeout=ground.settings.test_timeout, stop=progress.stop
        )
        progress.stop.check()
        kept = {id: one for id, one in report.outcomes.items() if id.partition("::")[0] not in files}
        report = replace(found, outcomes={**kept, **found.outcomes})
    return Standing(change, report) if change else None


def _absent(outcomes: Sequence[TestOutcome], tree: Tree) -> Iterator[Absent]:
    for outcome in outcomes:
        if (match := _IMPORT.search(outcome.message) or _MODULE.search(outcome.message)) is not None:
            path = _file_of(match["module"], tree)
            if path is not None:
                yield Absent(path, match["name"])
        elif (match := _OBJECT.search(outcome.message)) is not None and outcome.frames:
            if not is_test_path(outcome.frames[-1].path):
                continue  # not what the test asks for, but a mistake in what it calls
            path = _class_file(match["owner"], tree)
            if path is not None:
                yield Absent(path, match["name"], match["owner"])


def _file_of(module: str, tree: Tree) -> str | None:
    stem = module.replace(".", "/")
    places = (f"{root}{stem}{end}" for root in ROOTS for end in (".py", "/__init__.py"))
    return next((place for place in places if tree.text(place) is not None and not is_test_path(place)), None)


def _class_file(owner: str, tree: Tree) -> str | None:
    """The one file that defines a class of this name."""
    found = [
        path
        for path in tree.paths()
        if path.endswith(".py") and re.search(rf"^class {owner}\b", tree.text(path) or "", re.MULTILINE)
    ]
    return found[0] if len(found) == 1 else None


def with_header(absent: Absent, tree: Tree, tests: Sequence[str]) -> str | None:
    """The module with the function's header in it; None where nobody calls it, or the module cannot be read."""
    text = tree.text(absent.path)
    parameters = _parameters(absent.name, [tree.text(test) or "" for test in tests])
    if text is None or parameters is None:
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    body = "raise NotImplementedError\n"
    if not absent.owner:
        if any(getattr(node, "name", "") == absent.name for node in module.body):
            return None
        kept = text.rstrip("\n")
        return f"{kept}{chr(10) * 3 if kept else ''}def {absent.name}({', '.join(parameters)}):\n    {body}"
    owner = next((one for one in module.body if isinstance(one, ast.ClassDef) and one.name == absent.owner), None)
    if owner is None or any(getattr(node, "name", "") == absent.name for node in owner.body):
        return None
    lines = text.splitlines(keepends=True)
    last = owner.body[-1]
    indent = " " * last.col_offset
    header = f"\n{indent}def {absent.name}({', '.join(['self', *parameters])}):\n{indent}    {body}"
    if not lines[(last.end_lineno or last.lineno) - 1].endswith("\n"):
        header = "\n" + header
    return "".join([*lines[: last.end_lineno], header, *lines[last.end_lineno :]])


def _parameters(name: str, tests: Sequence[str]) -> list[str] | None:
    """Names for the arguments that tests give, those that not every call gives with a default; None without a call."""
    calls: list[ast.Call] = []
    for text in tests:
        try:
            nodes = ast.walk(ast.parse(text))
        except (SyntaxError, ValueError):
            continue
        calls += [node for node in nodes if isinstance(node, ast.Call) and _called(node.func) == name]
    calls = [one for one in calls if not any(isinstance(arg, ast.Starred) for arg in one.args)]
    if not calls:
        return None
    longest = max(calls, key=lambda call: len(call.args))
    least = min(len(call.args) for call in calls)
    names: list[str] = []
    for argument in longest.args:
        names.append(_unlike(_name_for(argument), names))
    found = [one if index < least else f"{one}=None" for index, one in enumerate(names)]
    keywords = dict.fromkeys(each.arg for call in calls for each in call.keywords if each.arg)
    return found + [f"{one}=None" for one in keywords if one not in names]


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _name_for(argument: ast.expr) -> str:
    """What a person might call a parameter that is given this."""
    if isinstance(argument, ast.Name):
        return argument.id
    if isinstance(argument, ast.List | ast.Tuple | ast.Set):
        kinds = {type(each.value) for each in argument.elts if isinstance(each, ast.Constant)}
        return "numbers" if kinds and kinds <= {int, float} else "words" if kinds == {str} else "items"
    if isinstance(argument, ast.Dict):
        return "mapping"
    if isinstance(argument, ast.Constant):
        if isinstance(argument.value, str):
            return "text"
        return "number" if isinstance(argument.value, int | float) else "value"
    return "number" if isinstance(argument, ast.UnaryOp) else "value"


def _unlike(name: str, taken: Sequence[str]) -> str:
    others = ("other", "third", "fourth", "fifth")
    return name if name not in taken else next((one for one in others if one not in taken), f"{name}_{len(taken)}")
