"""All findings of `autogpt doctor`: the project's environment and the model."""

from __future__ import annotations

from pathlib import Path

from autogpt.config import Settings
from autogpt.errors import AutogptError
from autogpt.feedback.doctor import Finding, diagnose


def diagnose_all(workspace: Path, settings: Settings) -> tuple[Finding, ...]:
    """Git, interpreter, test command and sandbox, then the model."""
    return (*diagnose(workspace, settings), _model(settings))


def _model(settings: Settings) -> Finding:
    from autogpt.models.registry import list_models

    try:
        known = {model.name: model.note for model in list_models(settings)}
    except AutogptError as error:
        return Finding("model", "missing", str(error), error.hint)
    if settings.model in known:
        return Finding("model", "ok", f"{settings.model} ({known[settings.model]})", "")
    if settings.model.startswith(("hf:", "scripted:")):
        return Finding("model", "ok", settings.model, "")
    where = f"at {settings.endpoint}" if settings.endpoint else "(no --endpoint was given)"
    return Finding(
        "model", "missing", f"{settings.model} is not known {where}", "`autogpt models` lists what there is."
    )
