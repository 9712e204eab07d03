"""Contrastive alignment: InfoNCE for the GAN, DAMSM for the text encoder (SPEC sections 6 and 7)."""

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
    if u.shape != v.shape or u.ndim != 2:
        raise InputError("u, v", "two tensors of one shape (B, d)", f"{tuple(u.shape)} and {tuple(v.shape)}")
    u, v = (F.normalize(gathered(full_precision(x)), dim=1) for x in (u, v))
    return both_directions(u @ v.T / temperature)


def both_directions(scores: Tensor) -> Tensor:
    """Cross-entropy of scores (B, B) whose diagonal is right, over rows plus over columns."""
    target = torch.arange(len(scores), device=scores.device)
    return F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)


def damsm_sentence_loss(images: Tensor, sentences: Tensor, gamma: float = 10.0) -> Tensor:
    """Match global image features (B, d) with sentences (B, d) (AttnGAN equations 10 to 12, with the sentence)."""
    return info_nce(images, sentences, temperature=1 / gamma)


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
    # Attention is normalised over words first, then over regions. s: (B, C, T, R)
    s = torch.einsum("brd,ctd->bctr", regions, words)
    s = s.masked_fill(~mask[None, :, :, None], float("-inf")).softmax(dim=2)
    attention = (gamma_attention * s).softmax(dim=3)
    context = torch.einsum("bctr,brd->bctd", attention, regions)
    relevance = F.cosine_similarity(context, words[None], dim=3)
    weighted = (gamma_word * relevance).masked_fill(~mask[None], float("-inf"))
    return weighted.logsumexp(dim=2) / gamma_word


def damsm_word_loss(
    regions: Tensor,
    words: Tensor,
    mask: Tensor,
    gamma_attention: float = 4.0,
    gamma_word: float = 5.0,
    gamma: float = 10.0,
) -> Tensor:
    """Match images with their captions by words: both directions, over the batch of all processes."""
    regions, words = gathered(full_precision(regions)), gathered(full_precision(words))
    mask = gathered(mask.to(torch.uint8)).bool()
    return both_directions(gamma * damsm_word_scores(regions, words, mask, gamma_attention, gamma_word))
