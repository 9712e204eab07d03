"""Settings of the evaluator: the network that judges attributes, trained on real pictures only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from admagan.schema.base import Strict


class EvaluatorSettings(Strict):
    """Shape and training of the evaluator; the same settings and data give the same network."""

    size: Annotated[int, Field(ge=32)] = 64
    """Side in pixels of what it looks at; pictures are resized to it."""
    width: PositiveInt = 32
    """Channels of its first convolution; its features are eight times as many."""
    images: PositiveInt = 100_000
    """Training pictures shown, over all epochs."""
    batch_size: Annotated[int, Field(ge=2)] = 64
    """Pictures a step."""
    learning_rate: PositiveFloat = 3e-3
    """Of AdamW at its highest, after a warm-up over the first tenth; then it falls as a cosine to zero."""
    weight_decay: NonNegativeFloat = 0.05
    """Of AdamW."""
    seed: NonNegativeInt = 93_187
    """Of weights, order and augmentation; unlike any that a model is trained with."""
