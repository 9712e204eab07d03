"""One step of both networks."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam

from admagan.losses.objective import DiscriminatorObjective, generator_terms
from admagan.networks.synthesiser import Synthesiser
from admagan.schema.train import TrainSettings
from admagan.training.average import averaged_copy, update_average


@dataclass(frozen=True)
class StepInput:
    """What one step of one process is made from."""

    images: Tensor
    """(B, 3, S, S) float32 in [-1, 1]: real pictures."""
    sentence: Tensor
    """e_s (B, d) float32 of their captions, from the frozen text encoder."""
    labels: Tensor
    """y (B, n) float32 in {0, 1}."""
    known: Tensor
    """(B, n) bool: where y is known."""
    noise: Tensor
    """z (B, Z) float32, standard normal."""


class GanTrainer:
    """Generator, attribute memory, discriminator and their optimisers.

    Args:
        synthesiser: What is trained to make pictures.
        objective: The discriminator with its losses.
        settings: Learning rates, averages, precision.
    """

    def __init__(
        self, synthesiser: Synthesiser, objective: DiscriminatorObjective, settings: TrainSettings
    ) -> None:
        self.settings = settings
        self.synthesiser = synthesiser.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = averaged_copy(synthesiser)
        betas = (settings.beta1, settings.beta2)
        trained = [p for p in synthesiser.parameters() if p.requires_grad]
        self.generator_optimiser = Adam(trained, settings.generator_lr, betas, fused=True)
        self.discriminator_optimiser = Adam(
            objective.parameters(), settings.discriminator_lr, betas, fused=True
        )
        self.synthesise = torch.compile(synthesiser) if settings.compile else synthesiser
        self.judge = objective

    def step(self, batch: StepInput, index: int) -> dict[str, Tensor]:
        """Update both networks once and return the weighted loss terms, detached, as "D.real", "G.adversarial", ...

        The discriminator learns from losses and penalty in one backward pass; then the generator, from the same
        pictures, judged anew.
        """
        with self.autocast(batch.images):
            fake, condition = self.synthesise(batch.noise, batch.sentence, batch.labels)
            penalise = index % self.objective.settings.penalty_interval == 0
            d_terms = self.judge(batch.images, fake, condition, batch.labels, batch.known, penalise)
        self._update(self.discriminator_optimiser, d_terms.total)

        discriminator = self.objective.discriminator.requires_grad_(False)
        with self.autocast(batch.images):
            g_terms = generator_terms(
                discriminator,
                fake,
                condition,
                batch.labels,
                batch.known,
                d_terms.real_embedding,
                self.objective.settings,
            )
        self._update(self.generator_optimiser, g_terms.total)
        discriminator.requires_grad_(True)

        update_average(
            self.average, self.synthesiser, self.settings.batch_size, self.settings.average_half_life
        )
        named = {f"D.{name}": value for name, value in d_terms.values.items()}
        named |= {f"G.{name}": value for name, value in g_terms.values.items()}
        return {name: value.detach() for name, value in named.items()}

    def autocast(self, like: Tensor) -> AbstractContextManager[Any]:
        """Return the precision that networks run in."""
        return torch.autocast(like.device.type, torch.bfloat16, enabled=self.settings.precision == "bf16")

    @staticmethod
    def _update(optimiser: Adam, loss: Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
