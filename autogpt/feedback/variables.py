"""The environment variables that tests get: what programs need to run, and no secret of the person's."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

KEPT = frozenset(
    [
        "PATH",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "COMSPEC",
        "PATHEXT",
        "WINDIR",
        "JAVA_HOME",
        "GOROOT",
        "GOPATH",
        "RUSTUP_HOME",
        "CARGO_HOME",
        "CONDA_PREFIX",
        "LD_LIBRARY_PATH",
        "DJANGO_SETTINGS_MODULE",
    ]
)
"""Kept as they are; everything else is dropped, unless the settings of the project name it."""

SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|AUTH|PRIVATE", re.IGNORECASE)

FIXED = {
    "CI": "1",
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "PYTHONNOUSERSITE": "",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""Set for every run, so that two runs of the same code say the same."""


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """What is kept of the person's environment."""
    return {name: value for name, value in environment.items() if name.upper() in KEPT and not SECRET.search(name)}


def for_tests(environment: Mapping[str, str], added: tuple[tuple[str, str], ...] = ()) -> dict[str, str]:
    """The whole environment of a test run, apart from HOME and TMPDIR, which the sandbox gives."""
    variables = {**clean(environment), **FIXED, **dict(added)}
    variables.setdefault("LANG", "C.UTF-8")
    return {name: value for name, value in variables.items() if value}


TOOLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "go": (("GOROOT", ""), ("GOPATH", "~/go")),
    "cargo": (("CARGO_HOME", "~/.cargo"), ("RUSTUP_HOME", "~/.rustup")),
    "mvn": (("JAVA_HOME", ""), ("M2_HOME", "~/.m2")),
    "gradle": (("JAVA_HOME", ""), ("GRADLE_USER_HOME", "~/.gradle")),
}
"""Where a tool keeps itself and what it has downloaded: a variable, and the place without it."""


def tool_paths(program: str) -> tuple[str, ...]:
    """What a program needs outside of the system's own folders: its installation, and its downloads."""
    found = shutil.which(program) or program
    if not Path(found).is_absolute():
        return ()
    paths = [str(Path(found).parent)]
    real = Path(os.path.realpath(found))
    paths.append(str(real.parent.parent if real.parent.name == "bin" else real.parent))
    for variable, default in TOOLS.get(Path(found).name, ()):
        place = os.environ.get(variable) or (str(Path(default).expanduser()) if default else "")
        if place and Path(place).is_dir():
            paths.append(place)
    return tuple(paths)


def tool_variables(program: str) -> tuple[tuple[str, str], ...]:
    """Where the tools find their downloads when HOME is another one, and where they may write."""
    name = Path(program).name
    variables = [
        (variable, str(Path(default).expanduser()))
        for variable, default in TOOLS.get(name, ())
        if default and variable not in os.environ and Path(default).expanduser().is_dir()
    ]
    extra = {"go": [("GOFLAGS", "-mod=mod"), ("GOPROXY", "off")], "cargo": [("CARGO_NET_OFFLINE", "true")]}
    return (*variables, *extra.get(name, []))
