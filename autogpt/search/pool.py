"""The order in which edits are tried: best first by prior and suspicion, learning from what was tried, nothing starved.

Keys are in nats: the cost of an edit (minus log prior) plus minus the log of its line's suspicion. A pair costs what
both cost, but an edit that already moved a failing test is nearly free as half of a pair.
"""

from __future__ import annotations

import heapq
import time
from bisect import insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import exp, log

from autogpt.search.background import Background
from autogpt.search.edit import Edit, are_disjoint, paired
from autogpt.search.exam import Finding, plain_name
from autogpt.search.generate import Generator, Region
from autogpt.search.localise import Suspicion

LEAST = 0.004
"""Suspicion of a line that no evidence speaks for; nothing is impossible."""
TIRED, MOVED, CHANGED, INERT = 0.15, -1.0, -0.3, 0.8
"""Added to a line's cost: times the log of how many edits were tried there; when one brought a test further, when one
changed how it fails, when eight changed nothing at all."""
STEEP = 2.0
"""How much faster chances fall than costs rise where a second edit is picked: of many cheap ones few are ever right."""
PASSIVE, PASSIVE_EDITS = 0.5, 12
"""Cost of an edit where no failing test comes by, beyond its own, and how many of a statement are thought of."""
THINK_EVERY = 8
"""Picks between two such statements."""
SINGLES_FIRST = 300
"""Edits tried before pairs that nothing speaks for get their turns."""
FREE_HALF, PART_MISSING, HALF_MOVED, HALF_CHANGED = 0.0, 2.0, 1.2, 1.8
"""Cost of an edit as half of a pair beside a third of its own: when it fixed goals (and more for those that it left),
brought one further, made one fail otherwise."""
ALIKE = 4
"""Edits with one and the same effect that count as more than any others: one of them is as good as all."""
OPENING_SHARE, HEAD_START = 0.3, 0.5
"""Of the time so much may go into thinking of edits while others wait to be tried, and so many seconds before."""
SHARE_OF_OTHERS = 8
"""Of so many picks one goes to the next function in turn."""
MAX_HALVES, MOST_MET = 4000, 400
"""Edits that are paired, and how many of those before it, the cheapest, each one meets."""
ALL, EFFECTIVE = "", "*"
"""Names of groups beside those of functions."""
OPENED_AT_ONCE = 1
CHEAPEST = 1.5
"""What an edit costs at least, nearly: a statement's edits are generated when one could be the best that is left."""


@dataclass(slots=True)
class Pairs:
    """Pairs of edits that were tried alone, lazily and best first.

    Each edit meets the others of its function; one that had an effect of its own meets all. A pair costs what its
    halves cost, the second one as likely as it is among its group.
    """

    _edits: list[Edit] = field(default_factory=list[Edit])
    _costs: list[float] = field(default_factory=list[float])
    _known: dict[str, list[tuple[float, int]]] = field(default_factory=dict[str, "list[tuple[float, int]]"])
    """Costs and numbers of edits, the cheapest first, by function; under `ALL` all, under `EFFECTIVE` those."""
    _weight: dict[str, float] = field(default_factory=dict[str, float])
    """By group: the sum of the chances of its edits, not normed."""
    _heaps: dict[str, list[tuple[float, int, int]]] = field(default_factory=dict[str, "list[tuple[float, int, int]]"])
    """By group: the cost of a pair, the number of its later half, and which of those it meets is the other one."""
    _meets: dict[tuple[str, int], list[tuple[float, int]]] = field(
        default_factory=dict[tuple[str, int], "list[tuple[float, int]]"]
    )
    _seen: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    _effects: Counter[int] = field(default_factory=Counter[int])
    _taken: int = 0

    def add(self, key: float, finding: Finding) -> None:
        """An edit that did not do alone: it meets those before it and those to come."""
        if len(self._edits) >= MAX_HALVES or finding.verdict == "good":
            return
        self._effects[finding.effect] += 1
        cost, has_effect = _as_half(key, finding) if self._effects[finding.effect] <= ALIKE else (key, False)
        self._enter(finding.edit, cost, has_effect=has_effect)
        if has_effect:
            insort(self._known.setdefault(EFFECTIVE, []), (cost, len(self._edits) - 1))

    def add_passive(self, edit: Edit) -> None:
        """An edit of code that only another edit of its function can lead to: of no use alone."""
        self._enter(edit, edit.cost + PASSIVE, has_effect=False)

    def _enter(self, edit: Edit, cost: float, *, has_effect: bool) -> None:
        number, own = len(self._edits), f"{edit.path}::{edit.where}"
        self._edits.append(edit)
        self._costs.append(cost)
        self._meet(own, number, self._known.get(own, [])[:MOST_MET])
        self._meet(ALL, number, self._known.get(ALL if has_effect else EFFECTIVE, [])[:MOST_MET])
        for name in (own, ALL):
            insort(self._known.setdefault(name, []), (cost, number))
            self._weight[name] = self._weight.get(name, 0.0) + exp(-STEEP * cost)

    def _meet(self, name: str, number: int, others: list[tuple[float, int]]) -> None:
        if others:
            self._meets[name, number] = others
            heapq.heappush(self._heaps.setdefault(name, []), (self._costs[number] + others[0][0], number, 0))

    def _key(self, name: str) -> float:
        heap = self._heaps[name]
        return heap[0][0] + log(self._weight[name]) / STEEP if heap else float("inf")

    def best(self) -> float:
        """The cost of the best pair that is left."""
        return min(map(self._key, self._heaps), default=float("inf"))

    def take(self) -> tuple[float, Edit] | None:
        """The cheapest pair that was not taken and whose halves can be made together.

        Those of one function and those with an edit that had an effect of its own come in turn, as long as there are
        both: nothing can be said of which is the likelier.
        """
        self._taken += 1
        left = [name for name, heap in self._heaps.items() if heap]
        for name in sorted(left, key=lambda name: ((name == ALL) != bool(self._taken % 2), self._key(name))):
            if (found := self._take_of(name)) is not None:
                return found
        return None

    def _take_of(self, name: str) -> tuple[float, Edit] | None:
        heap = self._heaps[name]
        while heap:
            key = self._key(name)
            _, number, place = heapq.heappop(heap)
            others = self._meets[name, number]
            if place + 1 < len(others):
                heapq.heappush(heap, (self._costs[number] + others[place + 1][0], number, place + 1))
            else:
                del self._meets[name, number]
            other = others[place][1]
            if (other, number) not in self._seen and are_disjoint(self._edits[other], self._edits[number]):
                self._seen.add((other, number))
                return key, paired(self._edits[other], self._edits[number])
        return None


def _as_half(key: float, finding: Finding) -> tuple[float, bool]:
    """What an edit costs as half of a pair, and whether it had an effect that speaks for it alone."""
    if finding.fixed and not finding.broken:
        missing = 1.0 - len(finding.fixed) / max(1, finding.ran)
        return min(key, FREE_HALF + PART_MISSING * missing + 0.35 * key), True
    if finding.moved >= 1.0:
        return min(key, HALF_MOVED + 0.35 * key), True
    if finding.changed and finding.verdict != "slow":
        return min(key, HALF_CHANGED + 0.35 * key), False
    return key, False


@dataclass(slots=True)
class Bucket:
    """The edits of one statement, the cheapest first; `head` is the next one."""

    where: str
    place: float
    """Minus the log of the statement's suspicion."""
    rest: Iterator[Edit] | Background[Edit]
    head: Edit
    learnt: float = 0.0
    tries: int = 0

    @property
    def key(self) -> float:
        return self.head.cost + self.place + self.learnt + TIRED * log(1 + self.tries)

    def advance(self) -> bool:
        """Put the next edit at the head; False when there is none, or none yet."""
        following = self.rest.ready() if isinstance(self.rest, Background) else next(self.rest, None)
        self.head = following or self.head
        return following is not None

    def learn(self, finding: Finding) -> None:
        """Let what an edit did change the chances of the statement's others."""
        if finding.fixed or finding.moved >= 1.0:
            self.learnt = min(self.learnt, MOVED)
        elif finding.changed:
            self.learnt = min(self.learnt, CHANGED)
        elif self.learnt == 0.0 and self.tries >= 8:
            self.learnt = INERT


@dataclass(slots=True)
class Pool:
    """Edits that are still to be tried, and what became of those that were."""

    suspicion: Suspicion
    generator: Generator
    pairs: Pairs = field(default_factory=Pairs)
    pairing: bool = True
    """Whether two edits that did not do alone are tried together."""
    pair_turn: int = 3
    """Of so many picks one is a pair, once single edits have had their chance."""
    _regions: list[Region] = field(default_factory=list[Region])
    _buckets: dict[tuple[str, int], Bucket] = field(default_factory=dict[tuple[str, int], Bucket])
    _thinking: dict[tuple[str, int], tuple[float, Background[Edit]]] = field(
        default_factory=dict[tuple[str, int], "tuple[float, Background[Edit]]"]
    )
    _unreached: dict[str, list[Region]] = field(default_factory=dict[str, "list[Region]"])
    _since: float = field(default_factory=time.monotonic)
    _opening: float = 0.0
    _due: list[Region] = field(default_factory=list[Region])
    _picks: int = 0
    _turn: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        for region in reversed(self.generator.regions(self.suspicion)):
            if region.line in self.suspicion.unreached.get(region.path, ()) and not region.unfinished:
                where = self.generator.function_at(region.path, region.line)
                self._unreached.setdefault(f"{region.path}::{where}", []).append(region)
            else:
                self._regions.append(region)

    def best_key(self) -> float:
        """The key of the best single edit that is left."""
        found = self._best()
        return self._buckets[found].key if found else float("inf")

    def _best(self) -> tuple[str, int] | None:
        """Where the best single edit is. Statements that could hold it are generated first, but few at a time, so that
        those that are known are tried meanwhile."""
        self._listen()
        for opened in range(OPENED_AT_ONCE + len(self._regions)):
            found = min(self._buckets, key=lambda place: self._buckets[place].key, default=None)
            key = self._buckets[found].key if found else float("inf")
            enough = found is not None and (opened >= OPENED_AT_ONCE or self._has_opened_enough())
            if enough or not self._regions or CHEAPEST + _place(self._regions[-1].suspicion) > key:
                return found
            started = time.monotonic()
            self._open(self._regions.pop())
            self._opening += time.monotonic() - started
        return min(self._buckets, key=lambda place: self._buckets[place].key, default=None)

    def _has_opened_enough(self) -> bool:
        """Whether the time is better spent on what is known, so that those who try it do not wait."""
        return self._opening > HEAD_START + OPENING_SHARE * (time.monotonic() - self._since)

    def _open(self, region: Region) -> None:
        if region.unfinished:
            self._thinking[region.path, region.line] = (
                _place(region.suspicion),
                Background(self.generator.edits(region)),
            )
            return
        rest = iter(self.generator.edits(region))
        head = next(rest, None)
        if head is not None:
            where = f"{head.path}::{head.where}"
            self._buckets[region.path, region.line] = Bucket(where, _place(region.suspicion), rest, head)

    def _listen(self) -> None:
        """Take in what was thought of meanwhile for unfinished functions."""
        for place, (cost, background) in list(self._thinking.items()):
            edit = background.ready()
            if edit is not None:
                self._buckets[place] = Bucket(f"{edit.path}::{edit.where}", cost, background, edit)
            if edit is not None or background.ended:
                del self._thinking[place]

    @property
    def is_thinking(self) -> bool:
        """Whether more may come, although there is nothing to take now."""
        return bool(self._thinking)

    def close(self) -> None:
        """End what still thinks."""
        running = [background for _, background in self._thinking.values()]
        for background in [*running, *(bucket.rest for bucket in self._buckets.values())]:
            if isinstance(background, Background):
                background.close()

    def take(self) -> tuple[float, Edit] | None:
        """The next edit with its key: singles and pairs by what they cost, with a share for functions in turn."""
        self._picks += 1
        if self._due and self._picks % THINK_EVERY == 0:
            self._think_of_passive()
        found = self._best()
        key = self._buckets[found].key if found else float("inf")
        wanted = self._picks > SINGLES_FIRST or self.pairs.best() < key
        if wanted and self._picks % self.pair_turn == 1 and (pair := self.pairs.take()) is not None:
            return pair
        if found is None:
            return self.pairs.take()
        if self._picks % SHARE_OF_OTHERS == 0:
            found = self._in_turn()
        bucket = self._buckets[found]
        taken = bucket.key, bucket.head
        bucket.tries += 1
        if not bucket.advance():
            del self._buckets[found]
            if isinstance(bucket.rest, Background) and not bucket.rest.ended:
                self._thinking[found] = (bucket.place, bucket.rest)
        return taken

    def _in_turn(self) -> tuple[str, int]:
        """The best of the function whose turn it is."""
        if not self._turn:
            self._turn = list(dict.fromkeys(bucket.where for bucket in self._buckets.values()))[::-1]
        where = self._turn.pop()
        of_function = [place for place, bucket in self._buckets.items() if bucket.where == where]
        return min(of_function or self._buckets, key=lambda place: self._buckets[place].key)

    def learn(self, key: float, finding: Finding) -> None:
        """Let what became of an edit change the order of what is left."""
        edit = finding.edit
        if edit.parts or finding.verdict in ("same", "invalid"):
            return
        bucket = self._buckets.get((edit.path, edit.line))
        if bucket is not None:
            bucket.learn(finding)
        if not self.pairing:
            return
        self.pairs.add(key, finding)
        if finding.changed:
            self._due += self._unreached.pop(f"{edit.path}::{plain_name(edit.where)}", ())

    def _think_of_passive(self) -> None:
        """Of one statement at a time, since this takes a while."""
        for passive in islice(self.generator.edits(self._due.pop()), PASSIVE_EDITS):
            self.pairs.add_passive(passive)


def _place(suspicion: float) -> float:
    return -log(max(LEAST, suspicion))
