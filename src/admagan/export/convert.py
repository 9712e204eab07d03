"""Turn the authors' released checkpoints into a model folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor, nn

from admagan import __version__
from admagan.bank import AttributeBank
from admagan.data.correlation import PairCounts, correlation_graph, normalised
from admagan.errors import InputError
from admagan.export.checkpoints import read_checkpoints
from admagan.export.folder import TrainedModel, write_model_folder
from admagan.export.released import State, generator_state, memory_state, text_encoder_state
from admagan.networks.synthesiser import build_synthesiser
from admagan.networks.tagger import Tagger
from admagan.networks.text_encoder import TextEncoder
from admagan.schema.model import GeneratorConfig, MemoryConfig, TextConfig
from admagan.schema.model_folder import ModelConfig, TaggerConfig
from admagan.schema.records import Attribute

WORDS = 18
"""Words of a caption that the released text encoder reads."""
NEVER = -30.0
"""Logit of an attribute that the classifier does not guess: there is no released tagger."""


@dataclass(frozen=True)
class ReleasedFiles:
    """What is needed beside the checkpoints, which hold numbers only."""

    attributes: Path
    """Text file: the phrase of each attribute, one a line, in the order of the memory's rows."""
    vocabulary: Path
    """Text file: the word of each token, one a line, in the order of their ids."""
    counts: Path
    """.npz file with `pair_counts` (n, n) and `attribute_counts` (n,) of the training images."""


def convert_released(
    checkpoints: Sequence[Path], files: ReleasedFiles, out: Path, name: str, memory: MemoryConfig
) -> ModelConfig:
    """Write a model folder from a released generator and text encoder, and return its config.

    A discriminator and its head are recognised, but no part of a model folder. There is no released tagger: the model
    understands the attributes that a prompt names, and guesses none.

    Args:
        checkpoints: Files of the authors' training code, in any order.
        files: Names and counts that the checkpoints do not hold.
        out: The new model folder.
        name: What to call the model.
        memory: tau and p that the correlation graph was built with.

    Raises:
        InputError: A file is missing, is not what it should be, or does not fit the others.
    """
    networks = read_checkpoints(checkpoints)
    for needed in ("generator", "text_encoder"):
        if needed not in networks:
            found = ", ".join(networks) or "none"
            raise InputError("checkpoints", f"a released {needed.replace('_', ' ')} among the files", found)
    released = networks["generator"]
    config = generator_config(released)
    bank = _bank(files.attributes, len(released["attr_phrase_emb"]))
    text = _text_config(networks["text_encoder"])
    tokenizer = _tokenizer(files.vocabulary, text.vocabulary)
    graph = _graph(files.counts, len(bank), memory)

    synthesiser = build_synthesiser(config, memory, len(bank), graph)
    states = {f"generator.{key}": value for key, value in generator_state(released, config).items()}
    states |= {f"memory.{key}": value for key, value in memory_state(released).items()}
    _fill(synthesiser, states | {"memory.graph": graph}, "released generator")
    text_encoder = TextEncoder(text)
    _fill(text_encoder, text_encoder_state(networks["text_encoder"]), "released text encoder")
    about = {
        "name": name,
        "version": __version__,
        "generator": config,
        "memory": memory,
        "text": text,
        "tagger": TaggerConfig(hidden=0),
        "data": "Unknown: converted from checkpoints that were released with the Adma-GAN paper.",
    }
    model = TrainedModel(
        config=ModelConfig.parse_options(about),
        bank=bank,
        tokenizer=tokenizer,
        synthesiser=synthesiser,
        text_encoder=text_encoder,
        tagger=_silent_tagger(config.condition_dim, len(bank)),
        examples=np.zeros((0, len(bank)), np.bool_),
    )
    write_model_folder(model, out)
    return model.config


def generator_config(released: State) -> GeneratorConfig:
    """Read the shape of a released generator off its parameters."""
    found = (re.match(r"block(\d+)\.c1\.weight", name) for name in released)
    blocks = 1 + max(int(match[1]) for match in found if match)
    channels = [_parameter(released, f"block{index}.c1.weight").shape[0] for index in range(blocks)]
    width = channels[-1]
    if any(count % width for count in channels):
        raise InputError(
            "released generator", f"channels that are multiples of the last block's {width}", channels
        )
    _parameter(released, "attr_phrase_emb")
    shape = {
        "size": 4 * 2 ** (blocks - 1),
        "width": width,
        "multipliers": tuple(count // width for count in channels),
        "output": "tanh",
        "noise_dim": _parameter(released, "fc.weight").shape[1],
        "condition_dim": _parameter(released, "block0.affine0.fc_gamma.linear1.weight").shape[1],
    }
    return GeneratorConfig.parse(shape, "released generator")


def _parameter(state: State, name: str, network: str = "generator") -> Tensor:
    if name not in state:
        raise InputError(f"released {network}", f"a parameter {name}", "none of that name")
    return state[name]


def _text_config(released: State) -> TextConfig:
    vocabulary, embedding = _parameter(released, "encoder.weight", "text encoder").shape
    hidden = released["rnn.weight_ih_l0"].shape[0] // 4
    return TextConfig(vocabulary=vocabulary, max_tokens=WORDS, embedding_dim=embedding, hidden_dim=hidden)


def _bank(path: Path, count: int) -> AttributeBank:
    return AttributeBank(tuple(Attribute(name=phrase) for phrase in _lines(path, count, "attributes")))


def _tokenizer(path: Path, count: int) -> Tokenizer:
    """Return a word-level tokenizer; words that are not in the vocabulary become padding, which is left out."""
    words = [word.lower() for word in _lines(path, count, "words")]
    ids = {word: index for index, word in enumerate(words)}
    if len(ids) < len(words):
        twice = next(word for index, word in enumerate(words) if ids[word] != index)
        raise InputError(str(path), "words that differ", f"{twice!r} twice")
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token=words[0]))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True)
    return tokenizer


def _lines(path: Path, count: int, what: str) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "a readable UTF-8 text file", error) from error
    stripped = [line.strip() for line in lines]
    if len(stripped) != count:
        raise InputError(str(path), f"{count} lines, as the checkpoint has {count} {what}", len(stripped))
    if "" in stripped:
        raise InputError(f"{path}:{stripped.index('') + 1}", f"one of the {what}", "an empty line")
    return stripped


def _graph(path: Path, count: int, memory: MemoryConfig) -> Tensor:
    """Return the graph of the released code, which normalises it when it is built, and its transpose when it is used.

    Each time it transposes the result, so that edges end up as they began.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            pairs, singles = (
                np.asarray(file[key], np.float64) for key in ("pair_counts", "attribute_counts")
            )
    except Exception as error:  # what a damaged archive raises depends on where it is damaged
        raise InputError(str(path), "an .npz file with pair_counts and attribute_counts", error) from error
    if pairs.shape != (count, count) or singles.shape != (count,):
        found = f"{pairs.shape} and {singles.shape}"
        raise InputError(str(path), f"counts of shapes ({count}, {count}) and ({count},)", found)
    if not (np.isfinite(pairs).all() and np.isfinite(singles).all()) or pairs.min() < 0 or singles.min() < 0:
        raise InputError(str(path), "counts from 0", "others")
    counts = PairCounts(pairs, np.broadcast_to(singles[:, None], pairs.shape))
    once = correlation_graph(counts, memory.tau, memory.p, "released")
    return torch.from_numpy(normalised(once.T).T.copy()).float()


def _fill(network: nn.Module, state: State, what: str) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    for name, shape in expected.items():
        if name not in state or tuple(state[name].shape) != shape:
            found = f"shape {tuple(state[name].shape)}" if name in state else "none"
            raise InputError(f"{what}: {name}", f"a parameter of shape {shape}", found)
    network.load_state_dict(state)
    network.eval().requires_grad_(False)


def _silent_tagger(condition_dim: int, attributes: int) -> Tagger:
    tagger = Tagger(condition_dim, attributes, hidden=0).eval().requires_grad_(False)
    for parameter in tagger.parameters():
        parameter.fill_(NEVER if parameter.ndim == 1 else 0.0)
    return tagger
