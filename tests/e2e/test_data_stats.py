"""`admagan data stats` as people run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


def stats(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "admagan", "data", "stats", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_a_report_is_written_and_named(small_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports" / "small"
    done = stats(small_set, "--out", out)
    assert done.returncode == 0
    assert done.stdout == f"{out / 'index.html'}\n"
    assert "Traceback" not in done.stderr
    numbers = json.loads((out / "stats.json").read_text(encoding="utf-8"))
    assert numbers["splits"] == {"train": 16, "validation": 4, "test": 4}
    assert {a["name"]: a["count"] for a in numbers["attributes"] if a["group"] == "size"} == {
        "small": 8,
        "large": 8,
    }
    for name in ("samples", "attributes", "captions", "correlation"):
        with Image.open(out / f"{name}.png") as image:
            image.load()
    assert [path.name for path in out.parent.iterdir()] == ["small"]


def test_bad_input_is_one_message(small_set: Path, tmp_path: Path) -> None:
    for arguments, says in (
        ((tmp_path / "none", "--out", tmp_path / "report"), "no such folder"),
        ((small_set, "--out", small_set), "--out"),
        ((small_set,), "--out"),
    ):
        done = stats(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert says in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.shared
def test_the_shared_set(fashion: Path, tmp_path: Path) -> None:
    assert stats(fashion, "--out", tmp_path / "report").returncode == 0
    numbers = json.loads((tmp_path / "report" / "stats.json").read_text(encoding="utf-8"))
    assert numbers["splits"] == {"train": 6846, "validation": 388, "test": 800}
    assert {"sunglasses", "navy blue", "men"} <= {a["name"] for a in numbers["attributes"]}
