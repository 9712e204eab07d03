"""Showing how training goes: a progress line, metrics.jsonl and TensorBoard."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from admagan.files import write_text
from admagan.progress import QUIET_SECONDS, console
from admagan.schema.train import TrainSettings
from admagan.training.interrupts import Interrupted
from admagan.training.state import Progress

ALONE_FASTER = 2.5
"""How many times as fast as both networks the generator is while it learns alone (docs/recipe.md)."""
METRICS, TENSORBOARD = "metrics.jsonl", "tensorboard"


class Watch:
    """Reports of one run, by its main process.

    Args:
        folder: The run folder.
        settings: How long training goes on, and how often to report.
        shown: False in all processes but the main one: nothing is reported.
    """

    def __init__(self, folder: Path, settings: TrainSettings, shown: bool = True) -> None:
        self.folder = folder
        self.settings = settings
        self.shown = shown
        self._sums: dict[str, Tensor] = {}
        self._steps = 0
        self._since = self._latest = Progress()
        self._last_line = time.monotonic()
        self._board: SummaryWriter | None = None
        self._bar = Bar(TextColumn("training"), BarColumn(), TextColumn("{task.fields[line]}"))
        self._task = self._bar.add_task("training", total=1.0, line="")
        self._terms = Text(no_wrap=True, overflow="ellipsis")
        on_terminal = shown and console.is_terminal
        group = Group(self._bar, self._terms)
        self._live = Live(group, console=console, refresh_per_second=2) if on_terminal else None

    def __enter__(self) -> Self:
        """Show the progress line."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Report what has not been yet, where its steps were saved, and close."""
        if error is None or kind is Interrupted:  # the state that was saved then has these steps too
            self._report(self._latest)
        if self._live is not None:
            self._live.stop()
        if self._board is not None:
            self._board.close()

    def begin(self, progress: Progress) -> None:
        """Go on from `progress`: what was noted or reported after it comes again, and is removed."""
        self._sums, self._steps, self._since, self._latest = {}, 0, progress, progress
        if self.shown:
            keep_until(self.folder / METRICS, progress.images)
            if self._board is not None:
                self._board.close()
            self._board = SummaryWriter(str(self.folder / TENSORBOARD), purge_step=progress.images + 1)

    def step(self, progress: Progress, terms: Mapping[str, Tensor]) -> None:
        """Note the terms of one step; they are read and reported as a mean every few seconds."""
        if not self.shown:
            return
        if self._steps and judged(terms) != judged(self._sums):
            # A mean over steps with a discriminator and steps without would be neither's.
            self._report(self._latest)
        for name, value in terms.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        self._steps += 1
        self._latest = progress
        if progress.seconds - self._since.seconds >= self.settings.report_seconds:
            self._report(progress)

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Report what has not been yet, and leave the time that passes meanwhile out of the next speed."""
        self._report(self._latest)
        began = time.monotonic()
        yield
        seconds = self._since.seconds + time.monotonic() - began
        self._since = self._since.model_copy(update={"seconds": seconds})

    def values(self, progress: Progress, values: Mapping[str, float]) -> None:
        """Write named values at this point to metrics.jsonl and TensorBoard."""
        if self._board is None:
            return
        line = {"images": progress.images, "step": progress.step, "seconds": round(progress.seconds, 3)}
        with (self.folder / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line | {name: _rounded(value) for name, value in values.items()}) + "\n")
        for name, value in values.items():
            self._board.add_scalar(name.replace(".", "/"), value, progress.images)

    def picture(self, progress: Progress, name: str, pixels: Any) -> None:
        """Show a picture, uint8 (H, W, 3), in TensorBoard."""
        if self._board is not None:
            self._board.add_image(name, pixels, progress.images, dataformats="HWC")

    def _report(self, progress: Progress) -> None:
        if not self._steps:
            return
        stacked = torch.stack([value.float() for value in self._sums.values()]) / self._steps
        means = dict(zip(self._sums, stacked.tolist(), strict=True))
        seconds = max(progress.seconds - self._since.seconds, 1e-9)
        speed = (progress.images - self._since.images) / seconds
        self.values(progress, means | {"images_per_second": speed})
        self._say(progress, means, speed)
        self._sums, self._steps, self._since = {}, 0, progress

    def _say(self, progress: Progress, means: Mapping[str, float], speed: float) -> None:
        share = done(progress, self.settings)
        left = seconds_left(progress, self.settings, speed_to_come(progress, self.settings, speed))
        clock = timedelta(seconds=round(left))
        line = f"{progress.images:,} images, {speed:.1f}/s, {clock} left"
        terms = _in_groups(means)
        self._bar.update(self._task, completed=min(share, 1.0), line=line)
        self._terms.plain = terms
        quiet = time.monotonic() - self._last_line
        if self.shown and self._live is None and quiet >= QUIET_SECONDS:
            self._last_line = time.monotonic()
            console.print(f"{share:4.0%} {line}, {terms}", highlight=False, soft_wrap=True)


def done(progress: Progress, settings: TrainSettings) -> float:
    """Return the share of training that is done, by images or by minutes, whichever is further; from 1 on it ends."""
    by_time = progress.seconds / 60 / settings.minutes if settings.minutes else 0.0
    return max(progress.images / settings.images, by_time)


def seconds_left(progress: Progress, settings: TrainSettings, speed: float) -> float:
    """Return the time left at `speed` images a second, which is a mean over all that is left."""
    left = max(settings.images - progress.images, 0) / max(speed, 1e-9)
    if settings.minutes:
        left = min(left, max(settings.minutes * 60 - progress.seconds, 0.0))
    return left


def speed_to_come(progress: Progress, settings: TrainSettings, speed: float) -> float:
    """Return the mean speed of all images that are left, where `speed` is the one of now: the generator alone is
    faster."""
    ahead = settings.warm_up - done(progress, settings)
    if progress.warmed_up or ahead <= 0:
        return speed
    part = ahead / (1 - done(progress, settings))
    return speed / (part + (1 - part) * ALONE_FASTER)


def keep_until(file: Path, images: int) -> None:
    """Remove the lines of metrics.jsonl beyond `images`, and a last line that is torn."""
    if not file.is_file():
        return
    kept = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["images"] <= images:
                kept.append(line + "\n")
        except ValueError:
            continue
    write_text(file, "".join(kept))


def _in_groups(means: Mapping[str, float]) -> str:
    """Return "D real 0.4 fake 0.1  G adversarial 1.2" for terms that are named "D.real" and so on."""
    groups: dict[str, list[str]] = {}
    for name, value in means.items():
        group, _, term = name.partition(".")
        groups.setdefault(group, []).append(f"{term} {value:.2f}")
    return "  ".join(f"{group} {' '.join(terms)}" for group, terms in groups.items())


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def judged(terms: Mapping[str, Tensor]) -> bool:
    """Tell whether the discriminator took part in the steps that these terms are of."""
    return any(name.startswith("D.") for name in terms)
