"""Which paths an edit may touch: inside the workspace, never git's own files, control files only when asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_IGNORABLE = re.compile("[\u200c-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff\u00ad\u200b]")
"""Code points that HFS+ and others drop when they compare names."""
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?")
_SHORT_NAME = re.compile(r"git~\d+|gi[0-9a-f]{4}~\d+")
"""What NTFS calls `.git` in a folder with short names."""

_CONTROL_FOLDERS = """
.vscode .idea .vs .fleet .zed .nvim .devcontainer .circleci .husky .buildkite .woodpecker .gitea .forgejo .claude
.cursor .autogpt .ssh .gnupg .aws .docker .direnv
"""
_CONTROL_FILES = """
.gitattributes .gitmodules .gitconfig .pre-commit-config.yaml .pre-commit-hooks.yaml lefthook.yml .lefthook.yml
.gitlab-ci.yml .travis.yml .drone.yml .appveyor.yml appveyor.yml azure-pipelines.yml bitbucket-pipelines.yml jenkinsfile
.cirrus.yml .exrc .nvimrc .vimrc .nvim.lua .lvimrc .dir-locals.el .envrc .env .npmrc .yarnrc .yarnrc.yml .pypirc .netrc
.pip.conf autogpt.toml agents.md claude.md .cursorrules .bashrc .profile sitecustomize.py usercustomize.py
"""
CONTROL_FOLDERS = frozenset(_CONTROL_FOLDERS.split())
CONTROL_FILES = frozenset(_CONTROL_FILES.split())
CONTROL_PREFIXES = (".github/workflows", ".github/actions", ".config/nvim", ".hg", ".svn", ".jj")


def _nothing_escapes(_path: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """`named` are paths or parts of paths that the task names; `escapes` tells a path that a link leads outside."""

    named: frozenset[str] = frozenset()
    escapes: Callable[[str], bool] = _nothing_escapes

    def check(self, path: str) -> str:
        """Why a path is refused, as a sentence with what to do, or "" for one that may be edited."""
        problem = outside_problem(path)
        if problem:
            return problem
        if (control := control_file(path)) and not self._is_named(path, control):
            return f"`{control}` controls an editor, a build service or a tool; the task must name it to change it."
        if self.escapes(path):
            return "A symbolic link leads out of the workspace here; edit a file inside the workspace."
        return ""

    def _is_named(self, path: str, control: str) -> bool:
        folded = _fold(path)
        return any(_fold(name) in (folded, control) or folded.startswith(_fold(name) + "/") for name in self.named)


def policy_for(task: str, escapes: Callable[[str], bool] = _nothing_escapes) -> PathPolicy:
    """A policy that lets a task change the control files which its text names."""
    words = (word.strip("`'\"()[]{},;:!?").removeprefix("./").rstrip("/.") for word in task.split())
    return PathPolicy(frozenset(word for word in words if word and control_file(word)), escapes)


def normalize(path: str) -> str:
    """`/` as separator, without a leading `./` and doubled separators; nothing that changes the meaning."""
    path = path.strip().replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return re.sub(r"(?<=.)//+", "/", path)


def outside_problem(path: str) -> str:
    """Why this path can't be a file of the workspace, as a sentence, or ""."""
    inside = "give a path relative to the workspace, with `/`, like `src/app.py`."
    if not path or not path.strip():
        return f"The path is empty; {inside}"
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in path):
        return f"The path holds a control character; {inside}"
    parts = path.replace("\\", "/").split("/")
    if parts[0] in ("", "~") or parts[0].startswith("~") or re.match(r"^[A-Za-z]:", path) or "://" in path:
        return f"The path is absolute; {inside}"
    for part in parts:
        if problem := _part_problem(part):
            return f"{problem}; {inside}"
    return ""


def _part_problem(part: str) -> str:
    folded = _fold_part(part)
    if part in ("", ".", "..") or not folded.strip("."):
        return "The path has an empty part or one that leads upwards"
    stem = folded.split(":", 1)[0].rstrip(". ")
    if stem == ".git" or _SHORT_NAME.fullmatch(stem):
        return "The files of git itself are never edited"
    if _RESERVED.fullmatch(stem):
        return f"`{part}` is the name of a device"
    return ""


def control_file(path: str) -> str:
    """The control file or folder that a path is or lies in, folded, or ""."""
    parts = _fold(path).split("/")
    for index, part in enumerate(parts):
        if part in CONTROL_FOLDERS or part.endswith(".code-workspace"):
            return "/".join(parts[: index + 1])
        if f"/{'/'.join(parts[index:])}/".startswith(tuple(f"/{prefix}/" for prefix in CONTROL_PREFIXES)):
            return "/".join(parts[: index + 2])
    last = parts[-1]
    return "/".join(parts) if last in CONTROL_FILES or last.startswith(".env.") else ""


def _fold(path: str) -> str:
    return "/".join(_fold_part(part) for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _fold_part(part: str) -> str:
    """A name as the most forgiving file system compares it: case, composition, invisible and trailing characters."""
    folded = _IGNORABLE.sub("", unicodedata.normalize("NFKC", part)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    stem, colon, stream = folded.partition(":")
    return stem.rstrip(". ") + colon + stream if stem.strip(". ") else folded.strip()
