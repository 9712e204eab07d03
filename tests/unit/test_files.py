"""Files written aside: whole or absent, whoever else writes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from admagan.errors import InputError
from admagan.files import refuse_other_folder, written_aside


def test_a_report_needs_a_folder_to_be_written_in(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a place that can be written to"):
        refuse_other_folder(tmp_path / "file" / "sub" / "report", "report.json", ())
    refuse_other_folder(tmp_path / "a" / "b", "report.json", ())
    with pytest.raises(InputError, match="a new or empty folder"):
        refuse_other_folder(Path("/"), "report.json", ())


def test_threads_that_write_the_same_file_do_not_touch_each_others(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    with written_aside(path) as first:
        first.write_text("first")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write, path, "second").result()
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_along_what_killed_writers_left_of_it(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    gone = tmp_path / f".out.{process.pid}-1.tmp"
    others = [tmp_path / f".other.{process.pid}-1.tmp", tmp_path / f".out.{os.getppid()}-1.tmp"]
    for left in (gone, *others):
        left.mkdir()
    with written_aside(tmp_path / "out") as aside:
        aside.mkdir()
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "out", *others])


def write(path: Path, text: str) -> None:
    with written_aside(path) as aside:
        aside.write_text(text)
