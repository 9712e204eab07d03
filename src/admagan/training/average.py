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


@torch.no_grad()
def update_average(average: nn.Module, module: nn.Module, images: int, half_life: float) -> None:
    """Move `average` towards `module` by what `images` further images weigh at this half-life (in images)."""
    weight = 1 - 0.5 ** (images / half_life)
    pairs = list(zip(average.parameters(), module.parameters(), strict=True))
    torch._foreach_lerp_([a for a, _ in pairs], [p.detach() for _, p in pairs], weight)
    for kept, current in zip(average.buffers(), module.buffers(), strict=True):
        kept.copy_(current)
