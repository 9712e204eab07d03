"""`admagan data shard` as typed."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from PIL import Image


def run(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "admagan", "data", "shard", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    root.mkdir()
    lines = []
    for i in range(20):
        Image.new("RGB", (8, 8), (10 * i, 0, 0)).save(root / f"{i}.png")
        lines.append(
            json.dumps({"file_name": f"{i}.png", "text": "red", "split": "test" if i < 5 else "train"})
        )
    (root / "metadata.jsonl").write_text("\n".join(lines))
    return root


@pytest.mark.slow
def test_writes_shards_and_says_so(data, tmp_path):
    done = run(data, tmp_path / "out", "--shard-mb", 0.001)
    assert done.returncode == 0, done.stderr
    assert "test: 5 pictures in 1 shard," in done.stdout
    shards = list((tmp_path / "out").glob("*.tar"))
    assert len(shards) > 2
    for path in shards:
        with tarfile.open(path) as tar:
            assert {name.split(".")[-1] for name in tar.getnames()} == {"json", "png"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nowhere", "out"], "expected a data set folder"),
        (["data", "data"], "expected a new or empty folder"),
        (["data", "out", "--shard-mb", "0"], "--shard-mb: expected a number above 0, found 0"),
        (["data", "out", "--shard-mb", "much"], "--shard-mb"),
    ],
)
def test_wrong_arguments_are_one_message(data, tmp_path, args, message):
    done = run(*(tmp_path / arg if arg in ("data", "out", "nowhere") else arg for arg in args))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
