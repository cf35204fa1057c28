"""A checkpoint is whole or not there, also when the disk is full."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from autogpt.errors import WorkspaceError
from autogpt.training.checkpoints import KEPT, Checkpoints, Point, Progress


def parts(value: float = 0.0) -> tuple[Any, Any]:
    import torch

    model = torch.nn.Linear(4, 4)
    with torch.no_grad():
        model.weight.fill_(value)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    return model, optimizer


def test_the_newest_is_restored_with_its_curve(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "mark")
    for step in (1, 2, 3):
        checkpoints.save(Progress(step, [Point(step, 2.0, None), Point(step, 1.5, 1.75)], 9.0, 100), *parts(step))
    model, optimizer = parts()

    progress = checkpoints.restore(model, optimizer)

    assert (progress.step, progress.seconds, progress.tokens) == (3, 9.0, 100)
    assert progress.points == [Point(3, 2.0, None), Point(3, 1.5, 1.75)]
    assert float(model.weight[0, 0].detach()) == pytest.approx(3.0, abs=0.01)
    assert len(list(tmp_path.iterdir())) == KEPT


def test_another_training_is_not_continued(tmp_path: Path) -> None:
    Checkpoints(tmp_path, "one").save(Progress(5), *parts())

    assert Checkpoints(tmp_path, "other").restore(*parts()).step == 0


def test_a_full_disk_leaves_the_last_good_one(tmp_path: Path) -> None:
    """On a real file system of a few kilobytes, where this machine lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = (
        mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=24k", "tmpfs", disk], check=False).returncode == 0
    )
    if not made:
        pytest.skip("no small file system can be mounted here")
    try:
        checkpoints = Checkpoints(disk, "mark")
        checkpoints.save(Progress(1), *parts(1.0))
        (disk / "filling").write_bytes(b"x" * 8192)

        with pytest.raises(WorkspaceError, match="could not be written"):
            for step in (2, 3):
                checkpoints.save(Progress(step), *parts(step))

        model, optimizer = parts()
        assert checkpoints.restore(model, optimizer).step >= 1
        assert not list(disk.glob(".step-*"))
    finally:
        subprocess.run(["umount", disk], check=True)
