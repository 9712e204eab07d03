"""Differentiable augmentation of what the discriminator sees (Zhao et al., arXiv:2006.10738), for small data sets.

Real and generated pictures are changed alike and the gradient flows through, so that the discriminator cannot learn the
training set by heart and the generator does not learn the changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from admagan.schema.train import Augmentation

DRAWS = 7
"""Random numbers a picture takes."""
SHIFT, HOLE = 1 / 8, 1 / 2
"""Largest translation, and side of what is cut out, as parts of the side."""


def augmented(images: Tensor, draws: Tensor, kinds: Sequence[Augmentation]) -> Tensor:
    """Change pictures (B, 3, S, S) by draws (B, DRAWS), uniform in [0, 1): the same draws, the same changes."""
    brightness, saturation, contrast, down, right, row, column = draws.unbind(1)
    if "colour" in kinds:
        images = _coloured(images, brightness, saturation, contrast)
    if "translation" in kinds:
        images = _moved(images, down, right)
    if "cutout" in kinds:
        images = images * _outside_hole(row, column, images.shape[2])[:, None]
    return images


def _coloured(images: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Add -0.5 to 0.5, weigh saturation by 0 to 2 and contrast by 0.5 to 1.5."""
    images = images + (brightness[:, None, None, None] - 0.5)
    grey = images.mean(1, keepdim=True)
    images = torch.lerp(grey, images, 2 * saturation[:, None, None, None])
    mean = images.mean((1, 2, 3), keepdim=True)
    return torch.lerp(mean, images, 0.5 + contrast[:, None, None, None])


def _moved(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Shift by up to an eighth of the side each way; what comes in repeats the edge."""
    size = images.shape[2]
    places = torch.arange(size, device=images.device)
    rows, columns = (
        (places + ((2 * draw - 1) * SHIFT * size).round().long()[:, None]).clamp(0, size - 1)
        for draw in (down, right)
    )
    samples = torch.arange(len(images), device=images.device)[:, None, None, None]
    channels = torch.arange(3, device=images.device)[:, None, None]
    return images[samples, channels, rows[:, None, :, None], columns[:, None, None, :]]


def _outside_hole(row: Tensor, column: Tensor, size: int) -> Tensor:
    """Return (B, S, S): 0 in a square of half the side around the drawn place, 1 elsewhere."""
    places = torch.arange(size, device=row.device) / size
    inside = [(places - centre[:, None]).abs() < HOLE / 2 for centre in (row, column)]
    return 1.0 - (inside[0][:, :, None] & inside[1][:, None, :]).float()
