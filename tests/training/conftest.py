"""A finished smoke training, made once for all tests: real data, a real tokenizer, real steps of gradient descent."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from autogpt.training.recipe import Recipe, load_recipe
from autogpt.training.stages import NEEDS, Work, run_stage

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Matrices this small only lose by a second thread, and the other tests run beside."""


def tiny() -> Recipe:
    """The smoke recipe with less of everything."""
    recipe = load_recipe("smoke")
    data = replace(recipe.data, max_files=8, mutants=20, tested_mutants=12, families=20)
    steps = {"steps": 6, "save_every": 2, "check_every": 3, "check_batches": 1}
    parts = {name: replace(getattr(recipe, name), **steps) for name in ("pretrain", "sft", "rank")}
    return replace(recipe, data=data, **parts)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Every stage of `tiny`, run through; not to be changed."""
    work = Work(tiny(), tmp_path_factory.mktemp("trained"), tmp_path_factory.mktemp("cache"), lambda _: None)
    for stage in NEEDS:
        run_stage(stage, work)
    return work
