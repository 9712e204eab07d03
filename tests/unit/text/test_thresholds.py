"""Thresholds: the best F1 where there is enough to go by, the common one where there is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admagan.training.thresholds import HIGHEST, LOWEST, best_threshold, tune_thresholds


def f1(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> float:
    meant = probabilities >= threshold
    return float(2 * (labels * meant).sum() / (meant.sum() + labels.sum()))


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=30))
def test_no_threshold_has_a_higher_f1(pairs):
    probabilities = np.array([p / 10 for p, _ in pairs])
    labels = np.array([float(positive) for _, positive in pairs])
    chosen = best_threshold(probabilities, labels)
    if not labels.any():
        assert chosen == 0.5
        return
    best = max(f1(probabilities, labels, t) for t in np.linspace(0, 1, 201))
    assert f1(probabilities, labels, chosen) == pytest.approx(best)


def test_the_threshold_lies_half_way_between_examples():
    assert best_threshold(np.array([0.9, 0.7, 0.2]), np.array([1.0, 1.0, 0.0])) == pytest.approx(0.45)


def separable(positives: int, level: float, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and labels that `level` separates."""
    labels = np.zeros(count)
    labels[:positives] = 1
    return np.where(labels == 1, level + 0.05, level - 0.05), labels


def test_rare_attributes_lean_on_the_common_threshold():
    columns = [separable(200, 0.6), separable(200, 0.8), separable(2, 0.8), separable(0, 0.9)]
    probabilities, labels = (np.stack(x, axis=1) for x in zip(*columns, strict=True))
    known = np.ones(labels.shape, bool)
    common = best_threshold(probabilities[known], labels[known])
    tuned = tune_thresholds(probabilities, labels, known)
    assert tuned[0] == pytest.approx(0.6, abs=0.02)
    assert tuned[1] == pytest.approx(0.8, abs=0.02)
    assert abs(tuned[2] - common) < 0.25 * abs(0.8 - common)
    assert tuned[3] == pytest.approx(common)


def test_thresholds_ignore_what_is_not_known_and_stay_within_bounds():
    probabilities = np.array([[0.999, 0.001]] * 300 + [[0.001, 0.0005]] * 300)
    labels = np.array([[1.0, 1.0]] * 300 + [[0.0, 0.0]] * 300)
    known = np.ones(labels.shape, bool)
    tuned = tune_thresholds(probabilities, labels, known)
    assert tuned[1] == LOWEST
    labels[:, 0] = 1 - labels[:, 0]
    known[:, 0] = False
    again = tune_thresholds(probabilities, labels, known)
    assert again[1] == LOWEST
    assert ((again >= LOWEST) & (again <= HIGHEST)).all()


def test_no_threshold_lets_through_what_is_more_likely_wrong_than_right():
    probabilities, labels = separable(200, 0.2)
    assert best_threshold(probabilities, labels) == pytest.approx(0.2, abs=0.02)
    assert tune_thresholds(probabilities[:, None], labels[:, None], np.ones((len(labels), 1), bool)) == 0.5


def test_nothing_known_gives_one_half():
    nothing = np.zeros((3, 2))
    assert tune_thresholds(nothing, nothing, np.zeros((3, 2), bool)).tolist() == pytest.approx([0.5, 0.5])
    assert tune_thresholds(nothing[:0], nothing[:0], np.zeros((0, 2), bool)).tolist() == pytest.approx(
        [0.5, 0.5]
    )
