"""Intervals cover what they should as often as they should."""

from __future__ import annotations

import numpy as np
import pytest

from admagan.metrics.intervals import bootstrap_mean, half_sample_interval, half_samples

RNG = np.random.default_rng(3)


def test_bootstrap_covers_the_true_mean() -> None:
    trials = [bootstrap_mean(RNG.normal(size=80), replicates=300, seed=i) for i in range(300)]
    covered = np.mean([trial.low <= 0 <= trial.high for trial in trials])
    assert covered == pytest.approx(0.95, abs=0.04)


def test_bootstrap_by_unit_is_wider_where_samples_repeat() -> None:
    values = np.repeat(RNG.normal(size=50), 20)
    alone, by_unit = bootstrap_mean(values), bootstrap_mean(values, np.repeat(np.arange(50), 20))
    assert [alone.value, by_unit.value] == pytest.approx([values.mean()] * 2)
    assert by_unit.high - by_unit.low > 3 * (alone.high - alone.low)


def test_bootstrap_leaves_out_what_has_no_say() -> None:
    values = np.array([np.nan, 1.0, np.nan, 3.0, 1.0, 3.0])
    found = bootstrap_mean(values)
    assert found.value == 2
    assert 1 <= found.low <= found.high <= 3
    assert np.isnan(bootstrap_mean(np.full(3, np.nan)).value)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = RNG.random(30)
    assert bootstrap_mean(values, seed=5) == bootstrap_mean(values, seed=5)
    assert bootstrap_mean(values, seed=5) != bootstrap_mean(values, seed=6)


def test_halves_hold_half_the_units_whole() -> None:
    units = np.repeat(np.arange(10), 3)
    for half in half_samples(units, 8, seed=0):
        assert len(half) == 15
        assert len(np.unique(units[half])) == 5


def test_half_sample_interval_is_as_wide_as_the_normal_one() -> None:
    values = RNG.normal(size=400)
    halves = half_samples(np.arange(400), 400, seed=1)
    found = half_sample_interval(values.mean(), [values[half].mean() for half in halves])
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_intervals_keep_within_bounds() -> None:
    found = half_sample_interval(0.99, [0.9, 1.0, 0.95]).clipped(0, 1)
    assert found.high == 1
    assert found.low < 0.99


def test_few_units_have_no_interval_rather_than_a_narrow_one() -> None:
    found = bootstrap_mean(np.ones(30), np.repeat(np.arange(3), 10))
    assert found.value == 1
    assert np.isnan([found.low, found.high]).all()
    assert half_samples(np.repeat(np.arange(3), 10), 5, seed=0) == []
    assert np.isnan(half_sample_interval(0.5, []).clipped(0, 1).low)
