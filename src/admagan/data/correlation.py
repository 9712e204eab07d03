"""Which attributes occur together: counts on the training split, and the graph made of them (Adma-GAN 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from admagan.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairCounts:
    """How often attributes occur together; both arrays are (n, n), counts of images >= 0."""

    pairs: Array
    """[i, j]: images that have both i and j; the diagonal is how often i occurs."""
    support: Array
    """[i, j]: images that have i and where j is known, so that pairs / support = P(j | i)."""


def count_pairs(attributes: NDArray[np.floating], known: NDArray[np.bool_] | None = None) -> PairCounts:
    """Count co-occurrences.

    Args:
        attributes: (N, n), 1 where the image has the attribute and 0 elsewhere.
        known: (N, n), False where it is not known; unknown attributes take no part. None: all known.
    """
    if attributes.ndim != 2 or (known is not None and known.shape != attributes.shape):
        found = f"{attributes.shape} and {None if known is None else known.shape}"
        raise InputError("attributes, known", "two arrays of one shape (N, n)", found)
    mask = np.ones_like(attributes, dtype=np.float64) if known is None else known.astype(np.float64)
    present = attributes.astype(np.float64) * mask
    return PairCounts(pairs=present.T @ present, support=present.T @ mask)


def correlation_graph(
    counts: PairCounts, tau: float = 0.4, p: float = 0.25, variant: Literal["paper", "released"] = "paper"
) -> Array:
    """Return the normalised graph (n, n) that the attribute memory is propagated through.

    Attribute i is joined to j where P(j | i) >= tau. An attribute that never occurs, or only alone, keeps
    just its link to itself. The graph is normalised here, once; see `reweighted_paper` and `reweighted_released`.
    """
    joined = conditional_probability(counts) >= tau
    return normalised((reweighted_paper if variant == "paper" else reweighted_released)(joined, p))


def conditional_probability(counts: PairCounts) -> Array:
    """Return P(j | i) at [i, j]; 0 where i never occurs."""
    return np.divide(counts.pairs, counts.support, out=np.zeros_like(counts.pairs), where=counts.support > 0)


def reweighted_paper(joined: NDArray[np.bool_], p: float) -> Array:
    """Share p among the neighbours in each column and leave 1 - p to the attribute itself (equation 6)."""
    edges = joined & ~np.eye(len(joined), dtype=bool)
    neighbours = edges.sum(axis=0, keepdims=True)
    weights = np.where(edges, p / np.maximum(neighbours, 1), 0.0)
    np.fill_diagonal(weights, 1.0 - p)
    return weights


def reweighted_released(joined: NDArray[np.bool_], p: float) -> Array:
    """Re-weight as the released code does: the diagonal counts as a neighbour, and 1 is added to it."""
    weights: Array = joined * p / (joined.sum(axis=0, keepdims=True) + 1e-6) + np.eye(len(joined))
    return weights


def normalised(graph: Array) -> Array:
    """Return D^-1/2 graph D^-1/2 with D the row sums; rows without any weight stay zero."""
    degree = graph.sum(axis=1)
    scale = np.divide(1.0, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0)
    scaled: Array = graph * scale[:, None] * scale[None, :]
    return scaled
