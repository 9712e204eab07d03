"""The released networks' weights and inputs, rebuilt from the formula that the numbers were computed with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

HERE = Path(__file__).parent
DISCRIMINATOR = {
    "conv_img": "from_image",
    "pool_fc": "embedding",
    "conv_r.0": "conv1",
    "conv_r.2": "conv2",
    "conv_s": "shortcut",
    "gamma": "gain",
    "joint_conv.0": "joint",
    "final_conv.1": "logit",
    "final_linear.1": "attributes",
}
"""The released names of the discriminator's parts -> ours."""
BATCH, ATTRIBUTES, WIDTH, SIZE = 3, 12, 4, 256


def fill(shape: tuple[int, ...], k: int, scale: float) -> Tensor:
    """Element i is sin(0.7390851 i + 1.6180339 k) * scale."""
    index = np.arange(np.prod(shape), dtype=np.float64)
    return torch.from_numpy((np.sin(0.7390851 * index + 1.6180339 * k) * scale).reshape(shape))


def released_parameters(network: str) -> dict[str, Tensor]:
    """Return a released network's parameters by their released names, in float64."""
    spec = json.loads((HERE / "parameters.json").read_text())["spec"][network]
    return {name: fill(tuple(shape), k, scale) for name, shape, k, scale in spec}


def discriminator_state() -> dict[str, Tensor]:
    """Return the released discriminator and its conditional head, two networks there, as one `Discriminator`."""
    both = released_parameters("discriminator") | released_parameters("head")
    return {_renamed(name): tensor for name, tensor in both.items()}


def _renamed(released: str) -> str:
    block = re.match(r"block(\d+)\.", released)
    prefix, rest = (f"blocks.{block[1]}.", released[block.end() :]) if block else ("", released)
    (theirs,) = (name for name in DISCRIMINATOR if rest == name or rest.startswith(f"{name}."))
    return prefix + DISCRIMINATOR[theirs] + rest.removeprefix(theirs)


def golden() -> dict[str, Any]:
    """Return the reference numbers by key."""
    with np.load(HERE / "adma_gan_reference.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
