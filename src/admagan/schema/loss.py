"""Settings of the objective: every term, its weight and its variants."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from admagan.schema.base import Strict


class LossSettings(Strict):
    """Weights and variants of the loss terms; the defaults are the paper's (docs/method.md)."""

    mismatched: bool = True
    """Show the discriminator real images with another image's sentence, as half of its fakes."""
    penalty_weight: NonNegativeFloat = 2.0
    """Of the gradient penalty (MA-GP); 0 leaves it out."""
    penalty_power: Annotated[float, Field(ge=2)] = 6.0
    """Power of the gradient norm."""
    penalty_interval: PositiveInt = 1
    """Apply the penalty in every k-th step, k times as strong."""
    classification: Literal["paper", "released", "off"] = "paper"
    """Attribute classification with interleaved real/fake targets, with the released code's, or none."""
    classification_weight: NonNegativeFloat = 0.5
    """Of the attribute classification, for both networks."""
    alignment_weight: NonNegativeFloat = 0.1
    """Of the contrastive terms, for both networks; 0 leaves them out."""
    temperature: PositiveFloat = 0.1
    """eta, of the contrastive terms."""
