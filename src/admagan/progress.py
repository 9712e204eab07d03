"""Progress on standard error, so that standard output stays free for results: bars, or in a log a line a minute."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from operator import length_hint
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
COUNT_SECONDS = 0.1
"""Between two times that `track` counts what is done."""


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
        done = f"{task.completed:,.0f}" if task.total is None else f"{task.percentage:.0f}%"
        console.print(f"{task.description}: {done}{left}", highlight=False, markup=False)


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
    # Rich's own `track` says nothing to a bar that is not drawn; and millions of items are not to be counted singly.
    with progress_bar() as bar:
        task = bar.add_task(description, total=total or length_hint(items) or None)
        done, last = 0, time.monotonic()
        for item in items:
            yield item
            done += 1
            if time.monotonic() - last >= COUNT_SECONDS:
                bar.advance(task, done)
                done, last = 0, time.monotonic()
        bar.advance(task, done)
