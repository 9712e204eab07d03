"""One thread that makes the pictures of all requests, those that wait together in one batch. No torch.

The page and the HTTP API both hand their requests to `Engine.submit`. Neither computes a picture itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from admagan.errors import InputError
from admagan.runtime.networks import Floats
from admagan.runtime.noise import random_seed
from admagan.runtime.pipeline import BATCH, AdmaGAN, Result
from admagan.runtime.prompt import Reading, TooLongError
from admagan.serve.limits import Closed, Limits, Overloaded, TimedOut
from admagan.serve.metrics import Metrics

if TYPE_CHECKING:
    from PIL.Image import Image

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What one client asks for: the arguments of `AdmaGAN.__call__`."""

    prompt: str = ""
    n: int = 1
    seed: int | None = None
    """None: a random one, which the result names."""
    attributes: Mapping[str, float] = field(default_factory=dict)
    negative: Sequence[str] = ()
    truncation: float = 1.0
    imagine: bool = True


@dataclass(frozen=True)
class _Inputs:
    """What the generator needs for a request."""

    seed: int
    noise: Floats
    """(n, Z)."""
    readings: list[Reading]
    """n of them; they differ in what the prompt leaves open."""


@dataclass(eq=False)
class _Job:
    """A request on its way."""

    request: Request
    began: float
    future: Future[Result] = field(default_factory=Future)
    taken: int = 0
    """Pictures that have left the queue."""
    inputs: _Inputs | None = None
    images: list[Image] = field(default_factory=list)
    answered: bool = False


_Row = tuple[_Job, int]
"""A picture of a batch: whose it is, and its number among those of the request."""


class Engine:
    """Makes the pictures of requests in batches of up to 16, first come, first served.

    A request's pictures are those of `AdmaGAN.__call__`, whatever else is in their batch: values differ by the rounding
    of float32 sums (about 1e-6 in [-1, 1]), so a colour of 0 to 255 by at most 1.

    Args:
        model: Used by this engine's thread only while pictures are made; its bank and `read` are free for anyone.
        limits: What to refuse.

    Raises:
        InputError: A network of the model is damaged.
    """

    def __init__(self, model: AdmaGAN, limits: Limits | None = None) -> None:
        self.model = model
        self.limits = limits or Limits()
        self.metrics = Metrics(self.waiting)
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._running: list[_Job] = []
        """Whose pictures are being made."""
        self._closed = False
        _load(model)
        self._thread = threading.Thread(target=self._work, name="admagan-engine", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> Future[Result]:
        """Take a request in; cancelling the future takes it back.

        The future raises `InputError` (the request cannot be met), `TimedOut` or `Closed`, all meant for the client;
        anything else is a fault of the server.

        Raises:
            InputError: The prompt or the number of pictures is above the limits.
            Overloaded: Too many pictures wait.
            Closed: The engine takes nothing in any more.
        """
        try:
            self._check(request)
            job = _Job(request, time.monotonic())
            with self._changed:
                self._admit(job)
        except (InputError, Overloaded, Closed) as error:
            self.metrics.requests.labels(_outcome(error)).inc()
            raise
        return job.future

    def waiting(self) -> int:
        """Return how many pictures wait."""
        with self._changed:
            return self._waiting()

    @property
    def is_open(self) -> bool:
        """Whether requests are taken in and answered."""
        return not self._closed and self._thread.is_alive()

    def close(self, timeout: float) -> bool:
        """Take nothing in any more and finish what was taken in; return whether all was finished in `timeout` seconds.

        What was not is `Closed`.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            left = [*self._running, *self._queue]
            self._queue.clear()
        for job in left:
            self._finish(job, Closed())
        return not self._thread.is_alive()

    def _check(self, request: Request) -> None:
        if len(request.prompt) > self.limits.prompt:
            raise TooLongError(len(request.prompt), self.limits.prompt)
        if not 1 <= request.n <= self.limits.pictures:
            raise InputError("n", f"a number of pictures from 1 to {self.limits.pictures}", request.n)

    def _admit(self, job: _Job) -> None:
        if self._closed:
            raise Closed
        waiting = self._waiting()
        if waiting and waiting + job.request.n > self.limits.queue:
            raise Overloaded(waiting)
        self._queue.append(job)
        self._changed.notify()

    def _waiting(self) -> int:
        return sum(job.request.n - job.taken for job in self._queue)

    def _work(self) -> None:
        while rows := self._next():
            try:
                self._make(rows)
            except Exception as error:
                logger.exception("a batch of %d pictures failed", len(rows))
                for job, _ in rows:
                    self._finish(job, error)

    def _next(self) -> list[_Row]:
        """Wait for requests and return the pictures of the next batch; none at the end."""
        rows: list[_Row] = []
        while not rows:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if not self._queue:
                    break
                gone, rows = self._take()
                self._running = [job for job, _ in rows]
            for job in gone:
                self._finish(job, TimedOut(self.limits.seconds))
        return rows

    def _take(self) -> tuple[list[_Job], list[_Row]]:
        """Return requests that are late or taken back, and the pictures that are next; all of it leaves the queue."""
        oldest = time.monotonic() - self.limits.seconds
        gone: list[_Job] = []
        rows: list[_Row] = []
        while self._queue and len(rows) < BATCH:
            job = self._queue[0]
            if job.began < oldest or job.future.cancelled():
                gone.append(job)
            elif not job.answered:
                end = min(job.request.n, job.taken + BATCH - len(rows))
                rows += [(job, index) for index in range(job.taken, end)]
                job.taken = end
                if end < job.request.n:
                    break
            self._queue.popleft()
        return gone, rows

    def _make(self, rows: list[_Row]) -> None:
        """Draw the pictures, and answer the requests that are complete."""
        ready = [(job, index, inputs) for job, index in rows if (inputs := self._inputs(job)) is not None]
        if not ready:
            return
        noise = np.stack([inputs.noise[index] for _, index, inputs in ready])
        images = self.model.draw(noise, [inputs.readings[index] for _, index, inputs in ready])
        self.metrics.batch.observe(len(images))
        self.metrics.pictures.inc(len(images))
        for (job, _, inputs), image in zip(ready, images, strict=True):
            job.images.append(image)
            if len(job.images) == job.request.n:
                read = inputs.readings[0]
                result = Result(job.images, read.prompt, inputs.seed, read.attributes, read.unknown_words)
                self._finish(job, result)

    def _inputs(self, job: _Job) -> _Inputs | None:
        """Read the request, the first time; None: it cannot be met, and was answered so."""
        wanted = job.request
        if job.inputs is None and not job.answered:
            seed = random_seed() if wanted.seed is None else wanted.seed
            try:
                reading = self.model.read(wanted.prompt, wanted.attributes, wanted.negative)
                inputs = self.model.inputs(reading, wanted.n, seed, wanted.truncation, wanted.imagine)
                job.inputs = _Inputs(seed, *inputs)
            except InputError as error:
                self._finish(job, error)
        return job.inputs

    def _finish(self, job: _Job, outcome: Result | Exception) -> None:
        """Answer a request, unless that was done."""
        with self._changed:
            if job.answered:
                return
            job.answered = True
        if not job.future.set_running_or_notify_cancel():
            self.metrics.requests.labels("cancelled").inc()
            return
        self.metrics.requests.labels(_outcome(outcome)).inc()
        if isinstance(outcome, Exception):
            job.future.set_exception(outcome)
        else:
            self.metrics.seconds.observe(time.monotonic() - job.began)
            job.future.set_result(outcome)


def _outcome(outcome: Result | Exception) -> str:
    """Return how the metrics call it."""
    if isinstance(outcome, Result):
        return "ok"
    if isinstance(outcome, InputError):
        return "bad_request"
    return str(getattr(outcome, "outcome", "failed"))


def _load(model: AdmaGAN) -> None:
    """Run every network once, on a full batch: what is damaged shows now, and memory has its size from the start."""
    sentence = model.networks.sentence(np.zeros((1, 1), np.int64))
    if len(model.attributes):
        model.networks.logits(sentence)
    none = np.zeros(len(model.attributes), np.float32)
    reading = Reading("", sentence[0], none, (), (), none.astype(np.float64), none > 0, none > 0)
    noise = np.stack([model.noise(0, index) for index in range(BATCH)])
    model.draw(noise, [reading] * BATCH)
