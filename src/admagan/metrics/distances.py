"""Distances between two sets of features, and the inception score: features in, numbers out.

Everything is computed in float64. The kernel of KID is torchmetrics'. Its FID is a reference in the tests only: it
takes the square root of a non-symmetric product of covariances, which is noise where these are near singular, as
they are for fewer pictures than features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics.image.kid import poly_mmd

from admagan.errors import InputError

Array = NDArray[np.float64]
Features = NDArray[np.floating]


@dataclass(frozen=True)
class Gaussian:
    """Mean and covariance of features, the covariance as a factor."""

    mean: Array
    """(d,)."""
    factor: Array
    """(m,d) with m <= d; covariance = factor^T factor."""
    count: int
    """Pictures it was measured on."""

    @property
    def covariance(self) -> Array:
        """(d,d)."""
        return self.factor.T @ self.factor


def gaussian(features: Features) -> Gaussian:
    """Fit a Gaussian to features (N,d), N >= 2, without ever forming (and squaring the errors of) a covariance."""
    if features.ndim != 2 or len(features) < 2:
        raise InputError("features", "at least 2 rows of numbers", f"shape {features.shape}")
    values = features.astype(np.float64)
    mean = values.mean(0)
    factor = np.linalg.qr(values - mean, mode="r") / np.sqrt(len(values) - 1)
    return Gaussian(mean, factor, len(values))


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Return FID: |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2) (Heusel et al. 2017).

    The trace of the root is the sum of the singular values of R_a R_b^T, where C = R^T R: the eigenvalues of
    C_a C_b are their squares. So nothing is lost where covariances are singular, and equal sets give 0.
    """
    root = np.linalg.svd(a.factor @ b.factor.T, compute_uv=False).sum()
    shift = a.mean - b.mean
    distance = shift @ shift + (a.factor**2).sum() + (b.factor**2).sum() - 2 * root
    return max(float(distance), 0.0)


def kernel_distance(
    real: Features, fake: Features, subsets: int = 100, subset_size: int = 1000, seed: int = 0
) -> float:
    """Return KID: the unbiased squared MMD with kernel (x.y / d + 1)^3, a mean over random subsets.

    Bińkowski et al. 2018. Unbiased, so it may be slightly negative, and its expectation does not depend on how
    many pictures there are.

    Args:
        real: (N,d).
        fake: (M,d).
        subsets: How many pairs of subsets.
        subset_size: Pictures in each, of the smaller set at most all.
        seed: Of the choice.
    """
    size = min(subset_size, len(real), len(fake))
    if size < 2:
        raise InputError("features", "at least 2 rows in each set", f"{len(real)} and {len(fake)}")
    rng = np.random.default_rng(seed)
    x, y = (torch.from_numpy(features.astype(np.float64)) for features in (real, fake))
    values = [
        poly_mmd(x[rng.permutation(len(x))[:size]], y[rng.permutation(len(y))[:size]]) for _ in range(subsets)
    ]
    return float(torch.stack(values).mean())


def inception_score(probabilities: Features, splits: int = 10, seed: int = 0) -> float:
    """Return IS: exp of the mean KL divergence of class probabilities (N,C) from their mean (Salimans et al. 2016).

    From 1 to C; the mean over `splits` random parts, as is usual, because the score grows with their size.
    """
    if len(probabilities) < splits:
        raise InputError("probabilities", f"at least {splits} rows", len(probabilities))
    shuffled = np.random.default_rng(seed).permutation(probabilities.astype(np.float64))
    return float(np.mean([_split_score(part) for part in np.array_split(shuffled, splits)]))


def _split_score(part: Array) -> float:
    floor = np.finfo(np.float64).tiny
    divergence = part * (np.log(np.maximum(part, floor)) - np.log(np.maximum(part.mean(0), floor)))
    return float(np.exp(divergence.sum(1).mean()))
