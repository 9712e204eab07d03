"""How long `admagan generate` takes from the shell to a PNG, and a picture once the model is loaded. Needs no torch.

    make demo; .venv-demo/bin/python bench/cold_start.py

Cold: a new process each time, from its start to its end, with files in the system's cache. Warm: prompt to picture in
one process, one picture at a time, another prompt and seed each time. Memory: the largest resident size of a cold
process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PROMPTS = (
    "a smiling woman with long red hair and round glasses",
    "a man with a beard, without glasses",
    "一个戴着蓝色帽子的男人",
)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="avatars")
    parser.add_argument("--cold", type=int, default=15, help="processes")
    parser.add_argument("--warm", type=int, default=200, help="pictures")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def cold(model: str, out: Path) -> tuple[float, float]:
    """Return (seconds, megabytes of 10^6 bytes) of one process."""
    command = [
        sys.executable,
        "-m",
        "admagan",
        "generate",
        PROMPTS[0],
        "--model",
        model,
        "--seed",
        "1",
        "--out",
        str(out),
    ]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, usage.ru_maxrss * 1024 / 1e6


def warm(model: str, pictures: int) -> list[float]:
    """Return the milliseconds of each of `pictures` calls, after ten uncounted ones."""
    from admagan import AdmaGAN

    loaded = AdmaGAN.load(model)
    milliseconds = []
    for index in range(-10, pictures):
        started = time.perf_counter()
        loaded(PROMPTS[index % len(PROMPTS)], seed=index + 10)
        milliseconds.append(1e3 * (time.perf_counter() - started))
    return milliseconds[10:]


def figures(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        runs = [cold(args.model, Path(folder) / "out.png") for _ in range(args.cold + 2)][2:]
    seconds, memory = zip(*runs, strict=True)
    milliseconds = warm(args.model, args.warm)
    return {
        "cold_start_s": statistics.median(seconds),
        "cold_start_s_range": [min(seconds), max(seconds)],
        "ms_per_image": statistics.median(milliseconds),
        "ms_per_image_p95": statistics.quantiles(milliseconds, n=20)[-1],
        "images_per_second": 1e3 / statistics.median(milliseconds),
        "peak_memory_mb": max(memory),
        "settings": vars(args),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "one per core"),
    }


def main() -> None:
    args = options()
    found = figures(args)
    if args.json:
        print(json.dumps(found))
        return
    low, high = found["cold_start_s_range"]
    print(
        f"cold start   {found['cold_start_s']:.2f} s ({low:.2f} to {high:.2f}), {found['peak_memory_mb']:.0f} MB"
    )
    print(
        f"warm         {found['ms_per_image']:.1f} ms a picture (95 of 100 below {found['ms_per_image_p95']:.1f})"
    )


if __name__ == "__main__":
    main()
