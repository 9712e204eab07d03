"""The condition of a picture, built in one place, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from admagan.networks.memory import AttributeMemory


@dataclass(frozen=True)
class Condition:
    """What the generator is told about a picture."""

    sentence: Tensor
    """e_s: (B, d) float."""
    attributes: Tensor
    """e_a: (B, d) float; equals `sentence` where there is no attribute memory (DF-GAN)."""


def build_condition(sentence: Tensor, labels: Tensor, memory: AttributeMemory | None) -> Condition:
    """Read e_a from the memory.

    Args:
        sentence: (B, d) sentence embeddings.
        labels: (B, n) in [0, 1]: the strength of each attribute.
        memory: The attribute memory, or None for the baseline without attributes.
    """
    if memory is None:
        return Condition(sentence, sentence)
    return Condition(sentence, memory(labels))
