"""The tagger: which attributes a sentence speaks of (docs/method.md)."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from admagan.networks.tensors import require_shape


class Tagger(nn.Module):
    """A multi-label classifier on sentence embeddings.

    Args:
        condition_dim: d, width of the sentence embedding.
        attributes: n, entries of the attribute bank.
        hidden: Units of the one hidden layer; 0 makes the classifier linear.
    """

    def __init__(self, condition_dim: int, attributes: int, hidden: int) -> None:
        super().__init__()
        self.condition_dim = condition_dim
        if hidden:
            self.layers = nn.Sequential(
                nn.Linear(condition_dim, hidden), nn.ReLU(), nn.Linear(hidden, attributes)
            )
        else:
            self.layers = nn.Sequential(nn.Linear(condition_dim, attributes))

    def forward(self, sentence: Tensor) -> Tensor:
        """Sentence embeddings (B, d) -> logits (B, n); their sigmoid is the probability of each attribute."""
        require_shape(sentence, "sentence", None, self.condition_dim)
        return cast(Tensor, self.layers(sentence))
