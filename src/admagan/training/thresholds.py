"""From which probability on an attribute counts as meant: tuned for F1, sane where examples are few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from admagan.runtime.prompt import LEAST_CONFIDENCE

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]

ENOUGH = 10
"""Positive examples that weigh as much as what all attributes together say."""
LOWEST, HIGHEST = LEAST_CONFIDENCE, 0.95
"""Lower ones would be of no effect, and scores by them those of decisions that nobody gets."""


def best_threshold(probabilities: Floats, labels: Floats) -> float:
    """Return the threshold t for which "probability >= t" has the highest F1; 0.5 where nothing is positive.

    Args:
        probabilities: (N,) in [0, 1].
        labels: (N,) in {0, 1}.
    """
    positives = labels.sum()
    if not positives:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    ranked = np.append(probabilities[order], -1.0).astype(np.float64)
    counts = np.arange(1, len(order) + 1)
    f1 = 2 * np.cumsum(labels[order]) / (counts + positives)
    f1[ranked[:-1] == ranked[1:]] = 0.0  # equal probabilities fall on one side
    best = int(np.argmax(f1))
    # Half way to the next: as far from the examples on either side as can be.
    return max(0.0, float((ranked[best] + ranked[best + 1]) / 2))


def tune_thresholds(probabilities: Floats, labels: Floats, known: Bools) -> npt.NDArray[np.float64]:
    """Return a threshold for each of n attributes, in [0.5, 0.95].

    An attribute's own best threshold is drawn towards the best common one, the more so the fewer positive examples
    it has: half way for 10, in units of log-odds.

    Args:
        probabilities: (N, n) in [0, 1].
        labels: (N, n) in {0, 1}.
        known: (N, n); what is not known takes no part.
    """
    common = best_threshold(probabilities[known], labels[known])
    own = np.full(probabilities.shape[1], common)
    positives = np.zeros(probabilities.shape[1])
    for index in range(probabilities.shape[1]):
        rows = known[:, index]
        positives[index] = labels[rows, index].sum()
        if positives[index]:
            own[index] = best_threshold(probabilities[rows, index], labels[rows, index])
    weight = positives / (positives + ENOUGH)
    drawn = weight * _log_odds(own) + (1 - weight) * _log_odds(np.array(common))
    return np.clip(1 / (1 + np.exp(-drawn)), LOWEST, HIGHEST)


def _log_odds(probability: Floats) -> npt.NDArray[np.float64]:
    inside = np.clip(probability, 1e-4, 1 - 1e-4).astype(np.float64)
    odds: npt.NDArray[np.float64] = np.log(inside / (1 - inside))
    return odds
