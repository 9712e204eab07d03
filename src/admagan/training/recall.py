"""How often a query finds its own among others: recall at 1, in expectation over all draws of the others."""

from __future__ import annotations

import torch
from torch import Tensor


def recall_at_1(scores: Tensor, same: Tensor | None = None, candidates: int = 100) -> float:
    """Return the share of rows that score their own column above `candidates` - 1 others drawn at random.

    The expectation is exact: with k of m others scoring at least as high as the right one, a draw of c - 1 of them
    without replacement holds none of the k with probability C(m - k, c - 1) / C(m, c - 1).

    Args:
        scores: (N, N), higher is more alike; the right column of row i is i.
        same: (N, N) bool, where a column is right as well (an identical caption), and never drawn; None: nowhere.
        candidates: c, at least 2; of fewer than c columns, all are taken.
    """
    n = len(scores)
    others = ~torch.eye(n, dtype=torch.bool, device=scores.device)
    if same is not None:
        others &= ~same
    better = ((scores >= scores.diagonal()[:, None]) & others).sum(1).double()
    total = others.sum(1).double()
    drawn = torch.minimum(total, torch.full_like(total, candidates - 1))
    found = _log_choose(total - better, drawn) - _log_choose(total, drawn)
    return float(found.exp().masked_fill(better > total - drawn, 0.0).mean())


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    """Log of n over k; only of meaning where n >= k."""
    return torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma((n - k).clamp_min(0) + 1)
