"""What of a project sets up its tests: whole files, and the parts of files that other tools share. Pure.

Whoever changes these can make any test pass, so a verdict is made with them as they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

FILES = frozenset(
    ["pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "noxfile.py", "conftest.py", ".coveragerc"]
)
STARTUP = frozenset({"sitecustomize.py", "usercustomize.py"})
_OTHERS = re.compile(
    r"(?:jest|vitest|ava|karma|playwright|wdio|cypress)\.(?:config|conf|workspace|setup)\.(?:[cm]?[jt]s|json)"
    r"|\.(?:mocharc|taprc|nycrc|c8rc)(?:\.\w+)?",
    re.IGNORECASE,
)
_NODE_KEYS = ("jest", "mocha", "ava", "tap", "nyc", "c8", "vitest")
_TARGETS = ("test", "tests", "check")
_RULE = re.compile(r"^(?P<names>[\w./-]+(?:[ \t]+[\w./-]+)*)[ \t]*::?(?!=)(?P<needs>[^#\n]*)")
_BUILD = re.compile(r"(?i)skip|exclude|include|ignoreFailures|enabled|filter|surefire|failsafe|useJUnit|testng")


def is_set_up(path: str) -> bool:
    """Whether a whole file does nothing but set up tests, or runs before them."""
    name = PurePosixPath(path).name.lower()
    return name in FILES | STARTUP or name.endswith(".pth") or _OTHERS.fullmatch(name) is not None


def holds_settings(path: str) -> bool:
    """Whether a part of a file may be settings of the tests."""
    return PurePosixPath(path).name.lower() in _PARTS


def settings(path: str, content: bytes | None) -> str:
    """That part, as text that is the same as long as it means the same; "" for a file that is not there."""
    if content is None:
        return ""
    return _PARTS[PurePosixPath(path).name.lower()](content.decode("utf-8", "replace"))


def _pytest(text: str) -> str:
    """The tables of pytest, without comments."""
    wanted = re.compile(r"^\s*\[+\s*(?:tool[.:])?pytest\b")
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            inside = bool(wanted.match(line)) if re.match(r"^\s*\[+[^\],]+\]+\s*(?:#.*)?$", line) else inside
        if inside and line.strip() and not line.lstrip().startswith(("#", ";")):
            lines.append(line.strip())
    return "\n".join(lines)


def _node(text: str) -> str:
    """The script `test` with those it calls, and the keys of runners."""
    try:
        package: Any = json.loads(text)
        scripts = {str(name): str(command) for name, command in (package.get("scripts") or {}).items()}
    except (ValueError, AttributeError):
        return text
    left, called = [name for name in ("pretest", "test", "posttest") if name in scripts], dict[str, str]()
    while left:
        name = left.pop()
        called[name] = scripts[name]
        words = set(re.findall(r"[\w:.-]+", scripts[name]))
        left += [one for one in scripts if one not in called and one.removeprefix("pre").removeprefix("post") in words]
    return json.dumps([called, {key: package[key] for key in _NODE_KEYS if key in package}], sort_keys=True)


def _recipes(text: str) -> str:
    """Rules of the targets that run tests, with what they need or call, and every variable and included file."""
    rules, shared, current = dict[str, list[str]](), list[str](), list[str]()
    for line in text.splitlines():
        rule = _RULE.match(line)
        if line[:1] in ("\t", " "):
            for name in current:
                rules[name].append(line.strip())
        elif rule:
            current = rule["names"].split()
            for name in current:
                rules.setdefault(name, []).append(rule["needs"].strip())
        elif line.strip() and not line.startswith("#"):
            current = []
            shared.append(line.strip())
    left, called = [name for name in _TARGETS if name in rules], dict[str, list[str]]()
    while left:
        name = left.pop()
        called[name] = rules[name]
        words = set(re.findall(r"[\w./-]+", " ".join(rules[name])))
        left += [one for one in rules if one not in called and one in words]
    return "\n".join([*shared, *(f"{name}: {called[name]}" for name in sorted(called))]) if called else ""


def _cargo(text: str) -> str:
    """Tables of test programs, and switches that leave tests out."""
    lines, inside = list[str](), False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.startswith("[[test]]")
        if inside or re.match(r"\s*(?:test|tests|harness|doctest|autotests)\s*=", line):
            lines.append(line.strip())
    return "\n".join(line for line in lines if line)


def _build(text: str) -> str:
    """Lines of Maven's and Gradle's files that choose tests or look away from them."""
    return "\n".join(line.strip() for line in text.splitlines() if _BUILD.search(line))


_PARTS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("pyproject.toml", "setup.cfg"), _pytest),
    **dict.fromkeys(("makefile", "gnumakefile", "justfile"), _recipes),
    **dict.fromkeys(("pom.xml", "build.gradle", "build.gradle.kts"), _build),
    "package.json": _node,
    "cargo.toml": _cargo,
}
