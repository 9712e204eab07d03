"""The running average of weights that makes the pictures."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def averaged_copy(module: M) -> M:
    """Return a copy that holds the average, in evaluation mode and without gradients."""
    return copy.deepcopy(module).eval().requires_grad_(False)


def half_life(images: int, longest: float, ramp: float) -> float:
    """Return the half-life of the average after `images` images: `ramp` times as many, `longest` at most.

    The weights of the beginning would otherwise outlive their use; StyleGAN2 (arXiv:1912.04958) does the same.
    """
    return min(longest, ramp * images) if ramp else longest


@torch.no_grad()
def update_average(average: nn.Module, module: nn.Module, images: int, kept_for: float) -> None:
    """Move `average` towards `module` by what `images` further images weigh at the half-life `kept_for` (in images)."""
    weight = 1 - 0.5 ** (images / kept_for)
    pairs = list(zip(average.parameters(), module.parameters(), strict=True))
    torch._foreach_lerp_([a for a, _ in pairs], [p.detach() for _, p in pairs], weight)
    for kept, current in zip(average.buffers(), module.buffers(), strict=True):
        kept.copy_(current)
