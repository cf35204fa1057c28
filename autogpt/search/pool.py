"""The order in which edits are tried: best first by prior and suspicion, learning from what was tried, nothing starved.

Keys are in nats: the cost of an edit (minus log prior) plus minus the log of its line's suspicion. A pair costs what
both cost, but an edit that already moved a failing test is nearly free as half of a pair.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import log

from autogpt.search.background import Background
from autogpt.search.edit import Edit, are_disjoint, paired
from autogpt.search.exam import Finding, plain_name
from autogpt.search.generate import Generator, Region
from autogpt.search.localise import Suspicion

LEAST = 0.004
"""Suspicion of a line that no evidence speaks for; nothing is impossible."""
TIRED, MOVED, CHANGED, INERT = 0.3, -1.0, -0.3, 0.8
"""Added to a line's cost: times the log of how many edits were tried there; when one brought a test further, when one
changed how it fails, when eight changed nothing at all."""
CROWD = 0.7
"""What it costs to pick a second edit out of many when nothing speaks for the first, times the log of how many."""
PASSIVE, PASSIVE_EDITS = 0.5, 12
"""Cost of an edit where no failing test comes by, beyond its own, and how many of a statement are thought of."""
THINK_EVERY = 8
"""Picks between two such statements."""
SINGLES_FIRST = 300
"""Edits tried before pairs that nothing speaks for get every other turn."""
FREE_HALF, PART_MISSING, HALF_MOVED, HALF_CHANGED = 0.0, 2.0, 1.2, 1.8
"""Cost of an edit as half of a pair beside a third of its own: when it fixed goals (and more for those that it left),
brought one further, made one fail otherwise."""
ALIKE = 4
"""Edits with one and the same effect that count as more than any others: one of them is as good as all."""
OPENING_SHARE = 0.3
"""Of the time so much may go into thinking of edits while others wait to be tried."""
SHARE_OF_OTHERS = 8
"""Of so many picks one goes to the next function in turn."""
MAX_HALVES = 4000
OPENED_AT_ONCE = 1
CHEAPEST = 1.2
"""What an edit costs at least, nearly: a statement's edits are generated when one could be the best that is left."""


@dataclass(slots=True)
class Pairs:
    """Pairs of edits that were tried alone, lazily and best first.

    Each edit meets the others of its function; one that had an effect of its own meets all. `_groups` are edits in the
    order they were tried, by function, and all of them under ``.
    """

    _edits: list[tuple[float, Edit]] = field(default_factory=list[tuple[float, Edit]])
    _halves: list[float] = field(default_factory=list[float])
    _groups: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    _heap: list[tuple[float, int, str, int]] = field(default_factory=list[tuple[float, int, str, int]])
    _parked: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    _seen: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    _effects: Counter[int] = field(default_factory=Counter[int])

    def add(self, key: float, finding: Finding) -> None:
        """An edit that did not do alone: it meets those before it and those to come."""
        if len(self._edits) >= MAX_HALVES or finding.verdict == "good":
            return
        self._effects[finding.effect] += 1
        cost, has_effect = _as_half(key, finding) if self._effects[finding.effect] <= ALIKE else (key, False)
        own = f"{finding.edit.path}::{finding.edit.where}"
        newest = len(self._edits)
        self._edits.append((key, finding.edit))
        self._halves.append(cost)
        for name in (own, ""):
            self._groups.setdefault(name, []).append(newest)
            place = len(self._groups[name]) - 1
            for half in self._parked.pop(name, ()):
                self._push(half, name, place)
        for name in (own, *([""] if has_effect else [])):
            self._push(newest, name, 0)

    def add_passive(self, edit: Edit) -> None:
        """An edit of code that only another edit of its function can lead to: of no use alone."""
        own = f"{edit.path}::{edit.where}"
        self._edits.append((edit.cost + PASSIVE, edit))
        self._halves.append(edit.cost + PASSIVE)
        self._groups.setdefault(own, []).append(len(self._edits) - 1)
        for half in self._parked.pop(own, ()):
            self._push(half, own, len(self._groups[own]) - 1)

    def _push(self, half: int, name: str, place: int) -> None:
        other = self._groups[name][place]
        crowd = CROWD * log(len(self._groups[name])) if name else 0.0
        key = self._halves[half] + self._edits[other][0] + crowd
        heapq.heappush(self._heap, (key, half, name, place))

    def best(self) -> float:
        """The cost of the best pair that is left."""
        return self._heap[0][0] if self._heap else float("inf")

    def take(self) -> tuple[float, Edit] | None:
        """The cheapest pair that was not taken and whose halves can be made together."""
        while self._heap:
            key, half, name, place = heapq.heappop(self._heap)
            group = self._groups[name]
            if place + 1 < len(group):
                self._push(half, name, place + 1)
            else:
                self._parked.setdefault(name, []).append(half)
            other = group[place]
            one, two = self._edits[half][1], self._edits[other][1]
            pair = (min(half, other), max(half, other))
            if half == other or pair in self._seen or not are_disjoint(one, two):
                continue
            self._seen.add(pair)
            return key, paired(one, two)
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
        return self._opening > OPENING_SHARE * (time.monotonic() - self._since)

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
        if wanted and self._picks % 2 and (pair := self.pairs.take()) is not None:
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
