"""Sees whether running a test left traces in the project's modules, so that one process may try several changes.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. Looked at are the sizes and
contents of containers at the level of modules and classes, caches, names that some function assigns with `global`, and
attributes that some code assigns and that classes or module-level objects have.
"""

import collections
import dis
import itertools
import logging
import os
import sys
import threading
import types

CONTAINERS = (dict, list, set, bytearray, collections.deque)
MAX_LOOKS = 4000
"""Objects looked at; a project with more state than this gets a process for each change."""
SMALL = 40
"""Containers up to this size are compared item by item, larger ones by their size."""


class State:
    """What the modules held at one moment."""

    def __init__(self, modules, is_own):
        self.is_own = is_own
        self.known = frozenset(sys.modules)
        self.containers = []
        self.caches = []
        self.slots = []
        self.counters = []
        self.seen = set()
        codes = [value.__code__ for module in modules for value in _functions(module)]
        self.globals, self.attributes = _assigned(codes)
        for module in modules:
            self._look(vars(module), self.globals, 0)
        self.complete = len(self.containers) + len(self.slots) < MAX_LOOKS
        self.before = self._now() if self.complete else None

    def is_unchanged(self):
        """Whether everything looked at is as it was."""
        return self.complete and self._now() == self.before

    def new_modules(self):
        """Names of modules that were loaded since, as (those of the project, the others)."""
        if len(sys.modules) == len(self.known):
            return [], []
        new = [name for name in list(sys.modules) if name not in self.known]
        own = [name for name in new if self.is_own(sys.modules[name])]
        return own, [name for name in new if name not in own]

    def _own_modules(self):
        return self.new_modules()[0]

    def _now(self):
        return (
            [_content(container) for container in self.containers],
            [cache.cache_info() for cache in self.caches],
            [id(namespace.get(name)) for namespace, name in self.slots],
            [repr(counter) for counter in self.counters],
            self._own_modules(), _environment(), os.getcwd(), threading.active_count(), sys.getrecursionlimit(),
        )  # fmt: skip

    def _look(self, namespace, names, depth):
        for name, value in list(namespace.items()):
            if name in names:
                self.slots.append((namespace, name))
            if not name.startswith("__"):
                self._look_at(value, depth)

    def _look_at(self, value, depth):
        if isinstance(value, (logging.Logger, logging.Handler)):
            return  # they keep notes for themselves whenever they are used
        if id(value) in self.seen or depth > 3 or len(self.containers) + len(self.slots) > MAX_LOOKS:
            return
        self.seen.add(id(value))
        if isinstance(value, CONTAINERS):
            self.containers.append(value)
            inner = value.values() if isinstance(value, dict) else value
            if not isinstance(value, bytearray):
                for one in list(itertools.islice(inner, SMALL)):
                    self._look_at(one, depth + 1)
        elif isinstance(value, types.FunctionType):
            for one in (value.__defaults__ or ()) + tuple((value.__kwdefaults__ or {}).values()):
                self._look_at(one, depth + 1)
            if value.__dict__:
                self.containers.append(value.__dict__)
        elif hasattr(value, "cache_info") and callable(getattr(value, "cache_info", None)) and not _is_class(value):
            self.caches.append(value)
        elif isinstance(value, itertools.count):
            self.counters.append(value)
        elif _is_class(value):
            if value.__module__ in sys.modules and value.__module__ != "builtins":
                self._look(vars(value), self.attributes, depth + 1)
        elif isinstance(value, (staticmethod, classmethod)):
            self._look_at(value.__func__, depth)
        elif isinstance(getattr(value, "__dict__", None), dict) and not isinstance(value, types.ModuleType):
            self.containers.append(value.__dict__)
            self._look(value.__dict__, (), depth + 1)


def _environment():
    """Without what pytest and the host themselves set for each test and each child."""
    return {name: value for name, value in os.environ.items() if name not in ("TMPDIR", "PYTEST_CURRENT_TEST")}


def _is_class(value):
    return isinstance(value, type)


def _content(container):
    if len(container) > SMALL or isinstance(container, bytearray):
        return len(container)
    if isinstance(container, dict):
        return [(id(key), id(value)) for key, value in container.items()]
    return [id(value) for value in container]


def _functions(module):
    for value in list(vars(module).values()):
        if isinstance(value, types.FunctionType):
            yield value
        elif _is_class(value):
            for inner in list(vars(value).values()):
                inner = getattr(inner, "__func__", getattr(inner, "fget", inner))
                if isinstance(inner, types.FunctionType):
                    yield inner


def _assigned(codes):
    """Names that code assigns with `global`, and names of attributes that it assigns."""
    globals_, attributes = set(), set()
    stack, seen = list(codes), set()
    while stack:
        code = stack.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        for instruction in dis.get_instructions(code):
            if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                globals_.add(instruction.argval)
            elif instruction.opname in ("STORE_ATTR", "DELETE_ATTR"):
                attributes.add(instruction.argval)
        stack += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return globals_, attributes
