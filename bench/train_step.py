"""How fast the GAN trains: whole steps of both networks on random tensors."""

from __future__ import annotations

import argparse
import statistics

import torch

from admagan.losses.objective import DiscriminatorObjective
from admagan.networks.discriminator import Discriminator
from admagan.networks.synthesiser import build_synthesiser
from admagan.schema.loss import LossSettings
from admagan.schema.model import DiscriminatorConfig, GeneratorConfig, MemoryConfig
from admagan.schema.train import TrainSettings
from admagan.training.allocator import keep_freed_memory
from admagan.training.augmentation import DRAWS
from admagan.training.steps import GanTrainer, StepInput
from machine import FlopCounter, convolution_rate, machine, peak_memory_mb, show, timed


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--attributes", type=int, default=312)
    parser.add_argument("--dtype", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--penalty-interval", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds of `penalty-interval` steps each")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def build(args: argparse.Namespace) -> GanTrainer:
    torch.manual_seed(0)
    synthesiser = build_synthesiser(
        GeneratorConfig(size=args.size, width=args.width),
        MemoryConfig(),
        args.attributes,
        torch.eye(args.attributes),
    )
    discriminator = Discriminator(DiscriminatorConfig(size=args.size, width=args.width), args.attributes)
    objective = DiscriminatorObjective(discriminator, LossSettings(penalty_interval=args.penalty_interval))
    settings = TrainSettings(batch_size=args.batch, precision=args.dtype)
    return GanTrainer(synthesiser, objective, settings)


def random_batch(args: argparse.Namespace) -> StepInput:
    images = torch.rand(args.batch, 3, args.size, args.size) * 2 - 1
    return StepInput(
        images=images.contiguous(memory_format=torch.channels_last),
        sentence=torch.randn(args.batch, 256),
        labels=(torch.rand(args.batch, args.attributes) < 0.1).float(),
        known=torch.ones(args.batch, args.attributes, dtype=torch.bool),
        noise=torch.randn(args.batch, 100),
        augmentation=torch.rand(args.batch, 2, DRAWS),
    )


def main() -> None:
    args = options()
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    trainer, batch = build(args), random_batch(args)

    def one_round(_: int) -> None:
        for index in range(args.penalty_interval):
            trainer.step(batch, index)

    seconds = timed(one_round, args.rounds, warmup=1)
    memory = peak_memory_mb()
    with FlopCounter() as counter:
        one_round(0)
    rate = convolution_rate(torch.bfloat16 if args.dtype == "bf16" else torch.float32)
    images = args.batch * args.penalty_interval
    speeds = sorted(images / s for s in seconds)
    show(
        {
            "images_per_second": statistics.median(speeds),
            "slowest": speeds[0],
            "fastest": speeds[-1],
            "step_seconds": statistics.median(seconds) / args.penalty_interval,
            "peak_memory_mb": memory,
            "gflop_per_image": counter.flop / images / 1e9,
            "conv_gflops": rate / 1e9,
            "conv_rate_share": counter.flop / statistics.median(seconds) / rate,
            "settings": vars(args),
            "machine": machine(),
        },
        args.json,
    )


if __name__ == "__main__":
    main()
