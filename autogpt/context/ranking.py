"""What matters for a task, found from where it begins along the names that files share. Pure.

Personalised PageRank by pushing (Andersen, Chung, Lang 2006: "Local graph partitioning using PageRank vectors"): only
the neighbourhood of the seeds is looked at, whatever the size of the project, and no graph is ever built.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping

from autogpt.context.index import Index, defined, words
from autogpt.context.syntax import Definition

RESTART = 0.3
"""Part of the rank that stays with a file instead of going on to its neighbours."""
PUSHES = 60
"""Files whose neighbours are looked at; by then what is left to hand on is dust."""
DUST = 1e-4
COMMON = 8
"""A name that more files define (`get`, `main`) says nothing about which one is meant."""
POPULAR = 24
"""A definition used by more files does not lead to any of them."""
BACK = 0.3
"""What leads from a definition to its users, against 1 for the way from use to definition."""
PRIVATE = 0.2
LONG = 6
"""Names of so many letters are rarely the same by chance."""
COMMON_WORDS = 0.2
"""A word that more than this part of the files have leads nowhere."""


def rank(index: Index, seeds: Mapping[str, float]) -> dict[str, float]:
    """Rank by path, highest first; `seeds` are files with how much the task is about each. Ranks sum to 1 at most."""
    total = sum(weight for path, weight in seeds.items() if path in index.files)
    if not total:
        return {}
    left = {path: weight / total for path, weight in seeds.items() if path in index.files}
    queue = [(-rest, path) for path, rest in left.items()]
    heapq.heapify(queue)
    ranks: dict[str, float] = {}
    for _ in range(PUSHES):
        path = _largest(queue, left)
        if path is None:
            break
        rest = left.pop(path)
        ranks[path] = ranks.get(path, 0.0) + RESTART * rest
        edges = neighbours(index, path)
        whole = sum(edges.values())
        for other, weight in edges.items():
            left[other] = left.get(other, 0.0) + (1 - RESTART) * rest * weight / whole
            heapq.heappush(queue, (-left[other], other))
    for path, rest in left.items():
        ranks[path] = ranks.get(path, 0.0) + RESTART * rest
    return dict(sorted(ranks.items(), key=lambda item: (-item[1], item[0])))


def _largest(queue: list[tuple[float, str]], left: Mapping[str, float]) -> str | None:
    """The file with most to hand on; entries that are out of date are passed over."""
    while queue:
        rest, path = heapq.heappop(queue)
        if left.get(path) == -rest:
            return path if -rest > DUST else None
    return None


def neighbours(index: Index, path: str) -> dict[str, float]:
    """Files that define what this one uses, and less so those that use what it defines."""
    facts = index.files[path]
    own = defined(path, facts)
    edges: dict[str, float] = {}
    for name, count in facts.names.items():
        definers = index.definers.get(name) if name not in own else None
        if definers and len(definers) <= COMMON:
            weight = _telling(name) * math.sqrt(count) / len(definers)
            for other in definers:
                edges[other] = edges.get(other, 0.0) + weight
    for name in own:
        users = index.users.get(name, ())
        alone = len(index.definers.get(name, ()))
        if len(users) <= POPULAR and alone <= COMMON:
            for other in users:
                if other != path:
                    edges[other] = edges.get(other, 0.0) + BACK * _telling(name) / (len(users) * alone)
    return edges


def _telling(name: str) -> float:
    """How much a shared name says: a long one is no chance, a private one is seldom meant for others."""
    weight = 2.0 if len(name) >= LONG else 1.0
    return weight * PRIVATE if name.startswith("_") else weight


def by_names(index: Index, names: Iterable[str]) -> dict[str, float]:
    """Weights for files that define one of these names; the fewer there are the more each one counts."""
    found: dict[str, float] = {}
    for name in dict.fromkeys(names):
        paths = {path for path, _ in index.definitions(name)}
        for path in paths if len(paths) <= COMMON else ():
            found[path] = found.get(path, 0.0) + 1.0 / len(paths)
    return found


def by_words(index: Index, text: str, most: int = 8) -> dict[str, float]:
    """Weights for the files whose names and definitions share the rarest words with prose; 1 for the best."""
    scores: dict[str, float] = {}
    count = max(len(index.files), 1)
    for word in set(words(text)):
        paths = index.words.get(word, ())
        if not paths or (len(paths) > 3 and len(paths) > COMMON_WORDS * count):
            continue
        worth = math.log(1.0 + count / len(paths))
        for path in paths:
            scores[path] = scores.get(path, 0.0) + worth
    best = sorted(scores.items(), key=lambda item: (-item[1], len(index.files[item[0]].names), item[0]))[:most]
    return {path: score / best[0][1] for path, score in best}


def key_definitions(index: Index, path: str, wanted: Iterable[str], most: int) -> tuple[Definition, ...]:
    """The definitions of a file that others are likeliest to need: those that `wanted` names, then the most used, then
    constants."""
    asked = set(wanted)
    definitions = index.files[path].definitions

    def worth(definition: Definition) -> tuple[bool, bool, bool, int, int]:
        users, name = len(index.users.get(definition.simple, ())), definition.simple
        constant = definition.head.startswith(definition.name)
        return name not in asked, constant, name.startswith("_"), -users, definition.first

    return tuple(sorted(sorted(definitions, key=worth)[:most], key=lambda one: (one.first, -one.last)))
