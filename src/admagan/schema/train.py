"""Settings of GAN training: batches, optimisers, averages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from admagan.schema.base import Strict

Momentum = Annotated[float, Field(ge=0, lt=1)]


class TrainSettings(Strict):
    """How the GAN is trained; the defaults are the paper's where it has one (SPEC section 6)."""

    batch_size: Annotated[int, Field(ge=2)] = 32
    """Images a step, over all processes."""
    generator_lr: PositiveFloat = 1e-4
    """Adam's learning rate for the generator and the attribute memory (the released code: 1e-3)."""
    discriminator_lr: PositiveFloat = 4e-4
    """Adam's learning rate for the discriminator."""
    beta1: Momentum = 0.0
    """Adam's first moment."""
    beta2: Momentum = 0.9
    """Adam's second moment."""
    average_half_life: PositiveInt = 10_000
    """Images after which a past weight counts half in the average that makes the pictures."""
    precision: Literal["bf16", "fp32"] = "bf16"
    """Of convolutions and matrix products in training; weights and sums stay in fp32."""
    compile: bool = False
    """Compile the generator with torch.compile; wants a C++ compiler and a minute at the start."""
    seed: NonNegativeInt = 0
    """Of weights, noise and order."""
