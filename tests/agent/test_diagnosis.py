"""What `autogpt doctor` says of the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from autogpt import config
from autogpt.agent.diagnosis import diagnose_all


@pytest.mark.parametrize(
    ("model", "status", "told"),
    [("hf:some/model?device=cpu", "warning", "llama-server -m"), ("hf:some/model?device=abacus", "missing", "cuda")],
)
def test_local_weights_are_told_where_they_run(tmp_path: Path, model: str, status: str, told: str) -> None:
    """On a CPU another program is several times faster, which few know; nothing is loaded to say so."""
    findings = diagnose_all(tmp_path, config.load(tmp_path, {"model": model}))
    (found,) = (one for one in findings if one.name == "model")
    assert found.status == status and told in found.what_to_do
