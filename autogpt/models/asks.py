"""What a model may ask before it answers: lines of a fenced block `ask`, each answered from the scratch tree.

read PATH [FIRST-LAST]    search TEXT    symbol NAME    list [FOLDER]    test TEST    output TEST
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autogpt.feedback.report import Report
from autogpt.feedback.text import cut, readable
from autogpt.models import evidence
from autogpt.models.context import outline
from autogpt.models.tree import Tree

MAX_ASKS = 8
"""Questions answered of one block; the rest can be asked again."""
ANSWER = 12_000
"""Characters of one answer."""
HITS = 60
LINE = 200

_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*ask[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_KINDS = ("read", "search", "symbol", "list", "test", "output")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: its kind and what it is about."""

    kind: str
    about: str


def parse_asks(answer: str) -> tuple[Ask, ...]:
    """The questions in an answer. Lines in the block that are none are passed over."""
    found: list[Ask] = []
    for block in _BLOCK.finditer(answer.replace("\r\n", "\n")):
        for line in block["body"].splitlines():
            kind, _, about = line.strip().partition(" ")
            if kind.lower() in _KINDS and (about.strip() or kind.lower() == "list"):
                found.append(Ask(kind.lower(), about.strip().strip("`\"'")))
    return tuple(dict.fromkeys(found))


def without_asks(answer: str) -> str:
    """The answer without its blocks of questions, which must not be taken for edits."""
    return _BLOCK.sub("", answer.replace("\r\n", "\n"))


@dataclass(frozen=True, slots=True)
class Library:
    """Where the answers come from. `run` runs one test with what is laid over the tree; `reports` were seen before."""

    tree: Tree
    run: Callable[[str], Report]
    reports: tuple[Report, ...] = ()


def answer_asks(asks: tuple[Ask, ...], library: Library) -> str:
    """All answers as one message."""
    parts = [f"`{ask.kind} {ask.about}`:\n{fenced(_answer(ask, library))}" for ask in asks[:MAX_ASKS]]
    if len(asks) > MAX_ASKS:
        parts.append(f"Only the first {MAX_ASKS} questions were answered.")
    return "\n\n".join(parts)


def fenced(text: str) -> str:
    """The text between fences that do not occur in it, so that it is read as data."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _answer(ask: Ask, library: Library) -> str:
    answers: Mapping[str, Callable[[str, Library], str]] = {
        "read": _read,
        "search": _search,
        "symbol": _symbol,
        "list": _list,
        "test": _test,
        "output": _output,
    }
    return cut(answers[ask.kind](ask.about, library), ANSWER)


def _read(about: str, library: Library) -> str:
    found = re.fullmatch(r"(?P<path>.+?)(?:[ :]+(?P<first>\d+)(?:-(?P<last>\d+))?)?", about)
    path = (found["path"] if found else about).strip("`\"'")
    text = library.tree.text(path)
    if text is None:
        return f"There is no text file {path} in the project." + _near(path, library)
    lines = text.splitlines()
    if found and found["first"]:
        first = max(1, int(found["first"]))
        last = min(len(lines), int(found["last"] or first + 80))
        return f"Lines {first}-{last} of {len(lines)}:\n" + "\n".join(lines[first - 1 : last])
    if len(text) > ANSWER:
        return f"{path} has {len(lines)} lines; read a range of them. Its outline:\n{outline(text)}"
    return text


def _near(path: str, library: Library) -> str:
    name = path.rpartition("/")[2]
    near = [known for known in library.tree.paths() if known.rpartition("/")[2] == name][:5]
    return f" There is {', '.join(near)}." if near else ""


def _search(about: str, library: Library) -> str:
    hits = list(_hits(re.compile(re.escape(about)), library)) or list(_hits(_lenient(about), library))
    if not hits:
        return "Nothing found."
    more = f"\n... and {len(hits) - HITS} more" if len(hits) > HITS else ""
    return "\n".join(hits[:HITS]) + more


def _lenient(about: str) -> re.Pattern[str]:
    try:
        return re.compile(about, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(about), re.IGNORECASE)


def _hits(pattern: re.Pattern[str], library: Library) -> list[str]:
    hits: list[str] = []
    for path in library.tree.paths():
        text = library.tree.text(path)
        if text is None or (pattern.flags & re.IGNORECASE == 0 and not pattern.search(text)):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) < 2_000 and pattern.search(line):
                hits.append(f"{path}:{number}: {line.strip()[:LINE]}")
    return hits


def _symbol(about: str, library: Library) -> str:
    name = re.escape(about.rpartition("::")[2].rpartition(".")[2])
    definition = re.compile(
        rf"^\s*(?:[\w*]+\s+)*(?:def|class|function|func|fn|struct|interface|trait|enum|type|const|let|var)\s+"
        rf"(?:\([^)]*\)\s*)?{name}\b|^\s*{name}\s*(?::[^=]+)?=[^=]",
        re.MULTILINE,
    )
    defined = _hits(definition, library)
    used = [hit for hit in _hits(re.compile(rf"\b{name}\b"), library) if hit not in defined]
    if not defined and not used:
        return "Nothing of that name."
    return "\n".join(["Defined:", *defined[:HITS], "Used:", *used[:HITS]])


def _list(about: str, library: Library) -> str:
    folder = about.strip("/").removeprefix("./")
    below = [path for path in library.tree.paths() if folder in ("", ".") or path.startswith(folder + "/")]
    if not below:
        return f"There is no folder {about} with text files."
    more = f"\n... and {len(below) - 5 * HITS} more" if len(below) > 5 * HITS else ""
    return "\n".join(below[: 5 * HITS]) + more


def _test(about: str, library: Library) -> str:
    report = library.run(about)
    told = [evidence.problem(report), evidence.failures(report, report.failing())]
    passed = report.passed()
    told += [f"Passed: {', '.join(sorted(passed)[:20])}"] if passed else []
    return "\n\n".join(text for text in told if text) or "No such test was run."


def _output(about: str, library: Library) -> str:
    """What a test printed or raised in full, of the newest run that had it."""
    for report in reversed(library.reports):
        outcome = report.outcomes.get(about)
        if outcome is not None:
            return readable(f"{outcome.message}\n{outcome.output}").strip() or "It printed nothing."
    return "No run of that test is kept; give the whole test id."
