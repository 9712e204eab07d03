"""The released networks' weights and inputs, rebuilt from the formula that the numbers were computed with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

HERE = Path(__file__).parent
BATCH, ATTRIBUTES, WIDTH, SIZE = 3, 12, 4, 256


def fill(shape: tuple[int, ...], k: int, scale: float) -> Tensor:
    """Element i is sin(0.7390851 i + 1.6180339 k) * scale."""
    index = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((np.sin(0.7390851 * index + 1.6180339 * k) * scale).reshape(shape))


def released_parameters(network: str) -> dict[str, Tensor]:
    """Return a released network's parameters by their released names, in float64."""
    spec = json.loads((HERE / "parameters.json").read_text())["spec"][network]
    return {name: fill(tuple(shape), k, scale) for name, shape, k, scale in spec}


def golden() -> dict[str, Any]:
    """Return the reference numbers by key."""
    with np.load(HERE / "adma_gan_reference.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
