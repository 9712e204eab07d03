"""Attributes as choices: of an exclusive group at most one applies, any other attribute is a choice of its own.

Each choice has one outcome more, "none of these", with a logit of 0. For a single attribute its softmax is then the
ordinary sigmoid, so one formula serves both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from admagan.bank import NO_CHOICE


def exclusive_choices(
    groups: Mapping[str, Sequence[int]], labels: NDArray[np.bool_], known: NDArray[np.bool_]
) -> list[list[int]]:
    """Return a partition of the attributes: named groups of which no picture has two, and single attributes.

    Args:
        groups: Group -> indices, as the attribute bank has them; those of `NO_CHOICE` are no groups.
        labels: (N,n) of the training split.
        known: (N,n).
    """
    choices: list[list[int]] = []
    for group, indices in groups.items():
        present = (labels & known)[:, list(indices)]
        exclusive = group not in NO_CHOICE and bool((present.sum(1) <= 1).all())
        choices += [list(indices)] if exclusive else [[index] for index in indices]
    return choices


class Choices:
    """Log-probabilities and likelihood for a partition of n attributes.

    Args:
        partition: The attributes of each of the G choices; all n, each once.
    """

    def __init__(self, partition: Sequence[Sequence[int]]) -> None:
        self.count = sum(map(len, partition))
        widest = max(map(len, partition), default=0)
        padded = [[*choice, *[self.count] * (widest - len(choice))] for choice in partition]
        self.index = torch.tensor(padded, dtype=torch.int64).reshape(len(partition), widest)

    def probabilities(self, logits: Tensor) -> Tensor:
        """(B,n) logits -> (B,n) probabilities that each attribute applies."""
        log_probability = self._log_softmax(logits)[..., :-1]
        out = logits.new_empty(len(logits), self.count + 1)
        out[:, self.index.flatten()] = log_probability.flatten(1).exp()
        return out[:, :-1]

    def loss(self, logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
        """Return the negative log-likelihood per picture, summed over the choices that are wholly known.

        Args:
            logits: (B,n).
            labels: (B,n) bool.
            known: (B,n) bool.
        """
        present = F.pad(labels, (0, 1))[:, self.index]
        counted = F.pad(known, (0, 1), value=True)[:, self.index].all(2)
        none = ~present.any(2, keepdim=True)
        outcome = torch.cat([present, none], 2).to(torch.uint8).argmax(2)
        likelihood = self._log_softmax(logits).gather(2, outcome[..., None])[..., 0]
        return -(likelihood * counted).sum() / len(logits)

    def _log_softmax(self, logits: Tensor) -> Tensor:
        """(B,n) -> (B,G,K+1); the last outcome is "none of these", padding has probability 0."""
        padded = F.pad(logits, (0, 1), value=-torch.inf)[:, self.index]
        return F.pad(padded, (0, 1)).log_softmax(2)
