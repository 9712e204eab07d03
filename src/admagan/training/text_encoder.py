"""The first text stage of a run: the sentence encoder, trained with a picture encoder, then frozen."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from admagan.data.dataset import BatchSource
from admagan.data.prepare import PreparedData
from admagan.errors import InputError
from admagan.networks.image_encoder import ImageEncoder
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import console
from admagan.schema.model import TextConfig
from admagan.schema.records import Split
from admagan.training.damsm import Damsm, fit_damsm, recognition_score, retrieval_scores
from admagan.training.distributed import CPU
from admagan.training.folder import ANOTHER_RUN
from admagan.training.rewording import rewording
from admagan.training.stage import Result, Stage, weights_hash

M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Encoders:
    """What the stage has trained; frozen, in evaluation mode, on the CPU."""

    text: TextEncoder
    image: ImageEncoder


def train_encoders(
    data: PreparedData,
    folder: Path,
    device: torch.device = CPU,
    given: TextEncoder | None = None,
    must_be_there: bool = False,
) -> Encoders:
    """Return the encoders of a data set, trained where `folder` has none.

    Both and the report (retrieval scores on the validation split) are kept in `folder`, and used again as long as
    records, pictures, tokenizer and settings stay the same. For one process: nothing is gathered.

    Args:
        data: Pictures, captions and attributes.
        folder: Holds weights.safetensors and report.json.
        device: Where to compute.
        given: A text encoder that stays as it is; only the picture encoder is trained.
        must_be_there: A generator has been trained with them: others would not do.

    Raises:
        InputError: The loss is not finite, `folder` cannot be written, or nothing is there that must be.
    """
    stage = text_stage(data, folder, given)
    # A state says which weights it needs, and what has changed was asked before: a setting that a later version has
    # does not make them others.
    result = stage.result(of_any_inputs=must_be_there)
    if result is None:
        if must_be_there:
            found = "none, or a damaged one"
            hint = f"Take it back, or use {ANOTHER_RUN}."
            raise InputError(str(folder), "the text encoder that its training was begun with", found, hint)
        stage.announce("the picture encoder" if given else "the text encoder")
        result = _train(data, device, given)
        stage.store(result)
    scores = result.report["retrieval"]
    console.print(
        f"text encoder: {scores['caption_recall_at_1']:.0%} of {scores['images']} pictures find their caption and "
        f"{scores['image_recall_at_1']:.0%} of captions their picture among {scores['candidates']}",
        highlight=False,
    )
    if (precision := result.report["attribute_map"]) is not None:
        console.print(f"picture encoder: attribute mAP {precision:.2f}", highlight=False)
    with torch.device("meta"):  # no random numbers for weights that are replaced at once
        model = _untrained(data)
    # Weights from a file lie where the file has them, and matrix products of unaligned memory round in another way:
    # a resumed run would differ from one that has just trained its encoders. So both use a copy.
    return Encoders(
        copy.deepcopy(_frozen(model.text, result.weights, "text.")),
        copy.deepcopy(_frozen(model.image, result.weights, "image.")),
    )


def _frozen(network: M, weights: Mapping[str, Tensor], prefix: str) -> M:
    own = {name.removeprefix(prefix): tensor for name, tensor in weights.items() if name.startswith(prefix)}
    network.load_state_dict(own, assign=True)
    return network.eval().requires_grad_(False)


def text_stage(data: PreparedData, folder: Path, given: TextEncoder | None = None) -> Stage:
    """Return the place of the stage's result and what it depends on."""
    settings = data.settings
    inputs = {
        "data": data.fingerprint,
        "size": settings.generator.size,
        "pictures": settings.data.model_dump(),
        "text": text_config(data).model_dump(),
        "text_training": settings.text_training.model_dump(),
        "seed": settings.train.seed,
    }
    if given is not None:
        inputs["given"] = weights_hash(given)
    return Stage(folder, inputs)


def text_config(data: PreparedData) -> TextConfig:
    """Return the shape of the text encoder, with the vocabulary that the tokenizer really has."""
    return data.settings.text.model_copy(update={"vocabulary": data.tokenizer.get_vocab_size()})


def _untrained(data: PreparedData) -> Damsm:
    return Damsm(text_config(data), data.settings.text_training, len(data.bank))


def _train(data: PreparedData, device: torch.device, given: TextEncoder | None) -> Result:
    settings = data.settings.text_training
    started = time.monotonic()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(data.settings.train.seed)
        model = _untrained(data)
        if given is not None:
            model.text.load_state_dict(given.state_dict())
            model.text.requires_grad_(False)
        losses = fit_damsm(model, _pictures(data, "train", settings.flip), rewording(data), device)
    seconds = time.monotonic() - started
    held_out = data.held_out()
    pictures = _pictures(data, held_out, flip=False)
    report = {
        "seconds": round(seconds, 1),
        "losses": losses,
        "split": held_out,
        "retrieval": retrieval_scores(model, pictures, device),
        "attribute_map": recognition_score(model, pictures, device),
    }
    return Result({name: tensor.cpu() for name, tensor in model.state_dict().items()}, report)


def _pictures(data: PreparedData, split: Split, flip: bool) -> BatchSource:
    settings = data.settings
    return data.training_set(split, settings.text_training.batch_size, settings.train.seed, flip)
