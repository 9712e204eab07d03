"""From a batch of the data set to the input of one step."""

from __future__ import annotations

import torch
from torch import Tensor

from admagan.data.dataset import Batch, BatchSource
from admagan.networks.text_encoder import TextEncoder
from admagan.schema.train import TrainSettings
from admagan.training.augmentation import DRAWS
from admagan.training.distributed import Processes
from admagan.training.randomness import StepRandom
from admagan.training.steps import StepInput


class Feed:
    """Step inputs as a pure function of (seed, step, rank).

    Args:
        batches: The training split, in batches of one process's size.
        encoder: The frozen text encoder.
        noise_dim: Z.
        settings: Seed and attribute dropout.
        processes: Which part of each batch is this process's.
    """

    def __init__(
        self,
        batches: BatchSource,
        encoder: TextEncoder,
        noise_dim: int,
        settings: TrainSettings,
        processes: Processes,
    ) -> None:
        self.batches = batches
        self.encoder = encoder.to(processes.device).eval().requires_grad_(False)
        self.noise_dim = noise_dim
        self.settings = settings
        self.processes = processes

    def step_input(self, step: int) -> StepInput:
        """Return the input of `step` (from 0); the same whenever asked for."""
        rank, world, device = self.processes.rank, self.processes.world, self.processes.device
        batch = self.batches.batch(step, rank, world)
        random = StepRandom(self.settings.seed, step, rank, world)
        labels, known = self._partly_forgotten(batch, random)
        return StepInput(
            images=batch.images.to(device),
            sentence=encode(self.encoder, batch.tokens, batch.lengths),
            labels=labels.to(device),
            known=known.to(device),
            noise=random.noise(len(batch), self.noise_dim).to(device),
            augmentation=random.augmentation(len(batch), DRAWS).to(device),
        )

    def _partly_forgotten(self, batch: Batch, random: StepRandom) -> tuple[Tensor, Tensor]:
        """Apply attribute dropout: what is forgotten is neither told to the generator nor asked of anybody.

        It is taken out of `known` as well, because the generator cannot be blamed for what it was not told; what
        was told keeps its true value as its target.
        """
        if not self.settings.attribute_dropout:
            return batch.attributes, batch.known
        batch_size, attributes = batch.attributes.shape
        chance, rate = self.settings.attribute_dropout, self.settings.attribute_dropout_rate
        forgotten = random.forgotten(batch_size, attributes, chance, rate)
        return batch.attributes.masked_fill(forgotten, 0.0), batch.known & ~forgotten


@torch.no_grad()
def encode(encoder: TextEncoder, tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return sentence embeddings (B, d) of tokens (B, T) with lengths (B,), on the encoder's device."""
    device = encoder.embedding.weight.device
    sentence: Tensor = encoder(tokens.to(device), lengths).sentence
    return sentence
