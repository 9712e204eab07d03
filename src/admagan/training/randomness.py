"""Everything random in a step, as a pure function of (seed, step) and a sample's place in the whole batch.

So a run can be resumed at any step without keeping a random state, and any number of processes, each with its part
of a batch, does what one process would do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from admagan.data.augment import draws

NOISE, FORGETTING, SAMPLES, AUGMENTATION = range(100, 104)
"""Purposes, apart from those of the pictures."""


@dataclass(frozen=True)
class StepRandom:
    """The random numbers of one process's part of one step."""

    seed: int
    step: int
    rank: int = 0
    world: int = 1

    def noise(self, batch: int, width: int) -> Tensor:
        """Return z (B, Z), standard normal."""
        return self._part(torch.randn(self.world * batch, width, generator=self._generator(NOISE)))

    def forgotten(self, batch: int, attributes: int, chance: float, rate: float) -> Tensor:
        """Return bool (B, n): the attributes that each sample loses in this step.

        A sample loses any at all with probability `chance`; then each of its attributes with probability `rate`,
        whether present or absent: of what remains known, as much is present as before.
        """
        generator = self._generator(FORGETTING)
        samples = torch.rand(self.world * batch, 1, generator=generator) < chance
        each = torch.rand(self.world * batch, attributes, generator=generator) < rate
        return self._part(samples & each)

    def augmentation(self, batch: int, draws: int) -> Tensor:
        """Return (B, 2, draws), uniform in [0, 1): for each sample's real and generated picture."""
        return self._part(torch.rand(self.world * batch, 2, draws, generator=self._generator(AUGMENTATION)))

    def _part(self, whole: Tensor) -> Tensor:
        return whole.chunk(self.world)[self.rank]

    def _generator(self, purpose: int) -> torch.Generator:
        return seeded(self.seed, self.step, purpose)


def seeded(seed: int, step: int, purpose: int) -> torch.Generator:
    """Return a generator for one purpose in one step."""
    # torch's generator starts from 32 bits only: they have to be well mixed.
    mixed = draws(seed, step, np.zeros(1, np.int64), purpose)[0]
    return torch.Generator().manual_seed(int(mixed >> np.uint64(1)))
