"""What every place of a picture is told about where it is."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def cosines(channels: int, side: int) -> Tensor:
    """Return (1, channels, side, side): waves in [-1, 1], the longest first, as the discrete cosine transform has them.

    Where there are more channels than waves, they start over.
    """
    waves = sorted(
        ((i, j) for i in range(side) for j in range(side) if i or j),
        key=lambda wave: (math.hypot(*wave), wave),
    )
    chosen = torch.tensor([waves[k % len(waves)] for k in range(channels)], dtype=torch.float32)
    places = (torch.arange(side) + 0.5) * (math.pi / side)
    rows, columns = (torch.cos(chosen[:, axis, None] * places) for axis in (0, 1))
    return (rows[:, :, None] * columns[:, None, :])[None]
