"""Files written aside: whole or absent, whoever else writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from admagan.files import written_aside


def test_threads_that_write_the_same_file_do_not_touch_each_others(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    with written_aside(path) as first:
        first.write_text("first")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(write, path, "second").result()
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def write(path: Path, text: str) -> None:
    with written_aside(path) as aside:
        aside.write_text(text)
