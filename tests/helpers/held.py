"""Networks that wait for a test before they draw, to have requests wait behind them."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from admagan.runtime.networks import OnnxNetworks
from admagan.runtime.pipeline import Result
from admagan.serve.engine import Engine, Request


class Held(OnnxNetworks):
    """Networks that draw only while the gate is open, and remember how many pictures each batch had."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.gate, self.entered = threading.Event(), threading.Semaphore(0)
        self.gate.set()
        self.batches: list[int] = []
        self.fault: Exception | None = None

    def images(self, noise, sentence, attributes):
        self.batches.append(len(noise))
        self.entered.release()
        assert self.gate.wait(20)
        if self.fault:
            raise self.fault
        return super().images(noise, sentence, attributes)

    def hold(self) -> None:
        """Let no batch pass until the gate is opened."""
        self.gate.clear()
        self.batches.clear()
        while self.entered.acquire(blocking=False):
            pass


def busy(engine: Engine) -> Future[Result]:
    """Hold the engine with one request; return its future."""
    networks = engine.model.networks
    networks.hold()
    future = engine.submit(Request("a man", seed=0))
    assert networks.entered.acquire(timeout=10)
    return future
