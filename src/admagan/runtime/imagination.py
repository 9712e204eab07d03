"""What a prompt leaves open is taken from training pictures that fit it: another one for each picture that is made.

A caption names a few attributes of its picture. Pictures of a caption differ in the others, and these go together (who
has a beard has no antennae). So they are drawn together: from the attributes of one training picture, chosen at random
with weights that say how much likelier its attributes are given the prompt than they are by themselves.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from admagan.runtime.noise import image_random
from admagan.runtime.prompt import Reading

Mask = NDArray[np.bool_]

SURE = 0.998
"""Probability of what is said: the classifier's are not above it either, nor below 1 - SURE."""
MOST = 15
"""Factor by which one attribute that was understood makes an example likelier. It is drawn anyway; were the factor
larger, prompts that say much would always find the same example."""
_STREAM = 1
"""Of random numbers; noise has 0."""


class Imagination:
    """Draws what a reading leaves open.

    Args:
        examples: (K, n), the attributes of K training pictures.
    """

    def __init__(self, examples: Mask) -> None:
        self.examples = examples
        self._factors = examples.astype(np.float32)  # products of booleans are slow
        shares = (examples.sum(0) + 0.5) / (len(examples) + 1)
        self._usual = _log_odds(shares)
        self._each = max(1.0, float(examples.sum() / max(1, len(examples))))
        """Attributes that an example has, on average."""

    def __call__(self, reading: Reading, seed: int, index: int) -> Reading:
        """Return the reading for picture `index` of a seed; the same where nothing is open or there are no examples."""
        return filled(reading, self.example(reading, seed, index))

    def example(self, reading: Reading, seed: int, index: int) -> Mask | None:
        """Return the attributes (n,) of the example for picture `index` of a seed; None where there are none."""
        if not len(self.examples):
            return None
        ladder = np.cumsum(self.weights(reading))
        row = np.searchsorted(ladder, image_random(seed, index, _STREAM).random() * ladder[-1], side="right")
        chosen: Mask = self.examples[min(int(row), len(ladder) - 1)].copy()
        return chosen

    def weights(self, reading: Reading) -> NDArray[np.float64]:
        """Return how well each example (K,) fits, the best 1.

        Each attribute counts with its odds given the prompt over its usual odds, up to `MOST` times. Of what was not
        understood, which the classifier judges one by one though it goes together, it is about the geometric mean that
        counts: their product would choose the same example again and again.
        """
        gains = _log_odds(np.clip(reading.probabilities, 1 - SURE, SURE)) - self._usual
        gains = gains.clip(-math.log(MOST), math.log(MOST))
        gains[~reading.is_understood] /= self._each
        scores = self._factors @ gains.astype(np.float32)
        weights: NDArray[np.float64] = np.exp(scores.astype(np.float64) - scores.max())
        return weights


def filled(reading: Reading, example: Mask | None) -> Reading:
    """Return the reading with the attributes of an example (n,) where it leaves them open."""
    if example is None or not reading.is_open.any():
        return reading
    strengths = np.where(reading.is_open, example, reading.strengths).astype(np.float32)
    return replace(reading, strengths=strengths)


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.log(probability / (1 - probability))
    return odds
