"""Resampling as a part of the convolution beside it: the kernel is spread by a filter, which costs next to nothing."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

UPSAMPLING = {"nearest": (1.0, 1.0), "filtered": (0.25, 0.75, 0.75, 0.25)}
"""What x2 upsampling spreads one pixel over, along each axis: repetition, or linear interpolation."""
DOWNSAMPLING = {"strided": (1.0,), "pooled": (0.5, 0.5), "filtered": (0.25, 0.5, 0.25)}
"""The filter of a convolution with steps of 2, against aliasing (Zhang, arXiv:1904.11486)."""


def spread(weight: Tensor, taps: Sequence[float]) -> Tensor:
    """Convolve kernels (..., k, k) with the filter taps x taps: (..., k + t - 1, k + t - 1)."""
    if tuple(taps) == (1.0,):
        return weight
    for axis in (0, 1):
        shifts = [(i, len(taps) - 1 - i) for i in range(len(taps))]
        parts = [tap * F.pad(weight, (0, 0) * axis + shift) for tap, shift in zip(taps, shifts, strict=True)]
        weight = sum(parts[1:], start=parts[0])
    return weight


def upsampling_kernel(weight: Tensor, taps: Sequence[float] = UPSAMPLING["nearest"]) -> Tensor:
    """Return the kernel (Cin, Cout, 2 + t, 2 + t) of the transposed convolution that upsamples and convolves in one.

    Upsampling by zeros between pixels and the filter, then convolving with weight (Cout, Cin, 3, 3), equals a
    transposed convolution of stride 2, padding t / 2, whose kernel is the flipped weight spread by the filter. With
    two taps, pixels are repeated, at 4/9 of the work of doing both; with four, all work is spent.
    """
    return spread(weight.transpose(0, 1).flip(2, 3), taps)
