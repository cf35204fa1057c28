"""What a model may ask before it answers: lines of a fenced block `ask`, each answered from the scratch tree.

read PATH [FIRST-LAST]    search TEXT    symbol NAME    references NAME    list [FOLDER]    test TEST    output TEST
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field

from autogpt.context.index import Index
from autogpt.context.project import Project
from autogpt.context.syntax import Definition
from autogpt.feedback.integrity import is_test_path
from autogpt.feedback.report import Report
from autogpt.feedback.text import cut, readable
from autogpt.models import evidence
from autogpt.models.excerpts import outlined
from autogpt.models.references import LINE, references
from autogpt.models.searching import candidates
from autogpt.models.tree import Tree

MAX_ASKS = 8
"""Questions answered of one block; the rest can be asked again."""
ANSWER = 12_000
"""Characters of one answer."""
HITS = 60
SHOWN = 3_000
"""Characters of definitions of one name that are shown as text; of the rest the heads."""
LONG = 160
"""Lines of a definition; a longer one is outlined."""

_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*ask[ \t]*\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_KINDS = ("read", "search", "symbol", "references", "list", "test", "output")


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
                found.append(Ask(kind.lower(), _bare(about.strip())))
    return tuple(dict.fromkeys(found))


def _bare(about: str) -> str:
    """Without quotes around the whole; those that are part of what is sought stay."""
    while len(about) > 1 and about[0] == about[-1] and about[0] in "`\"'":
        about = about[1:-1].strip()
    return about


def without_asks(answer: str) -> str:
    """The answer without its blocks of questions, which must not be taken for edits."""
    return _BLOCK.sub("", answer.replace("\r\n", "\n"))


@dataclass(frozen=True, slots=True)
class Library:
    """Where the answers come from. `run` runs one test with what is laid over the tree; `reports` were seen before."""

    tree: Tree
    run: Callable[[str], Report]
    reports: tuple[Report, ...] = ()
    project: Project = field(default_factory=Project)

    @contextlib.contextmanager
    def index(self) -> Generator[Index]:
        """The project map as the tree is now."""
        with self.project.lock:
            self.project.refresh(self.tree.signs(), self.tree.read_bytes)
            yield self.project.index


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
        "references": _references,
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
        return f"{path} has {len(lines)} lines; read a range of them. Its outline:\n{outlined(path, text)}"
    return text


def _near(path: str, library: Library) -> str:
    name = path.rpartition("/")[2]
    near = [known for known in library.tree.paths() if known.rpartition("/")[2] == name][:5]
    return f" There is {', '.join(near)}." if near else ""


def _search(about: str, library: Library) -> str:
    hits = _hits(re.compile(re.escape(about)), library) or _hits(_lenient(about), library)
    return _first_hits(hits) if hits else "Nothing found."


def _first_hits(hits: Sequence[str]) -> str:
    more = f"\n... and {len(hits) - HITS} more" if len(hits) > HITS else ""
    return "\n".join(hits[:HITS]) + more


def _lenient(about: str) -> re.Pattern[str]:
    try:
        return re.compile(about, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(about), re.IGNORECASE)


def _hits(pattern: re.Pattern[str], library: Library) -> list[str]:
    hits: list[str] = []
    for path in candidates(library.tree, pattern):
        text = library.tree.text(path)
        if text is None or (pattern.flags & re.IGNORECASE == 0 and not pattern.search(text)):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) < 2_000 and pattern.search(line):
                hits.append(f"{path}:{number}: {line.strip()[:LINE]}")
    return hits


def _symbol(about: str, library: Library) -> str:
    """The text of what is defined by that name; of several, or of a long one, the heads."""
    with library.index() as index:
        found = list(index.definitions(about))
    if not found:
        hits = _search(rf"\b{re.escape(about)}\b", library)
        return f"Nothing of that name is defined in the project. It occurs here:\n{hits}"
    found.sort(key=lambda hit: (hit[1].name != about, is_test_path(hit[0])))
    parts: list[str] = []
    for path, one in found[:HITS]:
        room = SHOWN - sum(map(len, parts))
        whole = _definition(path, one, library, whole=True)
        parts.append(whole if not parts or len(whole) <= room else _definition(path, one, library, whole=False))
    return "\n\n".join(parts)


def _definition(path: str, one: Definition, library: Library, *, whole: bool) -> str:
    where = f"{path}:{one.first}-{one.last}: {one.name}"
    text = library.tree.text(path)
    if not whole or text is None:
        return f"{where}\n{one.head}"
    lines = text.splitlines()[one.first - 1 : one.last]
    if len(lines) <= LONG:
        return "\n".join([where, *lines])
    inside = re.compile(r"(\d+)-\d+: ")
    found = ((line, inside.match(line)) for line in outlined(path, text).splitlines())
    inner = [line for line, at in found if at and one.first < int(at[1]) <= one.last]
    if not inner:
        return "\n".join([f"{where} (its first {LONG} lines)", *lines[:LONG]])
    return "\n".join([f"{where} (its outline; read lines of the file for its text)", *inner])


def _references(about: str, library: Library) -> str:
    """Lines that use a name, with the definition they stand in; comments and strings do not count."""
    name = about.replace("::", ".").rpartition(".")[2]
    with library.index() as index:
        hits = references(name, index, library.tree)
    if not hits:
        return f"Nothing uses {name} in a language that is understood here; `search {name}` finds it as text."
    return _first_hits(hits)


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
