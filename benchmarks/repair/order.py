"""Where the edit that undoes a seeded bug stands among the edits of its function, with the trained ranker and without.

    python -m benchmarks.repair.order --half dev --weights build/training/cpu/export/model

No test is run, so nothing depends on the machine but the edits scored a second. Evidence is empty: what a failing test
says is not known here. The order is that of a search which suspects all statements of the function alike. Ctrl-C ends
it with the figures so far.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from math import inf, log
from pathlib import Path
from statistics import mean, median

from autogpt.models.ranker import WeightsRanker
from autogpt.models.shipped import FOLDER, open_ranker
from autogpt.search.edit import Edit
from autogpt.search.generate import FileSpace
from autogpt.search.ranker import RANKED, of_one_weight
from autogpt.search.space import Source
from benchmarks.repair import mutate
from benchmarks.repair.bugs import BUGS, load_bugs, read_source
from benchmarks.repair.packages import fetch, load_packages
from benchmarks.repair.run import choose
from benchmarks.repair.space import function_lines, shape

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5)
FRESH = 100
"""Bugs drawn where no number is given."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The edits of a function: `costs` are the search's, `scores` the model's, `right` is the place of the one wanted,
    `rows` are the lines of their statements, `kinds` their operators."""

    bug: str
    costs: list[float]
    scores: list[float]
    rows: list[int]
    kinds: list[str]
    right: int

    def totals(self, share: float) -> list[float]:
        """Costs with that share of the scores, as the search orders by them."""
        totals = list(self.costs)
        if not share:
            return totals
        by_row: dict[int, list[int]] = {}
        for index, row in enumerate(self.rows):
            by_row.setdefault(row, []).append(index)
        for some in by_row.values():
            asked = some[:RANKED]
            own = [self.costs[index] for index in asked]
            ranked = [cost - share * self.scores[index] for cost, index in zip(own, asked, strict=True)]
            for index, cost in zip(asked, of_one_weight(own, ranked), strict=True):
                totals[index] = cost
        return totals

    def place(self, share: float, same_statement: bool = False) -> int:
        """From 1; among the edits of its statement alone if asked."""
        totals = self.totals(share)
        own = self.rows[self.right]
        return 1 + sum(
            total < totals[self.right]
            for total, row in zip(totals, self.rows, strict=True)
            if row == own or not same_statement
        )

    def statement_place(self, share: float) -> int:
        """Of the statement to be mended, from 1; each stands where its best edit does: where the model would look."""
        best: dict[int, float] = {}
        for total, row in zip(self.totals(share), self.rows, strict=True):
            best[row] = min(total, best.get(row, inf))
        return 1 + sum(total < best[self.rows[self.right]] for total in best.values())


def order(bug: str, original: str, wrong: tuple[int, int, str], ranker: WeightsRanker) -> tuple[Ordered | None, int]:
    """The order of a function's edits, or None where no edit undoes the change; how many edits were scored."""
    text = mutate.apply(original, mutate.Edit(*wrong))
    source = Source("module.py", text)
    lines = function_lines(source.tree, text.count("\n", 0, wrong[0]) + 1)
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    first, last = starts[lines[0] - 1], starts[min(lines[-1], len(starts) - 1)]
    goal = shape(original[first : last + len(original) - len(text)])
    space = FileSpace(source)
    found: list[Edit] = []
    scores: list[float] = []
    asked = 0
    for line in lines:
        edits = list(space.edits(line))
        some = edits[:RANKED]
        costs = ranker.costs(source, some, "") if len(some) > 1 else [edit.cost for edit in some]
        asked += len(some)
        found += edits
        scores += [edit.cost - cost for edit, cost in zip(some, costs, strict=True)]
        scores += [0.0] * (len(edits) - len(some))
    for index, edit in enumerate(found):
        inside = first <= edit.start and edit.end <= last
        if inside and shape(text[first : edit.start] + edit.text + text[edit.end : last]) == goal:
            rows, kinds = [edit.line for edit in found], [edit.kind for edit in found]
            return Ordered(bug, [edit.cost for edit in found], scores, rows, kinds, index), asked
    return None, asked


def orders(half: str, limit: int, ranker: WeightsRanker) -> Iterator[tuple[Ordered | None, int, float]]:
    """Each edit of each bug, with how many edits were scored and the seconds it took."""
    packages = load_packages()
    for bug in choose(load_bugs(BUGS), half, (), limit):
        original = read_source(fetch(packages[bug.package]) / bug.file)
        for wrong in bug.edits:
            started = time.process_time()
            found, asked = order(bug.id, original, wrong, ranker)
            yield found, asked, time.process_time() - started


def fresh_orders(limit: int, seed: int, ranker: WeightsRanker) -> Iterator[tuple[Ordered | None, int, float]]:
    """The same of bugs drawn now, in functions of the dev half: the search's costs were tuned on the set's own bugs,
    and whoever is compared with them there loses. Whether a test would notice them is not known."""
    dice = random.Random(f"{seed}-order")
    scopes: list[mutate.Scope] = []
    for package in load_packages().values():
        if package.half == "dev":
            source = fetch(package)
            modules = [mutate.Module(read_source(source / file)) for file in package.files(source)]
            scopes += [mutate.Scope(one, name, node) for one in modules for name, node in one.functions()]
    kinds = list(mutate.KINDS)
    count = 0
    while count < limit:
        kind = dice.choices(kinds, [mutate.KINDS[name].weight for name in kinds])[0]
        scope = dice.choice(scopes)
        edits = mutate.sites(scope, kind)
        dice.shuffle(edits)
        edit = next((edit for edit in edits if mutate.makes_sense(scope.module, edit)), None)
        if edit is None:
            continue
        count += 1
        started = time.process_time()
        found, asked = order(f"{scope.name} {kind}", scope.module.text, (edit.start, edit.end, edit.new), ranker)
        yield found, asked, time.process_time() - started


def centred(found: Sequence[Ordered]) -> list[Ordered]:
    """Scores less the mean of their kind over all edits: what is left of them without the model's taste in kinds."""
    by_kind: dict[str, list[float]] = {}
    for one in found:
        for kind, score in zip(one.kinds, one.scores, strict=True):
            if score:
                by_kind.setdefault(kind, []).append(score)
    means = {kind: mean(scores) for kind, scores in by_kind.items()}
    return [
        replace(
            one,
            scores=[score - means[kind] if score else 0.0 for kind, score in zip(one.kinds, one.scores, strict=True)],
        )
        for one in found
    ]


def table(found: Sequence[Ordered]) -> str:
    """Places by the share of the model's score; the last two columns are mean logs: of the place within its statement,
    and of the statement's own."""
    lines = [
        "| share | place, median | mean log | first | first 5 | first 20 | better / worse | within | statement |",
        f"|{'---|' * 9}",
    ]
    alone = [one.place(0.0) for one in found]
    for share in (0.0, *SHARES):
        places = [one.place(share) for one in found]
        within = mean(log(one.place(share, same_statement=True)) for one in found)
        statements = mean(log(one.statement_place(share)) for one in found)
        better = sum(a < b for a, b in zip(places, alone, strict=True))
        worse = sum(a > b for a, b in zip(places, alone, strict=True))
        firsts = " | ".join(str(sum(place <= most for place in places)) for most in (1, 5, 20))
        lines.append(
            f"| {share:g} | {median(places):g} | {mean(map(log, places)):.3f} | {firsts} | {better} / {worse} "
            f"| {within:.3f} | {statements:.3f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.order", description="Place of the right edit.")
    parser.add_argument("--half", choices=["dev", "held-out"], default="dev")
    parser.add_argument("--weights", type=Path, default=FOLDER, help="what `autogpt train export` made")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="a sample of N bugs")
    parser.add_argument("--fresh", type=int, metavar="SEED", help="bugs drawn now in packages of the dev half")
    parser.add_argument("--save", type=Path, help="all costs and scores, a line a bug")
    options = parser.parse_args(arguments)
    opened = open_ranker(lambda text: print(text, file=sys.stderr), options.weights)
    if opened is None:
        print(f"There are no weights in {options.weights}: `autogpt train export` makes them.", file=sys.stderr)
        return 1
    ranker = replace(opened, share=1.0)
    results: list[tuple[Ordered | None, int, float]] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        some = orders(options.half, options.limit, ranker)
        if options.fresh is not None:
            some = fresh_orders(options.limit or FRESH, options.fresh, ranker)
        for result in some:
            results.append(result)
    except KeyboardInterrupt:
        print("Interrupted; so far:", file=sys.stderr)
    found = [one for one, _, _ in results if one is not None]
    asked, seconds = sum(asked for _, asked, _ in results), sum(seconds for _, _, seconds in results)
    print(f"half {options.half}: {len(results)} edits to undo, {len(found)} with an edit that does")
    print(f"{asked} edits scored, {asked / seconds:.0f} a second of processor, their making included")
    print(f"{table(found)}\n\nWithout the mean score of each kind:\n{table(centred(found))}")
    if options.save:
        options.save.write_text("".join(json.dumps(asdict(one)) + "\n" for one in found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
