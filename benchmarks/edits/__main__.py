"""`python -m benchmarks.edits`: the table of rules and outcomes, and the time that an edit takes."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from autogpt.edits import Applied, PathPolicy, SearchReplace, apply
from autogpt.edits.document import new_document
from autogpt.edits.replacing import Replaced, search_replace
from benchmarks.edits.cases import SLIPS, Case, find_files, make_cases
from benchmarks.edits.rules import RULES, Lines, Rule

OUTCOMES = ("right", "refused", "damaged", "wrong place")
BY_LOT = "SEARCH fits twice"
"""The kind of all cases whose place was drawn by lot: a rule that takes one is right by chance, a refusal is due."""


def place_only(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
    """Ours without looking at the result: no check that Python still parses."""
    edit = SearchReplace("a.txt", "\n".join(search) + "\n", "\n".join(new) + "\n")
    result = search_replace(new_document("\n".join(lines)), edit)
    return _restored(result.document.text, lines) if isinstance(result, Replaced) else None


def whole(path: str) -> Rule:
    """Ours as the product applies it to a file of this name."""

    def rule(lines: Lines, search: Lines, new: Lines) -> list[str] | None:
        edit = SearchReplace(path, "\n".join(search) + "\n", "\n".join(new) + "\n")
        result = apply([edit], {path: "\n".join(lines).encode()}.get, policy=PathPolicy())
        data = result.change[path] if isinstance(result, Applied) else None
        return None if data is None else data.decode().split("\n")

    return rule


def _restored(text: str, lines: Lines) -> list[str]:
    """A document made from text has a final newline, also where the file has none."""
    return text.split("\n") if lines[-1] == "" else text.removesuffix("\n").split("\n")


def outcome(case: Case, result: Sequence[str] | None) -> str:
    """`damaged`: the right place, but text changed that was not meant; `wrong place`: lines around it changed."""
    if result is None:
        return "refused"
    if tuple(result) == case.expected:
        return "right"
    before, after = case.lines[: case.start], case.lines[case.stop :]
    kept = tuple(result[: len(before)]) == before and (not after or tuple(result[-len(after) :]) == after)
    return "damaged" if kept and len(result) >= len(before) + len(after) else "wrong place"


def run(cases: Sequence[Case], rules: Mapping[str, Rule]) -> dict[str, dict[str, Counter[str]]]:
    """Outcomes by rule and kind of slip."""
    table: dict[str, dict[str, Counter[str]]] = {
        name: defaultdict(Counter) for name in ("ours", "ours, place only", *rules)
    }
    for case in cases:
        for name, rule in {"ours": whole(case.path), "ours, place only": place_only, **rules}.items():
            result = rule(case.lines, case.search, case.replace)
            table[name][kind_of(case)][outcome(case, result)] += 1
    return table


def kind_of(case: Case) -> str:
    return BY_LOT if case.fits_twice else case.kind


def show(table: Mapping[str, Mapping[str, Counter[str]]], kinds: Sequence[str]) -> None:
    """Totals by rule, then what is right and in the wrong place by kind."""
    print(f"{'rule':<18}" + "".join(f"{name:>13}" for name in OUTCOMES))
    for name, by_kind in table.items():
        total = sum(by_kind.values(), Counter[str]())
        count = total.total() or 1
        print(f"{name:<18}" + "".join(f"{total[one]:>6} {total[one] / count:>5.1%}" for one in OUTCOMES))
    print("\nright / damaged / wrong place, in percent, by kind of slip")
    names = list(table)
    print(f"{'slip':<20}{'cases':>6}" + "".join(f"{name[:13]:>14}" for name in names))
    for kind in kinds:
        cells = [table[name][kind] for name in names]
        numbers = [
            tuple(100 * cell[one] / (cell.total() or 1) for one in ("right", "damaged", "wrong place"))
            for cell in cells
        ]
        row = "".join(f"{'/'.join(f'{value:.0f}' for value in three):>14}" for three in numbers)
        print(f"{kind:<20}{cells[0].total():>6}{row}")


def show_better(table: Mapping[str, Mapping[str, Counter[str]]], kinds: Sequence[str]) -> None:
    """The kinds of slip in which a rule is right more often than ours."""
    print()
    for kind in kinds:
        ours, count = table["ours"][kind]["right"], table["ours"][kind].total()
        better = {name: row[kind] for name, row in table.items() if row[kind]["right"] > ours}
        for name, cell in better.items():
            print(f"{kind}: {name} {cell['right']} right, {cell['wrong place']} misplaced; ours {ours} of {count}")
        if not better:
            print(f"{kind}: none above ours, {ours} of {count}")


def show_speed() -> None:
    """Seconds for one edit in generated files of 5,000 lines and of 10 MB."""
    for label, count, suffix in (
        ("5,000 lines, Python", 5_000, "py"),
        ("5,000 lines, text", 5_000, "txt"),
        ("9 MB, text", 380_000, "txt"),
    ):
        rng = random.Random(1)
        lines = [f"v{rng.randrange(16**6):x} = f{rng.randrange(16**6):x}({number})" for number in range(count)]
        data = "\n".join(lines).encode()
        at = count // 2
        exact = "\n".join(lines[at : at + 6])
        slips = {"exact": exact, "a line wrong": exact.replace(lines[at + 2], lines[at + 2].replace(" = f", " = gg"))}
        for slip, search in slips.items():
            edit = SearchReplace(f"a.{suffix}", search, search.replace(lines[at + 5], "changed = 1"))
            started = time.perf_counter()
            result = apply([edit], {edit.path: data}.get, policy=PathPolicy())
            took = time.perf_counter() - started
            print(f"{label:<22}{slip:<14}{took * 1000:>8.1f} ms  {type(result).__name__}  {len(data):,} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edits", description=__doc__)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--per-file", type=int, default=3)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--only", action="store_true", help="ours alone, with each case that is not right")
    parser.add_argument("--wrong", type=int, default=0, help="show so many cases of ours that are damaged or misplaced")
    options = parser.parse_args()
    cases: list[Case] = []
    for seed in options.seed:
        rng = random.Random(seed)
        cases += [case for path in find_files(seed, options.files) for case in make_cases(path, rng, options.per_file)]
    print(f"{options.files} files a seed, {len(cases)} cases, seeds {', '.join(map(str, options.seed))}")
    table = run(cases, {} if options.only else RULES)
    kinds = sorted({kind_of(case) for case in cases}, key=[*SLIPS, BY_LOT].index)
    show(table, kinds)
    if not options.only:
        show_better(table, kinds)
    shown = 0
    for case in cases:
        if shown >= options.wrong:
            break
        result = whole(case.path)(case.lines, case.search, case.replace)
        if (what := outcome(case, result)) in ("damaged", "wrong place"):
            shown += 1
            print(
                f"\n== {what}: {case.kind}, {case.path}:{case.start + 1}",
                *case.search,
                "=====",
                *case.replace,
                sep="\n",
            )
            print("----- became", *(result or ())[max(0, case.start - 2) : case.stop + 4], sep="\n")
    print()
    show_speed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
