"""R-precision: does a picture find its own caption among others?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from admagan.errors import InputError

Array = NDArray[np.float64]
CANDIDATES = 100
CHUNK = 1024
TIE = 1e-9
"""Cosines closer than this are equal."""


def r_precision(
    images: NDArray[np.floating],
    texts: NDArray[np.floating],
    own: NDArray[np.integer],
    candidates: int = CANDIDATES,
    also_right: Sequence[NDArray[np.integer]] | None = None,
) -> Array:
    """Return for each picture how likely its caption is the nearest of `candidates` (Xu et al. 2018), in [0,1].

    The others are a random draw, without replacement, from all captions but the picture's own, and those that are as
    right; similarity is the cosine. Instead of one draw, the expectation over all draws is returned, exactly. Equal
    similarities are ordered at random, so a picture that says nothing scores chance, 1 / candidates.

    Args:
        images: (N,d) embeddings of pictures.
        texts: (M,d) embeddings of captions that differ as texts.
        own: (N,) row in `texts` of each picture's caption.
        candidates: Captions to choose among, the right one included.
        also_right: N times the rows in `texts` of what is never drawn beside it: other captions of the same picture.

    Returns:
        (N,); NaN where too few captions are left to draw from.
    """
    if not 2 <= candidates <= len(texts):
        raise InputError("candidates", f"from 2 to the {len(texts)} different captions there are", candidates)
    unit_images, unit_texts = _unit(images), _unit(texts)
    values = np.empty(len(images))
    for start in range(0, len(images), CHUNK):
        rows = slice(start, start + CHUNK)
        similarity = unit_images[rows] @ unit_texts.T
        right = np.take_along_axis(similarity, own[rows, None], axis=1)
        others = np.full(len(similarity), len(texts) - 1)
        for place, left_out in enumerate(also_right[rows] if also_right is not None else ()):
            similarity[place, left_out] = -np.inf
            others[place] -= len(left_out)
        better = (similarity > right + TIE).sum(1)
        tied = (np.abs(similarity - right) <= TIE).sum(1) - 1
        found = _first_of_draw(better, tied, np.maximum(others, candidates - 1), candidates)
        values[rows] = np.where(others >= candidates - 1, found, np.nan)
    return values


def _first_of_draw(
    better: NDArray[np.integer], tied: NDArray[np.integer], others: NDArray[np.integer], candidates: int
) -> Array:
    """Return the probability that nothing better is drawn, and that the right one comes first of what is tied.

    With k better and j of the t tied ones ahead, all c - 1 drawn of the m others are behind with probability
    C(m - k - j, c - 1) / C(m, c - 1). The mean over j = 0..t is, by the hockey-stick identity,
    (C(m - k + 1, c) - C(m - k - t, c)) / ((t + 1) C(m, c - 1)).
    """
    worse = others - better
    ahead, behind = _choices(worse + 1, candidates), _choices(worse - tied, candidates)
    total = _choices(others, candidates - 1)
    ties = (np.exp(ahead - total) - np.exp(behind - total)) / (tied + 1)
    return np.where(tied > 0, ties, np.exp(_choices(worse, candidates - 1) - total))


def _choices(n: NDArray[np.integer], k: int) -> Array:
    """Return the logarithm of n over k, -inf where n < k."""
    whole, part = torch.from_numpy(np.asarray(n, np.float64)), torch.tensor(float(k), dtype=torch.float64)
    log = torch.lgamma(whole + 1) - torch.lgamma(part + 1) - torch.lgamma((whole - part).clamp_min(0) + 1)
    return log.masked_fill(whole < part, -torch.inf).numpy()


def _unit(vectors: NDArray[np.floating]) -> Array:
    wide = vectors.astype(np.float64)
    unit: Array = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return unit
