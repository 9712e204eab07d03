"""The discriminator's building blocks, with gradients that can be differentiated again at the speed of plain ones.

The gradient penalty needs the derivative of an input gradient. PyTorch's own second derivatives are right but slow: of
a convolution it is one with a kernel as large as the picture, of LeakyReLU a tensor filled with the zeros of
a derivative that is known to vanish. Here the gradient of each operation is an operation of its own, and its backward
pass is written in terms of the first. Orders beyond the second work as well.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional as F

from admagan.networks.tensors import apply_function


class _Geometry(NamedTuple):
    stride: int
    padding: int
    input_shape: tuple[int, ...]
    weight_shape: tuple[int, ...]


class _Forward(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = _Geometry(stride, padding, tuple(x.shape), tuple(weight.shape))
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        grad_x = (
            apply_function(_InputGradient, grad, weight, ctx.geometry) if ctx.needs_input_grad[0] else None
        )
        grad_weight = (
            apply_function(_WeightGradient, grad, x, ctx.geometry) if ctx.needs_input_grad[1] else None
        )
        grad_bias = grad.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return grad_x, grad_weight, grad_bias, None, None


class _InputGradient(Function):
    """(grad of output, weight) -> grad of input: linear in both."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, weight: Tensor, geometry: _Geometry) -> Tensor:
        ctx.save_for_backward(grad, weight)
        ctx.geometry = geometry
        x = _like(geometry.input_shape, grad)
        return cast(Tensor, _primitive(grad, x, weight, geometry, (True, False))[0])

    @staticmethod
    def backward(ctx: Any, grad_grad: Tensor) -> tuple[Tensor | None, ...]:
        grad, weight = ctx.saved_tensors
        g = ctx.geometry
        to_grad = (
            apply_function(_Forward, grad_grad, weight, None, g.stride, g.padding)
            if ctx.needs_input_grad[0]
            else None
        )
        to_weight = apply_function(_WeightGradient, grad, grad_grad, g) if ctx.needs_input_grad[1] else None
        return to_grad, to_weight, None


class _WeightGradient(Function):
    """(grad of output, input) -> grad of weight: linear in both."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, x: Tensor, geometry: _Geometry) -> Tensor:
        ctx.save_for_backward(grad, x)
        ctx.geometry = geometry
        weight = _like(geometry.weight_shape, grad)
        return cast(Tensor, _primitive(grad, x, weight, geometry, (False, True))[1])

    @staticmethod
    def backward(ctx: Any, grad_grad: Tensor) -> tuple[Tensor | None, ...]:
        grad, x = ctx.saved_tensors
        g = ctx.geometry
        to_grad = (
            apply_function(_Forward, x, grad_grad, None, g.stride, g.padding)
            if ctx.needs_input_grad[0]
            else None
        )
        to_x = apply_function(_InputGradient, grad, grad_grad, g) if ctx.needs_input_grad[1] else None
        return to_grad, to_x, None


def _like(shape: tuple[int, ...], example: Tensor) -> Tensor:
    """Return a tensor of which only shape, type and layout will be read: its memory is never touched."""
    return torch.empty(shape, dtype=example.dtype, device=example.device, memory_format=torch.channels_last)


def _primitive(grad: Tensor, x: Tensor, weight: Tensor, g: _Geometry, wanted: tuple[bool, bool]) -> Any:
    return torch.ops.aten.convolution_backward(
        grad, x, weight, None, (g.stride,) * 2, (g.padding,) * 2, (1, 1), False, (0, 0), 1, (*wanted, False)
    )


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int = 1, padding: int = 0
) -> Tensor:
    """Convolve x (B, Cin, H, W) with weight (Cout, Cin, k, k), under autocast in its type; twice differentiable."""
    if torch.is_autocast_enabled(x.device.type):
        dtype = torch.get_autocast_dtype(x.device.type)
        x, weight, bias = x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
    return apply_function(_Forward, x, weight, bias, stride, padding)


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d` (square stride and padding) with the fast second derivative."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W')."""
        return conv2d(x, self.weight, self.bias, self.stride[0], cast(int, self.padding[0]))


class _LeakyReLU(Function):
    """In place: x is overwritten, and its sign can be read from the result."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> Tensor:
        ctx.slope = slope
        ctx.mark_dirty(x)
        y = F.leaky_relu_(x, slope)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        return apply_function(_Gate, grad, y, ctx.slope), None


class _Gate(Function):
    """grad times the slope of LeakyReLU, linear in grad; the slope's own derivative is zero almost everywhere."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, y: Tensor, slope: float) -> Tensor:
        ctx.slope = slope
        ctx.save_for_backward(y)
        return cast(Tensor, torch.ops.aten.leaky_relu_backward(grad, y, slope, True))

    @staticmethod
    def backward(ctx: Any, grad_grad: Tensor) -> tuple[Tensor, None, None]:
        (y,) = ctx.saved_tensors
        return apply_function(_Gate, grad_grad, y, ctx.slope), None, None


def leaky_relu_(x: Tensor, slope: float) -> Tensor:
    """Apply LeakyReLU to x in place, for an x that nothing else reads; twice differentiable."""
    return apply_function(_LeakyReLU, x, slope)


class _Pool(Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 2)

    @staticmethod
    def backward(_: Any, grad: Tensor) -> Tensor:
        return apply_function(_Unpool, grad)


class _Unpool(Function):
    """The transpose of `_Pool`: each pixel, quartered, on 2x2 pixels."""

    @staticmethod
    def forward(_: Any, grad: Tensor) -> Tensor:
        return F.interpolate(grad * 0.25, scale_factor=2.0, mode="nearest")

    @staticmethod
    def backward(_: Any, grad_grad: Tensor) -> Tensor:
        return apply_function(_Pool, grad_grad)


def average_pool(x: Tensor) -> Tensor:
    """Average 2x2 pixels: (B, C, H, W) -> (B, C, H/2, W/2), H and W even; twice differentiable."""
    return apply_function(_Pool, x)
