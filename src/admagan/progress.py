"""Progress on standard error, so that standard output stays free for results: bars, or in a log a line a minute."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")

console = Console(stderr=True)
QUIET_SECONDS = 60.0
"""Between two lines of a log."""


class _Bar(Progress):
    """A bar on a terminal; elsewhere a line from time to time, so that nobody thinks that nothing happens."""

    def __init__(self, *columns: Any) -> None:
        super().__init__(*columns, console=console, disable=not console.is_terminal)
        self._last_line = time.monotonic()

    def update(self, task_id: TaskID, **changes: Any) -> None:
        super().update(task_id, **changes)
        self._log(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        super().advance(task_id, advance)
        self._log(task_id)

    def _log(self, task_id: TaskID) -> None:
        now = time.monotonic()
        if not self.disable or now - self._last_line < QUIET_SECONDS:
            return
        self._last_line = now
        task = self._tasks[task_id]
        seconds = task.time_remaining
        left = "" if seconds is None else f", {timedelta(seconds=round(seconds))} left"
        console.print(f"{task.description}: {task.percentage:.0f}%{left}", highlight=False, markup=False)


def progress_bar(*extra_columns: str) -> Progress:
    """Return a bar with count, elapsed time and time left; a line a minute where standard error is no terminal."""
    return _Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        *(TextColumn(column) for column in extra_columns),
    )


def track(items: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` and show how far they are; `total` is needed where `items` has no length."""
    with progress_bar() as bar:
        yield from bar.track(items, description=description, total=total)
