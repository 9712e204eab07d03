"""How fast pictures are generated: whole forward passes of the generator with the memory folded, random weights."""

from __future__ import annotations

import argparse
import statistics

import torch

from admagan.networks.condition import Condition
from admagan.networks.generator import Generator
from admagan.networks.memory import AttributeMemory
from admagan.schema.model import GeneratorConfig
from admagan.training.allocator import keep_freed_memory
from machine import FlopCounter, convolution_rate, machine, peak_memory_mb, show, timed


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--attributes", type=int, default=312)
    parser.add_argument("--dtype", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@torch.no_grad()
def main() -> None:
    args = options()
    torch.set_num_threads(args.threads)
    keep_freed_memory()
    torch.manual_seed(0)
    dtype = torch.bfloat16 if args.dtype == "bf16" else torch.float32
    generator = Generator(GeneratorConfig(size=args.size, width=args.width)).eval()
    generator = generator.to(dtype=dtype, memory_format=torch.channels_last).fold()
    table = AttributeMemory(args.attributes).rows().detach()
    labels = (torch.rand(args.batch, args.attributes) < 0.1).float()
    noise, sentence = torch.randn(args.batch, 100, dtype=dtype), torch.randn(args.batch, 256, dtype=dtype)

    def generate(_: int) -> torch.Tensor:
        return generator(noise, Condition(sentence, (labels @ table).to(dtype)))

    seconds = timed(generate, args.rounds, warmup=3)
    memory = peak_memory_mb()
    with FlopCounter() as counter:
        generate(0)
    rate = convolution_rate(dtype)
    milliseconds = sorted(1000 * s / args.batch for s in seconds)
    show(
        {
            "ms_per_image": statistics.median(milliseconds),
            "fastest": milliseconds[0],
            "slowest": milliseconds[-1],
            "images_per_second": 1000 / statistics.median(milliseconds),
            "peak_memory_mb": memory,
            "gflop_per_image": counter.flop / args.batch / 1e9,
            "conv_gflops": rate / 1e9,
            "conv_rate_share": counter.flop / statistics.median(seconds) / rate,
            "settings": vars(args),
            "machine": machine(),
        },
        args.json,
    )


if __name__ == "__main__":
    main()
