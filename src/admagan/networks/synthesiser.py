"""Generator and attribute memory as the one thing that is trained, averaged and shipped."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from admagan.networks.condition import Condition, build_condition
from admagan.networks.generator import Generator
from admagan.networks.memory import AttributeMemory
from admagan.schema.model import GeneratorConfig, MemoryConfig


class Synthesiser(nn.Module):
    """Noise, sentence and attribute labels -> pictures, and the condition that they were made from."""

    def __init__(self, generator: Generator, memory: AttributeMemory | None) -> None:
        super().__init__()
        self.generator = generator
        self.memory = memory

    @property
    def reads_memory(self) -> bool:
        """Whether attributes change the pictures: a memory may be there and no block listen to it."""
        return self.memory is not None and bool(set(self.generator.config.block_conditions) & set("ab"))

    def forward(self, noise: Tensor, sentence: Tensor, labels: Tensor) -> tuple[Tensor, Condition]:
        """z (B, Z), e_s (B, d), y (B, n) in [0, 1] -> images (B, 3, S, S) and (e_s, e_a)."""
        condition = build_condition(sentence, labels, self.memory)
        return self.generator(noise, condition), condition


def build_synthesiser(
    generator: GeneratorConfig, memory: MemoryConfig, attributes: int, graph: Tensor | None = None
) -> Synthesiser:
    """Build untrained networks.

    Args:
        generator: Shape of the generator.
        memory: Mode of the attribute memory; `none` builds the baseline without one.
        attributes: n, entries of the attribute bank. Without any there is nothing to remember.
        graph: (n, n) normalised correlation graph, for mode `sample_joint`.
    """
    if memory.mode == "none" or attributes == 0:
        return Synthesiser(Generator(generator), None)
    graph = None if graph is None else graph.to(torch.get_default_dtype())
    table = AttributeMemory(attributes, generator.condition_dim, memory.mode, graph)
    return Synthesiser(Generator(generator), table)
