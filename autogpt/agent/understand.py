"""Phase one: the environment, the tests as they are on the base, the goal, the rules of the project."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from autogpt import paths
from autogpt.agent.absent import stand_on_headers
from autogpt.agent.bench import Ground, Progress, Standing, Understood, read_base, test_change
from autogpt.agent.diagnose import Diagnosis
from autogpt.agent.examples import stand_on_examples
from autogpt.agent.goal import choose_goal
from autogpt.agent.recording import Recording, is_worth_it
from autogpt.agent.seats import Seats
from autogpt.events import EnvironmentFound, FailedTest, Noted, Place, TestsRan
from autogpt.feedback.base import Environment, TestRunner
from autogpt.feedback.diagnostics import make_diagnoser
from autogpt.feedback.environment import find_environment
from autogpt.feedback.missing import what_is_missing
from autogpt.feedback.report import Report, TestOutcome
from autogpt.feedback.runner import make_runner

BUILT_IN = ("builtin", "search")
RULE_FILES = ("AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md", ".cursorrules", "CONVENTIONS.md")
MAX_RULES = 20_000
"""Characters of project rules that are read; more would crowd out the code."""
MAX_FAILURES, MAX_MESSAGE, MAX_FRAMES = 50, 1_000, 8
"""Tests told in detail, characters of each message, frames of each traceback: a journal is no log of the tests."""


def understand(ground: Ground, progress: Progress, held: ExitStack) -> tuple[Understood, Standing]:
    """Find how tests are run, run them once, and tell the goal from what failed before for other reasons.

    What is held for the tests is let go with `held`. A `refine` stands on the proposal it continues, so that is
    tested too.
    """
    repository, settings = ground.repository, ground.settings
    target = ground.task.target.path if ground.task.target else ""
    environment = find_environment(repository.workspace, settings, target=target)
    runner = make_runner(
        environment,
        repository.workspace,
        repository.toplevel,
        repository.prefix,
        settings,
        state=paths.workspace_state(repository.workspace),
    )
    held.callback(runner.close)
    command = " ".join(environment.command)
    progress.emit(
        EnvironmentFound(environment.python, command, environment.runner, runner.sandbox, environment.reasons)
    )
    progress.emit(Noted(f"Running the tests once: {command}"))
    baseline = test_change(ground, runner, {}, None, timeout=settings.test_timeout, stop=progress.stop)
    progress.stop.check()
    progress.hear(runner)
    progress.emit(counts("baseline", baseline))
    flaky = _flaky(ground, progress, runner, baseline)
    goal = choose_goal(ground.task, baseline, lambda path: read_base(ground, path), flaky)
    progress.tests = replace(progress.tests, command=command, preexisting=goal.preexisting)
    failing = [baseline.outcomes[id] for id in baseline.failing()]
    own = partial(_has_module, ground.tree.workspace)
    for missing in what_is_missing(failing, environment.python, own, baseline.outcomes):
        progress.warn(missing)
    seats = Seats(ground, runner)
    held.callback(seats.close)
    recording = None
    if goal.tests and not baseline.problem and is_worth_it(ground, baseline.seconds):
        recording = Recording(ground, runner, baseline.seconds)
        held.callback(recording.close)
    understood = Understood(
        environment,
        runner,
        baseline,
        goal.tests,
        goal.preexisting,
        flaky,
        seats,
        (),
        recording,
        _diagnosis(ground, progress, environment),
        _rules(ground.tree.workspace),
    )
    # Answers that were paid for lead from the base to what was kept; what was kept is no place to begin them from.
    begins_anew = bool(progress.recorded) and ground.task.kind != "refine"
    if not ground.parent_change or begins_anew:
        return _footing(ground, progress, understood)
    limit = settings.test_timeout
    report = test_change(ground, runner, ground.parent_change, None, timeout=limit, stop=progress.stop)
    progress.stop.check()
    return understood, Standing(ground.parent_change, report)


def _footing(ground: Ground, progress: Progress, understood: Understood) -> tuple[Understood, Standing]:
    """Where the first round stands. A language model begins from the bare base and writes what the built-in one cannot:
    tests where there are none, and functions that are not there."""
    bare, baseline = Standing({}, understood.baseline), understood.baseline
    if ground.settings.model not in BUILT_IN or understood.environment.runner != "pytest":
        return understood, bare
    if understood.goal:
        return understood, stand_on_headers(ground, progress, understood) or bare
    if ground.task.kind != "implement" or baseline.problem not in ("", "no_tests"):
        return understood, bare
    standing = stand_on_examples(ground, progress, understood.runner, baseline)
    if standing is None:
        return understood, bare
    examples = tuple(id for id in standing.report.failing() if id not in baseline.outcomes)
    return replace(understood, examples=examples), standing


def _diagnosis(ground: Ground, progress: Progress, environment: Environment) -> Diagnosis | None:
    """For a language model only: the built-in search changes too little for a linter to have an opinion."""
    repository, settings = ground.repository, ground.settings
    if settings.model in BUILT_IN:
        return None
    tools = make_diagnoser(
        environment,
        repository.workspace,
        repository.toplevel,
        repository.prefix,
        settings,
        state=paths.workspace_state(repository.workspace),
    )
    if tools is None:
        return None
    progress.emit(Noted(f"Changes are also looked at by the project's own {' and '.join(tools.names)}"))
    return Diagnosis(tools)


def counts(what: str, report: Report) -> TestsRan:
    """A report as the event that front ends show."""
    failing = report.failing()
    return TestsRan(
        what=what,  # type: ignore[arg-type]
        passed=len(report.passed()),
        failed=len(failing),
        skipped=len(report.skipped()),
        seconds=round(report.seconds, 3),
        failing=failing,
        problem=report.explanation if report.problem else "",
        failures=tuple(map(_failure, (report.outcomes[id] for id in failing[:MAX_FAILURES])))
        if what == "baseline"
        else (),
    )


def _failure(outcome: TestOutcome) -> FailedTest:
    frames = (Place(frame.path, frame.line, frame.function, frame.text) for frame in outcome.frames[-MAX_FRAMES:])
    return FailedTest(outcome.id, outcome.message[:MAX_MESSAGE], outcome.exception, tuple(frames))


def _flaky(ground: Ground, progress: Progress, runner: TestRunner, baseline: Report) -> frozenset[str]:
    """Run the failing tests once more: one that passes now is flaky and can be neither goal nor evidence."""
    failing = [id for id in baseline.failing() if "::" in id]
    if not failing or baseline.problem == "timeout":
        return frozenset()
    progress.emit(Noted("Running what failed once more, in case it fails only now and then"))
    limit = ground.settings.test_timeout
    again = test_change(ground, runner, {}, failing, timeout=limit, stop=progress.stop, fresh=True)
    progress.stop.check()
    flaky = frozenset(id for id in failing if id in again.passed())
    for id in flaky:
        progress.warn(f"flaky: {id} failed and then passed on the unchanged base, so it counts for nothing")
    return flaky


def _has_module(workspace: Path, name: str) -> bool:
    """Whether a module of this top name lies where projects have theirs: at the root or up to two folders below."""
    return any(True for depth in ("", "*/", "*/*/") for end in ("", ".py") for _ in workspace.glob(depth + name + end))


def _rules(workspace: Path) -> str:
    """Text of the project's rules for whoever changes it, as data for a model."""
    texts: list[str] = []
    for name in RULE_FILES:
        path = workspace / name
        if path.is_file() and not path.is_symlink():
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    return "\n\n".join(texts)[:MAX_RULES]
