"""Model folders with one file cut short, emptied, missing or of another model: one message that names the file."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from admagan.runtime.models import BUNDLED

Run = Callable[..., tuple[int, str, str]]

NEEDED = [
    "config.json", "attributes.json", "tokenizer.json", "generator.onnx", "generator.safetensors",
    "text_encoder.onnx", "text_encoder.safetensors", "tagger.onnx", "tagger.safetensors", "examples.json",
]  # fmt: skip


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def garbage(file: Path) -> None:
    file.write_bytes(bytes(range(255, 0, -1)) * 7)


def another(file: Path) -> None:
    shutil.copy(BUNDLED / "avatars" / file.name, file)


def missing(file: Path) -> None:
    file.unlink()


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def deep(file: Path) -> None:
    file.write_text("[" * 100_000)


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_model, tmp_path / "m")


@pytest.mark.parametrize("damage", [cut, empty, garbage, another, missing, folder, deep])
@pytest.mark.parametrize("name", NEEDED)
def test_a_damaged_file_is_named(
    name: str, damage: Callable[[Path], None], run: Run, copy: Path, tmp_path: Path
) -> None:
    damage(copy / name)
    status, out, err = run("generate", "a man", "--model", "m", "--attr", "glasses")
    assert (status, out) == (2, "")
    assert err.startswith("error: m")
    assert err.count("\n") == 1
    assert len(err) < 700
    # Another model's config.json is whole; what it says does not fit the files beside it.
    foreign = {"config.json": "attributes.json", "attributes.json": "attributes.json"}
    assert (foreign.get(name, name) if damage is another else name) in err
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("name", ["README.md", "samples.png"])
def test_what_is_only_for_people_does_not_matter(name: str, run: Run, copy: Path) -> None:
    garbage(copy / name)
    assert run("generate", "a man", "--model", "m")[0] == 0


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("generator", "noise_dim", 7),
        ("generator", "size", 63),
        ("text", "vocabulary", 3),
        ("text", "max_tokens", 0),
        ("tagger", "thresholds", [2.0]),
        ("tagger", "hiden", 1),
    ],
)
def test_a_config_that_was_edited_is_one_message(
    section: str, field: str, value: object, run: Run, copy: Path
) -> None:
    config = json.loads((copy / "config.json").read_text())
    config[section][field] = value
    (copy / "config.json").write_text(json.dumps(config))
    status, out, err = run("generate", "a man", "--model", "m")
    assert (status, out) == (2, "")
    assert err.startswith("error: m/")
    assert err.count("\n") == 1
    assert len(err) < 700


def test_a_full_disk_leaves_nothing(copy: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for it: it stops root as well."""
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "admagan", "generate", "a man", "--model", copy, "--out", tmp_path / "x.png"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        check=False,
    )
    assert done.returncode == 2
    assert "x.png: expected a place that can be written, found File too large" in done.stderr
    assert sorted(tmp_path.iterdir()) == before
