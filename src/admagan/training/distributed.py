"""Several processes under torchrun, or one without: the only place that asks who is who."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar, cast

import torch
from torch import distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from admagan.errors import InputError
from admagan.progress import console

T = TypeVar("T")

CPU = torch.device("cpu")
LONGEST_WAIT = timedelta(days=2)
"""For the first process, which alone prepares data and text encoder. A lost process is noticed at once all the same."""


@dataclass(frozen=True)
class Processes:
    """Which process this is, of how many; one of one where nobody started several."""

    rank: int = 0
    world: int = 1
    device: torch.device = CPU

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def wrap(self, module: nn.Module, every_parameter_used: bool = True) -> nn.Module:
        """Return `module` with gradients averaged over all processes, itself where there is one."""
        if self.world == 1:
            return module
        with warnings.catch_warnings():
            # Newer versions of torch want another name for broadcast_buffers, which older ones do not know.
            warnings.simplefilter("ignore", FutureWarning)
            return DistributedDataParallel(
                module,
                device_ids=[self.device.index] if self.device.type == "cuda" else None,
                gradient_as_bucket_view=True,
                broadcast_buffers=False,  # graph and pretrained eyes are the same everywhere, and never change
                find_unused_parameters=not every_parameter_used,
            )

    def largest(self, *values: float) -> tuple[float, ...]:
        """Return on every process the largest of each of these numbers anywhere."""
        if self.world == 1:
            return values
        everywhere = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(everywhere, dist.ReduceOp.MAX)
        return tuple(everywhere.tolist())

    def from_main(self, value: T) -> T:
        """Return on every process what the main one brings."""
        if self.world == 1:
            return value
        holder: list[Any] = [value]
        dist.broadcast_object_list(holder, src=0, device=self.device)
        return cast(T, holder[0])

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """Let the main process through alone, then the others; if it fails, they fail with the same error."""
        if not self.is_main and (error := self.from_main(cast("Exception | None", None))) is not None:
            raise error
        try:
            yield
        except Exception as error:
            if self.is_main:
                known = isinstance(error, InputError)
                self.from_main(error if known else RuntimeError(f"the first process failed: {error!r}"))
            raise
        if self.is_main:
            self.from_main(None)


@contextmanager
def started_processes(device: str = "auto") -> Iterator[Processes]:
    """Join the group that torchrun announces in the environment, and leave it in the end.

    Args:
        device: `auto` takes a GPU for each process where there are GPUs; else as torch names it.
    """
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    chosen = _device(device)
    if world == 1:
        yield Processes(device=chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    console.quiet = rank > 0
    backend = "nccl" if chosen.type == "cuda" else "gloo"
    dist.init_process_group(
        backend, store=_store_of_this_life(), rank=rank, world_size=world, timeout=LONGEST_WAIT
    )
    try:
        yield Processes(rank, world, chosen)
    finally:
        dist.destroy_process_group()


def end_process(status: int) -> NoReturn:
    """End one of several processes now, without what Python does at its end; nothing else may be left to do.

    Gloo's threads outlive their group, since torch keeps hold of it once a module was wrapped. One that lets go of a
    tensor of Python's while Python ends would abort the process, and a training that is done would count as failed.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as where it was closed
            stream.flush()
    os._exit(status)


def _store_of_this_life() -> Store:
    """Return where processes tell each other their addresses: torchrun keeps those of processes that it restarted."""
    store, _, _ = next(rendezvous("env://", timeout=LONGEST_WAIT))
    return PrefixStore(f"life {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", store)


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdecimal()):
        raise InputError("--device", "auto, cpu or cuda", repr(name))
    if kind == "cpu":
        return CPU
    number = int(index or os.environ.get("LOCAL_RANK", "0"))
    if number >= torch.cuda.device_count():
        there = f"one of the {torch.cuda.device_count()} GPUs that torch sees"
        raise InputError("--device", there, f"cuda:{number}", "Try --device cpu, or fewer processes.")
    return torch.device("cuda", number)
