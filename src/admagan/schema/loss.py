"""Settings of the objective: every term, its weight and its variants."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from admagan.schema.base import Strict


class LossSettings(Strict):
    """Weights and variants of the loss terms; the defaults are the paper's (docs/method.md)."""

    adversarial: Literal["hinge", "relativistic"] = "hinge"
    """hinge: real and fake each on their side of a margin (the paper); relativistic: each real above its fake by
    as much as can be (R3GAN, arXiv:2501.05441)."""
    mismatched: bool = True
    """Show the discriminator real images with another image's sentence, as half of its fakes."""
    penalty: Literal["matching_aware", "r1", "r1_r2"] = "matching_aware"
    """Which gradients are kept small: matching_aware (MA-GP, the paper): those of real images and sentences;
    r1: those of real images, squared; r1_r2: those of generated ones as well."""
    penalty_weight: NonNegativeFloat = 2.0
    """Of the gradient penalty; 0 leaves it out. (Half of what is called gamma for r1 and r1_r2.)"""
    penalty_power: Annotated[float, Field(ge=2)] = 6.0
    """Power of the gradient norm in matching_aware."""
    penalty_interval: PositiveInt = 1
    """Apply the penalty in every k-th step, k times as strong."""
    classification: Literal["paper", "released", "off"] = "paper"
    """Attribute classification with interleaved real/fake targets, with the released code's, or none."""
    classification_weight: NonNegativeFloat = 0.5
    """Of the attribute classification, for both networks."""
    alignment_weight: NonNegativeFloat = 0.1
    """Of the contrastive terms, for both networks; 0 leaves them out."""
    temperature: PositiveFloat = 0.1
    """eta, by which cosines are divided in the contrastive terms."""
    recognition_weight: NonNegativeFloat = 0.0
    """For the generator, of attributes that the frozen picture encoder of the text stage recognises worse in its
    pictures than in real ones; 0 leaves it out."""
    damsm_weight: NonNegativeFloat = 0.0
    """For the generator, of captions that the frozen picture encoder does not find for its pictures (AttnGAN's lambda);
    0 leaves it out."""
    damsm_gamma: PositiveFloat = 10.0
    """How sharply the right caption is preferred there."""
    reconstruction_weight: NonNegativeFloat = 0.0
    """For the generator, of the mean absolute difference between its picture and the real one of the same caption and
    attributes; 0 leaves it out."""
    diversity_weight: NonNegativeFloat = 0.0
    """Of what two pictures of one condition and different noise lack in difference, for the generator; 0 leaves it
    out, and noise may then change nothing."""
    diversity_margin: PositiveFloat = 0.1
    """Mean absolute difference of their 4-pixel squares, in [0, 2], that is enough."""

    def asks_recogniser(self, attributes: int) -> bool:
        """Tell whether the generator learns from the frozen picture encoder, where the bank has so many attributes."""
        return self.damsm_weight > 0 or (self.recognition_weight > 0 and attributes > 0)

    def teaches_alone(self, attributes: int) -> bool:
        """Tell whether the generator can learn without a discriminator, where the bank has so many attributes."""
        return self.reconstruction_weight > 0 or self.asks_recogniser(attributes)
