"""`admagan train` as a user types it, on a data set drawn here."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from drawn import draw_set
from PIL import Image
from safetensors.torch import load_file
from torchrun import torchrun

KILLED_AT = str(Path(__file__).parents[1] / "helpers" / "killed_at.py")
TINY = Path(__file__).parents[1] / "helpers" / "tiny_gan.yaml"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    return draw_set(tmp_path_factory.mktemp("data") / "shapes")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "admagan", "train", *map(str, arguments)]


def run(*arguments: object, status: int = 0, timeout: float = 300) -> subprocess.CompletedProcess:
    result = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=timeout)
    assert result.returncode == status, result.stderr
    assert "Traceback" not in result.stderr
    return result


def newest_state(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(max((folder / "state").glob("[0-9]*")) / "tensors.safetensors")


def processor_seconds() -> float:
    """Return what finished children have used: unlike a clock, it does not mind a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def steps_of(folder: Path) -> list[int]:
    return [int(path.name) for path in sorted((folder / "state").glob("[0-9]*"))]


@pytest.mark.slow
def test_smoke_from_captions_to_pictures_in_two_minutes(drawn, tmp_path):
    folder = tmp_path / "run"
    began = processor_seconds()
    run(drawn, "--preset", "smoke", "--out", folder, timeout=600)
    assert processor_seconds() - began < 120
    bank = json.loads((folder / "model" / "attributes.json").read_text())["attributes"]
    assert {"red", "circle"} <= {word for attribute in bank for word in attribute["name"].split()}
    samples = sorted((folder / "samples").glob("[0-9]*.png"))
    assert [path.name for path in samples] == ["000001280.png", "000002560.png"]
    with Image.open(samples[-1]) as grid:
        assert np.asarray(grid).std() > 20
    with Image.open(folder / "samples" / "overview.gif") as film:
        assert film.n_frames == 2
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["images"] == 2560
    settings = yaml.safe_load((folder / "settings.yaml").read_text())
    assert settings["train"]["images"] == 2560
    again = run(drawn, "--out", folder, "--resume")
    assert "going on from step 160" in again.stderr


@pytest.mark.slow
def test_two_and_two_steps_equal_four_with_a_kill_between(drawn, tmp_path):
    arguments = [drawn, "--preset", "smoke", "--config", TINY, "--train.images", 16, "--stage", "gan"]
    run(*arguments, "--out", tmp_path / "whole")
    parts = tmp_path / "parts"
    killed = [sys.executable, KILLED_AT, "2", *command(*arguments, "--out", parts)[3:]]
    assert subprocess.run(killed, capture_output=True, timeout=300).returncode == -signal.SIGKILL
    assert steps_of(parts) == [1, 2]
    run(drawn, "--out", parts, "--stage", "gan")
    assert steps_of(parts) == steps_of(tmp_path / "whole") == [3, 4]
    one, two = newest_state(tmp_path / "whole"), newest_state(parts)
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.slow
def test_a_killed_process_is_restarted_and_training_goes_on(drawn, tmp_path):
    arguments = [
        drawn,
        "--preset",
        "smoke",
        "--config",
        TINY,
        "--train.images",
        16,
        "--out",
        tmp_path / "run",
    ]
    result = torchrun(2, "--max-restarts", 1, KILLED_AT, 2, *command(*arguments)[3:])
    assert "going on from step 2, 8 images" in result.stderr
    assert steps_of(tmp_path / "run")[-1] == 4
    assert (tmp_path / "run" / "model" / "config.json").is_file()
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert len({line["images"] for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("option", "values", "expected"),
    [
        ("--train.minutes", ["0"], "expected greater than 0, found 0.0"),
        ("--generator.multipliers", ["0", "1", "1", "1"], "expected greater than 0, found 0"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused_in_one_line(tmp_path, option, values, expected):
    said = run(tmp_path, option, *values, "--out", tmp_path / "run", status=2).stderr
    assert option in said
    assert expected in said
    assert "pydantic" not in said
    assert not (tmp_path / "run").exists()
