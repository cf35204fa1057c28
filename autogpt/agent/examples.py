"""Examples in docstrings as tests: what the person has written down already is what the built-in model is to reach.

They are a new file of the proposal, seen to fail on the base like any other test that is to prove something.
"""

from __future__ import annotations

import ast
import doctest
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autogpt.agent.bench import Ground, Progress, Standing, test_change
from autogpt.agent.goal import identifiers, innermost_function
from autogpt.events import Noted
from autogpt.feedback.base import TestRunner
from autogpt.feedback.report import Report
from autogpt.models.base import Change
from autogpt.models.tree import Tree
from autogpt.task import Task

MOST_FUNCTIONS = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


def stand_on_examples(ground: Ground, progress: Progress, runner: TestRunner, baseline: Report) -> Standing | None:
    """The base with tests made of the examples in the docstrings of what is to be implemented, and what they say.

    None where there are none, or where none of them fails. Only for a task that no test proves yet.
    """
    tree = Tree(ground.tree.workspace)
    for path, module, function in _targets(ground.task, tree):
        name = _test_file(function.name, baseline)
        if tree.read_bytes(name) is not None:
            continue
        for dotted in _module_names(path, tree):
            text = as_tests(function.name, ast.get_docstring(function) or "", module, dotted)
            if text is None:
                break
            change: Change = {name: text.encode()}
            limit = ground.settings.test_timeout
            report = test_change(ground, runner, change, [name], timeout=limit, stop=progress.stop)
            if any(id.startswith(f"{name}::") for id in report.failing()):
                progress.emit(Noted(f"The examples in the docstring of {function.name} are taken as tests: {name}"))
                return Standing(change, replace(report, outcomes={**baseline.outcomes, **report.outcomes}))
    return None


def as_tests(name: str, text: str, module: ast.Module, dotted: str) -> str | None:
    """A test file of the examples in a text about the function `name`, which imports what they need from `dotted`.

    None where there is no example that can be checked and uses anything of the module.
    """
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return None
    set_up: list[str] = []
    tests: list[str] = []
    for example in examples:
        lines = _checked(example)
        if lines is None:
            continue
        if not lines:
            set_up += example.source.splitlines()
            continue
        body = "\n".join(f"    {line}" for line in (*set_up, *lines))
        tests.append(f"def test_{name}_{len(tests) + 1}():\n{body}\n")
    code = "\n".join(tests)
    names = sorted(_defined(module) & {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)})
    if not names:
        return None
    imports = (["import pytest", ""] if "pytest.raises" in code else []) + [f"from {dotted} import {', '.join(names)}"]
    head = f'"""The examples in the docstring of `{name}`."""\n\n'
    return head + "\n".join(imports) + "\n\n\n" + "\n\n".join(tests)


def _checked(example: doctest.Example) -> tuple[str, ...] | None:
    """Lines that check one example, none for a statement that prepares others, None for what cannot be checked."""
    source = example.source.rstrip("\n")
    if example.options or not _is_code(source):
        return None
    if example.exc_msg is not None:
        error = example.exc_msg.partition(":")[0].strip().rpartition(".")[2]
        inside = (f"    {line}" for line in source.splitlines())
        return (f"with pytest.raises({error}):", *inside) if error.isidentifier() else None
    if not example.want:
        return ()
    call, want = _expression(source), example.want.strip()
    if call is None or "\n" in want or "..." in want:
        return None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print":
        return None
    left = source if isinstance(call, ast.Call | ast.Name | ast.Attribute | ast.Subscript) else f"({source})"
    if want in ("True", "False", "None"):
        return (f"assert {left} is {want}",)
    return (f"assert {left} == {want}" if _is_literal(want) else f"assert repr({left}) == {want!r}",)


def _is_code(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def _expression(source: str) -> ast.expr | None:
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError:
        return None


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _targets(task: Task, tree: Tree) -> Iterator[tuple[str, ast.Module, Function]]:
    """Functions that the task points at or names, with their modules, a few at most."""
    words = identifiers(task.text)
    paths: Sequence[str] = [task.target.path] if task.target is not None else [*tree.paths()]
    found = 0
    for path in paths:
        text = tree.text(path) if path.endswith(".py") else None
        if text is None or ">>>" not in text or not (task.target or any(word in text for word in words)):
            continue
        try:
            module = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        for function in _asked_for(task, module, words):
            yield path, module, function
            found += 1
            if found == MOST_FUNCTIONS:
                return


def _asked_for(task: Task, module: ast.Module, words: frozenset[str]) -> list[Function]:
    if task.target is not None and task.target.range is not None:
        span = task.target.range
        inner = innermost_function(module, span.start.line + 1, span.end.line + 1)
        return [inner] if inner is not None else []
    nodes = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node for node in nodes if node.name in words]


def _defined(module: ast.Module) -> frozenset[str]:
    """Names that other modules can import from this one."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}
    return frozenset(names)


def _module_names(path: str, tree: Tree) -> list[str]:
    """What a file may be imported as: from the folder above its packages, then from the project's own."""
    pure = PurePosixPath(path)
    parts = [*pure.parts[:-1], *([] if pure.stem == "__init__" else [pure.stem])]
    first = len(pure.parts) - 1
    while first and tree.read_bytes("/".join([*pure.parts[:first], "__init__.py"])) is not None:
        first -= 1
    names = [".".join(parts[first:]), ".".join(parts[1:] if parts[0] == "src" else parts)]
    return [name for name in dict.fromkeys(names) if name]


def _test_file(function: str, baseline: Report) -> str:
    """Beside most of the given tests."""
    files = {id.partition("::")[0] for id in baseline.outcomes}
    folders = Counter(str(PurePosixPath(file).parent) for file in sorted(files)).most_common(1)
    folder = folders[0][0] if folders else "tests"
    name = f"test_{function.strip('_')}_examples.py"
    return name if folder == "." else f"{folder}/{name}"
