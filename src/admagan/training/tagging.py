"""How well a tagger's decisions meet what is known: precision, recall and F1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from admagan.training.thresholds import Bools, Floats, tune_thresholds


def honest_scores(probabilities: Floats, labels: Floats, known: Bools) -> dict[str, float]:
    """Return scores of decisions by thresholds that did not see the captions they are judged on.

    Thresholds for each half of the captions are tuned on the other half: tuned and judged on the same ones, they
    would look better than they are.

    Args:
        probabilities: (N, n) in [0, 1].
        labels: (N, n) in {0, 1}.
        known: (N, n); what is not known takes no part.

    Returns:
        precision, recall and f1 over all attributes together, and macro_f1, the mean of the attributes' own.
    """
    meant = np.zeros(labels.shape, np.bool_)
    odd = np.arange(len(labels)) % 2 == 1
    for half in (odd, ~odd):
        other = ~half if (~half).any() else half
        meant[half] = probabilities[half] >= tune_thresholds(
            probabilities[other], labels[other], known[other]
        )
    return overall(counts(meant, labels, known))


def attribute_table(
    names: Sequence[str], probabilities: Floats, labels: Floats, known: Bools, thresholds: Floats
) -> dict[str, dict[str, Any]]:
    """Return for each attribute its threshold and, on the captions the threshold was tuned on, what it does."""
    right, chosen, present = counts(probabilities >= thresholds, labels, known)
    return {
        name: {
            "threshold": round(float(thresholds[i]), 4),
            "positives": int(present[i]),
            "precision": round(ratio(right[i], chosen[i]), 4),
            "recall": round(ratio(right[i], present[i]), 4),
            "f1": round(ratio(2 * right[i], chosen[i] + present[i]), 4),
        }
        for i, name in enumerate(names)
    }


def counts(meant: Bools, labels: Floats, known: Bools) -> npt.NDArray[np.int64]:
    """Return (3, n): how often each attribute was rightly meant, meant, and present, where it is known."""
    present = (labels > 0) & known
    return np.stack([(meant & present).sum(0), (meant & known).sum(0), present.sum(0)])


def overall(table: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the scores of all attributes together, from `counts`; the mean F1 is of those that are present at all."""
    right, chosen, present = table.sum(axis=1)
    own = [ratio(2 * r, c + p) for r, c, p in table.T if p]
    return {
        "precision": ratio(right, chosen),
        "recall": ratio(right, present),
        "f1": ratio(2 * right, chosen + present),
        "macro_f1": float(np.mean(own)) if own else 0.0,
    }


def ratio(part: float, whole: float) -> float:
    """Return part / whole, 0 where both are."""
    return float(part / whole) if whole else 0.0
