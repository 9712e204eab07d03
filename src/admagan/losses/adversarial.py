"""Adversarial losses (docs/method.md). Logits are (B,); every function returns a scalar."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from admagan.networks.tensors import full_precision


def hinge_real(logits: Tensor) -> Tensor:
    """E max(0, 1 - D): for real images with their own sentences."""
    return F.relu(1 - full_precision(logits)).mean()


def hinge_fake(logits: Tensor) -> Tensor:
    """E max(0, 1 + D): for generated images, and for real ones with a wrong sentence."""
    return F.relu(1 + full_precision(logits)).mean()


def relativistic(higher: Tensor, lower: Tensor) -> Tensor:
    """E softplus(D(lower) - D(higher)), pair by pair: what lowers it sets the one above the other."""
    return F.softplus(full_precision(lower) - full_precision(higher)).mean()


def generator_hinge(logits: Tensor) -> Tensor:
    """-E D: what the generator lowers."""
    return -full_precision(logits).mean()
