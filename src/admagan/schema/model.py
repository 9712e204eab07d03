"""What a model is made of: the part of config.json that rebuilds its networks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from admagan.errors import InputError
from admagan.schema.base import Strict

Upsampling = Literal["nearest", "filtered"]
Downsampling = Literal["strided", "pooled", "filtered"]
Normalisation = Literal["none", "pixel"]
MemoryMode = Literal["none", "fixed", "sample_aware", "sample_joint"]
Dimension = Annotated[int, Field(gt=0, le=65_536)]
"""Of an array; bounded, as config.json may come from anywhere and memory is asked for by it."""
SMALLEST, LARGEST = 32, 512
SMALLEST_VOCABULARY = 1 + 256
"""Padding and every byte: with these alone a tokenizer can write any text."""


def block_count(size: int, field: str = "generator.size") -> int:
    """Return the number of generator blocks for `size` pixels: one at 4 px and one per doubling.

    Raises:
        InputError: It is no such size; names `field`.
    """
    if size not in (32, 64, 128, 256, 512):
        raise InputError(field, f"a power of two from {SMALLEST} to {LARGEST}", size)
    return size.bit_length() - 2


class MemoryConfig(Strict):
    """The attribute memory and its correlation graph (Adma-GAN sections 3.2 and 3.3)."""

    mode: MemoryMode = "sample_joint"
    """none: the attribute embedding is the sentence embedding (DF-GAN); fixed: the memory is not learned;
    sample_aware: learned rows; sample_joint: learned rows that inform each other through the graph."""
    initialisation: Literal["phrase", "random"] = "phrase"
    """Start from the text encoder's embedding of each phrase, or from noise."""
    correlation: Literal["paper", "released"] = "paper"
    """Diagonal 1 - p and one normalisation, or the released code's diagonal."""
    tau: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Conditional probability from which two attributes are joined by an edge."""
    p: Annotated[float, Field(ge=0, lt=1)] = 0.25
    """Weight that an attribute's neighbours share; the rest stays with itself."""


class GeneratorConfig(Strict):
    """Shape of the generator."""

    size: PositiveInt = 64
    """Side of the picture in pixels: 32, 64, 128, 256 or 512."""
    width: Dimension = 32
    """Base channels (nf) at the largest resolution."""
    multipliers: tuple[Dimension, ...] | None = None
    """Channels of each block over `width`, from 4 px up; unset: 8 at most, halving towards the picture."""
    schedule: str | None = None
    """Condition of each block: a attributes, s sentence, b both; unset: a for the first three, then s."""
    output: Literal["linear", "tanh"] = "linear"
    """tanh is the released code's; on white backgrounds it saturates and training dies."""
    noise_dim: Dimension = 100
    """Z, numbers of the noise z."""
    condition_dim: Dimension = 256
    """d, numbers of sentence and attribute embeddings alike."""
    normalisation: Normalisation = "none"
    """pixel: before they are modulated, features are scaled to a root mean square of 1 at each pixel
    (arXiv:1710.10196)."""
    positions: NonNegativeInt = 0
    """Largest side, in pixels, up to which learned features of every place are added at each resolution, for the
    condition to weigh: the generator need not find out where it is (CIPS, arXiv:2011.13775). 0: none. Those of the
    picture's own side leave dots on photos."""
    noise_in_condition: bool = False
    """Concatenate z to every condition, as DF-GAN does."""
    upsampling: Upsampling = "nearest"
    """nearest: repeated pixels; filtered: linear interpolation, which leaves no checkers, at more work."""

    @model_validator(mode="after")
    def _lengths_match(self) -> Self:
        blocks = block_count(self.size)
        if self.multipliers is not None and len(self.multipliers) != blocks:
            raise InputError(
                "generator.multipliers", f"{blocks} numbers for size {self.size}", list(self.multipliers)
            )
        if self.schedule is not None and (len(self.schedule) != blocks or set(self.schedule) - set("asb")):
            raise InputError(
                "generator.schedule", f"{blocks} letters of a, s, b for size {self.size}", repr(self.schedule)
            )
        return self

    @property
    def block_channels(self) -> tuple[int, ...]:
        """Output channels of each block, from 4 px up."""
        blocks = block_count(self.size)
        multipliers = self.multipliers or tuple(min(2**i, 8) for i in reversed(range(blocks)))
        return tuple(self.width * m for m in multipliers)

    @property
    def block_conditions(self) -> str:
        """The condition letter of each block, from 4 px up."""
        return self.schedule or ("aaa" + "s" * block_count(self.size))[: block_count(self.size)]


class DiscriminatorConfig(Strict):
    """Shape of the discriminator and its heads."""

    size: PositiveInt = 64
    """Side of the picture in pixels: the generator's, which sets it where it is left out."""
    width: Dimension = 32
    """Base channels (nf) at the largest resolution."""
    multipliers: tuple[Dimension, ...] | None = None
    """Channels of the first convolution and each down-block over `width`; unset: doubling up to 16."""
    condition_dim: Dimension = 256
    """d: the generator's, which sets it where it is left out."""
    downsampling: Downsampling = "strided"
    """strided: convolutions that step over pixels; against aliasing, pooled: smaller ones, then the mean of 2x2
    pixels; filtered: the same as strided after a blur, at more work."""
    pretrained: bool = False
    """Show it as well what EfficientNet-Lite0, trained on ImageNet and frozen, sees in a picture; it learns in
    minutes what else takes hours."""
    batch_statistics: bool = False
    """Tell the heads how much the pictures of a batch differ, those of one process (minibatch standard
    deviation, arXiv:1710.10196)."""

    @model_validator(mode="after")
    def _lengths_match(self) -> Self:
        blocks = block_count(self.size, "discriminator.size")
        if self.multipliers is not None and len(self.multipliers) != blocks:
            raise InputError(
                "discriminator.multipliers", f"{blocks} numbers for size {self.size}", list(self.multipliers)
            )
        return self

    @property
    def block_channels(self) -> tuple[int, ...]:
        """Channels after the first convolution, then after each down-block to 4 px."""
        multipliers = self.multipliers or tuple(min(2**i, 16) for i in range(block_count(self.size)))
        return tuple(self.width * m for m in multipliers)


class TextConfig(Strict):
    """Shape of the bi-LSTM sentence encoder (AttnGAN's; docs/method.md)."""

    vocabulary: Annotated[int, Field(gt=0, le=1_000_000)] = 4000
    """Tokens, special ones included."""
    max_tokens: Dimension = 32
    """Longer captions are cut."""
    embedding_dim: Dimension = 300
    """Width of a token's embedding."""
    hidden_dim: Dimension = 128
    """Units of the LSTM each way; the sentence embedding has twice as many."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """On token embeddings, in training."""

    @property
    def sentence_dim(self) -> int:
        """d: the last states of both directions, concatenated."""
        return 2 * self.hidden_dim

    def require_width(self, condition_dim: int) -> None:
        """Raise an `InputError` unless sentence embeddings are as wide as the conditions of a generator."""
        if self.sentence_dim != condition_dim:
            expected = f"half of generator.condition_dim, {condition_dim / 2:g}"
            raise InputError("text.hidden_dim", expected, self.hidden_dim)
