"""A data set whose pictures follow from their tags, and "models" that draw it well or badly: known answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image
from tiny_models import tiny_trained

from admagan.export.folder import write_model_folder
from admagan.runtime.folder import read_model_folder
from admagan.runtime.networks import Floats
from admagan.runtime.pipeline import AdmaGAN
from admagan.schema.records import Attribute

COLOURS = ("red", "green", "blue")
SIZES = ("small", "large")
ATTRIBUTES = (
    *(Attribute(name=name, group="colour", count=20) for name in COLOURS),
    *(Attribute(name=name, group="size", count=30) for name in SIZES),
)
SIDE = 32


def draw(colour: int, size: int, noise: np.ndarray) -> np.ndarray:
    """Return float (3,32,32) in [-1,1]: a square of a colour on grey, somewhere, with a little noise."""
    picture = np.full((3, SIDE, SIDE), 0.2) + 0.1 * np.resize(noise, (3, SIDE, SIDE))
    half = (4, 11)[size]
    x, y = (int(np.clip(16 + 2 * value, half, SIDE - half)) for value in noise[:2])
    picture[:, y - half : y + half, x - half : x + half] = -0.8
    picture[colour, y - half : y + half, x - half : x + half] = 0.9
    return picture.clip(-1, 1)


def write_drawn_set(root: Path, train: int = 48, test: int = 30, colours: bool = True) -> Path:
    """Write a data set of squares with tags, and captions that name sizes, and colours where these are wanted."""
    (root / "images").mkdir(parents=True)
    rng, lines = np.random.default_rng(0), []
    for i in range(train + test):
        colour, size = i % 3, i // 3 % 2
        pixels = draw(colour, size, rng.standard_normal(64)).transpose(1, 2, 0)
        Image.fromarray(np.rint((pixels + 1) * 127.5).astype(np.uint8)).save(root / "images" / f"{i}.png")
        named = f"{SIZES[size]} {COLOURS[colour]}" if colours else SIZES[size]
        caption = f"a {named} square number {i}"
        tags = {"colour": COLOURS[colour], "size": SIZES[size]}
        split = "train" if i < train else "test"
        record = {"file_name": f"images/{i}.png", "text": caption, "tags": tags, "split": split}
        lines.append(json.dumps(record) + "\n")
    (root / "metadata.jsonl").write_text("".join(lines), encoding="utf-8")
    return root


class Drawing:
    """Networks that draw what the attributes say."""

    def sentence(self, tokens: np.ndarray) -> Floats:
        return np.full((len(tokens), 16), tokens.shape[1], np.float32) + tokens.mean(1, keepdims=True)

    def logits(self, sentence: Floats) -> Floats:
        return np.full((len(sentence), len(ATTRIBUTES)), -9, np.float32)

    def images(self, noise: Floats, sentence: Floats, attributes: Floats) -> Floats:
        rows = zip(attributes, noise, strict=True)
        return np.stack([self.one(y, z) for y, z in rows]).astype(np.float32)

    def one(self, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return draw(
            int(y[:3].argmax()),
            int(y[3:].argmax()),
            np.random.default_rng(abs(int(z[0] * 1e6))).standard_normal(64),
        )


class Disobedient(Drawing):
    """Draws the wrong colour, otherwise well."""

    def one(self, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return super().one(np.concatenate([np.roll(y[:3], 1), y[3:]]), z)


class Constant(Drawing):
    """Always draws the same."""

    def one(self, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return draw(0, 0, np.zeros(64))


def drawing_model(folder: Path, networks: Drawing) -> AdmaGAN:
    """Return a model with the attributes of the drawn set; its folder is written where there is none."""
    if not folder.is_dir():
        write_model_folder(tiny_trained(ATTRIBUTES), folder)
    return AdmaGAN(read_model_folder(folder), networks)
