"""Shared by all tests: one thread, and the data set that may be absent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

os.environ.setdefault("OMP_NUM_THREADS", "1")

# Speed belongs in bench/: a busy machine must not fail a property.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ADMAGAN_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def fashion() -> Path:
    """Return the folder of 8,034 product photos, or skip."""
    folder = SHARED / "data" / "fashion"
    if not (folder / "metadata.jsonl").is_file():
        pytest.skip("the shared data set is not here")
    return folder


def small_picture(seed: int, side: int = 48) -> Image.Image:
    """Return a picture of 6 x 6 coloured fields; another seed, another picture."""
    fields = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(fields).resize((side, side), Image.Resampling.NEAREST)


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """Return a data set folder of 24 pictures with captions and tags, eight of them held out."""
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    lines = []
    for i in range(24):
        small_picture(i).save(root / "images" / f"{i}.png")
        tags = {"colour": ["red", "blue", "green"][i % 3], "size": ["small", "large"][i % 2]}
        split = {0: "test", 1: "validation"}.get(i % 6, "train")
        text = [f"a {tags['size']} {tags['colour']} thing", f"number {i}"]
        lines.append({"file_name": f"images/{i}.png", "text": text, "tags": tags, "split": split})
    (root / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model folder with random weights (see helpers/tiny_models.py); don't change it: it is shared."""
    from tiny_models import tiny_trained

    from admagan.export.folder import write_model_folder

    path = tmp_path_factory.mktemp("models") / "tiny"
    write_model_folder(tiny_trained(), path, storage="float32")
    return path
