"""The attribute memory: a learned row per attribute, informed by the attributes it occurs with (Adma-GAN 3.2, 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from admagan.errors import InputError
from admagan.networks.tensors import SLOPE, require_shape
from admagan.schema.model import MemoryMode


class AttributeMemory(nn.Module):
    """Reads the attribute embedding e_a = y H for labels y.

    H is M itself (`fixed`, `sample_aware`) or, in mode `sample_joint`, M after two propagation steps through the
    correlation graph, H_{l+1} = LeakyReLU_0.2(C' H_l W_l) with widths d -> n -> d and no activation after the last.

    Args:
        attributes: n, entries of the attribute bank.
        condition_dim: d.
        mode: `fixed`, `sample_aware` or `sample_joint`. For `none` there is no memory.
        graph: (n, n) normalised correlation graph C'; needed by `sample_joint` only.
    """

    graph: Tensor

    def __init__(
        self,
        attributes: int,
        condition_dim: int = 256,
        mode: MemoryMode = "sample_joint",
        graph: Tensor | None = None,
    ) -> None:
        super().__init__()
        if mode not in ("fixed", "sample_aware", "sample_joint"):
            raise InputError("memory.mode", "fixed, sample_aware or sample_joint", repr(mode))
        self.mode = mode
        start = torch.randn(attributes, condition_dim) * condition_dim**-0.5
        self.table = nn.Parameter(start, requires_grad=mode != "fixed")  # M
        if mode == "sample_joint":
            graph = torch.eye(attributes) if graph is None else graph
            require_shape(graph, "memory graph", attributes, attributes)
            self.register_buffer("graph", graph.to(start.dtype))
            self.first = nn.Linear(condition_dim, attributes, bias=False)  # W_0
            self.last = nn.Linear(attributes, condition_dim, bias=False)  # W_1

    def initialise(self, phrases: Tensor) -> None:
        """Start from the text encoder's embeddings (n, d) of the attributes' phrases."""
        require_shape(phrases, "phrase embeddings", *self.table.shape)
        with torch.no_grad():
            self.table.copy_(phrases)

    def rows(self) -> Tensor:
        """Return H, (n, d). It does not depend on the batch."""
        if self.mode != "sample_joint":
            return self.table
        hidden = F.leaky_relu(self.graph @ self.first(self.table), SLOPE)
        rows: Tensor = self.graph @ self.last(hidden)
        return rows

    def forward(self, labels: Tensor) -> Tensor:
        """(B, n) strengths of the attributes in [0, 1] -> e_a (B, d)."""
        require_shape(labels, "labels", None, len(self.table))
        return labels @ self.rows().to(labels.dtype)
