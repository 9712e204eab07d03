"""Confidence intervals by resampling: how much a figure would move with other samples of the same size.

What is drawn is a unit, such as a prompt with all its pictures: pictures of one prompt say less than as many of
different prompts. Two ways, because resampling with replacement doubles samples, which means and proportions do
not mind, but distances between sets and nearest neighbours do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
NORMAL_QUANTILE = 1.959964
FEWEST = 4
"""Units below which there is no interval: resampling them would claim certainty."""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % confidence interval; NaN throughout where nothing could be measured."""

    value: float
    low: float
    high: float

    def clipped(self, low: float = -np.inf, high: float = np.inf) -> Estimate:
        """Return it with the interval cut to what the figure can be at all."""
        return Estimate(self.value, max(self.low, low), min(self.high, high))


def bootstrap_mean(
    values: NDArray[np.floating], units: Indices | None = None, replicates: int = 1000, seed: int = 0
) -> Estimate:
    """Return the mean of per-sample values with its percentile bootstrap interval.

    Args:
        values: (N,); NaN where a sample has no say.
        units: (N,) unit of each sample; unset: each is one of its own.
        replicates: Draws of as many units as there are, with replacement.
        seed: Of the draws.
    """
    units = np.arange(len(values)) if units is None else units
    counted = ~np.isnan(values)
    if not counted.any():
        return Estimate(np.nan, np.nan, np.nan)
    _, place = np.unique(units[counted], return_inverse=True)
    sums = np.bincount(place, values[counted].astype(np.float64))
    counts = np.bincount(place)
    value = float(sums.sum() / counts.sum())
    if len(sums) < FEWEST:
        return Estimate(value, np.nan, np.nan)
    draws = np.random.default_rng(seed).integers(len(sums), size=(replicates, len(sums)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def half_samples(units: Indices, replicates: int, seed: int) -> list[Indices]:
    """Return the sorted positions of the samples of a random half of the units, `replicates` times.

    Of fewer units than `FEWEST` there are none.
    """
    rng = np.random.default_rng(seed)
    names = np.unique(units)
    if len(names) < FEWEST:
        return []
    halves = (rng.permutation(names)[: (len(names) + 1) // 2] for _ in range(replicates))
    return [np.flatnonzero(np.isin(units, half)) for half in halves]


def half_sample_interval(value: float, halves: Sequence[float]) -> Estimate:
    """Return `value` with an interval from the same figure of random halves of the samples.

    Halves drawn without replacement vary, to first order, as the whole does from one data set to another: the
    variance of a half of n is (1/(n/2) - 1/n) = 1/n of a unit's. No sample is doubled, and a bias that depends
    on the number of samples (FID) moves only the halves' mean, which is not used. The interval is normal.

    Args:
        value: The figure of all samples.
        halves: The figure of each of R halves; the width is right to about 1 / sqrt(2 R). NaN for fewer than two.
    """
    if len(halves) < 2:
        return Estimate(value, np.nan, np.nan)
    spread = NORMAL_QUANTILE * float(np.std(halves, ddof=1))
    return Estimate(value, value - spread, value + spread)
