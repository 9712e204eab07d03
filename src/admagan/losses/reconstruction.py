"""A generated picture and the real one that its caption and attributes come from shall agree in the large."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.networks.tensors import full_precision

SCALES = (1, 4)
"""Sides of squares in pixels: the coarser one keeps colours and places where details are the discriminator's."""


def reconstruction_loss(made: Tensor, real: Tensor) -> Tensor:
    """Mean absolute difference of pictures (B, 3, S, S), nominally in [-1, 1], and of their 4-pixel squares."""
    difference = full_precision(made) - full_precision(real)
    return torch.stack([F.avg_pool2d(difference, scale).abs().mean() for scale in SCALES]).mean()
