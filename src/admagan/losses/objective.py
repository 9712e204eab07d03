"""The whole objective of both networks (docs/method.md)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from admagan.losses.adversarial import generator_hinge, hinge_fake, hinge_real, relativistic
from admagan.losses.alignment import cosines, damsm_sentence_loss, info_nce
from admagan.losses.attribute import (
    Targets,
    Variant,
    attribute_loss,
    attribute_targets,
    generator_attribute_loss,
)
from admagan.losses.diversity import diversity_loss
from admagan.losses.gather import next_in_batch
from admagan.losses.gradient_penalty import image_gradient_penalty, matching_aware_gradient_penalty
from admagan.losses.recognition import recognition_gap
from admagan.networks.condition import Condition
from admagan.networks.discriminator import Discriminator
from admagan.networks.image_encoder import ImageEncoder
from admagan.schema.loss import LossSettings

SAME = 0.9999
"""Cosine from which two sentences are those of one caption."""


@dataclass(frozen=True)
class Terms:
    """Named loss terms, weighted: their sum is what is minimised."""

    values: dict[str, Tensor]
    """Name -> scalar."""

    def __or__(self, others: dict[str, Tensor]) -> Terms:
        """Return these terms and others."""
        return Terms(self.values | others)

    @property
    def total(self) -> Tensor:
        """The scalar to differentiate."""
        return torch.stack(list(self.values.values())).sum()


@dataclass(frozen=True)
class JudgedReal:
    """What the discriminator's step found in real images, detached; one update old in the generator's."""

    logits: Tensor
    """(B,), with their own sentences."""
    embedding: Tensor
    """D_img(x) (B, d)."""


@dataclass(frozen=True)
class DiscriminatorTerms(Terms):
    """The discriminator's terms, and what the generator's need of its pass over real images."""

    real: JudgedReal


class DiscriminatorObjective(nn.Module):
    """L_D = adversarial + alignment + classification + gradient penalty.

    A module that owns the discriminator, so that DistributedDataParallel sees one forward and one backward a step.
    """

    def __init__(self, discriminator: Discriminator, settings: LossSettings) -> None:
        super().__init__()
        self.discriminator = discriminator
        self.settings = settings

    @property
    def uses_every_parameter(self) -> bool:
        """Whether a step gives a gradient to all of the discriminator: not where a head's loss is left out."""
        classified = self.settings.classification != "off" and self.settings.classification_weight > 0
        has_head = self.discriminator.attributes is not None
        return self.settings.alignment_weight > 0 and (classified or not has_head)

    def forward(
        self,
        real: Tensor,
        fake: Tensor,
        condition: Condition,
        labels: Tensor,
        known: Tensor | None = None,
        penalise: bool = True,
    ) -> DiscriminatorTerms:
        """Images real and fake (B, 3, S, S); labels (B, n) in {0, 1}; known (B, n) bool."""
        d, settings = self.discriminator, self.settings
        sentence, attributes = condition.sentence.detach(), condition.attributes.detach()
        penalise = penalise and settings.penalty_weight > 0
        on_made = penalise and settings.penalty == "r1_r2"
        x, seen_in_real = self._inputs(real, penalise)
        made, seen_in_fake = self._inputs(fake, on_made)
        s = sentence.detach().requires_grad_(penalise and settings.penalty == "matching_aware")

        features = d.features(x, seen_in_real)
        wrong = (next_in_batch(sentence),) if settings.mismatched else ()
        (on_real, *on_wrong), embedding = d.judge(features, s, *wrong), d.embed(features)
        (on_fake,) = d.judge(d.features(made, seen_in_fake), sentence)
        unmatched = on_wrong[0].logits if on_wrong else None
        terms = adversarial_terms(on_real.logits, on_fake.logits, unmatched, settings)
        if settings.alignment_weight:
            aligned = [info_nce(embedding, e, settings.temperature) for e in (attributes, sentence)]
            terms["alignment"] = settings.alignment_weight * (aligned[0] + aligned[1])
        if targets := classification_targets(labels, known, settings):
            judged = attribute_loss(on_real.attributes, targets.real, targets.real_weight)
            judged = judged + attribute_loss(on_fake.attributes, targets.fake, targets.fake_weight)
            terms["classification"] = settings.classification_weight * judged
        if penalise:
            if settings.penalty == "matching_aware":
                power = settings.penalty_power
                penalty = matching_aware_gradient_penalty(on_real.logits, x, s, *seen_in_real, power=power)
            else:
                penalty = image_gradient_penalty(on_real.logits, x, *seen_in_real)
            if on_made:
                penalty = penalty + image_gradient_penalty(on_fake.logits, made, *seen_in_fake)
            terms["penalty"] = settings.penalty_weight * settings.penalty_interval * penalty
        return DiscriminatorTerms(terms, JudgedReal(on_real.logits.detach(), embedding.detach()))

    def _inputs(self, images: Tensor, wanted: bool) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return images, and what the pretrained network sees in them, as leaves whose gradient is `wanted`."""
        with torch.no_grad():
            seen = self.discriminator.look(images)
        leaves = (images.detach(), *seen)
        return leaves[0].requires_grad_(wanted), tuple(leaf.requires_grad_(wanted) for leaf in leaves[1:])


def adversarial_terms(
    real: Tensor, fake: Tensor, wrong: Tensor | None, settings: LossSettings
) -> dict[str, Tensor]:
    """Return the discriminator's adversarial terms of logits (B,); `wrong` are real images with wrong sentences."""
    relative = settings.adversarial == "relativistic"
    terms = {} if relative else {"real": hinge_real(real)}
    lower = {"fake": fake} if wrong is None else {"fake": fake, "mismatched": wrong}
    for name, logits in lower.items():
        terms[name] = (relativistic(real, logits) if relative else hinge_fake(logits)) / len(lower)
    return terms


def generator_terms(
    discriminator: Discriminator,
    fake: Tensor,
    condition: Condition,
    labels: Tensor,
    known: Tensor | None,
    real: JudgedReal,
    settings: LossSettings,
    pairs: tuple[Tensor, Tensor] | None = None,
) -> Terms:
    """L_G = adversarial + alignment + classification + diversity.

    Takes the bare discriminator, with gradients of its parameters switched off. `condition` keeps its history,
    so that the alignment teaches the attribute memory too; `real` comes from the discriminator's step; `pairs` are
    pictures of some conditions, and of the same with other noise.
    """
    verdict, embedding = discriminator(fake, condition.sentence)
    if settings.adversarial == "relativistic":
        terms = {"adversarial": relativistic(verdict.logits, real.logits)}
    else:
        terms = {"adversarial": generator_hinge(verdict.logits)}
    if settings.alignment_weight:
        others = (condition.attributes, condition.sentence, real.embedding)
        aligned = [info_nce(embedding, other, settings.temperature) for other in others]
        terms["alignment"] = settings.alignment_weight * torch.stack(aligned).sum()
    if targets := classification_targets(labels, known, settings):
        variant: Variant = "released" if settings.classification == "released" else "paper"
        judged = generator_attribute_loss(verdict.attributes, targets, variant)
        terms["classification"] = settings.classification_weight * judged
    if pairs is not None:
        terms["diversity"] = settings.diversity_weight * diversity_loss(*pairs, settings.diversity_margin)
    return Terms(terms)


def recognised_terms(
    recogniser: ImageEncoder,
    fake: Tensor,
    real: Tensor,
    sentence: Tensor,
    labels: Tensor,
    known: Tensor,
    settings: LossSettings,
) -> dict[str, Tensor]:
    """Return what the generator's pictures lack for the frozen picture encoder: their captions (DAMSM, as in AttnGAN's
    equation 4) and attributes.

    Args:
        recogniser: Frozen.
        fake: (B, 3, S, S), nominally in [-1, 1].
        real: (B, 3, S, S) in [-1, 1], the pictures that sentences and labels belong to.
        sentence: e_s (B, d); a picture's caption is looked for among those of this process's batch.
        labels: (B, n) in {0, 1}.
        known: (B, n) bool.
        settings: Weights.

    Returns:
        "damsm" and "recognition", weighted scalars, where their weights are above 0.
    """
    made = recogniser(fake)
    terms = {}
    if settings.damsm_weight:
        same = cosines(sentence, sentence) > SAME
        matched = damsm_sentence_loss(made.image, sentence, settings.damsm_gamma, same)
        terms["damsm"] = settings.damsm_weight * matched
    if settings.recognition_weight:
        with torch.no_grad():
            in_real = recogniser(real).attributes
        gap = recognition_gap(made.attributes, in_real, labels, known)
        terms["recognition"] = settings.recognition_weight * gap
    return terms


def classification_targets(labels: Tensor, known: Tensor | None, settings: LossSettings) -> Targets | None:
    """Return the 2n targets, or None where attributes are not classified."""
    if settings.classification == "off" or not settings.classification_weight or not labels.shape[1]:
        return None
    return attribute_targets(labels, known, settings.classification)
