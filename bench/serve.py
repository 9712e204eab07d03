"""How fast `admagan serve` answers on this machine: rate and latency by number of clients, refusals, errors, memory."""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from machine import machine, show

PROMPTS = Path(__file__).resolve().parent.parent / "docs" / "demo-prompts.txt"
PHASES = ((1, 1_000), (8, 3_000), (32, 6_000))
"""Clients, and requests of all of them: 10,000 in all."""
RUSH = (32, 1_000, 8)
"""The same, and a queue that is too short for them."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="avatars")
    parser.add_argument("--pictures", type=int, default=1, help="of each request")
    parser.add_argument("--share", type=float, default=1.0, help="of the requests, for a quick look")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@dataclass
class Tally:
    """What clients counted."""

    seconds: list[float] = field(default_factory=list)
    """Of each answer with pictures."""
    refused: list[float] = field(default_factory=list)
    """Seconds to each 429."""
    errors: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """Asks again as soon as it has its answer, over one connection; after a 429 it waits as it is told."""

    def __init__(self, address: str, bodies: Iterator[bytes], tally: Tally) -> None:
        super().__init__()
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.bodies = bodies
        self.tally = tally

    def run(self) -> None:
        """Work until there is nothing more to ask."""
        for body in self.bodies:
            start = time.perf_counter()
            try:
                status, answer = self.ask(body)
            except (OSError, http.client.HTTPException) as error:
                self.tally.errors.append(repr(error))
                continue
            taken = time.perf_counter() - start
            if status == 200:
                self.tally.seconds.append(taken)
            elif status == 429:
                self.tally.refused.append(taken)
                time.sleep(1)
            else:
                self.tally.errors.append(f"{status}: {answer[:200]!r}")
        self.connection.close()

    def ask(self, body: bytes) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        self.connection.request("POST", "/v1/images/generations", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


class Bodies:
    """Requests, each with another seed, handed out to clients one at a time."""

    def __init__(self, count: int, pictures: int) -> None:
        prompts = [line for line in PROMPTS.read_text().splitlines() if line and not line.startswith("#")]
        self._prompts = itertools.cycle(prompts)
        self._left = iter(range(count))
        self._pictures = pictures
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            wanted = {"seed": next(self._left), "prompt": next(self._prompts), "n": self._pictures}
        return json.dumps(wanted).encode()


@contextmanager
def serving(model: str, *more: str) -> Iterator[tuple[int, str]]:
    """Yield process id and host:port of a server."""
    command = [sys.executable, "-m", "admagan", "serve", model, "--port", "0", "--no-page", *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.pid, urlsplit(process.stdout.readline().split(" ")[0]).netloc
        finally:
            process.terminate()
            assert process.wait(20) == 0


def resident_mb(pid: int) -> float:
    """Return what a process has in memory, in MB of 10^6 bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def load(address: str, clients: int, count: int, pictures: int) -> dict[str, Any]:
    """Send `count` requests from `clients` threads; return figures."""
    tally, bodies = Tally(), Bodies(count, pictures)
    threads = [Client(address, bodies, tally) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - start
    figures: dict[str, Any] = {"requests_per_second": len(tally.seconds) / taken}
    for share in (50, 95, 99):
        figures[f"p{share}_ms"] = 1000 * float(np.percentile(tally.seconds, share))
    figures |= {"answered": len(tally.seconds), "refused": len(tally.refused), "errors": len(tally.errors)}
    if tally.refused:
        figures["refused_p95_ms"] = 1000 * float(np.percentile(tally.refused, 95))
    for error in dict.fromkeys(tally.errors):
        print(error, file=sys.stderr)
    return figures


def main() -> None:
    args = options()
    figures: dict[str, Any] = {}
    with serving(args.model) as (pid, address):
        memory = {0: resident_mb(pid)}
        for clients, count in PHASES:
            count = max(clients, int(count * args.share))
            figures[f"clients_{clients}"] = load(address, clients, count, args.pictures)
            memory[max(memory) + count] = resident_mb(pid)
    figures["memory_mb_after_requests"] = memory
    clients, count, queue = RUSH
    with serving(args.model, "--limits.queue", str(queue)) as (_, address):
        figures[f"clients_{clients}_queue_{queue}"] = load(
            address, clients, max(clients, int(count * args.share)), args.pictures
        )
    show(figures | {"settings": vars(args), "machine": machine()}, args.json)


if __name__ == "__main__":
    main()
