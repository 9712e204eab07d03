"""R-precision: does a picture find its own caption among others?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admagan.errors import InputError

Array = NDArray[np.float64]
CANDIDATES = 100


def r_precision(
    images: NDArray[np.floating],
    texts: NDArray[np.floating],
    own: NDArray[np.integer],
    candidates: int = CANDIDATES,
    seed: int = 0,
) -> Array:
    """Return for each picture 1 where its caption is the nearest of `candidates`, else 0 (Xu et al. 2018).

    The other candidates are drawn without replacement from all captions but the picture's own; similarity is
    the cosine. A tie between m captions counts as 1/m, so an image that says nothing scores chance.

    Args:
        images: (N,d) embeddings of pictures.
        texts: (M,d) embeddings of captions that differ as texts.
        own: (N,) row in `texts` of each picture's caption.
        candidates: Captions to choose among, the right one included.
        seed: Of the draw.
    """
    if not 2 <= candidates <= len(texts):
        raise InputError("candidates", f"from 2 to the {len(texts)} different captions there are", candidates)
    rng = np.random.default_rng(seed)
    unit_images, unit_texts = _unit(images), _unit(texts)
    hits = np.empty(len(images))
    for i, (image, right) in enumerate(zip(unit_images, own, strict=True)):
        others = rng.choice(len(texts) - 1, candidates - 1, replace=False)
        others += others >= right
        similarity = unit_texts[others] @ image
        score = unit_texts[right] @ image
        tied = np.isclose(similarity, score, rtol=0, atol=1e-9)
        beaten = (similarity > score) & ~tied
        hits[i] = 0.0 if beaten.any() else 1 / (1 + tied.sum())
    return hits


def _unit(vectors: NDArray[np.floating]) -> Array:
    wide = vectors.astype(np.float64)
    unit: Array = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return unit
