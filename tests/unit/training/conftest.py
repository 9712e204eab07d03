"""Tiny GANs in run folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_gan import tiny_job

from admagan.training.loop import Job


@pytest.fixture
def make_job(tmp_path: Path):
    """Return a function that makes a job in a run folder with a name."""

    def make(name: str = "run", **changes: object) -> Job:
        return tiny_job(tmp_path / name, **changes)

    return make
