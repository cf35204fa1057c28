"""The product's own repository of a workspace: where it lies, how git is called on it, which raw form a commit has."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from autogpt.git import files
from autogpt.git.plumbing import Git, zeroed
from autogpt.git.repository import Repository

ATTRIBUTES = "* -text !eol !crlf !filter !ident !working-tree-encoding\n"
"""Bytes go in and come out as they are, whatever the project's own attributes say."""

UNWANTED = (
    "__pycache__/",
    "*.py[cod]",
    ".venv/",
    "venv/",
    "node_modules/",
    ".tox/",
    ".nox/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".hypothesis/",
    ".DS_Store",
    ".idea/",
    "*.egg-info/",
)
"""Never part of a project in a folder without git, which has no `.gitignore` to say so."""


@dataclass(frozen=True)
class Private:
    """Locations and ways of calling git. A commit's *raw* twin has the bytes that the person sees."""

    repository: Repository
    twins: dict[str, str] = field(default_factory=dict[str, str])
    """Raw commit by published commit, for those that this process has met."""
    bases: dict[str, str] = field(default_factory=dict[str, str])
    """Raw commit of the snapshot by raw commit, likewise."""

    @property
    def state(self) -> Path:
        return self.repository.state

    @property
    def folder(self) -> Path:
        return self.state / "store.git"

    @property
    def raw_index(self) -> Path:
        """Kept between snapshots, so that only what changed is read again."""
        return self.folder / "raw.index"

    @cached_property
    def git(self) -> Git:
        """git on the private repository, able to read the user's objects."""
        return Git(self.folder, self.repository.toplevel, self.raw_index, alternates=self.users_objects)

    @property
    def lone(self) -> Git:
        """The same, blind to the user's objects."""
        return replace(self.git, alternates=())

    @property
    def users_objects(self) -> tuple[Path, ...]:
        common = self.repository.common_dir
        return (common / "objects",) if common is not None else ()

    @cached_property
    def users_git(self) -> Git:
        """git with the user's settings and attributes, but no filter of theirs, and new objects kept private."""
        git = replace(self.repository.users_git(), objects=self.folder / "objects", alternates=self.users_objects)
        said = git.items("config", "-z", "--name-only", "--get-regexp", r"^filter\.", ok=(0, 1))
        names = {os.fsdecode(key)[len("filter.") :].rpartition(".")[0] for key in said}
        off = [
            (f"filter.{name}.{key}", value)
            for name in sorted(names)
            for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
        ]
        return git.with_config(*off)

    @contextlib.contextmanager
    def temporary_index(self) -> Generator[Path, None, None]:
        path = self.folder / f"tmp-{secrets.token_hex(6)}.index"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """Name and address for commits: the person's own if git knows them, who answers for what the branch holds."""
        git = self.users_git if self.repository.has_git else replace(self.git, private=False)
        name, email = (git.text("config", key, ok=(0, 1)) for key in ("user.name", "user.email"))
        return (name, email) if name and email else ("autogpt", "autogpt@localhost")

    def filtered(self, paths: Iterable[bytes], *names: str) -> set[bytes]:
        """Those with one of these attributes; by default any that makes a blob differ in more than line endings."""
        names = names or ("filter", "ident", "working-tree-encoding")
        said = self.users_git.items("check-attr", "-z", "--stdin", *names, input=zeroed(paths))
        rows = zip(said[0::3], said[2::3], strict=True)
        return {path for path, value in rows if value not in (b"unspecified", b"unset")}

    def raw(self, commit: str) -> str:
        """The raw twin of a published commit: the newest that is known, or the commit itself."""
        if commit not in self.twins:
            for published, raw in self._pairs(f"refs/pairs/{commit}/"):
                self.twins[published] = raw
        return self.twins.get(commit, commit)

    def published(self, raw: str) -> str:
        """The published commit of a raw one."""
        found = [commit for commit, twin in self.twins.items() if twin == raw]
        return next(reversed(found), None) or next((p for p, r in self._pairs("refs/pairs/") if r == raw), raw)

    def meet(self, raw: str) -> None:
        """From now on this is the twin of its published commit: a clean HEAD has another one after each checkout."""
        self.twins[self.published(raw)] = raw

    def base(self, raw: str) -> str:
        """The snapshot that the chain of commits up to this raw one began with; the commit itself if none is known."""
        if raw not in self.bases:
            known = {line[0] for line in self._refs("refs/snapshots/")}
            chain = self.git.text("rev-list", "--first-parent", "-n", "1000", raw).splitlines()
            self.bases[raw] = next((commit for commit in chain if commit in known), raw)
        return self.bases[raw]

    def _pairs(self, pattern: str) -> list[tuple[str, str]]:
        return [(commit, raw) for commit, raw in self._refs(pattern)]

    def _refs(self, pattern: str) -> list[list[str]]:
        """The parts of the names below refs/KIND/, oldest commit first."""
        said = self.git.text("for-each-ref", "--sort=committerdate", "--format=%(refname)", pattern)
        return [line.split("/")[2:] for line in said.splitlines()]

    def remember(self, commit: str, raw: str, *, snapshot: bool = False, instead_of: Iterable[str] = ()) -> None:
        """Keep a commit and its twin from being pruned, and their relation from being forgotten.

        `instead_of` are refs that have kept them until now.
        """
        self.twins[commit] = raw
        lines = [f"update refs/kept/{commit} {commit}\n"]
        if raw != commit:
            lines.append(f"update refs/pairs/{commit}/{raw} {raw}\n")
        if snapshot:
            self.bases[raw] = raw
            lines.append(f"update refs/snapshots/{raw} {raw}\n")
        lines += [f"delete {ref}\n" for ref in instead_of]
        self.git.run("update-ref", "--stdin", input="".join(lines).encode())


def prepare(private: Private) -> None:
    """Make the private repository if there is none, and carry over what the user ignores. Call under the lock."""
    folder, repository = private.folder, private.repository
    if not _is_whole(private):
        files.remove_tree(folder)
        fresh = folder.with_name(f"fresh-{secrets.token_hex(6)}.git")
        fresh.mkdir(mode=0o700)
        Git(fresh).run(
            "init", "-q", "--bare", "--template=", f"--object-format={repository.object_format}", os.fspath(fresh)
        )
        (fresh / "info").mkdir(exist_ok=True)
        (fresh / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")
        fresh.rename(folder)
    exclude = _exclude(private)
    place = folder / "info" / "exclude"
    if not place.exists() or place.read_bytes() != exclude:
        place.write_bytes(exclude)


def _is_whole(private: Private) -> bool:
    folder = private.folder
    if not all((folder / name).exists() for name in ("HEAD", "config", "objects", "refs", "info/attributes")):
        return False
    is_sha256 = b"sha256" in (folder / "config").read_bytes().lower()
    return is_sha256 == (private.repository.object_format == "sha256")


def _exclude(private: Private) -> bytes:
    """The user's rules outside the work tree: the global file first, since later rules win."""
    if not private.repository.has_git:
        return "\n".join((*UNWANTED, "")).encode()
    assert private.repository.common_dir is not None
    git = private.repository.users_git()
    named = git.text("config", "--type=path", "--get", "core.excludesFile", ok=(0, 1))
    config_home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    places = [
        Path(named) if named else Path(config_home) / "git" / "ignore",
        private.repository.common_dir / "info" / "exclude",
    ]
    texts: list[bytes] = []
    for place in places:
        with contextlib.suppress(OSError):
            texts.append((private.repository.toplevel / place).read_bytes())
    return b"\n".join(texts)
