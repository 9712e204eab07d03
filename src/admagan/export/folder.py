"""Write trained networks as a model folder, and read one back for training or evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.export.model_card import read_scores, write_card
from admagan.export.onnx import write_generator, write_tagger, write_text_encoder
from admagan.files import sha256, write_json, write_text, written_aside
from admagan.networks.synthesiser import Synthesiser, build_synthesiser
from admagan.networks.tagger import Tagger
from admagan.networks.tensors import write_weights
from admagan.networks.text_encoder import TextEncoder
from admagan.runtime.folder import ModelFolder, read_model_folder
from admagan.runtime.networks import OnnxNetworks
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.model_folder import (
    CONFIG,
    EXAMPLES,
    NETWORKS,
    TOKENIZER,
    Examples,
    ModelConfig,
)

TOLERANCE = 1e-3
"""How far an ONNX network may be from the torch network, where outputs are of the order of 1."""

Storage = Literal["float32", "float16"]


@dataclass(frozen=True)
class TrainedModel:
    """Everything that a model folder is made of."""

    config: ModelConfig
    bank: AttributeBank
    tokenizer: Tokenizer
    synthesiser: Synthesiser
    """With averaged weights."""
    text_encoder: TextEncoder
    tagger: Tagger
    examples: NDArray[np.bool_]
    """(K, n): attributes of K training pictures, for prompts that leave them open; K may be 0."""

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The networks by the name of their file."""
        return dict(zip(NETWORKS, (self.synthesiser, self.text_encoder, self.tagger), strict=True))


def write_model_folder(
    model: TrainedModel,
    path: Path,
    storage: Storage = "float32",
    prompts: Sequence[str] = (),
    scores: Mapping[str, str] | None = None,
) -> None:
    """Write a model folder, with its card, that is whole or absent; an older one at `path` is replaced.

    Args:
        model: What to write; any device, any memory format. Its config's `attributes` and `files` are filled in here.
        path: The folder.
        storage: float16 halves the files; the runtime still computes in float32.
        prompts: What the card's sample pictures show; none: combinations of the model's attributes.
        scores: What its card says of its figures; see `write_card`.

    Raises:
        InputError: A weight is not finite (in float16), `path` cannot be written, or ONNX and torch disagree.
    """
    with written_aside(path) as folder:
        folder.mkdir()
        for name, network in model.networks.items():
            write_weights(folder / f"{name}.safetensors", _stored(name, network, storage))
        attributes = len(model.bank)
        write_generator(folder / "generator.safetensors", model.config.generator, attributes)
        write_text_encoder(folder / "text_encoder.safetensors", model.config.text)
        write_tagger(folder / "tagger.safetensors", model.config.generator.condition_dim, attributes)
        model.tokenizer.save(str(folder / TOKENIZER))
        model.bank.write(folder / ATTRIBUTES)
        if len(model.examples):
            pictures = tuple(tuple(np.flatnonzero(row).tolist()) for row in model.examples)
            write_text(folder / EXAMPLES, Examples(pictures=pictures).model_dump_json())
        listed = sorted(file.name for file in folder.iterdir() if file.name != ATTRIBUTES)
        update = {"attributes": model.bank.names, "files": {name: sha256(folder / name) for name in listed}}
        config = model.config.model_copy(update=update)
        write_json(folder / CONFIG, config.model_dump(mode="json"))
        _verify(folder)
        write_card(folder, scores, prompts)


def store_half(path: Path, out: Path) -> None:
    """Copy a model folder with its weights as float16, and with its scores; pictures differ in their last digit.

    Raises:
        InputError: The weights are float16 already, or what `load_trained` and `write_model_folder` raise.
    """
    model = load_trained(path)
    stored = load_file(path / f"{NETWORKS[0]}.safetensors")
    if all(tensor.dtype == torch.float16 for tensor in stored.values()):
        raise InputError(str(path), "weights stored as float32", "float16 already, at half the size")
    scores = read_scores(path)
    if scores:
        scores["stored"] = "as float16 since; not measured anew"
    write_model_folder(model, out, "float16", scores=scores)


def load_trained(path: Path) -> TrainedModel:
    """Read the networks of a model folder, in evaluation mode, as float32 on the CPU.

    Raises:
        InputError: It is no model folder, or one of its files is missing, damaged or of another model.
    """
    folder = read_model_folder(path)
    config, attributes = folder.config, len(folder.bank)
    model = TrainedModel(
        config=config,
        bank=folder.bank,
        tokenizer=folder.tokenizer,
        synthesiser=build_synthesiser(config.generator, config.memory, attributes),
        text_encoder=TextEncoder(config.text),
        tagger=Tagger(config.generator.condition_dim, attributes, config.tagger.hidden),
        examples=folder.examples,
    )
    for name, network in model.networks.items():
        _load(network, folder.file(f"{name}.safetensors"))
    return model


def onnx_difference(model: TrainedModel, folder: ModelFolder) -> dict[str, float]:
    """Return, by network, the largest difference between torch and ONNX outputs for random inputs.

    It is in units of the largest output, or of 1 where that is larger.
    """
    onnx = OnnxNetworks(folder)
    random = np.random.default_rng(0)
    config = model.config
    tokens = random.integers(1, config.text.vocabulary, (3, 5))
    noise = random.standard_normal((3, config.generator.noise_dim), np.float32)
    sentence = random.standard_normal((3, config.generator.condition_dim), np.float32)
    labels = random.random((3, len(model.bank)), np.float32)
    with torch.inference_mode():
        expected = (
            model.synthesiser(*(torch.from_numpy(part) for part in (noise, sentence, labels)))[0],
            model.text_encoder(torch.from_numpy(tokens), torch.full((3,), 5)).sentence,
            model.tagger(torch.from_numpy(sentence)),
        )
    found = (onnx.images(noise, sentence, labels), onnx.sentence(tokens), onnx.logits(sentence))
    return {
        name: float(np.abs(one.numpy() - other).max(initial=0.0) / np.abs(one.numpy()).max(initial=1.0))
        for name, one, other in zip(NETWORKS, expected, found, strict=True)
    }


def _stored(name: str, network: nn.Module, storage: Storage) -> dict[str, Tensor]:
    dtype = torch.float32 if storage == "float32" else torch.float16
    state = {}
    for key, tensor in network.state_dict().items():
        state[key] = tensor.to(dtype)
        if not state[key].isfinite().all():
            raise InputError(
                f"{name}: {key}", f"finite numbers in {storage}", "others", "This model cannot be written."
            )
    return state


def _load(network: nn.Module, path: Path) -> None:
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(str(path), "a safetensors file", error) from error
    expected = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    found = {key: tuple(tensor.shape) for key, tensor in state.items()}
    for key in (*expected, *found):
        if expected.get(key) != found.get(key):
            raise InputError(
                f"{path}: {key}",
                _described(expected.get(key)),
                _described(found.get(key)),
                f"{CONFIG} says so.",
            )
    network.load_state_dict({key: tensor.float() for key, tensor in state.items()})
    network.eval().requires_grad_(False)


def _described(shape: tuple[int, ...] | None) -> str:
    return "no such tensor" if shape is None else f"a tensor of shape {shape}"


def _verify(path: Path) -> None:
    """Compare what was written with what it was written from, through the files."""
    differences: Mapping[str, float] = onnx_difference(load_trained(path), read_model_folder(path))
    for name, difference in differences.items():
        if not difference <= TOLERANCE:
            raise InputError(
                f"{name}.onnx", f"the torch network's output to {TOLERANCE}", f"{difference:.1g} away"
            )
