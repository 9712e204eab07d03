"""Distances between two sets of features, and the inception score: features in, numbers out.

Everything is computed in float64. torchmetrics is the reference in the tests. Its FID takes the square root of a
non-symmetric product of covariances, which is noise where these are near singular, as they are for fewer pictures
than features; its KID and IS draw from the global random state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admagan.errors import InputError

Array = NDArray[np.float64]
Features = NDArray[np.floating]
Indices = NDArray[np.int64]
Subset = tuple[Indices, Indices]

FEWEST_IN_BLOCK = 8
"""Pictures of each set that are in a block at least: subsets should find some of theirs there."""


@dataclass(frozen=True)
class Gaussian:
    """Mean and covariance of features, the covariance as a factor."""

    mean: Array
    """(d,)."""
    factor: Array
    """(m,d) of any m; covariance = factor^T factor."""
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
    return Gaussian(mean, (values - mean) / np.sqrt(len(values) - 1), len(values))


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Return FID: |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^1/2) (Heusel et al. 2017).

    The trace of the root is the sum of the singular values of R_a R_b^T, where C = R^T R: the eigenvalues of
    C_a C_b are their squares. So nothing is lost where covariances are singular, and equal sets give 0.
    """
    factors = [a.factor, b.factor]
    # Where one set has fewer pictures than features, the product is small already, and reducing it takes longer.
    if min(map(len, factors)) > len(a.mean):
        factors = [np.asarray(np.linalg.qr(factor, mode="r")) for factor in factors]
    root = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    shift = a.mean - b.mean
    distance = shift @ shift + (a.factor**2).sum() + (b.factor**2).sum() - 2 * root
    return max(float(distance), 0.0)


def kernel_distance(real: Features, fake: Features, block: int = 5_000, seed: int = 0) -> float:
    """Return KID of two sets; see `kernel_distances`."""
    everything = (np.arange(len(real)), np.arange(len(fake)))
    return float(kernel_distances(real, fake, [everything], block, seed)[0])


def kernel_distances(
    real: Features, fake: Features, subsets: Sequence[Subset], block: int = 5_000, seed: int = 0
) -> Array:
    """Return KID, the unbiased squared MMD with kernel (x.y / d + 1)^3 (Bińkowski et al. 2018), of several subsets.

    Unbiased, so it may be slightly negative, and its expectation does not depend on how many pictures there are.
    Papers average over random subsets of 1,000, which has the same expectation but wastes pictures. What subsets have
    in common is computed once.

    Args:
        real: (N,d), N >= 2.
        fake: (M,d), M >= 2.
        subsets: Rows of `real` and rows of `fake`, 2 at least of each, K times.
        block: Of larger sets, the mean over disjoint random blocks of at most this size is taken, for memory's sake.
        seed: Of the blocks.

    Returns:
        (K,). NaN for a subset that is so small that no block has two of it.
    """
    if min(len(real), len(fake)) < 2:
        raise InputError("features", "at least 2 rows in each set", f"{len(real)} and {len(fake)}")
    rng = np.random.default_rng(seed)
    smallest = min(len(real), len(fake)) // FEWEST_IN_BLOCK
    blocks = max(1, min(-(-max(len(real), len(fake)) // block), smallest))
    # Beside a tiny set there are few blocks, and a large one would not fit into them.
    places = (
        [part[:block] for part in np.array_split(rng.permutation(len(features)), blocks)]
        for features in (real, fake)
    )
    in_real, in_fake = (
        _members(rows, len(of)) for rows, of in zip(zip(*subsets, strict=True), (real, fake), strict=True)
    )
    values = [
        _unbiased_mmd(real[a].astype(np.float64), fake[b].astype(np.float64), in_real[:, a], in_fake[:, b])
        for a, b in zip(*places, strict=True)
    ]
    counts = np.isfinite(values).sum(0)
    means: Array = np.divide(np.nansum(values, 0), counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return means


def _members(rows: Sequence[Indices], count: int) -> Array:
    """Return 1 where a subset has a row, else 0: (K,count)."""
    members = np.zeros((len(rows), count))
    for subset, member in zip(rows, members, strict=True):
        member[subset] = 1
    return members


def _unbiased_mmd(x: Array, y: Array, in_x: Array, in_y: Array) -> Array:
    """Return the squared MMD of each subset (K,); the diagonals, of pictures with themselves, are left out."""
    of_x, of_y = in_x.sum(1), in_y.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Array = -2 * _sums(_kernel(x, y), in_x, in_y) / (of_x * of_y)
        for features, members, of in ((x, in_x, of_x), (y, in_y, of_y)):
            kernel = _kernel(features, features)
            np.fill_diagonal(kernel, 0)
            value += _sums(kernel, members, members) / (of * (of - 1))
    return value


def _sums(kernel: Array, rows: Array, columns: Array) -> Array:
    """Return the sum of a kernel (n,m) over each subset's rows (K,n) and columns (K,m): (K,)."""
    sums: Array = ((rows @ kernel) * columns).sum(1)
    return sums


def _kernel(x: Array, y: Array) -> Array:
    kernel: Array = x @ y.T
    kernel /= x.shape[1]
    kernel += 1
    kernel *= kernel * kernel  # many times as fast as ** 3
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
