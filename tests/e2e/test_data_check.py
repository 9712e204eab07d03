"""`admagan data check` as people run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "admagan", "data", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_good_set_passes_and_names_its_warnings(small_set: Path) -> None:
    done = check(small_set)
    assert done.returncode == 0
    assert "warning train-small (1)" in done.stdout
    assert "0 errors, 2 warnings, 0 notes. Ready for training." in done.stdout
    assert done.stderr == ""


def test_errors_give_status_2_file_line_and_mend(small_set: Path, tmp_path: Path) -> None:
    (small_set / "images" / "5.png").write_bytes(b"GIF89a")
    done = check(small_set, "--fix", tmp_path / "fixed.jsonl")
    assert done.returncode == 2
    assert "metadata.jsonl:6: 'images/5.png': expected" in done.stdout
    assert "Training refuses this data set." in done.stdout
    assert len((tmp_path / "fixed.jsonl").read_text().splitlines()) == 23


def test_json_is_one_object_and_nothing_else(small_set: Path) -> None:
    (small_set / "images" / "5.png").unlink()
    done = check(small_set, "--json")
    assert done.returncode == 2
    report = json.loads(done.stdout)
    assert report["counts"] == {"error": 1, "warning": 2, "note": 0}
    assert report["findings"][0] | {"mend": ""} == {
        "check": "image-missing",
        "severity": "error",
        "file": "metadata.jsonl",
        "line": 6,
        "message": "'images/5.png' is not there",
        "mend": "",
        "drop": True,
    }


def test_a_folder_without_metadata_is_one_message(tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "no such folder" in done.stderr
    assert "Traceback" not in done.stderr
