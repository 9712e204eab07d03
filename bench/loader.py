"""How fast training batches come, from the cache and from shards, with random crops and mirroring on."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from admagan.data.cache import ImageCache
from admagan.data.dataset import Batch, Samples, TrainingSet
from admagan.data.manifest import read_manifest
from admagan.data.shards import write_shards
from admagan.data.streaming import ShardStream
from admagan.schema.data import DataSettings
from machine import machine, peak_memory_mb, show, timed

TOKENS, ATTRIBUTES, CAPTIONS = 32, 312, 2
SETTINGS = DataSettings(random_crop=0.1875, flip=True)
BATCHES_A_ROUND = 50


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="a data set folder; without: generated pictures")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="processes that decode shards")
    parser.add_argument("--needed", type=float, default=100, help="samples/s that a training step consumes")
    parser.add_argument("--rounds", type=int, default=9, help=f"of {BATCHES_A_ROUND} batches each")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def generated(root: Path, count: int = 3000, side: int = 128) -> Path:
    """Write a data set of soft coloured noise as JPEG; decoding it costs what decoding a photo does."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(count):
        noise = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        noise.resize((side, side), Image.Resampling.BICUBIC).save(root / f"{i}.jpg", quality=90)
        lines.append(json.dumps({"file_name": f"{i}.jpg", "text": "noise", "split": "train"}))
    (root / "metadata.jsonl").write_text("\n".join(lines))
    return root


def samples_of(rows: npt.NDArray[np.int64]) -> Samples:
    count = len(rows)
    return Samples(
        rows=rows,
        tokens=np.zeros((count * CAPTIONS, TOKENS), np.int32),
        lengths=np.full(count * CAPTIONS, TOKENS, np.int32),
        captions=np.arange(count + 1) * CAPTIONS,
        attributes=np.zeros((count, ATTRIBUTES), np.float32),
        known=np.ones((count, ATTRIBUTES), bool),
    )


def rates(batch: Callable[[int], Batch], args: argparse.Namespace) -> list[float]:
    """Return samples/s of each round, sorted."""

    def one_round(index: int) -> None:
        for step in range(BATCHES_A_ROUND):
            batch(index * BATCHES_A_ROUND + step)

    seconds = timed(one_round, args.rounds, warmup=1)
    return sorted(BATCHES_A_ROUND * args.batch / s for s in seconds)


def figures(name: str, speeds: list[float], needed: float) -> dict[str, float]:
    median = statistics.median(speeds)
    return {
        f"{name}_samples_per_second": median,
        f"{name}_slowest": speeds[0],
        f"{name}_fastest": speeds[-1],
        f"{name}_times_needed": median / needed,
    }


def measure(data: Path, folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    manifest = read_manifest(data)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        cache = ImageCache.build(manifest, args.size, SETTINGS, folder / "cache")
        seconds.append(time.perf_counter() - start)
    index = write_shards(manifest, folder / "shards", shard_mb=1)
    shards = index.of("train")
    train = manifest.split("train")
    rest = (samples_of(cache.rows_of(train)), args.size, args.batch, 0, SETTINGS)
    from_cache = TrainingSet(cache.images, *rest)
    from_shards = ShardStream(folder / "shards", shards, *rest, workers=args.workers)
    return {
        "cache_build_pictures_per_second": len(manifest) / seconds[0],
        "cache_open_ms": seconds[1] * 1e3,
        **figures("cache", rates(from_cache.batch, args), args.needed),
        **figures("shards", rates(from_shards.batch, args), args.needed),
    }


def main() -> None:
    args = options()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        data = args.data or generated(folder / "data")
        result = measure(data, folder, args)
    settings = {**vars(args), "data": str(args.data or "generated")}
    show(
        {**result, "peak_memory_mb": peak_memory_mb(), "settings": settings, "machine": machine()}, args.json
    )


if __name__ == "__main__":
    main()
