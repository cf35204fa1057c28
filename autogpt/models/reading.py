"""An answer of the model, understood: a candidate, questions, a reason to give up, or what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autogpt.context.index import module_name
from autogpt.edits import Applied, Edit, Format, PathPolicy, SearchReplace, apply, instructions, parse
from autogpt.edits.base import Refusal, Refused, Rename
from autogpt.models.asks import Ask, parse_asks, without_asks
from autogpt.models.base import LATER, Candidate, Change, Completion
from autogpt.models.prompts import prompt
from autogpt.models.tree import Tree

TELLING = 12
"""Characters of lines that are not found in two files by chance."""
SUMMARY = 72
"""Characters of a summary, which becomes the first line of a commit."""

_DEFINED = re.compile(
    r"^[ \t]*(?:export\s+|default\s+|pub(?:\([^)]*\))?\s+|async\s+|[\w.]+\s*=\s*)*"
    r"(?:def|class|function\*?|func(?:\s*\([^)]*\))?|fn|struct|interface|enum|trait)\s+(\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A change that applies, with the answer it came in and the plan it began with."""

    candidate: Candidate
    answer: str
    plan: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The model will not go on; `is_done` when it finds that its last change is good as it is."""

    reason: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why nothing was applied: `message` tells the model exactly what to send, `reason` tells the person in a line."""

    message: str
    reason: str
    is_unreadable: bool = False
    """Whether it was no edit at all, or one in no form that is understood."""


Reading = Offer | Questions | GaveUp | Problem


@dataclass(frozen=True, slots=True)
class Reader:
    """How answers are read in one round, over the files of `tree`; `title` stands in for a missing summary."""

    tree: Tree
    policy: PathPolicy
    format: Format
    fence: str
    title: str
    closing: str = "Send the edits again, complete."
    paths: tuple[str, ...] = ()
    """Files that the model was shown."""
    root: str = ""
    """The workspace's own path, which models copy from tracebacks into the paths of edits."""
    is_proving: bool = False
    """Whether tests are asked for first, and the model may say that none can prove the task."""
    taken_back: Change = field(default_factory=dict[str, "bytes | None"])
    """The last change, where it was not kept: models go on from it all the same."""
    may_be_done: bool = False
    """Whether the model was asked to look over its last change, and may say that it stands."""

    def understand(self, completion: Completion) -> Reading:
        """What an answer is. Half an answer is never applied, and never are half of its edits."""
        text = without_thinking(completion.text)
        asks, rest = parse_asks(text), without_asks(text)
        parsed = parse(rest)
        if completion.truncated and not (asks and not parsed.edits):
            hint = instructions(self.format, self.fence)
            return Problem(prompt("cut_off", hint=hint), "the answer was cut off by its limit of tokens")
        if parsed.problems:
            told = "\n".join(f"- {problem}" for problem in parsed.problems)
            refusal = f"Nothing was applied:\n{told}"
            return Problem(prompt("refused", refusal=refusal, closing=self.closing), told[2:], is_unreadable=True)
        if not parsed.edits:
            return Questions(asks) if asks else self._nothing(text, parsed.prose)
        edits = tuple(self._inside(edit) for edit in parsed.edits)
        result = apply(edits, self.tree.read_bytes, policy=self.policy)
        if not isinstance(result, Applied):
            reason = "; ".join(f"{refusal.path}: {refusal.reason}" for refusal in result.refusals)
            told = Refused(tuple(self._with_hint(refusal, edits) for refusal in result.refusals)).message()
            return Problem(prompt("refused", refusal=told, closing=""), reason)
        change: Change = result.change
        summary = summary_of(parsed.prose, self.title)
        return Offer(Candidate(change, summary), completion.text, plan_of(parsed.prose), result.notes)

    def _nothing(self, text: str, prose: str) -> Reading:
        if given_up := re.search(r"^\W*Give up:\s*(.+)", text, re.MULTILINE | re.IGNORECASE):
            return GaveUp(given_up[1].strip())
        if self.is_proving and (untestable := re.search(r"^\W*No test:\s*(.+)", text, re.MULTILINE | re.IGNORECASE)):
            return GaveUp(untestable[1].strip())
        if self.may_be_done and re.search(r"^\W*Done\b", text, re.MULTILINE | re.IGNORECASE):
            return GaveUp("The model looked over its change and finds it complete.", is_done=True)
        first = " ".join(prose.split())[:200]
        why = "It is empty." if not text.strip() else "It is prose, or code without the header of an edit block."
        why = f"{why}\n{self._headers(text)}".strip()
        message = prompt("no_edit", why=why, instructions=instructions(self.format, self.fence))
        reason = f"the answer holds no edit: {first}" if first else "the answer is empty"
        return Problem(message, reason, is_unreadable=True)

    def _inside(self, edit: Edit) -> Edit:
        """With paths relative to the workspace, where they were copied as absolute ones of it."""
        root = f"{self.root.rstrip('/')}/" if self.root else ""
        if not root or not (edit.path.startswith(root) or (isinstance(edit, Rename) and edit.new.startswith(root))):
            return edit
        if isinstance(edit, Rename):
            return replace(edit, path=edit.path.removeprefix(root), new=edit.new.removeprefix(root))
        return replace(edit, path=edit.path.removeprefix(root))

    def _with_hint(self, refusal: Refusal, edits: Sequence[Edit]) -> Refusal:
        """The refusal with the file that was probably meant."""
        hint = self._near(refusal.path) or self._elsewhere(refusal.path, edits)
        return replace(refusal, reason=f"{refusal.reason} {hint}") if hint else refusal

    def _near(self, path: str) -> str:
        """For a path where there is no file, the files of that name elsewhere."""
        if self.tree.read_bytes(path) is not None:
            return ""
        name = path.rpartition("/")[2]
        paths = list(self.tree.paths())
        found = [known for known in paths if known.rpartition("/")[2] == name]
        found = (found or [known for known in paths if module_name(known) == module_name(path)])[:3]
        return f"There is {', '.join(found)}." if found else ""

    def _elsewhere(self, path: str, edits: Sequence[Edit]) -> str:
        """For SEARCH lines that are not in the file they name, where they are: in a change that was taken back, or in
        the one file shown."""
        for edit in edits:
            if not isinstance(edit, SearchReplace) or edit.path != path or len(edit.search.strip()) < TELLING:
                continue
            if edit.search.strip() in (self.taken_back.get(path) or b"").decode("utf-8", "replace"):
                return "These lines are of your last change, which was taken back: send the whole of it, with this."
            places = [other for other in self.paths if edit.search.strip() in (self.tree.text(other) or "")]
            if len(places) == 1 and places[0] != path:
                return f"The lines to be replaced are in {places[0]}: name that file, if you mean them."
        return ""

    def _headers(self, text: str) -> str:
        """The header that would make an edit of a definition sent without one, where only one place can be meant."""
        lines: list[str] = []
        for name in list(dict.fromkeys(_DEFINED.findall(text)))[:3]:
            places = [path for path in self.paths if name in _DEFINED.findall(self.tree.text(path) or "")]
            if len(places) == 1:
                outer = re.compile(rf"^(?:async\s+def|def|class)\s+{name}\b", re.MULTILINE)  # of Python
                is_symbol = outer.search(self.tree.text(places[0]) or "")
                header = f"edit symbol {places[0]}::{name}" if is_symbol else f"edit replace {places[0]}"
                line = f"begin its block with this line: {self.fence}{header}"
                lines.append(f"If you mean `{name}` of {places[0]}, {line}")
        return "\n".join(lines)


def without_thinking(text: str) -> str:
    """The answer after what reasoning models think aloud; the tags may lack their beginning."""
    text = re.sub(r"<(think|thinking|reasoning)>.*?</\1>", "", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"\A.*?</(?:think|thinking|reasoning)>", "", text, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(r"<(?:think|thinking|reasoning)>.*\Z", "", text, flags=re.DOTALL | re.IGNORECASE)


def summary_of(prose: str, title: str) -> str:
    """One line in the imperative for a commit."""
    said = re.findall(r"^[\W_]*Summary[\W_]*:\W*(.+?)[\W_]*$", prose, re.MULTILINE | re.IGNORECASE)
    line = " ".join((said[-1] if said else title).split())
    return line if len(line) <= SUMMARY else line[: SUMMARY - 2].rsplit(" ", 1)[0] + " …"


def plan_of(prose: str) -> tuple[str, ...]:
    """The numbered or dotted steps after a line `Plan:`; those put off end with `LATER`."""
    _, found, rest = prose.partition("Plan:")
    steps: list[str] = []
    for line in rest.splitlines() if found else ():
        step = re.match(r"^\s*(?:\d+[.)]|[-*•])\s+(.+)", line)
        if step:
            steps.append(re.sub(rf"\s*{re.escape(LATER)}\W*$", f" {LATER}", step[1].strip(), flags=re.IGNORECASE))
        elif line.strip() and steps:
            break
    return tuple(steps[:8])
