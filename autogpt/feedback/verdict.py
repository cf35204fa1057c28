"""What a report says about a candidate, compared with the baseline, to the letter of what `verified` means. Pure.

Verified: at least one test that failed (or did not exist) on the base passes now, none that passed fails, the goal is
reached, and the given tests were not weakened. Everything else says what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from autogpt.feedback.integrity import Finding
from autogpt.feedback.report import Report
from autogpt.models.base import Verdict
from autogpt.result import Tests


@dataclass(frozen=True, slots=True)
class Comparison:
    """Test ids by what became of them."""

    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    still_failing: tuple[str, ...]
    preexisting: tuple[str, ...]
    added: tuple[str, ...]
    unmet: tuple[str, ...] = ()
    """New tests of the change that fail with it."""
    idle: tuple[str, ...] = ()
    """New tests that pass without the change, too."""


def judge(
    baseline: Report,
    candidate: Report,
    *,
    goal: Sequence[str],
    findings: Sequence[Finding] = (),
    proof: Report | None = None,
    flaky: Collection[str] = (),
) -> Verdict:
    """The verdict on a candidate.

    `candidate` is the run with the given tests of the base laid over the change (`integrity.judged`). `proof` is a run
    of the new tests alone on the base: one that passes there proves nothing. `flaky` ids count neither way.
    """
    compared = compare(baseline, candidate, goal=goal, proof=proof, flaky=flaky)
    tests = Tests(
        candidate.command,
        compared.fixed,
        compared.broken,
        (*compared.still_failing, *compared.unmet),
        compared.preexisting,
        compared.added,
    )
    warnings = tuple(finding.sentence() for finding in findings)
    status, reason = _decide(compared, candidate, findings, is_dead=baseline.problem == candidate.problem)
    weakened = any(finding.severity == "weaken" for finding in findings)
    return Verdict(status, reason, tests, candidate, warnings, weakened)  # type: ignore[arg-type]


def compare(
    baseline: Report,
    candidate: Report,
    *,
    goal: Sequence[str],
    proof: Report | None = None,
    flaky: Collection[str] = (),
) -> Comparison:
    """Sort the tests. An id that was asked for and not reported counts as not passed."""
    failing = [id for id in baseline.failing() if id not in flaky]
    goal = [id for id in goal if id not in flaky]
    fixed = [id for id in failing if is_fixed(id, baseline, candidate)]
    broken = [id for id in _lost(baseline, candidate) if id not in flaky]
    new = [id for id in candidate.failing() if id not in baseline.outcomes]
    broken += [id for id in new if _is_file(id, candidate)]
    hidden = [id for id in failing if _is_file(id, baseline)]
    trivial = _good(proof) if proof is not None else frozenset[str]()
    good = _good(candidate)
    fresh = [id for id in candidate.outcomes if id in good and id not in baseline.outcomes]
    added = [id for id in fresh if id not in trivial and not any(_covers(file, id) for file in hidden)]
    unmet = [id for id in new if id not in flaky and not _is_file(id, candidate)]
    return Comparison(
        fixed=tuple(fixed),
        broken=tuple(broken),
        still_failing=tuple(id for id in goal if id not in fixed),
        preexisting=tuple(id for id in failing if id not in goal and id not in fixed),
        added=tuple(added),
        unmet=tuple(id for id in unmet if not any(_covers(file, id) for file in hidden)),
        idle=tuple(id for id in fresh if id in trivial),
    )


def is_fixed(id: str, baseline: Report, candidate: Report) -> bool:
    """Whether a failing id passes now. For a file that could not be collected: its tests are there and all pass."""
    if id in candidate.outcomes or baseline.outcomes[id].phase != "collect":
        return id in _good(candidate)
    inside = [outcome for outcome in candidate.outcomes.values() if _covers(id, outcome.id)]
    return any(outcome.outcome == "passed" for outcome in inside) and not any(outcome.failing for outcome in inside)


def suspects(baseline: Report, candidate: Report) -> tuple[str, ...]:
    """Tests that passed before and do not now: worth one more run, alone, before the candidate is blamed for them."""
    return tuple(id for id in _lost(baseline, candidate) if id in candidate.outcomes)


def _good(report: Report) -> frozenset[str]:
    """Tests that passed. One that was marked as expected to fail, and did, is no evidence for anything."""
    return frozenset(id for id, outcome in report.outcomes.items() if outcome.outcome in ("passed", "xpassed"))


def _lost(baseline: Report, candidate: Report) -> list[str]:
    """Tests that were as they should be on the base and are not now, or are gone."""
    before, now = _good(baseline), _good(candidate)
    expected = {id for id, outcome in candidate.outcomes.items() if outcome.outcome == "xfailed"}
    lost = [id for id in baseline.outcomes if id in before and id not in now]
    known_failures = [id for id, outcome in baseline.outcomes.items() if outcome.outcome == "xfailed"]
    return lost + [id for id in known_failures if id not in now and id not in expected]


def _covers(file: str, id: str) -> bool:
    """Whether a test is hidden while a file cannot be loaded: it is in the file, or in the folder of a conftest."""
    folder, _, name = file.rpartition("/")
    if name == "conftest.py":
        return not folder or id.startswith(folder + "/")
    return id.startswith(file + "::")


def _is_file(id: str, report: Report) -> bool:
    """Whether it stands for a file that could not be loaded. Not told by its name: of TAP a test has no file."""
    return report.outcomes[id].phase == "collect"


def _decide(compared: Comparison, candidate: Report, findings: Sequence[Finding], *, is_dead: bool) -> tuple[str, str]:
    """`is_dead` says that a run without a verdict is no fault of the change: it was the same without."""
    refused = [finding for finding in findings if finding.severity == "refuse"]
    if refused:
        return "refused", refused[0].sentence()
    if candidate.problem and is_dead and not (compared.broken or compared.still_failing):
        return "unverified", f"No test proves it: {candidate.explanation or candidate.problem}"
    if candidate.problem:
        return "failed", candidate.explanation or f"The tests came to no end ({candidate.problem})."
    if compared.broken:
        return "failed", f"Breaks {_some(compared.broken)}."
    if compared.still_failing:
        reached = f" {len(compared.fixed)} pass now." if compared.fixed else ""
        return "failed", f"Still failing: {_some(compared.still_failing)}.{reached}"
    weakened = [finding for finding in findings if finding.severity == "weaken"]
    if weakened:
        return "unverified", f"The given tests were not left as they were: {weakened[0].sentence()}"
    if compared.unmet:
        return "unverified", f"New tests of the change fail with it: {_some(compared.unmet)}."
    if compared.fixed:
        extra = f" and {len(compared.added)} new ones pass" if compared.added else ""
        return "verified", f"{_some(compared.fixed)} {_verb(compared.fixed)} now{extra}, and nothing that passed fails."
    if compared.added:
        return (
            "verified",
            f"New tests pass that failed without the change ({_some(compared.added)}), and no other fails.",
        )
    new = "its new tests pass without the change, too" if compared.idle else "there is no new test"
    return "unverified", f"No test proves it: nothing that failed before passes now, and {new}."


def _some(ids: Iterable[str]) -> str:
    shown = list(ids)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _verb(ids: Sequence[str]) -> str:
    return "passes" if len(ids) == 1 else "pass"
