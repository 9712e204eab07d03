"""Distances between two sets of features, and the inception score: features in, numbers out.

Everything is computed in float64. torchmetrics is the reference in the tests. Its FID takes the square root of a
non-symmetric product of covariances, which is noise where these are near singular, as they are for fewer pictures
than features; its KID and IS draw from the global random state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def kernel_distance(real: Features, fake: Features, block: int = 5_000, seed: int = 0) -> float:
    """Return KID: the unbiased squared MMD with kernel (x.y / d + 1)^3 (Bińkowski et al. 2018).

    Unbiased, so it may be slightly negative, and its expectation does not depend on how many pictures there are.
    Papers average over random subsets of 1,000, which has the same expectation but wastes pictures.

    Args:
        real: (N,d), N >= 2.
        fake: (M,d), M >= 2.
        block: Of larger sets, the mean over disjoint random subsets of about this size is taken, for memory's sake.
        seed: Of the subsets.
    """
    if min(len(real), len(fake)) < 2:
        raise InputError("features", "at least 2 rows in each set", f"{len(real)} and {len(fake)}")
    rng = np.random.default_rng(seed)
    blocks = min(-(-max(len(real), len(fake)) // block), len(real) // 2, len(fake) // 2)
    parts = (np.array_split(rng.permutation(features), blocks) for features in (real, fake))
    return float(
        np.mean(
            [_unbiased_mmd(x.astype(np.float64), y.astype(np.float64)) for x, y in zip(*parts, strict=True)]
        )
    )


def _unbiased_mmd(x: Array, y: Array) -> float:
    """Return the squared MMD between two sets; the diagonals, of pictures with themselves, are left out."""
    within = 0.0
    for features in (x, y):
        kernel = _kernel(features, features)
        within += (kernel.sum() - np.trace(kernel)) / (len(features) * (len(features) - 1))
    return float(within - 2 * _kernel(x, y).mean())


def _kernel(x: Array, y: Array) -> Array:
    kernel: Array = (x @ y.T / x.shape[1] + 1) ** 3
    return kernel


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
