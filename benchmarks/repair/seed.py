"""Makes the set of bugs from a seed: draws edits, keeps those that count as bugs, decides what a run is shown.

python -m benchmarks.repair.seed --each 24 --seed 1 --jobs 2      (half an hour; the set is in the repository)
python -m benchmarks.repair.seed --describe
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.repair.bugs import BUGS, Bug, digest, load_bugs, read_source, save_bugs
from benchmarks.repair.mutate import KINDS, Edit, Module, Scope, apply, makes_sense, sites
from benchmarks.repair.packages import CACHE, Package, environment, fetch, load_packages
from benchmarks.repair.split import Split, function_of, split_tests
from benchmarks.repair.suite import SuiteRun, run_suite
from benchmarks.repair.workspace import list_test_files, list_tests, make_workspace

FAILING_AT_MOST = 30
PER_FUNCTION = 4
DOUBLES = 0.25
TRIES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A function that tests reach."""

    file: str
    scope: Scope
    reaching: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        return self.file, self.scope.name


@dataclass(frozen=True, slots=True)
class Drawn:
    place: Place
    kind: str
    edit: Edit


class Seeder:
    """Draws bugs for one package. The seed decides, but for what depends on the time that tests take."""

    def __init__(self, package: Package, source: Path, python: Path, scratch: Path, dice: random.Random) -> None:
        self.package, self.source, self.python, self.dice = package, source, python, dice
        self.scratch = scratch
        self.tree = scratch / "tree"
        shutil.copytree(source, self.tree, symlinks=True)
        self.baseline = self._baseline()
        self.places = list(self._places())
        self.cuttable = {
            (path, line) for path in list_test_files(package, source) for line in list_tests(read_source(source / path))
        }
        self.used: Counter[tuple[str, str]] = Counter()
        self.drawn: Counter[str] = Counter()
        self.seen: set[tuple[str, Edit]] = set()
        self.evaluated = 0
        self.patience = 8.0
        """Seconds a run of tests may take beyond four times what it takes without a bug."""

    def _baseline(self) -> SuiteRun:
        """Tests that pass with and without tracing; a package with others that fail is none for this set."""
        traced = run_suite(self.tree, self.python, trace=True)
        again = run_suite(self.tree, self.python)
        if traced.problem or again.problem or traced.failed() or again.failed():
            raise RuntimeError(f"the tests of {self.package.name} do not pass as they are")
        steady = traced.passed() & again.passed()
        return SuiteRun({id: facts for id, facts in traced.tests.items() if id in steady})

    def _places(self) -> Iterator[Place]:
        for file in self.package.files(self.source):
            module = Module(read_source(self.source / file))
            for name, node in module.functions():
                scope = Scope(module, name, node)
                lines = range(scope.first_line(), scope.last_line() + 1)
                reaching = {
                    id
                    for id, facts in self.baseline.tests.items()
                    if any(path == file and line in lines for path, line in facts.reached)
                }
                if reaching:
                    yield Place(file, scope, frozenset(reaching))

    def bugs(self, count: int, share: float = DOUBLES) -> Iterator[Bug]:
        """So many bugs, `share` of them double; fewer if the package has not enough places for them."""
        doubles = round(count * share)
        wanted = ["single"] * (count - doubles) + ["same"] * (doubles - doubles // 2) + ["two"] * (doubles // 2)
        self.dice.shuffle(wanted)
        for index, shape in enumerate(wanted, 1):
            bug = self._single(index) if shape == "single" else self._double(index, shape == "same")
            if bug:
                yield bug

    def _single(self, index: int) -> Bug | None:
        for _ in range(5):
            for drawn in self._draws(self._kind()):
                if failed := self.failures(drawn):
                    bug = self._accepted(index, failed, drawn)
                    if bug:
                        return bug
        return None

    def _double(self, index: int, same: bool) -> Bug | None:
        """Two edits each of which makes tests fail by itself, so that neither repairs the other."""
        for _ in range(6):
            first = next((drawn for drawn in self._draws(self._kind()) if self.failures(drawn)), None)
            if first is None:
                continue
            second_kind = self._kind()
            for second in self._draws(second_kind, beside=first, same=same):
                if second_kind != first.kind and self.failures(second):
                    bug = self._accepted(index, self.failures(first, second), first, second)
                    if bug:
                        return bug
        return None

    def _kind(self) -> str:
        """The kind that is furthest behind its weight, so that a package's bugs are not all of a few kinds."""
        kind = min(KINDS, key=lambda name: (self.drawn[name] + self.dice.random()) / KINDS[name].weight)
        self.drawn[kind] += 1
        return kind

    def _draws(self, kind: str, beside: Drawn | None = None, same: bool = False) -> Iterator[Drawn]:
        """At most `TRIES` edits of a kind: first a function is drawn, then a place in it."""
        places = [place for place in self.places if self.used[place.key] < PER_FUNCTION]
        if beside:
            places = [p for p in places if p.file == beside.place.file and (p.key == beside.place.key) == same]
        self.dice.shuffle(places)
        tried = 0
        for place in [*places, *places]:
            edits = [edit for edit in sites(place.scope, kind) if (place.file, edit) not in self.seen]
            if beside:
                edits = [e for e in edits if e.end < beside.edit.start or e.start > beside.edit.end]
            self.dice.shuffle(edits)
            edit = next((edit for edit in edits if makes_sense(place.scope.module, edit)), None)
            if edit:
                self.seen.add((place.file, edit))
                yield Drawn(place, kind, edit)
                tried += 1
                if tried == TRIES:
                    return

    def failures(self, *drawn: Drawn) -> frozenset[str]:
        """Tests that reach these functions and fail now; empty when it is no bug for this set."""
        self.evaluated += 1
        reaching = sorted({id for one in drawn for id in one.place.reaching})
        usual = sum(self.baseline.tests[id].seconds for id in reaching)
        with self._mutated(drawn):
            timeout = self.patience + 4 * usual
            run = run_suite(self.tree, self.python, reaching, timeout=timeout, failures=FAILING_AT_MOST + 1)
        failed = run.failed()
        if run.problem or set(run.tests) != set(reaching) or len(failed) > FAILING_AT_MOST:
            return frozenset()
        return failed

    @contextmanager
    def _mutated(self, drawn: Sequence[Drawn]) -> Generator[None]:
        path = self.tree / drawn[0].place.file
        original = path.read_bytes()
        path.write_bytes(apply(original.decode("utf-8"), *(one.edit for one in drawn)).encode("utf-8"))
        try:
            yield
        finally:
            path.write_bytes(original)

    def _accepted(self, index: int, failed: frozenset[str], *drawn: Drawn) -> Bug | None:
        """The bug, if the whole suite and what would be shown of it say the same."""
        if not failed:
            return None
        reaching = {id for one in drawn for id in one.place.reaching}
        with self._mutated(drawn):
            whole = run_suite(self.tree, self.python, failures=FAILING_AT_MOST + 1)
        everywhere = whole.failed() & set(self.baseline.tests)
        steady = everywhere & reaching == failed and len(everywhere) <= FAILING_AT_MOST
        if whole.problem or not steady or not set(self.baseline.tests) <= set(whole.tests):
            return None
        split = split_tests(self.baseline.tests, everywhere, reaching, self.cuttable, self.dice)
        if split is None:
            return None
        bug = self._bug(index, split, drawn)
        if not self._shows(bug, everywhere):
            return None
        for one in drawn:
            self.used[one.place.key] += 1
        return bug

    def _bug(self, index: int, split: Split, drawn: Sequence[Drawn]) -> Bug:
        text = read_source(self.source / drawn[0].place.file)
        package = self.package
        return Bug(
            id=f"{package.name}-{index:03d}",
            package=package.name,
            version=package.version,
            half=package.half,
            kinds=tuple(one.kind for one in drawn),
            file=drawn[0].place.file,
            functions=tuple(dict.fromkeys(one.place.scope.name for one in drawn)),
            digest=digest(text),
            edits=tuple((one.edit.start, one.edit.end, one.edit.new) for one in drawn),
            failing=split.failing,
            hidden=split.hidden,
            keep=split.keep,
        )

    def _shows(self, bug: Bug, everywhere: frozenset[str]) -> bool:
        """Whether of the tests shown those that are meant to fail do, and no others."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            make_workspace(self.package, self.source, bug, Path(folder, "workspace"))
            run = run_suite(Path(folder, "workspace"), self.python)
        expected = frozenset(id for id in everywhere if function_of(id) in bug.failing)
        if run.problem or run.failed() != expected:
            return False
        task = (bug, self.package, self.source, self.python)
        return can_be_repaired(*task) and is_noticed(*task)


def can_be_repaired(bug: Bug, package: Package, source: Path, python: Path) -> bool:
    """Whether the tests shown pass with the original: some pass only after others, which may have been cut."""
    with tempfile.TemporaryDirectory(prefix="repair-check-") as scratch:
        workspace = Path(scratch, package.name)
        make_workspace(package, source, bug, workspace)
        shutil.copyfile(source / bug.file, workspace / bug.file)
        run = run_suite(workspace, python)
    return not run.problem and not run.failed()


def is_noticed(bug: Bug, package: Package, source: Path, python: Path) -> bool:
    """Whether the tests shown notice each edit of a double by itself: nobody can undo what nothing shows."""
    if len(bug.edits) == 1:
        return True
    for edit in bug.edits:
        with tempfile.TemporaryDirectory(prefix="repair-check-") as scratch:
            workspace = Path(scratch, package.name)
            make_workspace(package, source, replace(bug, edits=(edit,)), workspace)
            run = run_suite(workspace, python)
        if not run.problem and not run.failed():
            return False
    return True


def seed_package(package: Package, python: Path, each: int, seed: int) -> list[Bug]:
    source = fetch(package)
    with tempfile.TemporaryDirectory(prefix="repair-seed-") as scratch:
        seeder = Seeder(package, source, python, Path(scratch), random.Random(f"{seed}:{package.name}"))
        bugs: list[Bug] = []
        for bug in seeder.bugs(each):
            bugs.append(bug)
            save_bugs(bugs, CACHE / "seeded" / f"{package.name}.jsonl")
        print(f"{package.name}: {len(bugs)} bugs of {seeder.evaluated} tried", flush=True)
    return bugs


def _check(path: Path) -> None:
    packages, python = load_packages(), environment()
    good: list[Bug] = []
    for bug in load_bugs(path):
        task = (bug, packages[bug.package], fetch(packages[bug.package]), python)
        if can_be_repaired(*task) and is_noticed(*task):
            good.append(bug)
        else:
            print(f"{bug.id} is dropped", flush=True)
    save_bugs(good, path)


def describe(bugs: Sequence[Bug]) -> str:
    """Proportions of the set."""
    lines = [f"{len(bugs)} bugs in {len({bug.package for bug in bugs})} packages"]
    for title, counts in (
        ("half", Counter(bug.half for bug in bugs)),
        ("scope", Counter(bug.scope for bug in bugs)),
        ("group", Counter(KINDS[kind].group for bug in bugs for kind in bug.kinds)),
        ("kind", Counter(kind for bug in bugs for kind in bug.kinds)),
        ("package", Counter(bug.package for bug in bugs)),
    ):
        lines.append(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.repair.seed", description="Make the set of seeded bugs.")
    parser.add_argument("--each", type=int, default=24, help="bugs wanted of each package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="packages worked on at once")
    parser.add_argument("--only", action="append", help="a package; may be given several times")
    parser.add_argument("--output", type=Path, default=BUGS)
    parser.add_argument("--describe", action="store_true", help="print the proportions of the set and stop")
    parser.add_argument("--check", action="store_true", help="drop bugs of the set that cannot be repaired")
    options = parser.parse_args(arguments)
    if options.check:
        _check(options.output)
    if options.describe or options.check:
        print(describe(load_bugs(options.output)))
        return 0
    packages = [package for name, package in load_packages().items() if not options.only or name in options.only]
    packages.sort(key=lambda package: package.half)
    python = environment()
    (CACHE / "seeded").mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(seed_package, package, python, options.each, options.seed) for package in packages]
    bugs = [bug for job in jobs for bug in job.result()]
    save_bugs(bugs, options.output)
    print(describe(bugs))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
