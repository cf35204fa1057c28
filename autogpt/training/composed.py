"""Families of elementary tasks by composition: of some values those that ..., each made into ..., together as ...

A family is one choice of each; whole families are held out, so that what is measured was not seen as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A step: `code` of one item `{x}` (or of all items), words for it, a word for the family's name."""

    name: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Take:
    """What is made of all: `code` of the generator `{all}`, `listed` of a list `found`."""

    name: str
    code: str
    listed: str
    words: str


KEEP_INTS = (
    Part("all", "", "{items}"),
    Part("even", "{x} % 2 == 0", "the even {items}"),
    Part("odd", "{x} % 2 != 0", "the odd {items}"),
    Part("positive", "{x} > 0", "the {items} above zero"),
    Part("negative", "{x} < 0", "the {items} below zero"),
    Part("above", "{x} > $k", "the {items} greater than $k"),
    Part("at_most", "{x} <= $k", "the {items} that are at most $k"),
    Part("divisible", "{x} % $k == 0", "the {items} divisible by $k"),
    Part("nonzero", "{x} != 0", "the {items} that are not zero"),
)
MAKE_INTS = (
    Part("same", "{x}", ""),
    Part("squares", "{x} ** 2", "the squares of "),
    Part("doubles", "{x} * 2", "twice each of "),
    Part("sizes", "abs({x})", "the absolute values of "),
    Part("negated", "-{x}", "the opposites of "),
    Part("raised", "{x} + $k", "$k more than each of "),
    Part("last_digits", "abs({x}) % 10", "the last digits of "),
)
KEEP_WORDS = (
    Part("all", "", "{items}"),
    Part("long", "len({x}) > $k", "the {items} of more than $k letters"),
    Part("short", "len({x}) <= $k", "the {items} of at most $k letters"),
    Part("starting", '{x}.startswith("$c")', "the {items} that start with `$c`"),
    Part("ending", '{x}.endswith("$c")', "the {items} that end with `$c`"),
    Part("with_letter", '"$c" in {x}', "the {items} that contain `$c`"),
    Part("without_letter", '"$c" not in {x}', "the {items} without a `$c`"),
    Part("mirrored", "{x} == {x}[::-1]", "the {items} that read the same backwards"),
)
MAKE_WORDS = (
    Part("same", "{x}", ""),
    Part("upper", "{x}.upper()", "the capitals of "),
    Part("reversed", "{x}[::-1]", "backwards each of "),
    Part("heads", "{x}[:$k]", "the first $k letters of "),
    Part("ends", "{x}[-1:]", "the last letters of "),
    Part("doubled", "{x} * 2", "twice in a row each of "),
)
TAKE_INTS = (
    Take("sum", "sum({all})", "sum(found)", "Return the sum of {what}."),
    Take(
        "largest",
        "max({all}, default=None)",
        "max(found, default=None)",
        "Return the largest of {what}, None if there are none.",
    ),
    Take(
        "smallest",
        "min({all}, default=None)",
        "min(found, default=None)",
        "Return the smallest of {what}, None if there are none.",
    ),
    Take("list", "[{all}]", "found", "Return a list of {what}, in order."),
    Take("ordered", "sorted({all})", "sorted(found)", "Return {what} in ascending order."),
    Take(
        "descending",
        "sorted(({all}), reverse=True)",
        "sorted(found, reverse=True)",
        "Return {what} in descending order.",
    ),
    Take(
        "first",
        "next(({all}), None)",
        "found[0] if found else None",
        "Return the first of {what}, None if there are none.",
    ),
    Take("distinct", "len(set({all}))", "len(set(found))", "Return how many different values there are among {what}."),
)
TAKE_WORDS = (
    Take("list", "[{all}]", "found", "Return a list of {what}, in order."),
    Take("ordered", "sorted({all})", "sorted(found)", "Return {what} in alphabetical order."),
    Take("joined", '" ".join({all})', '" ".join(found)', "Return {what}, joined by spaces."),
    Take("comma", '",".join({all})', '",".join(found)', "Return {what}, with commas between them."),
    Take(
        "first",
        "next(({all}), None)",
        "found[0] if found else None",
        "Return the first of {what}, None if there are none.",
    ),
    Take(
        "longest",
        'max(({all}), key=len, default="")',
        'max(found, key=len, default="")',
        "Return the longest of {what}, an empty string for none.",
    ),
    Take(
        "letters",
        "sum(len(one) for one in ({all}))",
        "sum(len(one) for one in found)",
        "Return how many letters {what} have together.",
    ),
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A family: its name, the kind of its argument, texts with `$k` and `$c`."""

    name: str
    argument: str
    parameter: str
    phrase: str
    expression: str
    loop: str
    """The same as a loop that gathers a list first."""


def families() -> Iterator[Composed]:
    """Every combination that means something, in a fixed order."""
    for keeps, makes, takes, argument, item in (
        (KEEP_INTS, MAKE_INTS, TAKE_INTS, "ints", "number"),
        (KEEP_WORDS, MAKE_WORDS, TAKE_WORDS, "words", "word"),
    ):
        for keep in keeps:
            for make in makes:
                for take in takes:
                    if keep.name == "all" and make.name == "same":
                        continue  # the library's own function
                    yield _composed(keep, make, take, argument, item)


def _composed(keep: Part, make: Part, take: Take, argument: str, item: str) -> Composed:
    items = item + "s"
    made, kept = make.code.replace("{x}", item), keep.code.replace("{x}", item)
    each = f"{made} for {item} in {items}" + (f" if {kept}" if kept else "")
    what = make.words + keep.words.replace("{items}", items)
    add = f"found.append({made})"
    gather = [f"if {kept}:", f"    {add}"] if kept else [add]
    loop = ["found = []", f"for {item} in {items}:", *("    " + line for line in gather), f"return {take.listed}"]
    return Composed(
        f"{argument}_{take.name}_{make.name}_{keep.name}",
        argument,
        items,
        take.words.replace("{what}", what),
        "return " + take.code.replace("{all}", each),
        "\n".join(loop),
    )
