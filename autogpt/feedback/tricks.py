"""Ways in which code ends, silences or deceives a test run, found in its syntax tree. Pure.

Only cheap tricks can be seen from the text. What they could reach is also taken away from them: a verdict believes the
report of every single test, and given tests and their set-up are put back before it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["refuse", "weaken", "warn"]
"""`refuse`: not even kept. `weaken`: kept, never verified. `warn`: said to the person."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a change that a person should look at. `line` counts from 1 in the new text; 0: the whole file."""

    path: str
    line: int
    text: str
    severity: Severity

    def sentence(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}"


_CALLS: tuple[tuple[str, Severity, str], ...] = (
    ("can end a test run early", "weaken", "os._exit os.abort pytest.exit"),
    ("can end a test run early", "warn", "sys.exit exit quit os.kill os.killpg"),
    ("replaces the process", "warn", "os.execv os.execve os.execvp os.execl"),
    ("can change what tests see", "warn", "atexit.register sys.settrace sys.setprofile"),
    ("tells who calls", "warn", "inspect.stack inspect.currentframe sys._getframe traceback.extract_stack"),
)
CALLS: Mapping[str, tuple[str, Severity]] = {
    name: (text, severity) for text, severity, names in _CALLS for name in names.split()
}
SKIPS = frozenset({"skip", "importorskip", "xfail", "skipif", "skipIf", "skipUnless", "skipTest"})
RUNNERS = frozenset({"pytest", "_pytest", "pluggy"})
PATCHED = frozenset({"builtins", "unittest", "operator", *RUNNERS})
MARKS = frozenset({"PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER"})


def tricks(path: str, content: bytes, base: bytes | None, is_test: bool) -> Iterator[Finding]:
    """What the new text of a file does that its text on the base did not."""
    old = {(text, severity) for _, text, severity in _suspicious(base, is_test)} if base is not None else set()
    for line, text, severity in _suspicious(content, is_test):
        if (text, severity) not in old:
            yield Finding(path, line, text, severity)


def _suspicious(content: bytes | None, is_test: bool) -> Iterator[tuple[int, str, Severity]]:
    try:
        tree = ast.parse(content or b"")
    except (SyntaxError, ValueError, RecursionError):
        return
    names = _imports(tree)
    for node in ast.walk(tree):
        yield from _anywhere(node, names)
        yield from _in_tests(node, names) if is_test else _in_product(node, names)


def _anywhere(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[int, str, Severity]]:
    if isinstance(node, ast.Call) and (name := _dotted(node.func, names)) in CALLS:
        text, severity = CALLS[name]
        yield node.lineno, f"calls {name}, which {text}", severity
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        for target in targets:
            name = _dotted(target, names)
            if "." in name and name.partition(".")[0] in PATCHED:
                yield node.lineno, f"replaces {name}", "weaken"
    if isinstance(node, ast.FunctionDef) and node.name == "__eq__" and _always_true(node):
        yield node.lineno, "__eq__ is always true", "weaken"


def _in_tests(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[int, str, Severity]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        marks = [mark for mark in node.decorator_list if isinstance(mark, ast.Attribute)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        marks = [node.func]
    else:
        return
    for mark in marks:
        if mark.attr in SKIPS:
            yield mark.lineno, f"leaves tests out by {_dotted(mark, names) or mark.attr}", "weaken"


def _in_product(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[int, str, Severity]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for module in modules:
            top = module.partition(".")[0]
            if top in RUNNERS and not (isinstance(node, ast.ImportFrom) and node.level):
                yield node.lineno, f"product code imports {top}", "weaken"
    elif isinstance(node, ast.Constant) and node.value in MARKS:
        yield node.lineno, f"product code looks at {node.value}", "weaken"
    elif isinstance(node, ast.Compare):
        parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
        if any(part in RUNNERS for part in parts if isinstance(part, str)):
            yield node.lineno, "product code asks whether pytest is running", "weaken"


def _imports(tree: ast.AST) -> dict[str, str]:
    """What names of the module stand for, as dotted names: `from os import _exit as e` makes `e` `os._exit`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([names.get(node.id, node.id), *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _always_true(node: ast.FunctionDef) -> bool:
    body = [part for part in node.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    only = body[0] if len(body) == 1 else None
    return isinstance(only, ast.Return) and isinstance(only.value, ast.Constant) and only.value.value is True
