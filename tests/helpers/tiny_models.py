"""Tiny untrained models for tests: every part of a model folder, in a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from admagan.bank import AttributeBank
from admagan.data.tokenizer import train_tokenizer
from admagan.export.folder import TrainedModel
from admagan.networks.synthesiser import build_synthesiser
from admagan.networks.tagger import Tagger
from admagan.networks.text_encoder import TextEncoder
from admagan.schema.model import GeneratorConfig, MemoryConfig, TextConfig
from admagan.schema.model_folder import ModelConfig, TaggerConfig
from admagan.schema.records import Attribute

CAPTIONS = [
    "a smiling man with a blue hat and glasses",
    "a sad woman with red hair and a beard",
    "a man with black hair without glasses",
    "一个戴着眼镜的男人",
    "红色头发的女人",
]
ATTRIBUTES = (
    Attribute(name="glasses", group="glasses", phrases={"zh": ["眼镜"]}, count=9),
    Attribute(name="beard", group="beard", phrases={"zh": ["胡子"]}, count=8),
    Attribute(name="blue hat", group="hat", phrases={"zh": ["蓝色帽子"]}, count=7),
    Attribute(name="green hat", group="hat", phrases={"zh": ["绿色帽子"]}, count=7),
    Attribute(name="red hair", group="hair colour", phrases={"zh": ["红色头发", "红头发"]}, count=6),
    Attribute(name="black hair", group="hair colour", phrases={"zh": ["黑色头发"]}, count=5),
    Attribute(name="smiling", group="mood", phrases={"zh": ["微笑"], "en": ["smile"]}, count=4),
)


def tiny_trained(
    attributes: tuple[Attribute, ...] = ATTRIBUTES,
    generator: dict[str, Any] | None = None,
    memory: dict[str, Any] | None = None,
    tagger: dict[str, Any] | None = None,
    seed: int = 0,
) -> TrainedModel:
    """Return networks with random weights, none of them at a special value such as zero."""
    shape = {"size": 32, "width": 2, "noise_dim": 8, "condition_dim": 16} | (generator or {})
    bank = AttributeBank(attributes)
    tokenizer = train_tokenizer(CAPTIONS * 3, vocabulary=400)
    config = ModelConfig(
        name="tiny",
        version="0.0.0",
        generator=GeneratorConfig(**shape),
        memory=MemoryConfig(**(memory or {})),
        text=TextConfig(
            vocabulary=tokenizer.get_vocab_size(), embedding_dim=8, hidden_dim=shape["condition_dim"] // 2
        ),
        tagger=TaggerConfig(**({"hidden": 6} | (tagger or {}))),
        languages=("en", "zh"),
        licence="Apache-2.0",
        images_seen=1000,
        data="Nothing: its weights are random.",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        graph = torch.rand(len(bank), len(bank))
        model = TrainedModel(
            config=config,
            bank=bank,
            tokenizer=tokenizer,
            synthesiser=build_synthesiser(config.generator, config.memory, len(bank), graph),
            text_encoder=TextEncoder(config.text),
            tagger=Tagger(config.generator.condition_dim, len(bank), config.tagger.hidden),
            examples=one_of_each_group(bank, seed),
        )
        for network in model.networks.values():
            network.eval().requires_grad_(False)
            for parameter in network.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def one_of_each_group(bank: AttributeBank, seed: int, count: int = 40) -> np.ndarray:
    """Return the attributes (count, n) of pictures that have, half of the time, one of each group."""
    random = np.random.default_rng(seed)
    examples = np.zeros((count, len(bank)), np.bool_)
    for indices in bank.groups.values():
        chosen = random.choice(indices, count)
        examples[np.arange(count), chosen] = random.random(count) < 0.5
    return examples
