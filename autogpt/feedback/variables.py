"""The environment variables that tests get: what programs need to run, and no secret of the person's."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
