"""Means, spread and intervals against numbers worked out by hand, and how they are shown."""

from __future__ import annotations

import math

import pytest

from admagan.ablation.summary import Cell, Column, compare
from admagan.ablation.tables import cell_text, heading, spread_text


def test_mean_and_spread() -> None:
    cell = Cell({0: 10.0, 1: 12.0, 2: 17.0}, None)
    assert cell.mean == 13
    assert cell.spread == pytest.approx(math.sqrt((9 + 1 + 16) / 2))
    assert cell_text(cell) == "13.00 ± 3.61"


def test_one_seed_has_no_spread_and_none_no_mean() -> None:
    assert Cell({0: 10.0}, None).spread is None
    assert cell_text(Cell({0: 10.0}, None)) == "10.00"
    assert cell_text(Cell({}, None)) == "–"


def test_differences_are_paired_by_seed() -> None:
    # Differences 1, 2, 3: mean 2, standard deviation 1, and t(2) = 4.303.
    found = compare({0: 11.0, 1: 32.0, 2: 53.0, 9: 1.0}, {0: 10.0, 1: 30.0, 2: 50.0, 8: 7.0})
    assert found is not None
    assert found.mean == 2
    assert found.high - found.mean == pytest.approx(4.303 / math.sqrt(3))
    assert not found.carried


def test_a_difference_that_the_spread_carries_has_a_star() -> None:
    there = {0: 10.0, 1: 30.0, 2: 50.0}
    here = {seed: value + 5 + seed / 10 for seed, value in there.items()}
    difference = compare(here, there)
    assert difference is not None
    assert difference.carried
    assert cell_text(Cell(here, difference)).endswith(" *")


def test_one_shared_seed_carries_nothing_and_none_is_no_difference() -> None:
    found = compare({0: 99.0}, {0: 1.0})
    assert found is not None
    assert (found.mean, found.carried) == (98, False)
    assert compare({0: 1.0}, {1: 1.0}) is None


def test_spread_is_shown_as_exactly_as_the_mean() -> None:
    assert spread_text(Cell({0: 300.0, 1: 340.0}, None)) == "28"
    assert spread_text(Cell({0: 0.5, 1: 0.5001}, None)) == "0.000"


def test_headings_say_which_way_is_good() -> None:
    assert heading(Column("FID", "evaluator", "lower")) == "FID ↓ (evaluator)"
