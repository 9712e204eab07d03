"""Weights that were trained elsewhere: read only where they are the very file that they are said to be."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from admagan.errors import InputError
from admagan.files import sha256


def pinned_weights(path: Path, expected: str) -> dict[str, Tensor]:
    """Read a PyTorch weights file, after a look at its hash, and without unpickling anything but tensors."""
    found = sha256(path) if path.is_file() else "no such file"
    if found != expected:
        raise InputError(
            str(path), f"the file with SHA-256 {expected}", found, "Install or download it again."
        )
    weights: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    return weights
