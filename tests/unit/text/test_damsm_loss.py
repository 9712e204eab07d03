"""The DAMSM losses against AttnGAN's equations written out as loops, and their masks."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from admagan.errors import InputError
from admagan.losses.alignment import (
    both_directions,
    damsm_sentence_loss,
    damsm_word_loss,
    damsm_word_scores,
    info_nce,
    same_rows,
)

IMAGES, CAPTIONS, REGIONS, WORDS, WIDTH = 3, 4, 5, 6, 7


@pytest.fixture
def features() -> tuple[Tensor, Tensor, Tensor]:
    """Return regions (3, 5, 7), words (4, 6, 7) and their mask (4, 6)."""
    generator = torch.Generator().manual_seed(5)
    regions = torch.randn(IMAGES, REGIONS, WIDTH, generator=generator, dtype=torch.float64)
    words = torch.randn(CAPTIONS, WORDS, WIDTH, generator=generator, dtype=torch.float64)
    mask = torch.arange(WORDS) < torch.tensor([6, 1, 3, 4])[:, None]
    return regions, words, mask


def loop_score(regions: Tensor, words: Tensor, gamma_attention: float, gamma_word: float) -> float:
    """Score one image (R, d) with one caption of real words (T, d), number by number."""
    raw = [[float(word @ region) for region in regions] for word in words]
    over_words = [
        [
            math.exp(raw[t][r]) / sum(math.exp(raw[k][r]) for k in range(len(words)))
            for r in range(len(regions))
        ]
        for t in range(len(words))
    ]
    total = 0.0
    for t, word in enumerate(words):
        weights = [math.exp(gamma_attention * s) for s in over_words[t]]
        context = sum(w / sum(weights) * region for w, region in zip(weights, regions, strict=True))
        cosine = float(context @ word) / (float(context.norm()) * float(word.norm()))
        total += math.exp(gamma_word * cosine)
    return math.log(total) / gamma_word


def test_word_scores_are_the_equations(features):
    regions, words, mask = features
    scores = damsm_word_scores(regions, words, mask, 4.0, 5.0)
    for i in range(IMAGES):
        for c in range(CAPTIONS):
            assert float(scores[i, c]) == pytest.approx(
                loop_score(regions[i], words[c, mask[c]], 4.0, 5.0), rel=1e-12
            )


def test_word_scores_do_not_look_at_padding(features):
    regions, words, mask = features
    noisy = torch.where(mask[..., None], words, torch.full_like(words, 1e3))
    assert torch.equal(damsm_word_scores(regions, words, mask), damsm_word_scores(regions, noisy, mask))


def test_word_scores_have_the_right_gradient(features):
    regions, words, mask = features
    regions, words = regions[:2, :3].requires_grad_(), words[1:3, :3].requires_grad_()
    assert torch.autograd.gradcheck(lambda r, w: damsm_word_scores(r, w, mask[1:3, :3]), (regions, words))


def test_word_scores_stay_finite_for_large_features_and_all_zero_ones(features):
    regions, words, mask = features
    for r, w in ((1e4 * regions.float(), 1e4 * words.float()), (regions.float() * 0, words.float())):
        r, w = r.requires_grad_(), w.requires_grad_()
        damsm_word_scores(r, w, mask).sum().backward()
        assert r.grad.isfinite().all()
        assert w.grad.isfinite().all()


def test_both_directions_are_cross_entropies_of_rows_and_columns():
    scores = torch.tensor([[2.0, 0.5], [1.0, 3.0]], dtype=torch.float64)
    rows = (math.log(1 + math.exp(0.5 - 2)) + math.log(1 + math.exp(1.0 - 3))) / 2
    columns = (math.log(1 + math.exp(1.0 - 2)) + math.log(1 + math.exp(0.5 - 3))) / 2
    assert float(both_directions(scores)) == pytest.approx(rows + columns, rel=1e-12)


def test_pairs_with_the_same_caption_are_no_negatives():
    """A batch in which a caption stands twice: its copies neither attract nor repel each other."""
    scores = torch.randn(4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    same = same_rows(torch.tensor([[1, 2], [3, 0], [1, 2], [1, 3]]))
    assert same.int().tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    expected = 0.0
    for matrix in (scores, scores.T):
        for i in range(4):
            negatives = [j for j in range(4) if j == i or not same[i, j]]
            expected += (float(matrix[i, negatives].logsumexp(0)) - float(matrix[i, i])) / 4
    assert float(both_directions(scores, same)) == pytest.approx(expected, rel=1e-12)

    scores.requires_grad_()
    both_directions(scores, same).backward()
    assert scores.grad[0, 2] == scores.grad[2, 0] == 0
    assert (scores.grad[~same] > 0).all()


def test_the_mask_reaches_both_losses(features):
    regions, words, mask = features
    words, mask = words[:3], mask[:3]
    same = same_rows(torch.tensor([[1], [2], [1]]))
    scores = damsm_word_scores(regions, words, mask)
    assert float(damsm_word_loss(regions, words, mask, same=same)) == pytest.approx(
        float(both_directions(10 * scores, same)), rel=1e-12
    )
    images, sentences = regions[:, 0], words[:, 0]
    cosines = torch.nn.functional.cosine_similarity(images[:, None], sentences[None], dim=2)
    assert float(damsm_sentence_loss(images, sentences, 7.0, same)) == pytest.approx(
        float(both_directions(7 * cosines, same)), rel=1e-12
    )
    assert float(damsm_sentence_loss(images, sentences, 7.0, same)) < float(
        damsm_sentence_loss(images, sentences, 7.0)
    )


def test_a_batch_of_one_caption_teaches_nothing():
    images, sentences = torch.randn(3, 4), torch.randn(3, 4)
    assert float(damsm_sentence_loss(images, sentences, same=torch.ones(3, 3, dtype=torch.bool))) == 0


def test_shapes_that_do_not_match_are_named():
    with pytest.raises(InputError, match="two tensors of one shape"):
        damsm_sentence_loss(torch.randn(3, 4), torch.randn(2, 4))
    with pytest.raises(InputError, match="two tensors of one shape"):
        info_nce(torch.randn(3, 4), torch.randn(3, 5))
