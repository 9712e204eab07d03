"""What every benchmark says of the machine, and how it takes its time."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


def machine() -> dict[str, Any]:
    """Return processor, cores, threads and versions."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "processor": cpu,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def peak_memory_mb() -> float:
    """Return the largest resident size of this process so far, in MB of 10^6 bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def timed(run: Callable[[int], object], repeats: int, warmup: int) -> list[float]:
    """Return the seconds of each of `repeats` runs, after `warmup` uncounted ones; run gets its index."""
    seconds = []
    for index in range(-warmup, repeats):
        start = time.perf_counter()
        run(index + warmup)
        if index >= 0:
            seconds.append(time.perf_counter() - start)
    return seconds


def convolution_rate(dtype: torch.dtype, repeats: int = 7) -> float:
    """Return FLOP/s of a plain 3x3 convolution, the median over shapes and runs: what this machine can do."""
    rates = []
    for batch, channels, size in ((16, 256, 32), (16, 128, 64), (16, 64, 128)):
        x = torch.randn(batch, channels, size, size).to(dtype).contiguous(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, 3, 3).to(dtype).contiguous(memory_format=torch.channels_last)
        flop = 2 * 9 * channels * channels * size * size * batch
        seconds = timed(lambda _, x=x, w=weight: F.conv2d(x, w, padding=1), repeats, 2)
        rates.append(flop / statistics.median(seconds))
    return statistics.median(rates)


class FlopCounter(TorchDispatchMode):
    """Counts the FLOP of matrix products and convolutions, also inside `autograd.grad`."""

    def __init__(self) -> None:
        super().__init__()
        self.flop = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.flop += count(*args, **(kwargs or {}), out_val=out)
        return out


def show(figures: dict[str, Any], as_json: bool) -> None:
    """Print one JSON object, or one line a figure."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value:.4g}" if isinstance(value, float) else f"{name:24} {value}")
