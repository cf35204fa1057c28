"""The tiny model is made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models import tiny


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """For a model this small, threads only wait for one another."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a causal language model with a chat template, of random weights."""
    return tiny.save(tmp_path_factory.mktemp("weights") / "tiny")
