"""Conditional affine layers: per-channel gain and bias, read from the condition.

One layer is affine(x, c) = gamma(c) * x + beta(c) with gamma and beta each Linear - ReLU - Linear. They always come
in pairs, each followed by LeakyReLU, before a convolution; so a pair is the unit here. All first layers that share a
condition are one matrix product for the whole generator.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2
PER_PAIR = 4  # gamma and beta of two affine layers


class PairModulation(nn.Module):
    """The second layers of one pair of affine layers: hidden (B, 4, h) -> gains and biases (4, B, C)."""

    def __init__(self, hidden: int, channels: int) -> None:
        super().__init__()
        # Identity at the start: gains 1, biases 0, whatever the condition (DF-GAN).
        self.weight = nn.Parameter(torch.zeros(PER_PAIR, hidden, channels))
        self.bias = nn.Parameter(
            torch.tensor([1.0, 0.0, 1.0, 0.0]).view(PER_PAIR, 1, 1).repeat(1, 1, channels)
        )

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, 4, h) -> (4, B, C, 1, 1): gamma, beta, gamma, beta."""
        values: Tensor = torch.baddbmm(self.bias, hidden.transpose(0, 1), self.weight)
        return values[..., None, None]


class ConditionHidden(nn.Module):
    """The first layers, with ReLU, of all pairs that read one condition: (B, d_in) -> (B, pairs, 4, h)."""

    def __init__(self, inputs: int, hidden: int, pairs: int) -> None:
        super().__init__()
        self.pairs = pairs
        self.linear = nn.Linear(inputs, pairs * PER_PAIR * hidden)

    def forward(self, condition: Tensor) -> Tensor:
        """(B, d_in) -> (B, pairs, 4, h)."""
        return F.relu(self.linear(condition)).view(len(condition), self.pairs, PER_PAIR, -1)


def modulate(x: Tensor, pair: Tensor) -> Tensor:
    """Apply [affine, LeakyReLU 0.2] twice to x (B, C, H, W) with pair (4, B, C, 1, 1)."""
    gain1, bias1, gain2, bias2 = pair.to(x.dtype).unbind(0)
    x = F.leaky_relu(torch.addcmul(bias1, x, gain1), SLOPE)
    return F.leaky_relu(torch.addcmul(bias2, x, gain2), SLOPE)
