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
"""Modules whose content no change has to replace."""
MARK = "PYTEST_"
"""How the environment variables of pytest begin: those it sets, and those it obeys."""
_IS_PROGRAM = "__name__ == '__main__'"
COMPARED = {"__eq__": True, "__ne__": False}
"""Methods by which any two things are equal, if they always answer so."""


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
    program = frozenset[int]() if is_test else _program(tree)
    for node in ast.walk(tree):
        yield from (one for one in _anywhere(node, names) if one[2] != "warn" or one[0] not in program)
        yield from _in_tests(node, names) if is_test else _in_product(node, names)


def _program(tree: ast.Module) -> frozenset[int]:
    """Lines below `if __name__ == "__main__":`, which no test imports, and where programs end themselves."""
    blocks = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == _IS_PROGRAM)
    return frozenset(line for node in blocks for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _anywhere(node: ast.AST, names: Mapping[str, str]) -> Iterator[tuple[int, str, Severity]]:
    if isinstance(node, ast.Call) and (name := _dotted(node.func, names)) in CALLS:
        text, severity = CALLS[name]
        yield node.lineno, f"calls {name}, which {text}", severity
    if isinstance(node, ast.Raise) and _raised(node, names) == "SystemExit":
        yield node.lineno, "raises SystemExit, which can end a test run early", "warn"
    name = _replaced(node, names)
    if "." in name and (name.partition(".")[0] in PATCHED or name.startswith("sys.modules.")):
        yield getattr(node, "lineno", 0), f"replaces {name}", "weaken"
    if isinstance(node, ast.FunctionDef) and _always_says(node, COMPARED.get(node.name)):
        yield node.lineno, f"{node.name} is always {str(COMPARED[node.name]).lower()}", "weaken"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        name = _dotted(node.targets[0], names)
        body = node.value.body
        if name in COMPARED and isinstance(body, ast.Constant) and body.value is COMPARED[name]:
            yield node.lineno, f"{name} is always {str(COMPARED[name]).lower()}", "weaken"


def _raised(node: ast.Raise, names: Mapping[str, str]) -> str:
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return _dotted(raised, names) if raised is not None else ""


def _replaced(node: ast.AST, names: Mapping[str, str]) -> str:
    """What a statement or call puts something else in the place of, as a dotted name; entries of modules included."""
    if isinstance(node, ast.Call) and _dotted(node.func, names) in ("setattr", "delattr") and len(node.args) > 1:
        name = node.args[1].value if isinstance(node.args[1], ast.Constant) else "*"
        return f"{_dotted(node.args[0], names)}.{name}"
    if not isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
        return ""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if not isinstance(target, ast.Subscript):
        return _dotted(target, names)
    held = target.value.args[0] if isinstance(target.value, ast.Call) and target.value.args else target.value
    whole = _dotted(held, names).removesuffix(".__dict__").replace("__builtins__", "builtins")
    key = target.slice.value if isinstance(target.slice, ast.Constant) else ""
    if whole == "sys.modules":
        return f"sys.modules.{key}" if key else ""
    return f"{whole}.{key or '*'}" if whole in PATCHED else ""


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
            elif top == "unittest":
                yield node.lineno, f"product code imports {module}", "warn"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(MARK):
        yield node.lineno, f"product code looks at {node.value}", "weaken"
    elif isinstance(node, ast.Call) and (name := _dotted(node, names).partition(".")[0]) in RUNNERS:
        yield node.lineno, f"product code imports {name}", "weaken"
    elif isinstance(node, ast.Call | ast.Subscript) and _asks_for_runner(node, names):
        yield node.lineno, "product code asks whether pytest is running", "weaken"
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
    """The name of what an expression stands for; "" where that cannot be seen. `getattr` and imports by text count."""
    if isinstance(node, ast.Attribute):
        whole = _dotted(node.value, names)
        return f"{whole}.{node.attr}" if whole else ""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    called, text = _dotted(node.func, names), node.args[-1] if len(node.args) == 1 else node.args[1]
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return ""
    if called == "getattr" and (whole := _dotted(node.args[0], names)):
        return f"{whole}.{text.value}"
    return text.value if called in ("__import__", "importlib.import_module") else ""


def _asks_for_runner(node: ast.Call | ast.Subscript, names: Mapping[str, str]) -> bool:
    """`sys.modules.get("pytest")`, `sys.modules["pytest"]` and the like."""
    of = _dotted(node.func if isinstance(node, ast.Call) else node.value, names)
    said = node.args if isinstance(node, ast.Call) else [node.slice]
    return of.startswith("sys.modules") and any(isinstance(one, ast.Constant) and one.value in RUNNERS for one in said)


def _always_says(node: ast.FunctionDef, answer: bool | None) -> bool:
    """Whether a function comes to its last line, or to another return, with this constant whatever it is given."""
    ends = [part for part in ast.walk(node) if isinstance(part, (ast.Return, ast.Raise))]
    given = [part.value for part in ends if isinstance(part, ast.Return)]
    says = [part for part in given if isinstance(part, ast.Constant) and part.value is answer]
    return answer is not None and isinstance(node.body[-1], ast.Return) and len(says) == len(ends)
