"""A second parent, one step further: pytest configured and its session begun, so that a run only has to collect.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library and pytest only. It is forked off the
first parent and goes on without any conftest.py, which is code of the workspace. A run loads those of its files itself,
late, as pytest does for folders further down. That comes to the same only if they hold nothing that pytest asks for
before (`pytest_configure`, `pytest_addoption`) or in an order that depends on who came first: what a run finds there
is looked at, and if it is more than `LATE`, the run is made by the first parent instead.
"""

import os
import types

LATE = frozenset({
    "pytest_assertrepr_compare", "pytest_ignore_collect", "pytest_make_parametrize_id", "pytest_report_teststatus",
    "pytest_runtest_setup", "pytest_runtest_teardown", "pytest_sessionfinish", "pytest_terminal_summary",
    "pytest_unconfigure",
})  # fmt: skip
"""Hooks of a conftest.py that mean the same when it is loaded after the session has begun."""
PLUGINS = frozenset({
    "_pytest", "pytest", "pluggy", "report_plugin", "autogpt_warm", "__main__", "xdist", "pytest_cov", "pytest_asyncio",
    "_hypothesis_pytestplugin", "hypothesis", "anyio", "pytest_mock",
})  # fmt: skip
"""Whose start of a session depends on nothing that differs from run to run."""
OPTIONS = ("lf", "failedfirst", "newfirst", "stepwise", "usepdb", "trace", "collectonly", "setupplan", "setuponly")
"""Options by which the order of tests, or what is done with them, is settled when the session begins."""


def why_not(config):
    """Why the session that has begun is not fit for runs to go on from; "" when it is."""
    manager = config.pluginmanager
    for plugin in manager.get_plugins():
        name = plugin.__name__ if isinstance(plugin, types.ModuleType) else type(plugin).__module__
        if name.partition(".")[0] not in PLUGINS:
            return "the plugin %s" % name
    for option in OPTIONS:
        if getattr(config.option, option, None):
            return "the option %s" % option
    needed = [
        (manager, "_dirpath2confmods"),
        (config, "args"),
        (manager.getplugin("capturemanager"), "_global_capturing"),
    ]
    missing = [name for thing, name in needed if not hasattr(thing, name)]
    return "a pytest without %s" % missing[0] if missing else ""


def go_on(config, files):
    """In a run: its files, its own streams, and the conftest.py files that belong to them. Why not, or ""."""
    manager = config.pluginmanager
    config.args = list(files)
    config.option.file_or_dir = list(files)
    if hasattr(config, "args_source"):
        config.args_source = type(config.args_source).ARGS
    capture = manager.getplugin("capturemanager")
    streams = [os.dup(number) for number in (0, 1, 2)]
    capture.stop_global_capturing()  # its files are shared with the parent, and its streams are the parent's
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    _lead_crashes_here(config)
    capture.start_global_capturing()
    known = set(map(id, manager.get_plugins()))
    manager._dirpath2confmods.clear()
    try:
        _load(config)
    except BaseException as error:  # a conftest.py may exit, and what pytest refuses is no Exception
        return "a conftest.py that fails: %s" % type(error).__name__
    finally:
        capture.suspend_global_capture()
    for plugin in manager.get_plugins():
        if id(plugin) not in known:
            early = {hook.name for hook in manager.get_hookcallers(plugin) or ()} - LATE
            if _only_adds_lines(getattr(plugin, "pytest_configure", None)):
                early.discard("pytest_configure")  # it was called when the file was loaded, which is soon enough
            if early or hasattr(plugin, "pytest_plugins"):
                return "a conftest.py with %s" % (sorted(early) or ["pytest_plugins"])[0]
    return ""


def _only_adds_lines(hook):
    """Whether a function does nothing but `config.addinivalue_line(...)`, by which markers are declared."""
    code = getattr(hook, "__code__", None)
    return code is not None and set(code.co_names) <= {"addinivalue_line"} and not code.co_freevars


def _load(config):
    """As pytest does it at the start, under the project's filters for warnings."""
    from _pytest.warnings import catch_warnings_for_item

    with catch_warnings_for_item(config=config, ihook=config.hook, when="config", item=None):
        loading = config.pytest_load_initial_conftests(early_config=config)
        for _ in loading if isinstance(loading, types.GeneratorType) else ():
            pass


def _lead_crashes_here(config):
    """The trace of a crash is written to a copy of the parent's standard error."""
    try:
        from _pytest.faulthandler import fault_handler_stderr_fd_key

        os.dup2(2, config.stash[fault_handler_stderr_fd_key])
    except (ImportError, AttributeError, KeyError, TypeError, OSError):
        pass
