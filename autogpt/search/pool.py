"""The order in which edits are tried: best first by prior and suspicion, learning from what was tried, nothing starved.

Keys are in nats: the cost of an edit (minus log prior) plus minus the log of its line's suspicion. A pair costs what
both cost, but an edit that already moved a failing test is nearly free as half of a pair.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import log

from autogpt.search.edit import Edit, are_disjoint, paired
from autogpt.search.exam import Finding
from autogpt.search.generate import Generator, Region
from autogpt.search.localise import Suspicion

LEAST = 0.004
"""Suspicion of a line that no evidence speaks for; nothing is impossible."""
TIRED, MOVED, CHANGED, INERT = 0.03, -1.0, -0.3, 0.8
"""Added to a line's cost: for each edit tried there, when one brought a test further, when one changed how it fails,
when eight changed nothing at all."""
PAIR = 1.5
FREE_HALF, HALF_MOVED, HALF_CHANGED = 0.2, 1.2, 2.5
"""Cost of an edit as half of a pair when it fixed a goal, brought one further, made it fail otherwise (at most)."""
SHARE_OF_OTHERS = 5
"""Of so many picks one goes to the next function in turn and one to the next kind of edit in turn."""
MAX_HALVES = 4000
CHEAPEST = 1.5
"""What an edit costs at least, nearly: a region is generated when it could hold the best edit that is left."""


@dataclass(slots=True)
class Pairs:
    """Pairs of edits that were tried alone, lazily and best first: each half meets the others in their order."""

    _order: list[tuple[float, Edit]] = field(default_factory=list[tuple[float, Edit]])
    _heap: list[tuple[float, int, int]] = field(default_factory=list[tuple[float, int, int]])
    _halves: list[tuple[float, Edit]] = field(default_factory=list[tuple[float, Edit]])
    _seen: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    _parked: list[int] = field(default_factory=list[int])

    def add(self, key: float, finding: Finding) -> None:
        """An edit that did not do alone. Those that other edits are paired with are kept in the order of their keys."""
        if len(self._order) >= MAX_HALVES or finding.verdict == "good":
            return
        cost = key
        if finding.fixed and finding.verdict != "breaks":
            cost = min(key, FREE_HALF)
        elif finding.moved >= 1.0:
            cost = min(key, HALF_MOVED)
        elif finding.changed and finding.verdict != "slow":
            cost = min(key, max(HALF_CHANGED, key * 0.6))
        self._order.append((key, finding.edit))
        self._halves.append((cost, finding.edit))
        heapq.heappush(self._heap, (cost + self._order[0][0], len(self._halves) - 1, 0))
        newest = len(self._order) - 1
        for half in self._parked:
            heapq.heappush(self._heap, (self._halves[half][0] + key, half, newest))
        self._parked.clear()

    def best(self) -> float:
        return self._heap[0][0] if self._heap else float("inf")

    def take(self) -> tuple[float, Edit] | None:
        """The cheapest pair that was not taken and whose halves can be made together."""
        while self._heap:
            key, half, other = heapq.heappop(self._heap)
            if other + 1 < len(self._order):
                following = self._halves[half][0] + self._order[other + 1][0]
                heapq.heappush(self._heap, (following, half, other + 1))
            else:
                self._parked.append(half)
            one, two = self._halves[half][1], self._order[other][1]
            pair = (min(half, other), max(half, other))
            if half == other or pair in self._seen or not are_disjoint(one, two):
                continue
            self._seen.add(pair)
            return key + PAIR, paired(one, two)
        return None


@dataclass(slots=True)
class Pool:
    """Edits that are still to be tried, and what became of those that were."""

    suspicion: Suspicion
    generator: Generator
    _regions: list[Region] = field(default_factory=list[Region])
    _buckets: dict[tuple[str, int], list[tuple[float, int, Edit]]] = field(
        default_factory=lambda: defaultdict[tuple[str, int], "list[tuple[float, int, Edit]]"](list)
    )
    _by_where: dict[str, list[tuple[float, int, Edit]]] = field(
        default_factory=lambda: defaultdict[str, "list[tuple[float, int, Edit]]"](list)
    )
    _by_kind: dict[str, list[tuple[float, int, Edit]]] = field(
        default_factory=lambda: defaultdict[str, "list[tuple[float, int, Edit]]"](list)
    )
    _taken: set[int] = field(default_factory=set[int])
    _count: int = 0
    _picks: int = 0
    _turns: dict[str, Iterator[str]] = field(default_factory=dict[str, Iterator[str]])
    _tries: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    _learnt: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    pairs: Pairs = field(default_factory=Pairs)

    def __post_init__(self) -> None:
        self._regions = self.generator.regions(self.suspicion)[::-1]

    def _add(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            key = edit.cost + self._place(edit.path, edit.line)
            entry = (key, self._count, edit)
            heapq.heappush(self._buckets[edit.path, edit.line], (edit.cost, self._count, edit))
            heapq.heappush(self._by_where[f"{edit.path}::{edit.where}"], entry)
            heapq.heappush(self._by_kind[edit.kind], entry)
            self._count += 1

    def __len__(self) -> int:
        return self._count - len(self._taken)

    def _place(self, path: str, line: int) -> float:
        return -log(max(LEAST, self.suspicion.at(path, line)))

    def _line_cost(self, key: tuple[str, int]) -> float:
        return self._place(*key) + self._learnt.get(key, 0.0) + TIRED * self._tries[key]

    def best_key(self) -> float:
        """The key of the best single edit that is left."""
        while True:
            bucket = self._best_bucket()
            key = float("inf") if bucket is None else self._buckets[bucket][0][0] + self._line_cost(bucket)
            if not self._regions or CHEAPEST - log(max(LEAST, self._regions[-1].suspicion)) > key:
                return key
            self._add(self.generator.edits(self._regions.pop()))

    def _best_bucket(self) -> tuple[str, int] | None:
        best, found = float("inf"), None
        for key, heap in list(self._buckets.items()):
            while heap and heap[0][1] in self._taken:
                heapq.heappop(heap)
            if not heap:
                del self._buckets[key]
            elif (cost := heap[0][0] + self._line_cost(key)) < best:
                best, found = cost, key
        return found

    def take(self) -> tuple[float, Edit] | None:
        """The next edit with its key: singles and pairs by what they cost, with a share for those in turn."""
        self._picks += 1
        turn = self._picks % (2 * SHARE_OF_OTHERS)
        if turn in (0, SHARE_OF_OTHERS) and (other := self._in_turn("where" if turn else "kind")) is not None:
            return other
        key = self.best_key()
        if self.pairs.best() + PAIR < key and (self._picks % 3 or key == float("inf")):
            pair = self.pairs.take()
            if pair is not None:
                return pair
        bucket = self._best_bucket()
        if bucket is None:
            return self.pairs.take()
        _, number, edit = heapq.heappop(self._buckets[bucket])
        return self._took(number, edit, key)

    def _in_turn(self, name: str) -> tuple[float, Edit] | None:
        heaps = self._by_where if name == "where" else self._by_kind
        for _ in range(len(heaps)):
            group = next(self._turns.get(name, iter(())), None)
            if group is None:
                self._turns[name] = iter(list(heaps))
                continue
            heap = heaps[group]
            while heap and heap[0][1] in self._taken:
                heapq.heappop(heap)
            if heap:
                key, number, edit = heapq.heappop(heap)
                return self._took(number, edit, key)
        return None

    def _took(self, number: int, edit: Edit, key: float) -> tuple[float, Edit]:
        self._taken.add(number)
        self._tries[edit.path, edit.line] += 1
        return key, edit

    def learn(self, key: float, finding: Finding) -> None:
        """Let what became of an edit change the order of what is left."""
        edit = finding.edit
        if edit.parts or finding.verdict in ("same", "invalid"):
            return
        place = (edit.path, edit.line)
        if finding.fixed or finding.moved >= 1.0:
            self._learnt[place] = min(self._learnt.get(place, 0.0), MOVED)
        elif finding.changed:
            self._learnt[place] = min(self._learnt.get(place, 0.0), CHANGED)
        elif place not in self._learnt and self._tries[place] >= 8:
            self._learnt[place] = INERT
        self.pairs.add(key, finding)
