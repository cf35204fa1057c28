"""Where the product keeps what is its own: one folder of the user's state, nothing in the workspace."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path


def state_home() -> Path:
    """`AUTOGPT_STATE_HOME`, else the platform's folder for application state. Not created here."""
    override = os.environ.get("AUTOGPT_STATE_HOME")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_state_path("autogpt", appauthor=False)


def config_file() -> Path:
    """The user's own settings, `config.toml`; `AUTOGPT_CONFIG` names another."""
    override = os.environ.get("AUTOGPT_CONFIG")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_config_path("autogpt", appauthor=False) / "config.toml"


def workspace_key(workspace: Path) -> str:
    """A folder name for a workspace: readable, and unique by a hash of its real path."""
    real = os.path.realpath(workspace)
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(real).name).strip("-.")[:40] or "workspace"
    return f"{readable}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:12]}"


def workspace_state(workspace: Path) -> Path:
    """The state of one workspace: `runs/`, `store.git/`, `trees/`, `workspace` (its path). Not created here."""
    return state_home() / "workspaces" / workspace_key(workspace)
