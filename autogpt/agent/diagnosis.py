"""All findings of `autogpt doctor`: the project's environment and the model."""

from __future__ import annotations

from pathlib import Path

from autogpt import paths
from autogpt.config import Configuration, Settings
from autogpt.errors import AutogptError
from autogpt.feedback.doctor import Finding, diagnose

FASTER = (
    "llama.cpp decodes four to eight times faster on a CPU: `llama-server -m MODEL.gguf -c 32768 --port 8080`, "
    "then `--endpoint http://127.0.0.1:8080/v1 --model MODEL`."
)


def diagnose_all(workspace: Path, configuration: Configuration) -> tuple[Finding, ...]:
    """Git, interpreter, test command and sandbox, then the model, then where settings come from."""
    settings = configuration.settings
    return (*diagnose(workspace, settings), _model(settings), _settings(configuration))


def _settings(configuration: Configuration) -> Finding:
    """The person's own file, and what is not as it is by default, with its source."""
    file = paths.config_file()
    changed = [
        f"{name} = {getattr(configuration.settings, name)} ({source})"
        for name, source in sorted(configuration.sources.items())
        if source != "default"
    ]
    there = "" if file.exists() else ", which is not there yet"
    return Finding("settings", "ok", f"yours are in {file}{there}. {'; '.join(changed) or 'All are the defaults'}.")


def _model(settings: Settings) -> Finding:
    from autogpt.models.registry import list_models

    try:
        known = {model.name: model.note for model in list_models(settings)}
    except AutogptError as error:
        return Finding("model", "missing", str(error), error.hint)
    if settings.model in known:
        return Finding("model", "ok", f"{settings.model} ({known[settings.model]})", "")
    if settings.model.startswith("hf:"):
        return _local(settings)
    if settings.model.startswith("scripted:"):
        return Finding("model", "ok", settings.model, "")
    where = f"at {settings.endpoint}" if settings.endpoint else "(no --endpoint was given)"
    return Finding(
        "model", "missing", f"{settings.model} is not known {where}", "`autogpt models` lists what there is."
    )


def _local(settings: Settings) -> Finding:
    """Where the weights would run; nothing is loaded."""
    from autogpt.models.weights import device_of, parse_source

    try:
        device = device_of(parse_source(settings.model.removeprefix("hf:"), settings.trusted_model))
    except AutogptError as error:
        return Finding("model", "missing", str(error), error.hint)
    if device != "cpu":
        return Finding("model", "ok", f"{settings.model} on {device}")
    return Finding("model", "warning", f"{settings.model} on the CPU", FASTER)
