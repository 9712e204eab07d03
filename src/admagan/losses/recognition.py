"""Attributes as a picture encoder recognises them; logits, labels and known are (B, n) each."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.networks.tensors import full_precision


def recognition_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy, summed over what is known of a picture, averaged over pictures; a scalar."""
    return _errors(logits, labels, known).sum(1).mean()


def recognition_gap(made: Tensor, real: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Return how much worse attributes are recognised in pictures that were made than in real ones of the same labels.

    The cross-entropy of each attribute counts as far as it is above that of the real picture, so that there is nothing
    to win by a picture that is clearer than a real one, which would be a caricature.

    Args:
        made: Logits of made pictures.
        real: Logits of real ones, the same sample in each row.
        labels: In {0, 1}.
        known: bool.

    Returns:
        A scalar: summed over attributes, averaged over pictures.
    """
    above = _errors(made, labels, known) - _errors(real, labels, known).detach()
    return F.relu(above).sum(1).mean()


def _errors(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    errors = F.binary_cross_entropy_with_logits(full_precision(logits), labels, reduction="none")
    return torch.where(known, errors, 0.0)
