"""Which attributes a caption settles, by its words alone: what a picture made from the text owes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admagan.bank import AttributeBank

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Said:
    """What M texts say of n attributes."""

    present: Mask
    """(M,n): named by a phrase of the bank, and nowhere denied."""
    absent: Mask
    """(M,n): denied and nowhere named, or left out where another of the same choice is named ("a blue hat" is no red
    one)."""

    def settled(self, text: NDArray[np.int64], labels: Mask) -> Mask:
        """Return (N,n): where the text of each sample says of an attribute what its annotation says too.

        What a text leaves open is not asked of pictures that are made from it; neither is what its picture's annotation
        contradicts, such as a hat where the text names the kind of hat.
        """
        return np.where(labels, self.present[text], self.absent[text])


def said(bank: AttributeBank, texts: Sequence[str]) -> Said:
    """Read texts as the bank's phrases alone do, without a model."""
    present = np.zeros((len(texts), len(bank)), np.bool_)
    absent = np.zeros_like(present)
    for row, text in enumerate(texts):
        matches = bank.match(text)
        named = {match.index for match in matches if not match.negated}
        denied = {match.index for match in matches if match.negated}
        present[row, list(named - denied)] = True
        absent[row] = bank.with_rivals(named)
        absent[row, list(denied)] = True
        absent[row, list(named)] = False
    return Said(present, absent)
