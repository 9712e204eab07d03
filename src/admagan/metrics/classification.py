"""How well labels are met: average precision, top-1 within a group, precision, recall and F1; unknown is not absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Scores = NDArray[np.floating]
Mask = NDArray[np.bool_]
Counts = NDArray[np.integer] | np.integer


def average_precision(scores: Scores, labels: Mask, known: Mask) -> Array:
    """Return the average precision of each attribute, (n,); their mean without NaN is mAP.

    AP = sum over thresholds of (R_k - R_{k-1}) P_k, equal scores together. NaN where the known labels hold no
    positive or no negative, because the order says nothing then.

    Args:
        scores: (N,n), higher where the attribute is more likely.
        labels: (N,n).
        known: (N,n); what is not known takes no part.
    """
    return np.array([_column_precision(scores[row, i], labels[row, i]) for i, row in enumerate(known.T)])


def _column_precision(scores: Scores, labels: Mask) -> float:
    positives = int(labels.sum())
    if positives in (0, len(labels)):
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.nan))  # the last of each run of equal scores
    found = np.cumsum(labels[order])[ends]
    return float((np.diff(found, prepend=0) / positives) @ (found / (ends + 1)))


def prevalence(labels: Mask, known: Mask) -> Array:
    """Return the share of known labels that are positive, (n,): the average precision of guessing. NaN: none known."""
    count = known.sum(0)
    share: Array = np.divide((labels & known).sum(0), count, out=np.full(len(count), np.nan), where=count > 0)
    return share


def top1_in_group(scores: Scores, labels: Mask, known: Mask, group: Sequence[int]) -> Array:
    """Return for each sample (N,) whether the best-scored attribute of `group` is one it has: 1 or 0.

    NaN where the group is not wholly known, or none of it applies.
    """
    columns = list(group)
    best = scores[:, columns].argmax(1)
    hit = np.take_along_axis(labels[:, columns], best[:, None], 1)[:, 0]
    counted = known[:, columns].all(1) & labels[:, columns].any(1)
    return np.where(counted, hit.astype(np.float64), np.nan)


@dataclass(frozen=True)
class LabelScores:
    """Precision, recall and F1 of yes-or-no decisions; NaN where undefined (nothing chosen, nothing to find)."""

    precision: float
    """Over all attributes together (micro): of the decisions yes, the share that is right."""
    recall: float
    """Of the attributes that apply, the share that was found."""
    f1: float
    """Harmonic mean of both."""
    macro_f1: float
    """Mean of the attributes' own F1, over those that apply anywhere."""
    per_attribute: Array
    """(n,3): precision, recall and F1 of each."""


def label_scores(decisions: Mask, labels: Mask, known: Mask) -> LabelScores:
    """Compare decisions (N,n) with labels (N,n) where these are known."""
    right = (decisions & labels & known).sum(0)
    chosen, present = (decisions & known).sum(0), (labels & known).sum(0)
    per_attribute = _ratios(right, chosen, present)
    f1 = per_attribute[present > 0, 2]
    precision, recall, micro_f1 = _ratios(right.sum(), chosen.sum(), present.sum()).tolist()
    macro_f1 = float(f1.mean()) if len(f1) else float("nan")
    return LabelScores(precision, recall, micro_f1, macro_f1, per_attribute)


def _ratios(right: Counts, chosen: Counts, present: Counts) -> Array:
    """Return precision, recall and F1 in the last axis."""
    with np.errstate(invalid="ignore"):
        return np.stack([right / chosen, right / present, 2 * right / (chosen + present)], axis=-1)
