"""R-precision, average precision, top-1, precision and recall of labels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import binary_average_precision

from admagan.errors import InputError
from admagan.metrics.classification import (
    average_precision,
    label_scores,
    prevalence,
    top1_in_group,
)
from admagan.metrics.retrieval import r_precision

RNG = np.random.default_rng(2)


def test_matching_pairs_are_found_and_shuffled_captions_are_at_chance() -> None:
    texts = RNG.normal(size=(400, 32))
    images = texts + 0.1 * RNG.normal(size=texts.shape)
    own = np.arange(400)
    assert r_precision(images, texts, own).mean() == pytest.approx(1)
    shuffled = np.concatenate([r_precision(images, texts, RNG.permutation(own)) for _ in range(20)])
    assert shuffled.mean() == pytest.approx(1 / 100, abs=0.003)


@pytest.mark.parametrize("candidates", [2, 5, 100, 150])
def test_pictures_that_say_nothing_score_chance(candidates: int) -> None:
    texts = np.tile(RNG.normal(size=8), (150, 1))
    found = r_precision(RNG.normal(size=(20, 8)), texts, np.arange(20), candidates)
    assert found == pytest.approx(1 / candidates)


def test_it_is_the_mean_over_all_draws() -> None:
    """One better and one equal caption among five others, of which two are drawn."""
    texts = np.array([[1, 1], [1, 0], [1, -1], [0.5, 0.5], [0, -1], [-1, 0]], float)
    image, wins = np.array([[1.0, 0.0]]), []
    cosines = (texts / np.linalg.norm(texts, axis=1, keepdims=True))[:, 0]
    for drawn in itertools.combinations(range(1, 6), 2):
        ahead = any(cosines[i] > cosines[0] + 1e-9 for i in drawn)
        ties = sum(abs(cosines[i] - cosines[0]) < 1e-9 for i in drawn)
        wins.append(0 if ahead else 1 / (1 + ties))
    found = r_precision(image, texts, np.array([0]), candidates=3)
    assert found == pytest.approx(np.mean(wins))


def test_other_captions_of_the_picture_are_not_drawn() -> None:
    """Of ten pictures with ten captions each, all are found; drawn among siblings, most would not be."""
    pictures = RNG.normal(size=(10, 32))
    texts = np.repeat(pictures, 10, 0) + 0.01 * RNG.normal(size=(100, 32))
    own = np.arange(100)
    siblings = [np.setdiff1d(np.arange(100)[own // 10 == i // 10], [i]) for i in own]
    images = pictures[own // 10]
    assert r_precision(images, texts, own, 90).mean() < 0.3
    assert r_precision(images, texts, own, 90, siblings) == pytest.approx(1)
    assert np.isnan(r_precision(images, texts, own, 92, siblings)).all()


def test_length_of_embeddings_does_not_matter() -> None:
    texts, images = RNG.normal(size=(120, 8)), RNG.normal(size=(120, 8))
    own = np.arange(120)
    scaled = r_precision(images * 7, texts * RNG.uniform(1, 9, (120, 1)), own, 10)
    assert (scaled == r_precision(images, texts, own, 10)).all()


def test_too_few_captions_to_choose_among() -> None:
    with pytest.raises(InputError, match="the 5 different captions"):
        r_precision(np.zeros((1, 2)), np.zeros((5, 2)), np.zeros(1, int))


def _matrix(width: int = 30) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 4), min_size=width, max_size=width)


@given(_matrix(), _matrix(), _matrix())
def test_average_precision_agrees_with_torchmetrics(
    score: list[int], label: list[int], hidden: list[int]
) -> None:
    scores, labels, known = np.array(score) / 4, np.array(label) > 2, np.array(hidden) > 0
    found = average_precision(scores[:, None], labels[:, None], known[:, None])[0]
    if labels[known].all() or not labels[known].any():
        assert np.isnan(found)
    else:
        wanted = binary_average_precision(
            torch.from_numpy(scores[known]), torch.from_numpy(labels[known].astype(np.int64))
        )
        assert found == pytest.approx(float(wanted), abs=1e-6)


def test_average_precision_by_hand() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.1], [0.7, 0.1], [0.6, 0.1]])
    labels = np.array([[1, 0], [0, 1], [1, 0], [0, 0]]) > 0
    known = np.ones_like(labels)
    # Found at places 1 and 3; all scores equal: the share of positives.
    assert average_precision(scores, labels, known) == pytest.approx([(1 + 2 / 3) / 2, 0.25])
    assert prevalence(labels, known) == pytest.approx([0.5, 0.25])


def test_random_scores_have_the_prevalence_as_precision() -> None:
    labels = RNG.random((20_000, 1)) < 0.2
    found = average_precision(RNG.random((20_000, 1)), labels, np.ones_like(labels))
    assert found[0] == pytest.approx(0.2, abs=0.01)


def test_top1_within_a_group() -> None:
    scores = np.array([[0.1, 0.9, 0.99], [0.6, 0.3, 0.0], [0.1, 0.2, 0.9], [0.5, 0.1, 0.0]])
    labels = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]) > 0
    known = np.array([[1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 0, 1]]) > 0
    # Row 2 has no value of the group, row 3 is not wholly known.
    assert np.array_equal(
        top1_in_group(scores, labels, known, [0, 1]), [1, 0, np.nan, np.nan], equal_nan=True
    )


def test_precision_recall_and_f1_of_decisions() -> None:
    decisions = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0]]) > 0
    labels = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 0]]) > 0
    known = np.array([[1, 1, 1], [1, 1, 1], [1, 0, 1]]) > 0
    found = label_scores(decisions, labels, known)
    assert (found.precision, found.recall) == pytest.approx((2 / 3, 2 / 4))
    assert found.f1 == pytest.approx(2 * 2 / (3 + 4))
    assert found.per_attribute[0] == pytest.approx([1, 2 / 3, 0.8])
    assert found.macro_f1 == pytest.approx((0.8 + 0) / 2)


def test_scores_of_nothing_are_not_a_number() -> None:
    nothing = np.zeros((3, 2), bool)
    found = label_scores(nothing, nothing, nothing)
    assert np.isnan([found.precision, found.recall, found.f1, found.macro_f1]).all()
