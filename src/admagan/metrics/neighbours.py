"""What nearest neighbours say: precision, recall, density, coverage, diversity, and copies of training images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from admagan.errors import InputError

Array = NDArray[np.float64]
Features = NDArray[np.floating]

K = 5
CHUNK = 2048
MOST_DISTANCES = 2**26
"""At once: half a gigabyte."""


@dataclass(frozen=True)
class Manifold:
    """How two sets lie in each other."""

    precision: float
    """Share of generated pictures within the k-nearest-neighbour balls of real ones."""
    recall: float
    """Share of real pictures within the balls of generated ones."""
    density: float
    """Real balls that hold a generated picture, on average, over k. May exceed 1."""
    coverage: float
    """Share of real pictures whose ball holds a generated one."""


def manifold(real: Features, fake: Features, k: int = K) -> Manifold:
    """Compare real (N,d) with generated features (M,d); both more than k.

    Precision and recall: Kynkäänniemi et al. 2019; density and coverage: Naeem et al. 2020. A ball reaches to the
    k-th nearest other picture of its own set and does not hold its border. Take N = M: recall grows with M.
    """
    if min(len(real), len(fake)) <= k:
        raise InputError("features", f"more than k = {k} rows in each set", f"{len(real)} and {len(fake)}")
    real_radius, fake_radius = kth_distance(real, k), kth_distance(fake, k)
    in_real = np.zeros(len(fake), np.int64)
    recalled = np.zeros(len(real), np.bool_)
    covered = np.zeros(len(real), np.bool_)
    for rows, distance in _distances(real, fake):
        holds = distance < real_radius[rows, None]
        in_real += holds.sum(0)
        covered[rows] = holds.any(1)
        recalled[rows] = (distance < fake_radius).any(1)
    return Manifold(
        precision=float((in_real > 0).mean()),
        recall=float(recalled.mean()),
        density=float(in_real.mean() / k),
        coverage=float(covered.mean()),
    )


def kth_distance(features: Features, k: int) -> Array:
    """Return each row's distance (N,) to its k-th nearest other row."""
    radius = np.empty(len(features))
    for rows, distance in _distances(features, features):
        distance[np.arange(len(distance)), np.arange(rows.start, rows.stop)] = np.inf
        radius[rows] = np.partition(distance, k - 1, axis=1)[:, k - 1]
    return radius


def nearest(queries: Features, references: Features, k: int = 1) -> tuple[NDArray[np.int64], Array]:
    """Return indices and distances, both (Q,k), of the k nearest `references` (N,d) of `queries` (Q,d)."""
    k = min(k, len(references))
    indices, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
    for rows, distance in _distances(queries, references):
        some = np.sort(np.argpartition(distance, k - 1, axis=1)[:, :k], axis=1)
        near = np.take_along_axis(distance, some, axis=1)
        order = np.argsort(near, axis=1, kind="stable")
        indices[rows] = np.take_along_axis(some, order, axis=1)
        distances[rows] = np.take_along_axis(near, order, axis=1)
    return indices, distances


def mean_distance(features: Features) -> float:
    """Return the mean distance between any two of N >= 2 rows of features (N,d)."""
    count = len(features)
    if count < 2:
        raise InputError("features", "at least 2 rows", count)
    return float(sum(part.sum() for _, part in _distances(features, features)) / (count * (count - 1)))


def _distances(a: Features, b: Features) -> Iterator[tuple[slice, Array]]:
    """Yield rows of the Euclidean distance matrix, `CHUNK` at a time at most: (slice of a, (rows, len(b)))."""
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    # Distances do not change with the origin, and products of small numbers cancel less.
    centre = b64.mean(0)
    a64, b64 = a64 - centre, b64 - centre
    b_norm = (b64**2).sum(1)
    at_once = max(1, min(CHUNK, MOST_DISTANCES // len(b64)))
    for start in range(0, len(a64), at_once):
        rows = slice(start, min(start + at_once, len(a64)))
        part = a64[rows]
        squared = (part**2).sum(1)[:, None] + b_norm - 2 * part @ b64.T
        yield rows, np.sqrt(np.maximum(squared, 0))
