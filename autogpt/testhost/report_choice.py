"""Which tests a run is asked for: nothing is collected, and no item made, that would be left out at once.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library and pytest only.
"""
# pathlib is slower at every start, and the oldest interpreters are to read this too:
# ruff: noqa: PTH118

import inspect
import os

import pytest
from report_places import names_of


class Choice:
    """`wanted` are names of tests, classes, files or folders; None for all. `skip` are ids of tests."""

    def __init__(self, places, wanted, skip):
        self.places = places
        self.wanted = None if wanted is None else frozenset(wanted)
        self.around = frozenset(name for id in self.wanted or () for name in names_of(id))
        self.skip = frozenset(skip or ())

    def is_chosen(self, id):
        if id in self.skip:
            return False
        return self.wanted is None or any(name in self.wanted for name in names_of(id))

    def may_hold(self, id):
        """Whether something that is asked for is, or may be inside of, a test, file or folder of this name."""
        return id in self.around or self.is_chosen(id)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector, name, obj):
        """In a long file to make all items takes longer than to run one."""
        if self.wanted is None or not inspect.isfunction(obj):
            return None
        return None if self.may_hold(self.places.test_id(collector) + "::" + name) else []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collection_modifyitems(self, config, items):
        yield
        chosen = [item for item in items if self.is_chosen(self.places.test_id(item))]
        if len(chosen) != len(items):
            items[:] = chosen


class Folders:
    """For pytest 7 and newer: what lies beside the files that are asked for is not looked at."""

    def __init__(self, choice):
        self.choice = choice
        self.start = choice.places.workspace + os.sep

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path, config):
        path = str(collection_path)
        if not path.startswith(self.start) or self.choice.may_hold(path[len(self.start) :].replace(os.sep, "/")):
            return None
        return True


def register(pluginmanager, choice):
    pluginmanager.register(choice, "autogpt-choice")
    if choice.wanted is not None and int(pytest.__version__.partition(".")[0]) >= 7:
        pluginmanager.register(Folders(choice), "autogpt-folders")
