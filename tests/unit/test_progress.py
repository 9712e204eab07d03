"""Progress where nobody looks at a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from admagan import progress


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    file = io.StringIO()
    monkeypatch.setattr(progress, "console", Console(file=file, width=200))
    return file


def test_long_work_says_now_and_then_how_far_it_is(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    with progress.progress_bar() as bar:
        task = bar.add_task("reading [all]", total=4)
        for _ in range(4):
            bar.advance(task)
    lines = log.getvalue().splitlines()
    assert lines[0].startswith("reading [all]: 25%")
    assert lines[-1].startswith("reading [all]: 100%, 0:00:00 left")


def test_short_work_says_nothing(log: io.StringIO) -> None:
    assert list(progress.track(range(5), "counting")) == [0, 1, 2, 3, 4]
    assert log.getvalue() == ""
