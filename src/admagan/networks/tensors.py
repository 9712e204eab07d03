"""Small things that every network needs: a check of shapes, a safe precision for sums, a file of weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor
from torch.autograd import Function

from admagan.errors import InputError

SLOPE = 0.2
"""Of LeakyReLU below zero, in all networks."""


def require_shape(tensor: Tensor, name: str, *expected: int | None) -> None:
    """Raise an `InputError` (a ValueError) that names `name` unless `tensor` has this shape; None is any length."""
    found = tuple(tensor.shape)
    fits = len(found) == len(expected)
    if not fits or any(want not in (None, got) for want, got in zip(expected, found, strict=True)):
        wanted = ", ".join("any" if want is None else str(want) for want in expected)
        raise InputError(name, f"a tensor of shape ({wanted})", f"shape {found}")


def full_precision(tensor: Tensor) -> Tensor:
    """Return half-precision tensors as float32 and others as they are: for sums, norms and losses."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


def apply_function(function: type[Function], *arguments: Any) -> Tensor:
    """Apply an autograd function that returns one tensor; typed, which `Function.apply` is not."""
    result: Tensor = function.apply(*arguments)
    return result


def packed(tensors: Mapping[str, Tensor], about: dict[str, str] | None = None) -> bytes:
    """Return tensors of any device and layout as the content of a safetensors file."""
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, about)


def write_weights(path: Path, tensors: Mapping[str, Tensor], about: dict[str, str] | None = None) -> None:
    """Write tensors as a safetensors file; what goes wrong is an OSError, as for any file."""
    path.write_bytes(packed(tensors, about))
