"""Ctrl-C and SIGTERM as a wish to stop, which the loop grants between two steps."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

from admagan.progress import console

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """Training was asked to stop and has saved its state.

    Args:
        signal_number: Of the signal that asked.
    """

    def __init__(self, signal_number: int) -> None:
        self.exit_status = 128 + signal_number
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")


class Interrupts:
    """Remembers, while entered, that a signal came; a second one ends the process at once."""

    def __init__(self) -> None:
        self.received: int | None = None
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take over the signals; only the main thread of a process may."""
        self._former = {number: signal.signal(number, self._remember) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _remember(self, number: int, _: FrameType | None) -> None:
        self.received = number
        signal.signal(number, self._former[number])
        console.print("stopping after this step; the state is saved first", highlight=False)
