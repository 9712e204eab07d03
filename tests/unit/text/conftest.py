"""A tiny data set drawn for the tests: coloured discs and squares, with captions that say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from admagan.bank import AttributeBank
from admagan.data.dataset import Samples, TrainingSet
from admagan.data.prepare import PreparedData, prepare
from admagan.data.tokenizer import train_tokenizer
from admagan.runtime.tokenizer import encode_captions
from admagan.schema.data import DataSettings
from admagan.schema.model import TextConfig
from admagan.schema.records import Attribute
from admagan.schema.settings import Settings

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (40, 60, 220),
    "yellow": (230, 220, 40),
    "black": (20, 20, 20),
    "white": (250, 250, 250),
}
SHAPES = ("disc", "square")
PLACES = ("left", "right")
OPENINGS = ("a {}", "the {} here", "{} for sale", "one more {}")
BANK = AttributeBank(
    tuple(Attribute(name=name, group="colour") for name in COLOURS)
    + tuple(Attribute(name=name, group="shape") for name in SHAPES)
)
MAX_TOKENS = 8
TOKENIZER = train_tokenizer(
    [
        opening.format(f"{colour} {shape} {place}")
        for opening in OPENINGS
        for colour in COLOURS
        for shape in SHAPES
        for place in PLACES
    ],
    400,
)
CONFIG = TextConfig(
    vocabulary=TOKENIZER.get_vocab_size(), max_tokens=MAX_TOKENS, embedding_dim=32, hidden_dim=32, dropout=0.1
)


def drawn(colour: str, shape: str, place: str, noise: np.random.Generator) -> np.ndarray:
    """Return uint8 (32, 32, 3): a shape on grey."""
    y, x = np.mgrid[:32, :32]
    centre = 10 if place == "left" else 22
    inside = (
        (x - centre) ** 2 + (y - 16) ** 2 < 60
        if shape == "disc"
        else (abs(x - centre) < 7) & (abs(y - 16) < 7)
    )
    picture = np.where(inside[..., None], COLOURS[colour], (128, 128, 128)) + noise.normal(0, 8, (32, 32, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def colour_set(count: int, seed: int, batch_size: int = 32) -> TrainingSet:
    """Return `count` pictures of 32 px with one caption each, and the attributes of `BANK`."""
    random = np.random.default_rng(seed)
    kinds = [(c, s, p) for c in COLOURS for s in SHAPES for p in PLACES]
    chosen = [kinds[i] for i in random.permutation(np.arange(count) % len(kinds))]
    captions = [random.choice(OPENINGS).format(" ".join(kind)) for kind in chosen]
    tokens, lengths = encode_captions(TOKENIZER, captions, MAX_TOKENS)
    encoded = [BANK.encode([colour, shape]) for colour, shape, _ in chosen]
    samples = Samples(
        rows=np.arange(count),
        tokens=tokens,
        lengths=lengths,
        captions=np.arange(count + 1),
        attributes=np.stack([y for y, _ in encoded]),
        known=np.stack([known for _, known in encoded]),
    )
    images = np.stack([drawn(*kind, random) for kind in chosen])
    return TrainingSet(images, samples, 32, batch_size, seed, DataSettings())


@pytest.fixture(scope="session")
def colours() -> SimpleNamespace:
    """Return everything of this data set."""
    return SimpleNamespace(
        bank=BANK, tokenizer=TOKENIZER, config=CONFIG, max_tokens=MAX_TOKENS, make=colour_set
    )


SETTINGS = {
    "generator": {"size": 32, "width": 4, "condition_dim": 64},
    "discriminator": {"width": 4},
    "text": {
        "vocabulary": 400,
        "max_tokens": MAX_TOKENS,
        "embedding_dim": 32,
        "hidden_dim": 32,
        "dropout": 0.1,
    },
    "text_training": {"images": 160, "batch_size": 16, "image_width": 4, "image_size": 32},
    "tagger": {"captions": 2_000, "batch_size": 50, "hidden": 32},
}


def write_colours(root: Path, count: int = 80) -> None:
    """Write a data set folder of such pictures, every fourth of them for validation."""
    random = np.random.default_rng(3)
    records = []
    for index in range(count):
        kind = (list(COLOURS)[index % 6], SHAPES[index // 6 % 2], PLACES[index // 12 % 2])
        Image.fromarray(drawn(*kind, random)).save(root / f"{index}.png")
        records.append(
            {
                "file_name": f"{index}.png",
                "text": OPENINGS[index % 4].format(" ".join(kind)),
                "tags": {"colour": kind[0], "shape": kind[1]},
                "split": "validation" if index % 4 == 3 else "train",
            }
        )
    (root / "metadata.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., PreparedData]:
    """Return a function that prepares such a folder, with some settings changed."""
    (tmp_path / "data").mkdir()
    write_colours(tmp_path / "data")

    def make(**sections: dict[str, object]) -> PreparedData:
        changed = {name: SETTINGS.get(name, {}) | sections.get(name, {}) for name in SETTINGS | sections}
        return prepare(tmp_path / "data", Settings.parse(changed, "test"), tmp_path / "made")

    return make
