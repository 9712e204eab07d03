"""FID, KID and IS against closed forms and against torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance

from admagan.errors import InputError
from admagan.metrics.distances import (
    Gaussian,
    frechet_distance,
    gaussian,
    inception_score,
    kernel_distance,
    kernel_distances,
)

RNG = np.random.default_rng(0)


def diagonal(mean: list[float], deviation: list[float]) -> Gaussian:
    return Gaussian(np.array(mean), np.diag(deviation), 100)


def test_fid_of_two_gaussians_in_closed_form() -> None:
    a, b = diagonal([0, 0, 1], [1, 2, 3]), diagonal([1, 0, -1], [4, 2, 1])
    # |m|^2 + sum (s_a - s_b)^2 where the covariances commute
    assert frechet_distance(a, b) == pytest.approx(5 + 9 + 0 + 4, rel=1e-12)


def test_fid_of_gaussians_that_do_not_commute() -> None:
    root_a, root_b = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
    a, b = Gaussian(np.zeros(4), root_a, 9), Gaussian(np.zeros(4), root_b, 9)
    eigenvalues = np.linalg.eigvals(a.covariance @ b.covariance)
    expected = np.trace(a.covariance + b.covariance) - 2 * np.sqrt(eigenvalues.real).sum()
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_fid_of_samples_converges_to_that_of_their_gaussians() -> None:
    a = RNG.normal(size=(200_000, 3)) * [1, 2, 3]
    b = RNG.normal(size=(200_000, 3)) * [2, 2, 1] + [0, 1, 0]
    assert frechet_distance(gaussian(a), gaussian(b)) == pytest.approx(1 + 0 + 4 + 1, rel=0.01)


def test_fid_of_identical_sets_is_nothing_even_where_covariances_are_singular() -> None:
    few = RNG.normal(size=(20, 300)) * 50 + 1000
    assert frechet_distance(gaussian(few), gaussian(few.copy())) < 1e-8 * gaussian(few).covariance.trace()


@pytest.mark.parametrize(("few", "many"), [(30, 200), (200, 30), (20, 30), (90, 200)])
def test_fid_is_that_of_the_covariances_however_many_pictures_there_are(few: int, many: int) -> None:
    real, fake = RNG.normal(size=(few, 50)), RNG.normal(size=(many, 50)) * 2 + 1
    covariances = [np.cov(features, rowvar=False) for features in (real, fake)]
    root = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0)).sum()
    expected = ((real.mean(0) - fake.mean(0)) ** 2).sum() + sum(map(np.trace, covariances)) - 2 * root
    assert frechet_distance(gaussian(real), gaussian(fake)) == pytest.approx(expected, rel=1e-6)


def test_fid_is_stable_for_near_singular_covariances() -> None:
    """Two sets in one plane of a large space, moved apart by a known distance."""
    plane = RNG.normal(size=(500, 2)) @ RNG.normal(size=(2, 400))
    noise = 1e-9 * RNG.normal(size=(500, 400))
    moved = frechet_distance(gaussian(plane), gaussian(plane + noise + 3 / np.sqrt(400)))
    assert moved == pytest.approx(9, rel=1e-6)


def test_fid_agrees_with_torchmetrics() -> None:
    real, fake = RNG.normal(size=(400, 16)), RNG.normal(size=(300, 16)) * 1.3 + 0.2
    metric = FrechetInceptionDistance(feature=_identity(16)).set_dtype(torch.float64)
    metric.update(torch.from_numpy(real), real=True)
    metric.update(torch.from_numpy(fake), real=False)
    ours = frechet_distance(gaussian(real), gaussian(fake))
    assert ours == pytest.approx(float(metric.compute()), rel=1e-4)


def test_fid_of_a_constant_is_what_the_real_set_varies_plus_the_distance() -> None:
    real = RNG.normal(size=(100, 5))
    constant = np.tile(real.mean(0) + np.array([2, 0, 0, 0, 0]), (50, 1))
    found = frechet_distance(gaussian(real), gaussian(constant))
    assert found == pytest.approx(4 + gaussian(real).covariance.trace(), rel=1e-9)


def test_fid_needs_two_rows() -> None:
    with pytest.raises(InputError, match="at least 2 rows"):
        gaussian(np.zeros((1, 3)))


def test_kid_has_the_expectation_of_its_kernel() -> None:
    """Two constant sets a and b of width d: k(a,a) + k(b,b) - 2 k(a,b)."""
    a, b = np.tile([1.0, 0.0], (10, 1)), np.tile([0.0, 2.0], (12, 1))
    assert kernel_distance(a, b) == pytest.approx(1.5**3 + 3**3 - 2 * 1**3, rel=1e-12)


def test_kid_is_unbiased() -> None:
    values = [kernel_distance(RNG.normal(size=(20, 4)), RNG.normal(size=(25, 4))) for _ in range(400)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0


def test_kid_agrees_with_torchmetrics() -> None:
    real, fake = RNG.normal(size=(60, 8)), RNG.normal(size=(60, 8)) * 1.5
    metric = KernelInceptionDistance(feature=_identity(8), subsets=2, subset_size=60)
    metric.set_dtype(torch.float64)
    metric.update(torch.from_numpy(real), real=True)
    metric.update(torch.from_numpy(fake), real=False)
    assert kernel_distance(real, fake) == pytest.approx(float(metric.compute()[0]), rel=1e-5)


def test_kid_of_large_sets_is_taken_in_blocks_with_the_same_expectation() -> None:
    real, fake = RNG.normal(size=(900, 3)), RNG.normal(size=(700, 3)) + 2
    assert kernel_distance(real, fake, block=100) == pytest.approx(kernel_distance(real, fake), rel=0.1)
    assert np.isfinite(kernel_distance(real, fake[:5], block=100))


def test_beside_a_tiny_set_a_large_one_is_cut_to_a_block() -> None:
    few, many = RNG.normal(size=(12, 4)), RNG.normal(size=(3000, 4))
    everything = [(np.arange(12), np.arange(3000))]
    value = kernel_distances(few, many, everything, block=100)[0]
    assert np.isfinite(value)
    assert value != kernel_distances(few, many, everything, block=3000)[0]


def test_kid_of_subsets_is_that_of_each_alone() -> None:
    real, fake = RNG.normal(size=(40, 3)), RNG.normal(size=(50, 3)) + 1
    subsets = [
        (np.arange(40), np.arange(50)),
        (np.arange(0, 40, 2), np.arange(7, 30)),
        (np.arange(2), np.arange(2)),
    ]
    alone = [kernel_distance(real[a], fake[b]) for a, b in subsets]
    assert kernel_distances(real, fake, subsets) == pytest.approx(alone, rel=1e-9)


def test_kid_of_subsets_in_blocks() -> None:
    real, fake = RNG.normal(size=(600, 3)), RNG.normal(size=(900, 3)) + 2
    half, one = (np.arange(300), np.arange(450)), (np.arange(1), np.arange(900))
    of_half, of_one = kernel_distances(real, fake, [half, one], block=100)
    assert of_half == pytest.approx(kernel_distance(real, fake), rel=0.2)
    assert np.isnan(of_one)


def test_inception_score_of_what_is_known() -> None:
    sure = np.eye(4)[np.arange(400) % 4]
    assert inception_score(sure, splits=1) == pytest.approx(4, rel=1e-9)
    assert inception_score(np.full((50, 4), 0.25)) == pytest.approx(1, rel=1e-9)
    assert inception_score(np.tile([1.0, 0, 0], (50, 1))) == pytest.approx(1, rel=1e-9)


def test_inception_score_agrees_with_torchmetrics() -> None:
    logits = torch.from_numpy(RNG.normal(size=(80, 5)) * 3)
    metric = InceptionScore(feature=_identity(5), splits=1).set_dtype(torch.float64)
    metric.update(logits)
    ours = inception_score(logits.softmax(1).numpy(), splits=1)
    assert ours == pytest.approx(float(metric.compute()[0]), rel=1e-6)


class _Identity(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.num_features = width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def _identity(width: int) -> nn.Module:
    return _Identity(width)
