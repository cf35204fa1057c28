"""Tests that a docstring speaks of: `at most 5` is `<= 5`, `divisible by 3` is `% 3 == 0`, and what a text begins with.

Examples rarely tell `<= 5` from `< 5`, words do. What is said is built first, and a body without it costs more.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autogpt.search.space.precedence import ATOM, COMPARE
from autogpt.search.synthesis.values import FAILED, Term, Value, quoted, term

SIZE = 1.3
"""Of a comparison that is spoken of: hardly more than a name."""
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = rf"(-?\d{{1,6}}(?![\w.]*\w)|(?:{'|'.join(_WORDS)})\b)"
_PHRASES = (
    (rf"\b(?:at most|up to|(?:no|not) (?:more|greater|larger|longer) than) {_NUMBER}", "<="),
    (rf"\b(?:at least|(?:no|not) (?:less|fewer|smaller|shorter) than) {_NUMBER}", ">="),
    (rf"{_NUMBER}(?: \w+)? or (?:less|fewer|below)\b", "<="),
    (rf"{_NUMBER}(?: \w+)? or (?:more|greater|longer|above)\b", ">="),
    (rf"\b(?:(?:more|greater|larger|longer|higher|bigger) than|above|over|exceed(?:s|ing)?|beyond) {_NUMBER}", ">"),
    (rf"\b(?:(?:less|fewer|smaller|shorter|lower) than|below|under) {_NUMBER}", "<"),
    (rf"\b(?:divisible by|multiples? of) {_NUMBER}", "%"),
    (r"\bnon-?negative\b", ">= 0"),
    (r"\bnon-?zero\b", "!= 0"),
    (r"\bpositives?\b", "> 0"),
    (r"\bnegatives?\b(?! index)", "< 0"),
    (r"\bevens?\b(?! (?:if|when|though|with))", "% 2"),
    (r"\bodds?\b", "!% 2"),
)  # fmt: skip
"""In the order in which they are looked for: what one has taken no other one sees."""
_PIECES = (
    (r"\b(?:start|begin)(?:s|ning|ing)? with [`'\"]([^`'\"]{1,8})[`'\"]", "startswith"),
    (r"\bend(?:s|ing)? (?:with|in) [`'\"]([^`'\"]{1,8})[`'\"]", "endswith"),
    (r"\b(?:contain|includ)(?:s|es|e|ing)? [`'\"]([^`'\"]{1,8})[`'\"]", "in"),
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "!=": operator.ne,
}  # fmt: skip
_OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}
_NEXT = {"<=": ("<", 1), ">=": (">", -1), "<": ("<=", -1), ">": (">=", 1)}
"""The same of whole numbers with another sign and the number next to it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A comparison with a number: `sign` is its own, or `%` for divisible and `!%` for not."""

    sign: str
    number: int

    @property
    def pattern(self) -> re.Pattern[str]:
        """Code that may stand for it."""
        if "%" in self.sign:
            return re.compile(rf"% {self.number}\b|divmod|range\(")
        forms = [(self.sign, self.number)]
        if self.sign in _NEXT:
            sign, step = _NEXT[self.sign]
            forms.append((sign, self.number + step))
        found = [rf"{sign} {number}\b(?!\.)" for sign, number in forms]
        found += [rf"{_OPPOSITES[sign]} {number}\b" for sign, number in forms if sign in _OPPOSITES]
        found += [rf"(?<![\w.]){number} {_MIRRORED[sign]} " for sign, number in forms]
        return re.compile("|".join([*found, r"\b(?:min|max|range)\(", rf"\[:{self.number}\]"]))

    def over(self, name: str, values: tuple[Value, ...], kind: str) -> Term | None:
        """The comparison of a name with these values; of texts and collections that of their length."""
        if kind not in ("int", "float"):
            if kind not in ("str", "list", "tuple", "dict", "set") or "%" in self.sign or self.number == 0:
                return None
            name, values = f"len({name})", tuple(FAILED if value is FAILED else len(value) for value in values)
        code = f"{name} {self.sign} {self.number}"
        if "%" in self.sign:
            code = f"{name} % {self.number} {'!=' if self.sign == '!%' else '=='} 0"
        return _test(code, COMPARE, values, self._holds)

    def _holds(self, value: float) -> bool:
        number = self.number
        if "%" in self.sign:
            return bool(number) and (value % number == 0) == (self.sign == "%")
        return _SIGNS[self.sign](value, number)


@dataclass(frozen=True, slots=True)
class Contains:
    """`method` is `startswith` or `endswith`, or `in` for a piece anywhere."""

    method: str
    piece: str

    @property
    def pattern(self) -> re.Pattern[str]:
        own = {"startswith": r"startswith|\[0\]|\[:\d", "endswith": r"endswith|\[-", "in": r"\bin\b|count|find|index"}
        return re.compile(own[self.method])

    def over(self, name: str, values: tuple[Value, ...], kind: str) -> Term | None:
        """Whether a name with these values, all of them texts, has the piece."""
        if kind != "str":
            return None
        if self.method == "in":
            return _test(f"{quoted(self.piece)} in {name}", COMPARE, values, lambda value: self.piece in value)
        code = f"{name}.{self.method}({quoted(self.piece)})"
        return _test(code, ATOM, values, lambda value: getattr(value, self.method)(self.piece))


Spoken = Relation | Contains


def _test(code: str, level: int, values: tuple[Value, ...], holds: Callable[[Value], bool]) -> Term:
    return term(code, level, tuple(FAILED if value is FAILED else holds(value) for value in values), SIZE)


def relations_in(text: str) -> tuple[Spoken, ...]:
    """All that a text speaks of, each once."""
    text = re.sub(r"\s+", " ", text)
    found: dict[Spoken, None] = {}
    for phrase, method in _PIECES:
        found |= dict.fromkeys(Contains(method, piece) for piece in re.findall(phrase, text))
    text = text.lower()
    for phrase, sign in _PHRASES:
        pattern = re.compile(phrase)
        for match in pattern.finditer(text):
            own, _, number = sign.partition(" ")
            said = number or match.group(1)
            found[Relation(own, _WORDS.index(said) if said in _WORDS else int(said))] = None
        text = pattern.sub("…", text)
    return tuple(found)


def spoken_of(relations: tuple[Spoken, ...], atoms: list[Term]) -> Iterator[Term]:
    """The comparisons of each name among some expressions."""
    for relation in relations:
        for one in atoms:
            if one.level == ATOM and one.text.replace(".", "").isidentifier():
                made = relation.over(one.text, one.values, one.kind)
                if made is not None:
                    yield made
