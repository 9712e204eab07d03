"""Conditional affine layers: per-channel gain and bias, read from the condition.

One layer is affine(x, c) = gamma(c) * x + beta(c) with gamma and beta each Linear - ReLU - Linear. They always come
in pairs, each followed by LeakyReLU, before a convolution; so a pair is the unit here. All first layers that share a
condition are one matrix product for the whole generator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from admagan.networks.tensors import SLOPE, apply_function

NORM_EPSILON = 1e-4
CACHED = 2**21  # numbers that stay in the cache between two passes
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


class PixelNorm(nn.Module):
    """Scales the features of each pixel to a root mean square of 1 (arXiv:1710.10196, section 4.2)."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same."""
        length = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=torch.float32)
        scaled: Tensor = x * (length.square() / x.shape[1] + NORM_EPSILON).rsqrt().to(x.dtype)
        return scaled


def modulate(x: Tensor, pair: Tensor) -> Tensor:
    """Apply [affine, LeakyReLU 0.2] twice to x (B, C, H, W) with pair (4, B, C, 1, 1)."""
    gain1, bias1, gain2, bias2 = pair.unbind(0)
    x = F.leaky_relu(torch.addcmul(bias1, x, gain1), SLOPE)
    return F.leaky_relu(torch.addcmul(bias2, x, gain2), SLOPE)


def modulated_conv(x: Tensor, pair: Tensor, weight: Tensor, bias: Tensor, transposed: bool = False) -> Tensor:
    """Modulate x (B, C, H, W) with pair (4, B, C, 1, 1), then convolve.

    Args:
        x: Features.
        pair: Gains and biases, see `modulate`.
        weight: (Cout, C, 3, 3); where `transposed`, (C, Cout, k, k), k even, of a transposed convolution of stride 2.
        bias: (Cout,).
        transposed: Whether the result is twice as large.
    """
    if torch.is_grad_enabled():
        if torch.is_autocast_enabled(x.device.type):
            dtype = torch.get_autocast_dtype(x.device.type)
            x, weight, bias = x.to(dtype), weight.to(dtype), bias.to(dtype)
        return apply_function(_ModulatedConv, x, pair.to(x.dtype), weight, bias, transposed)
    return _convolve(modulate(x, pair.to(x.dtype)), weight, bias, transposed)


def _convolve(x: Tensor, weight: Tensor, bias: Tensor, transposed: bool) -> Tensor:
    if transposed:
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=_padding(weight))
    return F.conv2d(x, weight, bias, padding=_padding(weight))


def _padding(weight: Tensor) -> int:
    """Return the padding with which the result is as large as the input, or for an even kernel twice as large."""
    return (weight.shape[2] - 1) // 2


class _ModulatedConv(Function):
    """`modulated_conv` for training: keeps nothing but its inputs, and modulates a few samples at a time.

    Autograd would keep five tensors of the size of x and pass each through memory several times. A few samples fit
    the processor's cache, so that modulating them again in the backward pass costs less than having kept it.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, pair: Tensor, weight: Tensor, bias: Tensor, transposed: bool) -> Tensor:
        ctx.save_for_backward(x, pair, weight)
        ctx.transposed = transposed
        return _convolve(_modulated_in_parts(x, pair), weight, bias, transposed)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, pair, weight = ctx.saved_tensors
        stride = (2, 2) if ctx.transposed else (1, 1)
        grad_modulated, grad_weight, grad_bias = torch.ops.aten.convolution_backward(
            grad,
            _modulated_in_parts(x, pair),
            weight,
            [grad.shape[1]],
            stride,
            (_padding(weight),) * 2,
            (1, 1),
            ctx.transposed,
            (0, 0),
            1,
            (True, True, True),
        )
        grad_x, grad_pair = _modulation_gradients(x, pair, grad_modulated)
        return grad_x, grad_pair, grad_weight, grad_bias, None


def _modulated_in_parts(x: Tensor, pair: Tensor) -> Tensor:
    result = torch.empty_like(x)
    for part, y, (gain1, bias1, gain2, bias2) in _parts(x, result, pair):
        inner = F.leaky_relu_(torch.addcmul(bias1, part, gain1), SLOPE)
        F.leaky_relu_(torch.addcmul(bias2, inner, gain2, out=y), SLOPE)
    return result


def _modulation_gradients(x: Tensor, pair: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of x, in place of `grad`, and of `pair`."""
    sums = []
    for part, part_grad, (gain1, bias1, gain2, bias2) in _parts(x, grad, pair):
        inner = F.leaky_relu_(torch.addcmul(bias1, part, gain1), SLOPE)
        outer = F.leaky_relu_(torch.addcmul(bias2, inner, gain2), SLOPE)
        at_outer = _gate(part_grad, outer)
        at_inner = _gate(at_outer * gain2, inner)
        products = (at_inner * part, at_inner, at_outer * inner, at_outer)
        sums.append(torch.stack([product.sum((2, 3), keepdim=True) for product in products]))
        torch.mul(at_inner, gain1, out=part_grad)
    return grad, torch.cat(sums, dim=1)


def _parts(x: Tensor, other: Tensor, pair: Tensor) -> Iterator[tuple[Tensor, Tensor, tuple[Tensor, ...]]]:
    """Yield x, `other` and the four rows of `pair` by so many samples as fit the processor's cache."""
    samples = max(1, CACHED // x[0].numel())
    split = zip(x.split(samples), other.split(samples), pair.split(samples, dim=1), strict=True)
    yield from ((part, part_other, part_pair.unbind(0)) for part, part_other, part_pair in split)


def _gate(grad: Tensor, activated: Tensor) -> Tensor:
    """Return the gradient before LeakyReLU, from the gradient after it and its result."""
    before: Tensor = torch.ops.aten.leaky_relu_backward(grad, activated, SLOPE, True)
    return before
