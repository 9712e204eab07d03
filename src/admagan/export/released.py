"""The names of the authors' released networks, mapped to ours."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from admagan.errors import InputError
from admagan.schema.model import GeneratorConfig

State = dict[str, Tensor]


def generator_state(released: Mapping[str, Tensor], config: GeneratorConfig) -> State:
    """Map a released generator's parameters to `Generator`'s; those of its attribute memory are left out."""
    source = _Source(released, "generator")
    state = {
        f"{ours}.{kind}": source.take(f"{theirs}.{kind}")
        for theirs, ours in (("fc", "start"), ("conv_img.1", "to_image"))
        for kind in ("weight", "bias")
    }
    hidden: dict[str, list[State]] = {}
    for index, letter in enumerate(config.block_conditions):
        old, new = f"block{index}", f"blocks.{index}"
        state[f"{new}.gain"] = source.take(f"{old}.gamma")
        for theirs, ours in (("c1", "conv1"), ("c2", "conv2"), ("c_sc", "shortcut")):
            for kind in ("weight", "bias"):
                if theirs != "c_sc" or f"{old}.c_sc.{kind}" in released:
                    state[f"{new}.{ours}.{kind}"] = source.take(f"{old}.{theirs}.{kind}")
        for pair in (0, 1):
            names = [
                f"{old}.affine{2 * pair + layer}.fc_{kind}" for layer in (0, 1) for kind in ("gamma", "beta")
            ]
            second = f"{new}.modulation{pair + 1}"
            state[f"{second}.weight"] = torch.stack([source.take(f"{n}.linear2.weight").T for n in names])
            state[f"{second}.bias"] = torch.stack([source.take(f"{n}.linear2.bias")[None] for n in names])
            hidden.setdefault(letter, []).extend(
                {kind: source.take(f"{n}.linear1.{kind}") for kind in ("weight", "bias")} for n in names
            )
    for letter, layers in hidden.items():
        for kind in ("weight", "bias"):
            state[f"hidden.{letter}.linear.{kind}"] = torch.cat([layer[kind] for layer in layers])
    return state


def memory_state(released: Mapping[str, Tensor]) -> State:
    """Map the attribute memory of a released generator to `AttributeMemory`'s parameters, without its graph."""
    source = _Source(released, "generator")
    return {
        "table": source.take("attr_phrase_emb"),
        "first.weight": source.take("gcn1.weight").T,
        "last.weight": source.take("gcn2.weight").T,
    }


def text_encoder_state(released: Mapping[str, Tensor]) -> State:
    """Map the released text encoder's parameters (AttnGAN's names) to `TextEncoder`'s."""
    source = _Source(released, "text encoder")
    kinds = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    names = [f"{kind}{way}" for kind in kinds for way in ("", "_reverse")]
    return {f"lstm.{name}": source.take(f"rnn.{name}") for name in names} | {
        "embedding.weight": source.take("encoder.weight")
    }


class _Source:
    """Released parameters by name, with the missing ones named."""

    def __init__(self, parameters: Mapping[str, Tensor], network: str) -> None:
        self.parameters = parameters
        self.network = network

    def take(self, name: str) -> Tensor:
        if name not in self.parameters:
            raise InputError(f"released {self.network}", f"a parameter {name}", "none of that name")
        return self.parameters[name]
