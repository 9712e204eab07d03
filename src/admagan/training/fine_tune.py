"""Beginning from a trained model: its text encoder and generator, and its memory of the attributes that both know."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

import torch

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.export.folder import TrainedModel, load_trained
from admagan.files import written_aside
from admagan.networks.memory import AttributeMemory
from admagan.networks.synthesiser import Synthesiser
from admagan.schema.settings import Overrides, Settings

SHAPES = ("generator", "memory", "text")
"""Sections of the settings that a model brings along."""


def keep_copy(model: Path, target: Path) -> None:
    """Copy a model folder into a run folder, so that the run can be resumed whatever becomes of the model.

    Raises:
        InputError: It is no model folder.
    """
    load_trained(model)
    with written_aside(target) as aside:
        shutil.copytree(model, aside)


def require_same_start(model: Path, kept: Path) -> None:
    """Raise an `InputError` unless a run that goes on was begun from this model, of which it keeps a copy."""
    names = [path.name for path in kept.glob("*.safetensors")]
    if not names or filecmp.cmpfiles(model, kept, names, shallow=False)[0] != names:
        raise InputError(
            f"--init {model}",
            "the model that the run was begun from" if names else "none: the run was begun without",
            "another",
            "Leave --init out to go on, or take another --out to begin anew.",
        )


def shapes_of(model: TrainedModel) -> Overrides:
    """Return the settings that have to be as the model has them."""
    config = model.config.model_dump(mode="json")
    tied = {"size": config["generator"]["size"], "condition_dim": config["generator"]["condition_dim"]}
    return {name: config[name] for name in SHAPES} | {"discriminator": tied}


def require_shapes(model: TrainedModel, settings: Settings, where: str) -> None:
    """Raise an `InputError` unless `settings` have the shapes of `model`."""
    for section in SHAPES:
        wanted, found = getattr(model.config, section), getattr(settings, section)
        for field in type(wanted).model_fields:
            if getattr(wanted, field) != getattr(found, field):
                expected = f"{getattr(wanted, field)}, as {where} has it"
                raise InputError(f"{section}.{field}", expected, getattr(found, field), "Leave it out.")


@torch.no_grad()
def begin_from(model: TrainedModel, synthesiser: Synthesiser, bank: AttributeBank) -> None:
    """Copy the generator, and of the memory the rows of attributes that both banks know, and the way through the graph.

    Attributes that are new keep what they have: embeddings of their phrases, if `synthesiser` was given them. The
    graph is that of the new data.
    """
    synthesiser.generator.load_state_dict(model.synthesiser.generator.state_dict())
    old, new = model.synthesiser.memory, synthesiser.memory
    if old is None or new is None:
        return
    found = {index: model.bank.find(name) for index, name in enumerate(bank.names)}
    known = {index: place for index, place in found.items() if place is not None}
    targets, sources = (torch.tensor(list(side), dtype=torch.long) for side in (known.keys(), known.values()))
    new.table[targets] = old.table[sources].to(new.table.device)
    if new.mode == "sample_joint":
        _copy_propagation(old, new)


def _copy_propagation(old: AttributeMemory, new: AttributeMemory) -> None:
    """Copy W_0 and W_1. Between them are as many hidden units as attributes, but a unit serves all attributes.

    Where there are more units than before, the new ones are silent at first; where fewer, the weightiest stay.
    """
    device = new.table.device
    weight = old.first.weight.norm(dim=1) * old.last.weight.norm(dim=0)
    units = weight.topk(min(len(old.table), len(new.table))).indices.sort().values
    new.first.weight[: len(units)] = old.first.weight[units].to(device)
    new.last.weight.zero_()
    new.last.weight[:, : len(units)] = old.last.weight[:, units].to(device)
