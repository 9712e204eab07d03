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


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every step take so long that it is a line's worth."""
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(progress, "COUNT_SECONDS", 0.0)


@pytest.mark.usefixtures("long")
def test_long_work_says_now_and_then_how_far_it_is(log: io.StringIO) -> None:
    with progress.progress_bar() as bar:
        task = bar.add_task("reading [all]", total=4)
        for _ in range(4):
            bar.advance(task)
    lines = log.getvalue().splitlines()
    assert lines[0].startswith("reading [all]: 25%")
    assert lines[-1].startswith("reading [all]: 100%, 0:00:00 left")


@pytest.mark.usefixtures("long")
def test_so_does_what_is_gone_through(log: io.StringIO) -> None:
    assert list(progress.track(range(4), "counting")) == [0, 1, 2, 3]
    lines = [line.split(",")[0] for line in log.getvalue().splitlines()]
    assert lines[:4] == [f"counting: {done}%" for done in (25, 50, 75, 100)]


@pytest.mark.usefixtures("long")
def test_what_has_no_length_is_counted(log: io.StringIO) -> None:
    assert list(progress.track((letter for letter in "abc"), "reading")) == ["a", "b", "c"]
    assert log.getvalue().splitlines()[:3] == ["reading: 1", "reading: 2", "reading: 3"]


def test_short_work_says_nothing(log: io.StringIO) -> None:
    assert list(progress.track(range(5), "counting")) == [0, 1, 2, 3, 4]
    assert log.getvalue() == ""
