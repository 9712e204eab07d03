"""A wrapped module, some sums, and the end: run by test_distributed.py under torchrun, as many processes at once."""

from __future__ import annotations

from torch import nn

from admagan.training.distributed import end_process, started_processes

if __name__ == "__main__":
    with started_processes("cpu") as processes:
        processes.wrap(nn.Linear(3, 3))
        for number in range(50):
            processes.largest(number)
    end_process(0)
