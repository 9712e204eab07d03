"""A small picture encoder, trained beside the text encoder so that pictures and captions meet (docs/method.md).

Frozen, it then tells the generator which attributes its pictures lack.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.networks.tensors import full_precision, require_shape
from admagan.schema.text import TextTrainingSettings

GRID = 8
"""Regions along each side."""


@dataclass(frozen=True)
class ImageFeatures:
    """What the image encoder says of pictures, in the space of sentences and words."""

    image: Tensor
    """float32 (B, d): of the whole picture."""
    regions: Tensor
    """float32 (B, 64, d): of each square of an 8 x 8 grid, row by row."""
    attributes: Tensor
    """float32 (B, n): logits, positive where the picture shows the attribute."""


class _Block(nn.Module):
    """A residual block that halves the side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H/2, W/2)."""
        residual = F.relu(self.norm1(self.conv1(x)))
        residual = self.norm2(self.conv2(residual))
        return F.relu(residual + self.shortcut(F.avg_pool2d(x, 2)))


class ImageEncoder(nn.Module):
    """Pictures (B, 3, S, S) in [-1, 1], S a power of two -> features of the picture and of its regions.

    Args:
        dim: d, width of the features.
        attributes: n, attributes that it tells apart; 0 for none.
        width: Channels at half the side; they double with every halving, up to 8 times.
        size: Side in pixels, a power of two from 32, that pictures are brought to first.
    """

    def __init__(self, dim: int, attributes: int = 0, width: int = 32, size: int = 64) -> None:
        super().__init__()
        self.size = size
        halvings = (size // GRID).bit_length() - 1  # down to the grid; one more for the whole picture
        channels = [width * min(2**i, 8) for i in range(halvings + 1)]
        self.stem = nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(*(_Block(i, o) for i, o in pairwise(channels[:-1])))
        self.top = _Block(*channels[-2:])
        self.to_regions = nn.Linear(channels[-2], dim)
        self.to_image = nn.Linear(channels[-1], dim)
        self.to_attributes = nn.Linear(channels[-1], attributes) if attributes else None

    def forward(self, images: Tensor) -> ImageFeatures:
        """Encode."""
        require_shape(images, "images", None, 3, None, None)
        if images.shape[-1] != self.size:
            images = F.adaptive_avg_pool2d(images, self.size)
        x = images.contiguous(memory_format=torch.channels_last)
        grid = self.blocks(F.relu(self.norm(self.stem(x))))
        # To (B, 64, C): in channels-last order this moves nothing.
        regions = full_precision(self.to_regions(grid.flatten(2).transpose(1, 2)))
        pooled = full_precision(self.top(grid)).mean((2, 3))
        logits = self.to_attributes(pooled) if self.to_attributes else pooled.new_zeros(len(pooled), 0)
        return ImageFeatures(full_precision(self.to_image(pooled)), regions, full_precision(logits))


def picture_encoder(dim: int, attributes: int, settings: TextTrainingSettings) -> ImageEncoder:
    """Return an untrained picture encoder with features of width `dim`, and attributes if it is to learn them."""
    told = attributes if settings.attribute_weight else 0
    return ImageEncoder(dim, told, settings.image_width, settings.image_size)
