"""Recall at 1 among drawn candidates, against drawing them."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from admagan.training.recall import recall_at_1


@given(st.integers(2, 6), st.integers(2, 7), st.integers(0, 1000), st.booleans())
def test_recall_is_the_mean_over_every_possible_draw(count, candidates, seed, with_same):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(0, 4, (count, count), generator=generator).float()  # with ties
    caption = torch.randint(0, 3, (count,), generator=generator)
    same = caption[:, None] == caption[None] if with_same else None
    expected = 0.0
    for i in range(count):
        others = [j for j in range(count) if j != i and not (with_same and same[i, j])]
        draws = list(combinations(others, min(candidates - 1, len(others))))
        expected += sum(all(scores[i, i] > scores[i, j] for j in draw) for draw in draws) / len(draws) / count
    assert recall_at_1(scores, same, candidates) == pytest.approx(expected, abs=1e-9)


def test_scores_without_information_give_no_recall():
    assert recall_at_1(torch.zeros(150, 150)) == 0
    assert recall_at_1(torch.eye(150)) == 1
    noise = torch.randn(3000, 3000, generator=torch.Generator().manual_seed(0))
    assert recall_at_1(noise) == pytest.approx(0.01, abs=0.003)
