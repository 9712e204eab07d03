"""The model folder: which files it holds, and config.json, which says how they fit together."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, model_validator

from admagan.errors import InputError
from admagan.schema.base import Probability, Strict
from admagan.schema.data import DataSettings
from admagan.schema.model import GeneratorConfig, MemoryConfig, TextConfig

CONFIG, TOKENIZER = "config.json", "tokenizer.json"
EXAMPLES = "examples.json"
CARD, SAMPLES = "README.md", "samples.png"
UNKNOWN_LICENCE = "unknown"
NETWORKS = ("generator", "text_encoder", "tagger")
LONGEST_NAME = 100
"""Characters of a model's name."""


class TaggerConfig(Strict):
    """Shape of the tagger, and from which probability it counts an attribute as meant."""

    hidden: NonNegativeInt = 256
    """Units of its hidden layer; 0: none."""
    thresholds: tuple[Probability, ...] | None = None
    """One for each attribute, tuned on the validation split; unset: 0.5. Prompts are read with 0.5 at least."""


class Examples(Strict):
    """examples.json of a model folder: what training pictures had, so that prompts may leave it open."""

    format: Literal[1] = 1
    """Version of the layout of this file."""
    pictures: tuple[tuple[NonNegativeInt, ...], ...]
    """Indices of the attributes of some of the training pictures."""


class ModelConfig(Strict):
    """config.json of a model folder."""

    format: Literal[1] = 1
    """Version of the layout of model folders."""
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    """What people call the model."""
    version: str
    """Version of admagan that wrote it."""
    generator: GeneratorConfig
    memory: MemoryConfig
    text: TextConfig
    tagger: TaggerConfig = TaggerConfig()
    languages: tuple[Annotated[str, Field(min_length=2, max_length=8)], ...] = ("en",)
    """Languages of its captions; prompts in others are not understood."""
    pictures: DataSettings = DataSettings()
    """How the pictures that it learned from were made square; real ones are made so when it is evaluated."""
    licence: str = UNKNOWN_LICENCE
    """Terms of the weights, as an SPDX identifier where there is one."""
    images_seen: NonNegativeInt = 0
    """Training images that went into it, repeats counted."""
    teachers: tuple[str, ...] = ()
    """Pretrained networks whose features its discriminator saw; they are no independent judges of its pictures."""
    data: str = ""
    """What it was trained on, in a sentence."""
    attributes: tuple[str, ...] = ()
    """Names of attributes.json in their order. Filled in when the folder is written."""
    files: dict[str, str] = Field(default_factory=dict)
    """File -> SHA-256 of all other files but those that people may change. Filled in when the folder is written."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        self.text.require_width(self.generator.condition_dim)
        thresholds = self.tagger.thresholds
        if thresholds is not None and self.attributes and len(thresholds) != len(self.attributes):
            raise InputError(
                "tagger.thresholds", f"one for each of {len(self.attributes)} attributes", len(thresholds)
            )
        return self
