"""Precision, recall, density, coverage, diversity and nearest pictures against known answers."""

from __future__ import annotations

import numpy as np
import pytest

from admagan.errors import InputError
from admagan.metrics.neighbours import kth_distance, manifold, mean_distance, nearest

RNG = np.random.default_rng(1)


def test_a_constant_generator_has_no_recall() -> None:
    real = RNG.normal(size=(300, 20)).astype(np.float32)
    middle = np.tile(real.mean(0), (300, 1))
    found = manifold(real, middle)
    assert found.recall == 0
    assert found.precision in (0.0, 1.0)
    assert found.coverage <= 1


def test_a_perfect_generator() -> None:
    found = manifold(RNG.normal(size=(1500, 4)), RNG.normal(size=(1500, 4)))
    assert found.density == pytest.approx(1, abs=0.1)
    assert found.precision > 0.9
    assert found.recall > 0.9
    # Naeem et al. 2020, appendix: E coverage = 1 - (1/2)^k for equal sets, nearly.
    assert found.coverage == pytest.approx(1 - 0.5**5, abs=0.03)


def test_the_real_set_itself() -> None:
    real = RNG.normal(size=(100, 3))
    found = manifold(real, real.copy())
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)


def test_sets_far_apart() -> None:
    found = manifold(RNG.normal(size=(50, 3)), RNG.normal(size=(50, 3)) + 1000)
    assert (found.precision, found.recall, found.density, found.coverage) == (0, 0, 0, 0)


def test_a_generator_that_knows_half_the_modes() -> None:
    real = np.concatenate([RNG.normal(size=(300, 2)), RNG.normal(size=(300, 2)) + 100])
    found = manifold(real, RNG.normal(size=(600, 2)))
    assert found.recall == pytest.approx(0.5, abs=0.06)
    assert found.precision > 0.9


def test_balls_by_hand() -> None:
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert kth_distance(line, 1) == pytest.approx([1, 1, 2, 4])
    assert kth_distance(line, 2) == pytest.approx([3, 2, 3, 6])
    found = manifold(line, np.array([[0.5], [20.0], [21.0], [22.0]]), k=1)
    # 0.5 lies in the balls of 0 and 1 but not in that of 3, whose border is at 1.
    assert found.density == pytest.approx(2 / 4)
    assert found.precision == 0.25
    assert found.coverage == 0.5


def test_manifold_needs_more_rows_than_neighbours() -> None:
    with pytest.raises(InputError, match="more than k = 5"):
        manifold(np.zeros((5, 2)), np.zeros((9, 2)))


def test_nearest_agrees_with_plain_search() -> None:
    queries, references = RNG.normal(size=(30, 6)) + 9, RNG.normal(size=(70, 6)) + 9
    indices, distances = nearest(queries, references, k=3)
    plain = np.linalg.norm(queries[:, None] - references[None], axis=2)
    assert (indices == np.argsort(plain, axis=1)[:, :3]).all()
    assert distances == pytest.approx(np.sort(plain, axis=1)[:, :3])


def test_of_equals_the_first_is_nearest() -> None:
    places, _ = nearest(np.zeros((1, 2)), np.array([[3.0, 0], [1, 0], [1, 0], [0, 1], [2, 0]]), 3)
    assert places.tolist() == [[1, 2, 3]]


def test_nearest_takes_what_there_is() -> None:
    assert nearest(np.zeros((2, 3)), np.ones((2, 3)), k=9)[0].shape == (2, 2)


def test_mean_distance_between_any_two() -> None:
    assert mean_distance(np.array([[0.0, 0], [3, 4], [0, 0]])) == pytest.approx(10 / 3)
    assert mean_distance(np.tile(RNG.normal(size=8), (5, 1))) < 1e-6
    with pytest.raises(InputError, match="at least 2 rows"):
        mean_distance(np.zeros((1, 2)))
