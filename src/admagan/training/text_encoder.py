"""The first text stage of a run: the sentence encoder, trained with a picture encoder, then frozen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from admagan.data.dataset import BatchSource
from admagan.data.prepare import PreparedData
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import console
from admagan.schema.model import TextConfig
from admagan.schema.records import Split
from admagan.training.damsm import Damsm, fit_damsm, retrieval_scores
from admagan.training.rewording import rewording
from admagan.training.stage import Result, Stage

CPU = torch.device("cpu")


def train_text_encoder(data: PreparedData, folder: Path, device: torch.device = CPU) -> TextEncoder:
    """Return the text encoder of a data set, frozen, in evaluation mode, on the CPU; trained where `folder` has none.

    Both encoders and the report (retrieval scores on the validation split) are kept in `folder`, and used again as
    long as records, pictures, tokenizer and settings stay the same. For one process: nothing is gathered.

    Raises:
        InputError: The loss is not finite, or `folder` cannot be written.
    """
    stage = text_stage(data, folder)
    result = stage.result()
    if result is None:
        stage.announce("the text encoder")
        result = _train(data, device)
        stage.store(result)
    scores = result.report["retrieval"]
    console.print(
        f"text encoder: {scores['caption_recall_at_1']:.0%} of {scores['images']} pictures find their caption and "
        f"{scores['image_recall_at_1']:.0%} of captions their picture among {scores['candidates']}",
        highlight=False,
    )
    with torch.device("meta"):  # no random numbers for weights that are replaced at once
        encoder = TextEncoder(text_config(data))
    encoder.load_state_dict(part(result.weights, "text."), assign=True)
    return encoder.eval().requires_grad_(False)


def part(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): t for name, t in weights.items() if name.startswith(prefix)}


def text_stage(data: PreparedData, folder: Path) -> Stage:
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
    return Stage(folder, inputs)


def text_config(data: PreparedData) -> TextConfig:
    """Return the shape of the text encoder, with the vocabulary that the tokenizer really has."""
    return data.settings.text.model_copy(update={"vocabulary": data.tokenizer.get_vocab_size()})


def _train(data: PreparedData, device: torch.device) -> Result:
    settings = data.settings.text_training
    started = time.monotonic()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(data.settings.train.seed)
        model = Damsm(text_config(data), settings)
        losses = fit_damsm(model, _pictures(data, "train", settings.flip), rewording(data), device)
    seconds = time.monotonic() - started
    held_out = data.held_out()
    scores = retrieval_scores(model, _pictures(data, held_out, flip=False), device)
    report = {"seconds": round(seconds, 1), "losses": losses, "split": held_out, "retrieval": scores}
    return Result({name: tensor.cpu() for name, tensor in model.state_dict().items()}, report)


def _pictures(data: PreparedData, split: Split, flip: bool) -> BatchSource:
    settings = data.settings
    return data.training_set(split, settings.text_training.batch_size, settings.train.seed, flip)
