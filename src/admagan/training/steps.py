"""One step of both networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Adam

from admagan.losses.objective import DiscriminatorObjective, Terms, generator_terms, recognised_terms
from admagan.losses.reconstruction import reconstruction_loss
from admagan.networks.condition import Condition
from admagan.networks.image_encoder import ImageEncoder
from admagan.networks.synthesiser import Synthesiser
from admagan.schema.loss import LossSettings
from admagan.schema.train import TrainSettings
from admagan.training.augmentation import augmented
from admagan.training.average import averaged_copy, half_life, update_average
from admagan.training.distributed import Processes
from admagan.training.precision import autocast

AGAIN = 4
"""One in so many pictures is made again with other noise, where diversity counts."""

M = TypeVar("M", bound=nn.Module)


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
    augmentation: Tensor
    """(B, 2, DRAWS) float32 in [0, 1): what changes the real and the generated picture, see `augmented`."""


class NotFiniteError(ArithmeticError):
    """A loss or a gradient was not finite; the networks are to go back to an earlier state."""


def prefixed(network: str, terms: Terms) -> dict[str, Tensor]:
    """Return loss terms under the name of the network that they are of: "G.adversarial"."""
    return {f"{network}.{name}": value for name, value in terms.values.items()}


@contextmanager
def frozen(module: M) -> Iterator[M]:
    """Yield `module` without gradients of its parameters, and give them back whatever happens."""
    module.requires_grad_(False)
    try:
        yield module
    finally:
        module.requires_grad_(True)


class GanTrainer:
    """Generator, attribute memory, discriminator and their optimisers.

    Args:
        synthesiser: What is trained to make pictures.
        objective: The discriminator with its losses.
        settings: Learning rates, averages, precision.
        processes: Who shares the work; one process alone by default.
        recogniser: The frozen picture encoder, where the objective asks one.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        objective: DiscriminatorObjective,
        settings: TrainSettings,
        processes: Processes | None = None,
        recogniser: ImageEncoder | None = None,
    ) -> None:
        self.settings = settings
        self.processes = processes = processes or Processes()
        device: Any = processes.device
        self.synthesiser = synthesiser.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.objective = objective.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        weight = objective.settings.recognition_weight * settings.warm_up_recognition
        self.warm_up_losses = objective.settings.model_copy(update={"recognition_weight": weight})
        self.recogniser = recogniser
        if recogniser is not None:
            recogniser.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = averaged_copy(synthesiser)
        betas = (settings.beta1, settings.beta2)
        trained = [p for p in synthesiser.parameters() if p.requires_grad]
        self.generator_optimiser = Adam(trained, settings.generator_lr, betas, fused=True)
        self.discriminator_optimiser = Adam(
            objective.parameters(), settings.discriminator_lr, betas, fused=True
        )
        self.synthesise: Callable[..., Any] = processes.wrap(synthesiser)
        self.judge: Callable[..., Any] = processes.wrap(objective, objective.uses_every_parameter)

    def step(self, batch: StepInput, index: int, alone: bool = False) -> dict[str, Tensor]:
        """Update the networks once and return the weighted loss terms, detached, as "D.real", "G.adversarial", ...

        The discriminator learns from losses and penalty in one backward pass; then the generator, from the same
        pictures, judged anew.

        Args:
            batch: What to learn from.
            index: Of the step, from 0.
            alone: Let the discriminator be: the generator warms up.

        Raises:
            NotFiniteError: On every process, where a loss or gradient of any is not finite.
        """
        self._set_moments(alone)
        terms = self._generator_alone(batch) if alone else self._both(batch, index)
        self._update_average(index)
        return {name: value.detach() for name, value in terms.items()}

    def _generator_alone(self, batch: StepInput) -> dict[str, Tensor]:
        with autocast(batch.images.device, self.settings.precision):
            made, condition, _ = self._make(batch, again=False)
            terms = Terms(self._paired_terms(made, condition, batch, self.warm_up_losses))
        norm = self._update_generator(terms, condition)
        return prefixed("G", terms) | {"G.gradient": norm}

    def _both(self, batch: StepInput, index: int) -> dict[str, Tensor]:
        with autocast(batch.images.device, self.settings.precision):
            made, condition, pairs = self._make(batch)
            kinds, (of_real, of_fake) = self.settings.augmentation, batch.augmentation.unbind(1)
            real, fake = augmented(batch.images, of_real, kinds), augmented(made, of_fake, kinds)
            penalise = index % self.objective.settings.penalty_interval == 0
            d_terms = self.judge(real, fake, condition, batch.labels, batch.known, penalise)
        d_norm = self._update(self.discriminator_optimiser, d_terms.total, "discriminator")

        with frozen(self.objective.discriminator) as discriminator:
            with autocast(batch.images.device, self.settings.precision):
                g_terms = generator_terms(
                    discriminator,
                    fake,
                    condition,
                    batch.labels,
                    batch.known,
                    d_terms.real,
                    self.objective.settings,
                    pairs,
                )
                g_terms |= self._paired_terms(made, condition, batch, self.objective.settings)
            g_norm = self._update_generator(g_terms, condition)
        norms = {"D.gradient": d_norm, "G.gradient": g_norm}
        return prefixed("D", d_terms) | prefixed("G", g_terms) | norms

    def _paired_terms(
        self, made: Tensor, condition: Condition, batch: StepInput, settings: LossSettings
    ) -> dict[str, Tensor]:
        """Return the generator's terms that compare each picture with the real one of its caption."""
        terms = {}
        if settings.reconstruction_weight:
            loss = reconstruction_loss(made, batch.images)
            terms["reconstruction"] = settings.reconstruction_weight * loss
        if self.recogniser is not None:
            terms |= recognised_terms(
                self.recogniser, made, batch.images, condition.sentence, batch.labels, batch.known, settings
            )
        return terms

    def _make(
        self, batch: StepInput, again: bool = True
    ) -> tuple[Tensor, Condition, tuple[Tensor, Tensor] | None]:
        """Return pictures (B, 3, S, S) and their conditions; where diversity counts and `again` is set, the first
        B / AGAIN of them, and the same with other noise."""
        size = len(batch.noise)
        more = max(1, size // AGAIN) if again and self.objective.settings.diversity_weight else 0
        noise = torch.cat([batch.noise, batch.noise.roll(1, 0)[:more]])
        sentence, labels = (torch.cat([rows, rows[:more]]) for rows in (batch.sentence, batch.labels))
        images, condition = self.synthesise(noise, sentence, labels)
        condition = Condition(condition.sentence[:size], condition.attributes[:size])
        return images[:size], condition, (images[:more], images[size:]) if more else None

    def _update_average(self, index: int) -> None:
        settings, images = self.settings, self.settings.batch_size
        kept_for = half_life((index + 1) * images, settings.average_half_life, settings.average_ramp)
        update_average(self.average, self.synthesiser, images, kept_for)

    def _set_moments(self, alone: bool) -> None:
        s = self.settings
        betas = (s.warm_up_beta1, s.warm_up_beta2) if alone else (s.beta1, s.beta2)
        for group in self.generator_optimiser.param_groups:
            group["betas"] = betas

    def set_pace(self, pace: float) -> None:
        """Learn at `pace` times the learning rates of the settings from now on."""
        rates = (self.settings.generator_lr, self.settings.discriminator_lr)
        for optimiser, rate in zip(self._optimisers().values(), rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * pace

    def tensors(self) -> dict[str, Tensor]:
        """Return weights, averages and optimisers under flat names; `restore` takes them back."""
        return {name: tensor.detach() for name, tensor in self._tensors()}

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take over what `tensors` returned, of networks and settings of the same shape."""
        for name, module in self._modules().items():
            prefix = f"{name}."
            own = {
                key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)
            }
            module.load_state_dict(own)
        for name, optimiser in self._optimisers().items():
            optimiser.state.clear()
            for index, parameter in enumerate(optimiser.param_groups[0]["params"]):
                prefix = f"{name}.{index}."
                for key, value in tensors.items():
                    if key.startswith(prefix):
                        # The fused optimiser wants moments laid out in memory as their parameter is.
                        kept = torch.empty_like(parameter if value.ndim else value, device=parameter.device)
                        optimiser.state[parameter][key.removeprefix(prefix)] = kept.copy_(value)

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        for name, module in self._modules().items():
            yield from ((f"{name}.{key}", value) for key, value in module.state_dict().items())
        for name, optimiser in self._optimisers().items():
            for index, parameter in enumerate(optimiser.param_groups[0]["params"]):
                for key, value in optimiser.state[parameter].items():
                    yield f"{name}.{index}.{key}", value

    def _modules(self) -> dict[str, nn.Module]:
        return {
            "synthesiser": self.synthesiser,
            "average": self.average,
            "discriminator": self.objective.discriminator,
        }

    def _optimisers(self) -> dict[str, Adam]:
        return {
            "generator_optimiser": self.generator_optimiser,
            "discriminator_optimiser": self.discriminator_optimiser,
        }

    def _update_generator(self, terms: Terms, condition: Condition) -> Tensor:
        loss = terms.total
        if not self.synthesiser.reads_memory:
            # Of several processes each parameter wants a gradient, and a memory that no block reads may have none.
            loss = loss + 0 * condition.attributes.sum()
        return self._update(self.generator_optimiser, loss, "generator")

    def _update(self, optimiser: Adam, loss: Tensor, name: str) -> Tensor:
        """Take a step down the gradient of `loss` and return the gradient's norm."""
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        gradients = [p.grad for p in optimiser.param_groups[0]["params"] if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        (lost,) = self.processes.largest(not bool((norm + loss.detach()).isfinite()))
        if lost:
            raise NotFiniteError(name)
        optimiser.step()
        return norm
