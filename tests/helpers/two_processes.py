"""One step of a tiny GAN as one of several processes: run by test_distributed.py under torchrun."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tiny_gan import tiny_feed, tiny_settings, tiny_trainer

from admagan.training.distributed import end_process, started_processes


def main(target: Path, schedule: str) -> None:
    """Take three steps; the main process writes all tensors and the last gradients."""
    settings = tiny_settings(reconstruction_weight=10.0, attribute_dropout=0.5)
    settings = settings.model_copy(
        update={"generator": settings.generator.model_copy(update={"schedule": schedule})}
    )
    with started_processes("cpu") as processes:
        trainer, feed = tiny_trainer(settings, processes), tiny_feed(settings, processes)
        for step in range(3):
            terms = trainer.step(feed.step_input(step), step, alone=step == 1)
            if step == 0:
                first = gradients(trainer)
        everywhere = {f"term.{name}": value for name, value in terms.items()}
        if processes.is_main:
            tensors = first | trainer.tensors() | everywhere
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, target)


def gradients(trainer):
    modules = {"synthesiser": trainer.synthesiser, "discriminator": trainer.objective.discriminator}
    return {
        f"gradient.{module}.{name}": parameter.grad.clone(memory_format=torch.contiguous_format)
        for module, network in modules.items()
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
    end_process(0)
