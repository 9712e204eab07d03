"""Batches gathered over all processes, with gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist
from torch.autograd import Function

from admagan.networks.tensors import apply_function


class _Gather(Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, x.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(_: Any, grad: Tensor) -> Tensor:
        # Every process computes the same loss of the same gathered batch, so the sum of all their gradients
        # is this one times their number; DistributedDataParallel's averaging divides by that number again.
        return grad.chunk(dist.get_world_size())[dist.get_rank()] * dist.get_world_size()


def gathered(x: Tensor) -> Tensor:
    """Concatenate x (B, ...) of all processes in the order of their ranks; x itself where there is only one.

    For a loss that every process computes alike from what it gathers, and that DistributedDataParallel averages.
    Each process must bring the same B.
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return x
    return apply_function(_Gather, x)


def mean_over_processes(x: Tensor) -> Tensor:
    """Return the mean of x over all processes, without gradient; x itself where there is only one.

    For what a loss is divided by, so that its average over processes is the loss of the whole batch.
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return x
    total = x.detach().clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


def next_in_batch(x: Tensor) -> Tensor:
    """Return, for each sample of x (B, ...), its successor in the batch of all processes; the last gets the first."""
    everything = gathered(x.detach())
    rank = dist.get_rank() if len(everything) != len(x) else 0
    return everything.roll(-1, 0)[rank * len(x) : (rank + 1) * len(x)]
