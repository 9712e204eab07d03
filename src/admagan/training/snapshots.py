"""What is looked at on the way: sample grids, quality figures, and the best model so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import FiniteFloat, NonNegativeInt
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from admagan.errors import InputError
from admagan.files import remove, write_json, written_aside
from admagan.metrics.pictures import Pixels, quantised
from admagan.networks.synthesiser import Synthesiser
from admagan.networks.tensors import write_weights
from admagan.runtime.generate import save_picture
from admagan.schema.base import Strict
from admagan.training.grid import sample_grid, save_film
from admagan.training.randomness import SAMPLES, seeded
from admagan.training.state import Progress
from admagan.training.watch import Watch

PROMPTS, COLUMNS = 8, 6
SCORE = "FID"
"""The figure of a snapshot whose lowest value makes the best model."""

Quality = Callable[[Synthesiser], Mapping[str, float]]
"""Measures an averaged synthesiser; the figures' names with their values."""


@dataclass(frozen=True)
class Prompts:
    """The fixed prompts of the sample grids: P held-out samples as they are."""

    captions: list[str]
    sentence: Tensor
    """e_s (P, d)."""
    labels: Tensor
    """y (P, n), as annotated."""
    real: Pixels
    """uint8 (P, S, S, 3)."""


class BestCard(Strict):
    """best.json: which weights are the best so far."""

    score: FiniteFloat
    """FID, lower is better."""
    images: NonNegativeInt
    """Images seen by then."""


class Snapshots:
    """Takes snapshots of the averaged model, in the main process.

    Args:
        folder: The run folder.
        prompts: What the sample grids show.
        noise_dim: Z.
        seed: Of the noises, which stay the same all through the run.
        quality: Measures the model; None where that is not wanted.
    """

    def __init__(
        self, folder: Path, prompts: Prompts, noise_dim: int, seed: int, quality: Quality | None
    ) -> None:
        self.samples = folder / "samples"
        self.best = folder / "best"
        self.prompts = prompts
        self.noise = torch.randn(COLUMNS, noise_dim, generator=seeded(seed, 0, SAMPLES))
        self.quality = quality

    def take(self, progress: Progress, average: Synthesiser, watch: Watch) -> None:
        """Write the sample grid, measure, and keep the weights if they are the best so far; report to `watch`."""
        grid = sample_grid(
            self.prompts.captions, self.prompts.real, self._made(average), f"{progress.images:,} images"
        )
        watch.picture(progress, "samples", np.asarray(grid))
        if self.quality is not None:
            figures = dict(self.quality(average))
            watch.values(progress, figures)
            if math.isfinite(figures[SCORE]):
                self._keep_if_best(BestCard(score=figures[SCORE], images=progress.images), average)
        save_picture(grid, self._picture(progress), "PNG")  # the last thing: with it, the snapshot is there

    def has(self, progress: Progress) -> bool:
        """Tell whether the snapshot of this moment was taken."""
        return self._picture(progress).is_file()

    def forget(self) -> None:
        """Remove what a former run has left in this folder."""
        remove(self.samples)
        remove(self.best)

    def film(self) -> None:
        """Write all grids one after the other as samples/overview.gif."""
        pictures = sorted(self.samples.glob("[0-9]*.png"))
        if pictures:
            save_film(pictures, self.samples / "overview.gif")

    def _picture(self, progress: Progress) -> Path:
        return self.samples / f"{progress.images:09d}.png"

    @torch.no_grad()
    def _made(self, average: Synthesiser) -> Pixels:
        """Return uint8 (P, K, S, S, 3): each prompt with each noise."""
        device = self.prompts.sentence.device
        rows = [
            average(self.noise.to(device), sentence.expand(COLUMNS, -1), labels.expand(COLUMNS, -1))[0]
            for sentence, labels in zip(self.prompts.sentence, self.prompts.labels, strict=True)
        ]
        return quantised(torch.stack(rows))

    def _keep_if_best(self, card: BestCard, average: Synthesiser) -> None:
        before = load_best(self.best.parent)
        if before is not None and before[0].score <= card.score:
            return
        with written_aside(self.best) as aside:
            aside.mkdir()
            write_weights(aside / "average.safetensors", average.state_dict())
            write_json(aside / "best.json", card.model_dump(mode="json"))


def load_best(folder: Path) -> tuple[BestCard, dict[str, Tensor]] | None:
    """Return card and averaged weights of the best snapshot of a run folder; None where none was measured, or what is
    there is damaged."""
    best = folder / "best"
    try:
        return BestCard.read(best / "best.json"), load_file(best / "average.safetensors")
    except (InputError, OSError, SafetensorError):
        return None
