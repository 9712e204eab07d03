"""From a sentence to pictures: the Python API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.runtime.folder import ModelFolder, read_model_folder
from admagan.runtime.imagination import Imagination
from admagan.runtime.models import DEFAULT_MODEL, find_model
from admagan.runtime.networks import Floats, Networks, OnnxNetworks
from admagan.runtime.noise import image_noise, random_seed
from admagan.runtime.prompt import PromptReader, Reading, Understood
from admagan.schema.base import shorten

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_IMAGES = 1_000
BATCH = 16
"""Pictures that are computed at a time."""


@dataclass(frozen=True)
class Result:
    """Pictures, and how their prompt was understood."""

    images: list[Image]
    """RGB, of the model's size."""
    prompt: str
    seed: int
    """With the same prompt and settings it gives the same pictures again; picture i does not depend on their number."""
    attributes: tuple[Understood, ...]
    """What the pictures were told to have or not to have."""
    unknown_words: tuple[str, ...]
    """Words of the prompt that the model has not learned."""

    def report(self) -> dict[str, Any]:
        """Return everything but the pictures, for JSON."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "images": len(self.images),
            "attributes": [asdict(attribute) for attribute in self.attributes],
            "unknown_words": list(self.unknown_words),
        }


class AdmaGAN:
    """A text-to-image model.

    Args:
        folder: Its files.
        networks: What computes it; ONNX Runtime unless given.

    Example:
        >>> model = AdmaGAN.load("avatars")
        >>> result = model("a sad man with a blue hat", n=4, seed=1, attributes={"beard": 1})
        >>> result.images[0].save("man.png")
    """

    def __init__(self, folder: ModelFolder, networks: Networks | None = None) -> None:
        self.folder = folder
        self.networks = networks or OnnxNetworks(folder)
        self.reader = PromptReader(folder, self.networks)
        self.imagine = Imagination(folder.examples)

    @classmethod
    def load(cls, model: str | Path = DEFAULT_MODEL, threads: int | None = None) -> Self:
        """Load a model.

        Args:
            model: Name of a bundled model, a model folder, or a Hugging Face Hub id ("user/name").
            threads: How many to compute with; None: the value of OMP_NUM_THREADS, else one per core.

        Raises:
            InputError: There is no such model, or its folder is damaged.
        """
        folder = read_model_folder(find_model(model))
        return cls(folder, OnnxNetworks(folder, threads))

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self.folder.config.name

    @property
    def size(self) -> int:
        """Side of its pictures in pixels."""
        return self.folder.config.generator.size

    @property
    def attributes(self) -> AttributeBank:
        """What its pictures can be told to have."""
        return self.folder.bank

    def __call__(
        self,
        prompt: str = "",
        n: int = 1,
        seed: int | None = None,
        attributes: Mapping[str, float] | None = None,
        negative: Sequence[str] = (),
        truncation: float = 1.0,
        imagine: bool = True,
    ) -> Result:
        """Make pictures of a prompt.

        Args:
            prompt: A sentence; may be empty where attributes are given.
            n: How many pictures, 1 to 1,000.
            seed: Of the noise, from 0; None: a random one, which the result names.
            attributes: Name -> strength from 0 (absent) to 1; wins over the prompt.
            negative: Names of attributes that must be absent; wins over the prompt.
            truncation: Above 0 up to 1; below 1 there is less variety and fewer failures.
            imagine: Give each picture other attributes where the prompt leaves them open, as training pictures have
                them; else it has none but those that were understood.

        Raises:
            InputError: An argument is out of range, an attribute unknown, or nothing of the prompt was understood.
        """
        check_number(n)
        return self.make(self.read(prompt, attributes, negative), n, seed, truncation, imagine)

    def make(
        self,
        reading: Reading,
        n: int = 1,
        seed: int | None = None,
        truncation: float = 1.0,
        imagine: bool = True,
    ) -> Result:
        """Make pictures of a prompt that was read: see `__call__`; that `n` is right is `check_number`'s matter."""
        seed = random_seed() if seed is None else seed
        images = self.draw(*self.inputs(reading, n, seed, truncation, imagine))
        return Result(images, reading.prompt, int(seed), reading.attributes, reading.unknown_words)

    def read(
        self, prompt: str = "", attributes: Mapping[str, float] | None = None, negative: Sequence[str] = ()
    ) -> Reading:
        """Read a prompt without making a picture: see `__call__` for the arguments and errors."""
        return self.reader.read(prompt, attributes, negative)

    def inputs(
        self, reading: Reading, n: int, seed: int, truncation: float = 1.0, imagine: bool = True
    ) -> tuple[Floats, list[Reading]]:
        """Return what `draw` makes the n pictures of a prompt from: noise (n, Z), and a reading for each."""
        noise = np.stack([self.noise(seed, index, truncation) for index in range(n)])
        return noise, self.imagine(reading, seed, range(n)) if imagine else [reading] * n

    def noise(self, seed: int, index: int = 0, truncation: float = 1.0) -> Floats:
        """Return the noise (Z,) of picture `index` of a seed."""
        return image_noise(seed, index, self.folder.config.generator.noise_dim, truncation)

    def draw(self, noise: Floats, readings: Sequence[Reading]) -> list[Image]:
        """Make one picture for each row of noise (B, Z) and reading, B of them."""
        sentences = np.stack([reading.sentence for reading in readings])
        strengths = np.stack([reading.strengths for reading in readings])
        pictures: list[Image] = []
        for start in range(0, len(noise), BATCH):
            part = slice(start, start + BATCH)
            pictures += to_pictures(self.networks.images(noise[part], sentences[part], strengths[part]))
        return pictures


def check_number(n: int) -> None:
    """Raise an `InputError` unless so many pictures of one prompt can be asked for."""
    if not isinstance(n, Integral) or not 1 <= n <= MOST_IMAGES:
        raise InputError("n", f"a number of pictures from 1 to {MOST_IMAGES:,}", shorten(n))


def to_pictures(images: Floats) -> list[Image]:
    """Return images (B, 3, H, W), nominally in [-1, 1] and clipped to it, as pictures."""
    from PIL import Image

    values = np.rint((images.clip(-1, 1) + 1) * 127.5).astype(np.uint8)
    return [Image.fromarray(value) for value in values.transpose(0, 2, 3, 1)]
