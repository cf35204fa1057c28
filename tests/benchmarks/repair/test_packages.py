"""The list of packages keeps its promises."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from pathlib import Path

from benchmarks.repair.bugs import BUGS, load_bugs
from benchmarks.repair.mutate import KINDS
from benchmarks.repair.packages import Package, fetch, load_packages


def test_each_half_has_at_least_four_packages() -> None:
    halves = Counter(package.half for package in load_packages().values())

    assert min(halves["dev"], halves["held-out"]) >= 4


def test_every_package_is_pinned_and_free_to_use() -> None:
    for package in load_packages().values():
        assert package.version[0].isdigit() and package.licence in ("MIT", "BSD-3-Clause")


def test_tests_are_never_mutated(package: Package, source: Path) -> None:
    inside = Package("tiny", "1.0", "MIT", source=("tiny",), tests=("tiny/tests",))
    (source / "tiny" / "tests").mkdir()
    (source / "tiny" / "tests" / "test_it.py").touch()

    assert inside.files(source) == package.files(source)[:-1] == ["tiny/__init__.py", "tiny/ranges.py"]


def test_an_archive_in_the_cache_is_unpacked_without_asking_anyone(package: Package, tmp_path: Path) -> None:
    folder = tmp_path / "sdists" / package.folder
    folder.mkdir(parents=True)
    with tarfile.open(folder / "tiny-1.0.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("tiny-1.0/tiny/__init__.py")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"#!\n"))

    tree = fetch(package, tmp_path)

    assert (tree / "tiny" / "__init__.py").read_bytes() == b"#!\n"
    assert "testpaths = tests" in (tree / "pytest.ini").read_text()
    assert fetch(package, tmp_path) == tree


def test_the_set_is_as_large_and_as_mixed_as_promised() -> None:
    bugs = load_bugs(BUGS)
    doubles = sum(len(bug.edits) == 2 for bug in bugs)
    packages = load_packages()

    assert len(bugs) >= 300 and len({bug.id for bug in bugs}) == len(bugs)
    assert 0.15 <= doubles / len(bugs) <= 0.30
    assert {kind for bug in bugs for kind in bug.kinds} == set(KINDS)
    for bug in bugs:
        assert (bug.version, bug.half) == (packages[bug.package].version, packages[bug.package].half)
        assert bug.failing and len(bug.edits) == len(bug.kinds)
