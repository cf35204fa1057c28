"""Elementary tasks with their checks: families, some held out whole, in variants of name, phrase, number and body."""

from __future__ import annotations

import hashlib
import random
import string
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from autogpt.training.checking import Came, Job, check
from autogpt.training.composed import Composed
from autogpt.training.composed import families as composed_families

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ELEMENTARY = Path(__file__).parent / "elementary.toml"
HELD_OUT = 8
"""One family of so many is held out, by the hash of its name."""
CALLS = 6
_WORDS = ("ant", "bee", "level", "owl", "Noon", "tree", "river", "Apple", "banana", "stone", "cat", "a", "radar", "eye")


@dataclass(frozen=True, slots=True)
class Family:
    """A task in all its variants: `codes` are bodies or functions with `$f`, `$k`, `$c`."""

    name: str
    names: tuple[str, ...]
    phrases: tuple[str, ...]
    args: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Whether nothing of it is learnt."""
        return hashlib.sha256(self.name.encode()).digest()[0] % HELD_OUT == 0


@dataclass(frozen=True, slots=True)
class Task:
    """One variant. `checks` are calls, as `(1, 2)`, with the `repr` of what is right."""

    family: str
    held_out: bool
    name: str
    text: str
    header: str
    """`def` line and docstring."""
    body: str
    """Indented."""
    checks: tuple[tuple[str, str], ...]

    @property
    def code(self) -> str:
        return self.header + self.body


@lru_cache(maxsize=1)
def all_families() -> tuple[Family, ...]:
    """Composed ones and those of elementary.toml, in a fixed order."""
    return (*_written(), *map(_from_composed, composed_families()))


def _written() -> Iterator[Family]:
    table = tomllib.loads(ELEMENTARY.read_text(encoding="utf-8"))
    for name, entry in table.items():
        names, phrases, args = (tuple(entry[key]) for key in ("names", "phrases", "args"))
        yield Family(name, names, phrases, args, (entry["code"].strip() + "\n",))


def _from_composed(one: Composed) -> Family:
    parts = one.name.split("_")
    names = ("_".join(parts[1:]), f"{parts[1]}_of_{one.parameter}", "solve")
    codes = tuple(
        f"def $f({one.parameter}):\n" + textwrap.indent(body, "    ") + "\n" for body in (one.expression, one.loop)
    )
    plain = one.phrase.removeprefix("Return ")
    return Family(one.name, names, (one.phrase, f"{plain[0].upper()}{plain[1:]}"), (one.argument,), codes)


def tasks(families: Iterable[Family], variants: int, dice: random.Random) -> Iterator[Task]:
    """Variants of each family whose code ran on all of its inputs, no two alike."""
    drafts = [draft for family in families for draft in _drafts(family, variants, dice)]
    for draft, checked in zip(drafts, check(draft.job for draft in drafts), strict=True):
        kept = [(call, came.value) for call, came in zip(draft.job.calls, checked.came, strict=True) if came.value]
        if len(kept) == len(draft.job.calls):  # else it raised, or took too long
            yield _finished(draft, tuple(kept))


@dataclass(frozen=True, slots=True)
class _Draft:
    family: Family
    text: str
    job: Job


def _drafts(family: Family, variants: int, dice: random.Random) -> Iterator[_Draft]:
    seen: set[tuple[str, str]] = set()
    for _ in range(3 * variants):
        values = {
            "f": dice.choice(family.names),
            "k": str(dice.choice([2, 3, 4, 5])),
            "c": dice.choice("aeorst"),
        }
        code = Template(dice.choice(family.codes)).substitute(values)
        text = Template(dice.choice(family.phrases)).substitute(values)
        if (code, text) in seen:
            continue
        seen.add((code, text))
        calls = dict.fromkeys(_call(family.args, dice) for _ in range(CALLS))
        yield _Draft(family, text, Job(code, values["f"], tuple(calls)))
        if len(seen) == variants:
            return


def _finished(draft: _Draft, checks: tuple[tuple[str, str], ...]) -> Task:
    """The task with its docstring put in; a third of the tasks show an example there."""
    head, _, body = draft.job.code.partition("\n")
    doc = f'    """{draft.text}"""\n'
    shown = checks[0] if int(hashlib.sha256(draft.job.code.encode()).hexdigest(), 16) % 3 == 0 else None
    if shown is not None and "\\" not in "".join(shown):
        doc = f'    """{draft.text}\n\n    >>> {draft.job.name}{shown[0]}\n    {shown[1]}\n    """\n'
    header = f"{head}\n{doc}"
    return Task(draft.family.name, draft.family.held_out, draft.job.name, draft.text, header, body, checks)


def _call(kinds: tuple[str, ...], dice: random.Random) -> str:
    values = [repr(_value(kind, dice)) for kind in kinds]
    return f"({', '.join(values)})"


def _value(kind: str, dice: random.Random) -> object:
    """A value of a kind; empty and one-element ones are frequent, since mistakes show there."""
    size = dice.choice([0, 1, 2, 3, 5, 6])
    numbers = [dice.randint(-6, 12) for _ in range(size)]
    word = dice.choice(_WORDS)
    makers = {
        "int": lambda: dice.randint(-20, 20),
        "negative": lambda: -dice.randint(0, 9),
        "natural": lambda: dice.choice([0, 1, 2, 3, 7, 10, 12, 17, 30, 49, 61, 100]),
        "positive": lambda: dice.choice([1, 2, 6, 7, 12, 28, 36, 49, 97]),
        "small": lambda: dice.randint(0, 8),
        "year": lambda: dice.choice([1900, 2000, 2023, 2024, 2100, 2096, 1600]),
        "word": lambda: word,
        "text": lambda: " ".join(dice.choices(_WORDS, k=size)),
        "runs": lambda: "".join(letter * dice.randint(1, 3) for letter in dice.choices("ab", k=size)),
        "brackets": lambda: "".join(dice.choices("(()x)", k=size)),
        "ints": lambda: numbers,
        "bits": lambda: [abs(number) % 2 for number in numbers],
        "ascending": lambda: sorted(set(numbers)),
        "words": lambda: dice.choices(_WORDS, k=size),
        "matrix": lambda: [[dice.randint(0, 9) for _ in range(max(1, size // 2))] for _ in range(size)],
        "dict": lambda: {letter: dice.randint(0, 6) for letter in dice.sample(string.ascii_lowercase[:8], k=size)},
    }
    return makers[kind]()


def failing_check(task: Task, came: Iterable[Came]) -> tuple[str, str, str] | None:
    """The first check that a changed function fails: the line, the exception, the message as pytest words it."""
    for (call, right), one in zip(task.checks, came, strict=True):
        line = f"assert {task.name}{call} == {right}"
        if one.exception:
            return line, one.exception, one.message
        if one.value != right:
            return line, "AssertionError", f"assert {one.value} == {right}"
    return None
