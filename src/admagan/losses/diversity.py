"""Different noises shall make different pictures (after mode seeking, Mao et al., arXiv:1903.05628)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from admagan.networks.tensors import full_precision

DETAIL = 4  # pixels: differences that are finer do not count, else noise in the literal sense would do


def diversity_loss(made: Tensor, again: Tensor, margin: float) -> Tensor:
    """Mean of what the difference of two pictures of one condition lacks to `margin`, as a scalar.

    Args:
        made: (B, 3, S, S) nominally in [-1, 1].
        again: (B, 3, S, S) of the same conditions with other noise.
        margin: Mean absolute difference from which two pictures differ enough.
    """
    coarse = [F.avg_pool2d(full_precision(images).clamp(-1, 1), DETAIL) for images in (made, again)]
    difference = (coarse[0] - coarse[1]).abs().mean((1, 2, 3))
    return F.relu(margin - difference).mean()
