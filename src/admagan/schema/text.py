"""Settings of the two text stages that come before the GAN: the sentence encoder and the tagger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from admagan.schema.base import Strict
from admagan.schema.train import Precision


class TextTrainingSettings(Strict):
    """How the sentence encoder is trained with a small image encoder (DAMSM; docs/method.md)."""

    images: PositiveInt = 200_000
    """Pictures shown in all, each with one of its captions."""
    batch_size: Annotated[int, Field(ge=2)] = 64
    """Pictures a step; each has the captions of all others as negatives."""
    learning_rate: PositiveFloat = 2e-3
    """The highest of AdamW's; it rises over the first 5 % of the steps and then falls to zero along a cosine."""
    weight_decay: NonNegativeFloat = 0.05
    """AdamW's."""
    image_width: PositiveInt = 32
    """Channels of the image encoder at half its side."""
    image_size: Literal[32, 64, 128, 256] = 64
    """Side in pixels at which the image encoder looks at the pictures, whatever size the generator makes."""
    flip: bool = True
    """Mirror half of the pictures here, whatever the GAN does."""
    reworded: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of captions that are made of phrases for some of the picture's attributes, so that prompts of other forms
    than the captions' are understood."""
    filler: Annotated[float, Field(ge=0, le=0.9)] = 0.4
    """Probability that such a caption has a token of no meaning before each phrase, at its end, and before each such
    token."""
    word_weight: NonNegativeFloat = 0.0
    """Of matching words with regions, beside matching sentences with pictures. The paper has 1; 0 leaves it out, which
    gives better sentences in half the time (docs/text.md), and the generator uses nothing else."""
    attribute_weight: NonNegativeFloat = 0.1
    """Of telling the attributes of a picture, which the picture encoder learns besides, for `loss.recognition_weight`;
    0 leaves it out."""
    gamma_attention: PositiveFloat = 4.0
    """How sharply a word attends to regions (gamma 1)."""
    gamma_word: PositiveFloat = 5.0
    """How much a caption's best word counts (gamma 2)."""
    gamma: PositiveFloat = 10.0
    """How sharply the right pair is preferred (gamma 3)."""
    precision: Precision = "auto"
    """Of the image encoder's convolutions while training; auto: see train.precision."""


class TaggerSettings(Strict):
    """How the classifier of sentence embeddings is trained: sentence -> probability of every attribute."""

    hidden: NonNegativeInt = 512
    """Units of its hidden layer; 0 for none."""
    captions: PositiveInt = 200_000
    """Captions shown in all."""
    rewordings: NonNegativeInt = 4
    """Other forms of each caption to learn from, as `text_training.reworded` and `filler` make them; fewer where there
    are more captions than are shown."""
    batch_size: PositiveInt = 256
    """Captions a step."""
    learning_rate: PositiveFloat = 3e-3
    """AdamW's at the start; it falls to zero along a cosine."""
    weight_decay: NonNegativeFloat = 0.05
    """AdamW's."""
