"""`admagan data import` as people run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from published import make_coco, make_cub


def admagan(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "admagan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ("cub", "CUB-200-2011: 6 pictures (4 train, 2 test), 24 captions, 5 attributes"),
        ("coco", "COCO 2014: 4 pictures (3 train, 1 test), 8 captions, 4 attributes"),
    ],
)
def test_an_imported_set_passes_the_check(tmp_path: Path, source: str, summary: str) -> None:
    root = {"cub": make_cub, "coco": make_coco}[source](tmp_path / "published")
    out = tmp_path / "out"
    done = admagan("data", "import", source, root, out, "--pictures", "copy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(summary)
    assert {path.name for path in out.iterdir()} >= {"metadata.jsonl", "attributes.json", "README.md"}
    assert "expected" not in admagan("data", "check", out).stderr
    again = admagan("data", "import", source, root, out)
    assert again.returncode == 2
    assert "a new or empty folder" in again.stderr


def test_options_of_cub(tmp_path: Path) -> None:
    root = make_cub(tmp_path / "published")
    captions = (root / "text_c10").rename(tmp_path / "captions")
    listed = captions / "testclasses.txt"
    options = ("--captions", captions, "--class-split", listed, "--least-certainty", "4", "--species")
    done = admagan("data", "import", "cub", root, tmp_path / "out", *options)
    assert (done.returncode, done.stderr) == (0, "")
    first = (tmp_path / "out" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert (
        '"tags": {"bill shape": ["hooked seabird bill shape"], "species": ["black footed albatross"]}'
        in first
    )


@pytest.mark.parametrize("source", ["cub", "coco"])
def test_an_empty_root_is_one_message(tmp_path: Path, source: str) -> None:
    done = admagan("data", "import", source, tmp_path, tmp_path / "out")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "no such file" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
