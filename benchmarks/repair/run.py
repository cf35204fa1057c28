"""Runs `autogpt fix` on the seeded bugs and prints how many it repairs, how well and how fast.

    python -m benchmarks.repair.run --half dev --limit 40 --jobs 2
    python -m benchmarks.repair.run --half held-out --resume

Ctrl-C ends it at once with the figures so far; `--resume` goes on with the bugs that have no outcome yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path

from cattrs import structure

from autogpt.bench.table import picture, summary, table
from autogpt.training.files import write_whole
from benchmarks.repair.attempt import Contest, Outcome, attempt
from benchmarks.repair.bugs import BUGS, Bug, load_bugs
from benchmarks.repair.packages import CACHE, Package, environment, fetch, load_packages
from benchmarks.repair.suite import run_suite
from benchmarks.repair.summary import as_rows, summarize


def choose(bugs: Sequence[Bug], half: str, only: Sequence[str], limit: int) -> list[Bug]:
    """The bugs asked for, in an order that mixes packages and kinds and stays the same, so that a limit is a sample."""
    chosen = [bug for bug in bugs if half in ("all", bug.half) and (not only or bug.package in only or bug.id in only)]
    chosen.sort(key=lambda bug: hashlib.sha256(bug.id.encode()).hexdigest())
    return chosen[:limit] if limit else chosen


def expected_tests(package: Package, source: Path, python: Path, cache: Path = CACHE) -> list[str]:
    """Tests that pass with the original package, twice; counted once and kept in the cache."""
    kept = cache / "baseline" / f"{package.folder}.json"
    if not kept.exists():
        first, second = run_suite(source, python), run_suite(source, python)
        if first.problem or second.problem:
            raise RuntimeError(f"the tests of {package.name} cannot be run: {first.problem or second.problem}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(sorted(first.passed() & second.passed())), encoding="utf-8")
    return json.loads(kept.read_text(encoding="utf-8"))


def load_outcomes(path: Path) -> list[Outcome]:
    """The outcomes of a results file; a last line torn by a kill is passed over."""
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [structure(json.loads(line), Outcome) for line in whole]


def run_all(bugs: Sequence[Bug], contest: Contest, results: Path, jobs: int) -> Iterator[Outcome]:
    """Outcomes as they come, each appended to the results file first. Ends all runs when left early."""
    packages = load_packages()
    grounds: dict[str, tuple[Package, Path, list[str]]] = {}
    for name in sorted({bug.package for bug in bugs}):
        source = fetch(packages[name])
        grounds[name] = (packages[name], source, expected_tests(packages[name], source, contest.python))
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: set[Future[Outcome]] = {pool.submit(attempt, bug, *grounds[bug.package], contest) for bug in bugs}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
                yield outcome
    finally:
        contest.stop.set()
        pool.shutdown(cancel_futures=True)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    results: Path = options.results or CACHE / "results" / f"{options.half}-{options.model.replace('/', '_')}.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    if results.exists() and not options.resume:
        results.replace(results.with_suffix(".previous.jsonl"))
    bugs = choose(load_bugs(options.bugs), options.half, options.only or (), options.limit)
    wanted = {bug.id for bug in bugs}
    kept = (one for one in load_outcomes(results) if one.id in wanted and one.status != "no answer")
    outcomes = {outcome.id: outcome for outcome in kept}
    missing = [bug for bug in bugs if bug.id not in outcomes]
    command = (sys.executable, "-m", "autogpt")
    if options.model == "reference":
        command = (sys.executable, "-m", "benchmarks.repair.reference")
    contest = Contest(environment(), options.model, options.seconds, command, threading.Event())
    try:
        for count, outcome in enumerate(run_all(missing, contest, results, options.jobs), 1):
            outcomes[outcome.id] = outcome
            print(f"{count}/{len(missing)} {_line(outcome)}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("Interrupted; --resume goes on.", file=sys.stderr)
    title = f"half {options.half}, model {options.model}, {options.seconds:g} s a bug, {options.jobs} at once"
    done = as_rows(outcomes.values())
    if options.out is not None:
        write_whole(options.out / "table.md", table(done, len(bugs)) + "\n")
        write_whole(options.out / "picture.svg", picture(title, done, options.seconds))
    if options.json:
        print(json.dumps({**summary(done, len(bugs)), "rows": [asdict(row) for row in done]}))
    else:
        print(f"{title}\n{summarize(list(outcomes.values()))}")
    return 0 if len(done) == len(bugs) else 130


def _line(outcome: Outcome) -> str:
    verdict = "correct" if outcome.correct else "fixed, but wrong" if outcome.fixed else outcome.status
    kinds = "+".join(outcome.kinds)
    return f"{outcome.id} {kinds}: {verdict}, {outcome.seconds:.1f} s, {outcome.candidates} tried. {outcome.reason}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.run", description="Measure `autogpt fix` on seeded bugs.")
    parser.add_argument("--half", choices=["dev", "held-out", "all"], default="dev")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="a sample of N bugs")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of one run")
    parser.add_argument("--model", default="builtin", help="passed on; `reference` checks the benchmark itself")
    parser.add_argument("--only", action="append", metavar="NAME", help="a package or a bug; several times for several")
    parser.add_argument("--resume", action="store_true", help="run what has no outcome or no answer yet")
    parser.add_argument("--results", type=Path, help="file of outcomes, a line each")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to put a table and a picture")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of tables")
    parser.add_argument("--bugs", type=Path, default=BUGS, help="another set")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
