"""Settings of GAN training: how long, how fast, and what is looked at on the way."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, field_validator

from admagan.errors import InputError
from admagan.schema.base import Probability, Seed, Strict

Momentum = Annotated[float, Field(ge=0, lt=1)]


Augmentation = Literal["colour", "translation", "cutout"]
Precision = Literal["auto", "bf16", "fp32"]


class TrainSettings(Strict):
    """How the GAN is trained; the defaults are the paper's where it has one (docs/method.md)."""

    images: PositiveInt = 5_000_000
    """Real images shown after which training ends, repeats counted."""
    minutes: PositiveFloat | None = None
    """Wall time of GAN training after which it ends, if that comes first; none: as long as the images take."""
    batch_size: Annotated[int, Field(ge=2)] = 32
    """Images a step, over all processes."""
    generator_lr: PositiveFloat = 1e-4
    """Adam's learning rate for the generator and the attribute memory (the released code: 1e-3)."""
    discriminator_lr: PositiveFloat = 4e-4
    """Adam's learning rate for the discriminator."""
    cooldown: Probability = 0.0
    """The last part of training, in which both learning rates fall to zero in a straight line: what swings comes to
    rest."""
    warm_up: Probability = 0.0
    """The first part of training, in which the generator learns without a discriminator, from what
    `loss.reconstruction_weight`, `recognition_weight` and `damsm_weight` weigh: much faster."""
    beta1: Momentum = 0.0
    """Adam's first moment, once both networks learn."""
    beta2: Momentum = 0.9
    """Adam's second moment, once both networks learn."""
    warm_up_beta1: Momentum = 0.9
    """Adam's first moment while the generator learns alone: nobody moves against it, and the mean of many gradients is
    better than the last."""
    warm_up_beta2: Momentum = 0.99
    """Adam's second moment while it does."""
    warm_up_recognition: PositiveFloat = 1.0
    """Part of `loss.recognition_weight` that counts while it does: what a discriminator must not drown is too loud
    without one."""
    average_half_life: PositiveInt = 10_000
    """Images after which a past weight counts half in the average that makes the pictures."""
    average_ramp: NonNegativeFloat = 0.0
    """The half-life is at most this part of the images shown so far, so that early averages forget the beginning;
    0: always the whole half-life."""
    attribute_dropout: Probability = 0.0
    """Probability that a sample forgets a part of its attributes, so that the generator learns to do with a few:
    the generator is not told of them, and neither network is asked about them (docs/method.md)."""
    attribute_dropout_rate: Probability = 0.5
    """The part of its attributes that such a sample forgets."""
    augmentation: tuple[Augmentation, ...] = ()
    """Changes of what the discriminator sees, real and generated alike, for small sets (DiffAugment)."""
    precision: Precision = "auto"
    """Of convolutions and matrix products in training; weights and sums stay in fp32. auto: bf16 where the machine has
    instructions for it, else fp32."""
    seed: Seed = 0
    """Of weights, noise and order."""
    snapshot_images: PositiveInt = 50_000
    """Images between two snapshots: sample grid, quality figures, and the best model kept."""
    quality_samples: NonNegativeInt = 1_000
    """Pictures of the validation split that a snapshot's quality is measured with, 2 at least; 0: not measured."""
    state_minutes: PositiveFloat = 10.0
    """Minutes between two savings of the state: what a power failure can cost."""
    report_seconds: PositiveFloat = 10.0
    """Seconds between two lines of metrics.jsonl and TensorBoard."""

    @field_validator("quality_samples")
    @classmethod
    def _one_has_no_spread(cls, value: int) -> int:
        if value == 1:
            raise InputError("train.quality_samples", "0 or at least 2", value)
        return value


FREE_TO_CHANGE = frozenset(
    ("images", "minutes", "cooldown", "snapshot_images", "state_minutes", "report_seconds")
)
"""What may change when a run is resumed: how long it goes on, how it ends, and how closely it is watched. The
samples that quality is measured with may not: an FID of more pictures is lower, and the best model would be the one
measured so."""
