"""How fast the GAN trains: whole steps of both networks on random tensors."""

from __future__ import annotations

import argparse
import statistics

import torch

from admagan.schema.settings import Settings, resolve_settings
from admagan.training.allocator import keep_freed_memory
from admagan.training.augmentation import DRAWS
from admagan.training.build import build_trainer, untrained_recogniser
from admagan.training.precision import chosen_precision
from admagan.training.steps import StepInput
from machine import FlopCounter, convolution_rate, machine, peak_memory_mb, show, timed


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="cub-256", help="where the settings start")
    parser.add_argument("--batch", type=int, help="unless as in the preset")
    parser.add_argument("--dtype", choices=("auto", "bf16", "fp32"), help="unless as in the preset")
    parser.add_argument("--penalty-interval", type=int, help="unless as in the preset")
    parser.add_argument("--attributes", type=int, default=312)
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds of `penalty-interval` steps each")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def chosen_settings(args: argparse.Namespace) -> Settings:
    train = {"batch_size": args.batch, "precision": args.dtype}
    given = {"train": train, "loss": {"penalty_interval": args.penalty_interval}}
    overrides = {
        section: {name: value for name, value in fields.items() if value is not None}
        for section, fields in given.items()
    }
    return resolve_settings(args.preset, overrides=overrides)


def random_batch(settings: Settings, attributes: int) -> StepInput:
    batch, size = settings.train.batch_size, settings.generator.size
    images = torch.rand(batch, 3, size, size) * 2 - 1
    return StepInput(
        images=images.contiguous(memory_format=torch.channels_last),
        sentence=torch.randn(batch, settings.generator.condition_dim),
        labels=(torch.rand(batch, attributes) < 0.1).float(),
        known=torch.ones(batch, attributes, dtype=torch.bool),
        noise=torch.randn(batch, settings.generator.noise_dim),
        augmentation=torch.rand(batch, 2, DRAWS),
    )


def main() -> None:
    args = options()
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    settings = chosen_settings(args)
    interval = settings.loss.penalty_interval
    recogniser = untrained_recogniser(settings, args.attributes)
    graph = torch.eye(args.attributes)
    trainer = build_trainer(settings, args.attributes, graph=graph, recogniser=recogniser)
    batch = random_batch(settings, args.attributes)

    def one_round(_: int) -> None:
        for index in range(interval):
            trainer.step(batch, index)

    seconds = timed(one_round, args.rounds, warmup=1)
    memory = peak_memory_mb()
    with FlopCounter() as counter:
        one_round(0)
    precision = chosen_precision(torch.device("cpu"), settings.train.precision)
    rate = convolution_rate(torch.bfloat16 if precision == "bf16" else torch.float32)
    images = settings.train.batch_size * interval
    speeds = sorted(images / s for s in seconds)
    show(
        {
            "images_per_second": statistics.median(speeds),
            "slowest": speeds[0],
            "fastest": speeds[-1],
            "step_seconds": statistics.median(seconds) / interval,
            "peak_memory_mb": memory,
            "gflop_per_image": counter.flop / images / 1e9,
            "conv_gflops": rate / 1e9,
            "conv_rate_share": counter.flop / statistics.median(seconds) / rate,
            "precision": precision,
            "settings": vars(args),
            "machine": machine(),
        },
        args.json,
    )


if __name__ == "__main__":
    main()
