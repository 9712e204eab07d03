"""What the report of the tagger says of its decisions: precision, recall and F1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admagan.metrics.classification import label_scores
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
    scores = label_scores(meant, labels > 0, known)
    return {name: written(getattr(scores, name)) for name in ("precision", "recall", "f1", "macro_f1")}


def attribute_table(
    names: Sequence[str], probabilities: Floats, labels: Floats, known: Bools, thresholds: Floats
) -> dict[str, dict[str, Any]]:
    """Return for each attribute its threshold and, on the captions the threshold was tuned on, what it does."""
    own = label_scores(probabilities >= thresholds, labels > 0, known).per_attribute
    positives = ((labels > 0) & known).sum(0)
    return {
        name: {
            "threshold": written(threshold),
            "positives": int(count),
            "precision": written(precision),
            "recall": written(recall),
            "f1": written(f1),
        }
        for name, threshold, count, (precision, recall, f1) in zip(
            names, thresholds, positives, own, strict=True
        )
    }


def written(score: float) -> float:
    """Return a score as it goes into JSON: four digits, and 0 where there was nothing to choose or to find."""
    return 0.0 if math.isnan(score) else round(float(score), 4)
