"""Attribute classification with 2n sigmoid targets: each attribute in a real and in a fake image (docs/method.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.losses.gather import mean_over_processes
from admagan.networks.tensors import full_precision

Variant = Literal["paper", "released"]


@dataclass(frozen=True)
class Targets:
    """What the 2n attribute logits should say."""

    real: Tensor
    """y_r (B, 2n): of real images."""
    fake: Tensor
    """y_f (B, 2n): of fake images."""
    real_weight: Tensor
    """(B, 2n): 1 where the attribute of a real target is known, else 0."""
    fake_weight: Tensor
    """(B, 2n): the same of the fake targets."""


def attribute_targets(labels: Tensor, known: Tensor | None = None, variant: Variant = "paper") -> Targets:
    """Build the targets from labels (B, n) in {0, 1} and known (B, n) bool (None: all known).

    `paper`: y_r = [y, 0] and y_f = [0, y], interleaved per attribute. `released`: the real targets repeat every label
    twice, and the fake ones are the real ones shifted by one, so that the two overlap.
    """
    weight = torch.ones_like(labels) if known is None else known.to(labels.dtype)
    zeros = torch.zeros_like(labels)
    both = _interleaved(weight, weight)
    if variant == "paper":
        return Targets(_interleaved(labels, zeros), _interleaved(zeros, labels), both, both)
    real = _interleaved(labels, labels)
    return Targets(real, F.pad(real[:, :-1], (1, 0)), both, F.pad(both[:, :-1], (1, 0), value=1.0))


def attribute_loss(logits: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
    """Binary cross-entropy of logits (B, 2n), averaged over what is known anywhere in the batch; 0 if nothing is."""
    losses = F.binary_cross_entropy_with_logits(full_precision(logits), targets, weight, reduction="sum")
    return losses / mean_over_processes(weight.sum()).clamp(min=1)


def generator_attribute_loss(logits: Tensor, targets: Targets, variant: Variant = "paper") -> Tensor:
    """bce(l(f), y_r) - bce(l(f), y_f) as in the paper, or the released code's second term alone."""
    towards_fake = attribute_loss(logits, targets.fake, targets.fake_weight)
    if variant == "released":
        return -towards_fake
    return attribute_loss(logits, targets.real, targets.real_weight) - towards_fake


def _interleaved(first: Tensor, second: Tensor) -> Tensor:
    return torch.stack([first, second], dim=2).flatten(1)
