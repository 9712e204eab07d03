"""Settings of the networks that judge pictures, trained on real pictures only: evaluator and matcher."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from admagan.schema.base import Seed, Strict


class EvaluatorSettings(Strict):
    """Shape and training of the evaluator; the same settings and data give the same network."""

    size: Annotated[int, Field(ge=32, multiple_of=16)] = 64
    """Side in pixels of what it looks at, a multiple of 16; pictures are resized to it."""
    width: PositiveInt = 24
    """Channels of its first convolution; its features are eight times as many."""
    images: PositiveInt = 30_000
    """Training pictures shown, over all epochs."""
    passes: PositiveInt = 4
    """The least often that one picture is shown: large sets need more than `images`."""
    epochs: PositiveInt = 40
    """The most often that one picture is shown: small sets need less than `images`."""
    batch_size: Annotated[int, Field(ge=2)] = 32
    """Pictures a step."""
    learning_rate: PositiveFloat = 4e-3
    """Of AdamW at its highest, after a warm-up over the first tenth; then it falls as a cosine to zero."""
    weight_decay: NonNegativeFloat = 0.05
    """Of AdamW."""
    seed: Seed = 93_187
    """Of weights, order and augmentation; unlike any that a model is trained with."""

    def steps(self, pictures: int) -> int:
        """Return the number of training steps for a split of `pictures`."""
        shown = min(max(self.images, self.passes * pictures), self.epochs * pictures)
        return max(1, shown // self.batch_size)


class MatcherSettings(Strict):
    """Shape and training of the matcher; no number is one that a model's own text encoder is trained with."""

    vocabulary: PositiveInt = 3_000
    """The most tokens of its tokenizer, which is its own as well."""
    max_tokens: PositiveInt = 40
    """Longer captions are cut."""
    embedding_dim: PositiveInt = 160
    """Width of a token's embedding."""
    hidden_dim: PositiveInt = 96
    """Units of the LSTM each way; pictures and captions meet in twice as many dimensions."""
    image_hidden: PositiveInt = 512
    """Units between picture features and the common space."""
    captions: PositiveInt = 400_000
    """Pairs shown, over all epochs."""
    epochs: PositiveInt = 40
    """The most often that one caption is shown."""
    batch_size: Annotated[int, Field(ge=2)] = 128
    """Pairs a step; the others of the batch are what a pair is told apart from."""
    learning_rate: PositiveFloat = 2e-3
    """Of AdamW at its highest, after a warm-up over the first tenth; then it falls as a cosine to zero."""
    weight_decay: NonNegativeFloat = 0.1
    """Of AdamW."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """On picture features, their hidden units, and token embeddings, in training."""
    gamma: PositiveFloat = 10.0
    """How sharply the right pair is told apart (DAMSM's gamma 3)."""
    seed: Seed = 55_021
    """Of weights and order; unlike any that a model is trained with."""

    def steps(self, captions: int) -> int:
        """Return the number of training steps for `captions` of a split."""
        return max(1, min(self.captions, self.epochs * captions) // self.batch_size)


class JudgeSettings(Strict):
    """The networks that learn to judge from a data set's training split."""

    evaluator: EvaluatorSettings = EvaluatorSettings()
    """Of attributes."""
    matcher: MatcherSettings = MatcherSettings()
    """Of captions."""
