"""Contrastive alignment: InfoNCE for the GAN, DAMSM for the text encoder (docs/method.md)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from admagan.errors import InputError
from admagan.losses.gather import gathered
from admagan.networks.tensors import full_precision


def info_nce(u: Tensor, v: Tensor, temperature: float = 0.1) -> Tensor:
    """Match row i of u (B, d) with row i of v (B, d) against all others: the sum of both directions.

    Similarities are cosines over `temperature`; negatives come from the batches of all processes.
    """
    return both_directions(cosines(gathered(full_precision(u)), gathered(full_precision(v))) / temperature)


def both_directions(scores: Tensor, same: Tensor | None = None) -> Tensor:
    """Cross-entropy of scores (B, B) whose diagonal is right, over rows plus over columns.

    `same` (B, B) bool marks pairs off the diagonal that may be right as well, and so are no negatives: they take no
    part.
    """
    if same is not None:
        apart = ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(same & apart, float("-inf"))
    target = torch.arange(len(scores), device=scores.device)
    return F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)


def same_rows(rows: Tensor) -> Tensor:
    """Return which samples have identical rows (B, T), for example captions: bool (B, B)."""
    return (rows[:, None] == rows[None]).all(dim=2)


def damsm_sentence_loss(
    images: Tensor, sentences: Tensor, gamma: float = 10.0, same: Tensor | None = None
) -> Tensor:
    """Match global image features (B, d) with sentences (B, d) (AttnGAN equations 10 to 12, with the sentence).

    `same` as in `both_directions`: with `same_rows(tokens)`, images with one caption are no negatives of each
    other. The batch is that of this process alone, as for the word loss: one process trains the text encoder.
    """
    return both_directions(gamma * cosines(images, sentences), same)


def damsm_word_scores(
    regions: Tensor, words: Tensor, mask: Tensor, gamma_attention: float = 4.0, gamma_word: float = 5.0
) -> Tensor:
    """Score every image with every caption by attention of words on regions (AttnGAN equations 7 to 10).

    Args:
        regions: (B, R, d) features of image regions.
        words: (C, T, d) features of words.
        mask: (C, T) bool, True at words.
        gamma_attention: How sharply a word attends to regions (gamma 1).
        gamma_word: How much the best word counts (gamma 2).

    Returns:
        (B, C) scores.
    """
    # Attention is normalised over words first, then over regions; all (B, C, T, R).
    similarity = torch.einsum("brd,ctd->bctr", regions, words)
    over_words = similarity.masked_fill(~mask[None, :, :, None], float("-inf")).softmax(dim=2)
    attention = (gamma_attention * over_words).softmax(dim=3)
    # The cosine of a word and its context, the regions that it attends to. The context itself, (B, C, T, d), would be
    # several times larger than all else: <context, word> = sum_r a_r <r, word>, |context|^2 = a' (regions regions') a.
    product = (attention * similarity).sum(dim=3)
    gram = regions @ regions.transpose(1, 2)
    square = ((attention.flatten(1, 2) @ gram).view_as(attention) * attention).sum(dim=3)
    relevance = product * (square * words.square().sum(dim=2)).clamp_min(1e-12).rsqrt()
    weighted = (gamma_word * relevance).masked_fill(~mask[None], float("-inf"))
    return weighted.logsumexp(dim=2) / gamma_word


def damsm_word_loss(
    regions: Tensor,
    words: Tensor,
    mask: Tensor,
    gamma_attention: float = 4.0,
    gamma_word: float = 5.0,
    gamma: float = 10.0,
    same: Tensor | None = None,
) -> Tensor:
    """Match images with their captions by words, in both directions; see `damsm_word_scores`, `both_directions`."""
    regions, words = full_precision(regions), full_precision(words)
    scores = damsm_word_scores(regions, words, mask, gamma_attention, gamma_word)
    return both_directions(gamma * scores, same)


def cosines(u: Tensor, v: Tensor) -> Tensor:
    """Cosine similarity of each row of u (B, d) with each of v (B, d): (B, B)."""
    if u.shape != v.shape or u.ndim != 2:
        raise InputError("u, v", "two tensors of one shape (B, d)", f"{tuple(u.shape)} and {tuple(v.shape)}")
    # Divided by a small temperature, cosines need more digits than autocast would leave them.
    with torch.autocast(u.device.type, enabled=False):
        return F.normalize(full_precision(u), dim=1) @ F.normalize(full_precision(v), dim=1).T
