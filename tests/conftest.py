"""Shared by all tests: one thread, and the data set that may be absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ADMAGAN_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def fashion() -> Path:
    """Return the folder of 8,034 product photos, or skip."""
    folder = SHARED / "data" / "fashion"
    if not (folder / "metadata.jsonl").is_file():
        pytest.skip("the shared data set is not here")
    return folder
