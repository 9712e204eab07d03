"""Read the authors' checkpoint files without running code that is in them, and tell which network is in which."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from admagan.errors import InputError
from admagan.export.released import State

Network = Literal["generator", "discriminator", "head", "text_encoder"]

# A parameter that only this network has.
_SIGNS: dict[Network, str] = {
    "generator": "block0.c1.weight",
    "discriminator": "block0.conv_r.0.weight",
    "head": "joint_conv.0.weight",
    "text_encoder": "rnn.weight_ih_l0",
}


def read_checkpoints(files: Iterable[Path]) -> dict[Network, State]:
    """Return the networks that are in checkpoint files, as float32 on the CPU, by what they are.

    A file may hold one network's parameters or several networks' in nested dictionaries; `module.` before names (from
    data parallel training) is dropped.

    Raises:
        InputError: A file is no checkpoint, holds more than tensors, or holds no network that is known here; or two
            files hold the same network.
    """
    networks: dict[Network, State] = {}
    origin: dict[Network, Path] = {}
    for path in files:
        found = [(network, state) for state in _states(_load(path)) for network in _recognised(state)]
        if not found:
            raise InputError(
                str(path), "a released generator, discriminator, head or text encoder", "none of these"
            )
        for network, state in found:
            if network in origin:
                raise InputError(str(path), f"one {network}", f"another beside that in {origin[network]}")
            origin[network] = path
            networks[network] = {name: _plain(tensor, f"{path}: {name}") for name, tensor in state.items()}
    return networks


def _load(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = "objects that could run code, or damage"
        raise InputError(str(path), "a checkpoint that holds tensors only", reason) from error
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        raise InputError(str(path), "a checkpoint file of torch", error) from error


def _states(value: object) -> Iterator[State]:
    """Yield the dictionaries of tensors in `value`, at any depth."""
    if not isinstance(value, Mapping):
        return
    tensors = {
        str(key).removeprefix("module."): item for key, item in value.items() if isinstance(item, Tensor)
    }
    if tensors:
        yield tensors
    for item in value.values():
        yield from _states(item)


def _recognised(state: Mapping[str, Any]) -> Iterator[Network]:
    return (network for network, sign in _SIGNS.items() if sign in state)


def _plain(tensor: Tensor, where: str) -> Tensor:
    if not tensor.is_floating_point() or not tensor.isfinite().all():
        raise InputError(
            where, "finite numbers", f"{tensor.dtype}" if not tensor.is_floating_point() else "others"
        )
    return tensor.detach().float()
