"""What a prompt leaves open is taken from training pictures that fit it: another one for each picture that is made.

A caption names a few attributes of its picture. Pictures of a caption differ in the others, and these go together (who
has a beard has no antennae). So they are drawn together: from the attributes of one training picture, chosen at random
with weights that say how much likelier its attributes are given the prompt than they are by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from admagan.runtime.noise import image_random
from admagan.runtime.prompt import Reading

Mask = NDArray[np.bool_]

SURE = 0.998
"""Probability of what is said: the classifier's are not above it either, nor below 1 - SURE."""
FEWEST = 8
"""Examples to choose among, in effect: a prompt that says much is followed less closely, or it would always find the
same one."""
_SOFTER = 0.8
_DIFFERENT = 8
"""Pictures of a seed in a row that have different examples; of more, the last would have ones that hardly fit."""
_GUESS = 0.5
"""How much what the classifier guesses counts beside what was said: several guesses go together."""
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

    def __call__(self, reading: Reading, seed: int, indices: Iterable[int]) -> list[Reading]:
        """Return the reading for each of these pictures of a seed; the same where nothing is open or there are no
        examples."""
        indices = list(indices)
        if not len(self.examples) or not reading.is_open.any():
            return [reading] * len(indices)
        return [filled(reading, example) for example in self._drawn(reading, seed, indices)]

    def example(self, reading: Reading, seed: int, index: int) -> Mask | None:
        """Return the attributes (n,) of the example for picture `index` of a seed; None where there are none."""
        return next(self._drawn(reading, seed, [index])) if len(self.examples) else None

    def _drawn(self, reading: Reading, seed: int, indices: Iterable[int]) -> Iterator[Mask]:
        with np.errstate(divide="ignore"):  # what fits next to not at all comes last
            fit = np.log(self.weights(reading))
        for block, members in groupby(indices, lambda index: index // _DIFFERENT):
            # The greatest of log weights with Gumbel noise are draws without repetition (arXiv:1903.06059).
            keys = fit + image_random(seed, block, _STREAM).gumbel(size=len(fit))
            best = np.argpartition(-keys, min(_DIFFERENT, len(keys)) - 1)[:_DIFFERENT]
            best = best[np.argsort(-keys[best])]
            for index in members:
                chosen: Mask = self.examples[best[index % _DIFFERENT % len(best)]].copy()
                yield chosen

    def weights(self, reading: Reading) -> NDArray[np.float64]:
        """Return how well each example (K,) fits, the best 1.

        Each attribute counts with its odds given the prompt over its usual odds. What was said, and with half of its
        weight what was guessed, is followed as closely as leaves `FEWEST` examples to choose among. Of the rest, which
        the classifier judges one by one though it goes together, the geometric mean counts: the product would choose
        the same example again and again.
        """
        gains = _log_odds(np.clip(reading.probabilities, 1 - SURE, SURE)) - self._usual
        is_guess = (reading.strengths > 0) & ~reading.is_said
        is_rest = ~(is_guess | reading.is_said)
        followed = self._scores(gains * (reading.is_said + _GUESS * is_guess))
        rest = self._scores(gains * is_rest) / self._each
        closeness, weights = 1.0, _weights(followed + rest)
        while _choices(weights) < min(FEWEST, len(weights)) and closeness > 1 - SURE:
            closeness *= _SOFTER
            weights = _weights(closeness * followed + rest)
        return weights

    def _scores(self, gains: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over the attributes of each example (K,)."""
        scores: NDArray[np.float64] = (self._factors @ gains.astype(np.float32)).astype(np.float64)
        return scores


def filled(reading: Reading, example: Mask | None) -> Reading:
    """Return the reading with the attributes of an example (n,) where it leaves them open."""
    if example is None:
        return reading
    strengths = np.where(reading.is_open, example, reading.strengths).astype(np.float32)
    return replace(reading, strengths=strengths)


def _weights(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.exp(scores - scores.max())
    return weights


def _choices(weights: NDArray[np.float64]) -> float:
    """Return how many equally good examples would leave as much choice: 1 over the probability of one twice."""
    return float(weights.sum() ** 2 / np.square(weights).sum())


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.log(probability / (1 - probability))
    return odds
