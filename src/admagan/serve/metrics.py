"""What a server counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_PICTURES = (1, 2, 4, 8, 16)


class Metrics:
    """Figures of one engine, in a registry of their own.

    Args:
        queue: Returns how many pictures wait.
    """

    def __init__(self, queue: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "admagan_requests",
            "Requests for pictures, of the page and of the API, by how they ended.",
            ["outcome"],
            registry=self.registry,
        )
        self.pictures = Counter("admagan_pictures", "Pictures made.", registry=self.registry)
        self.seconds = Histogram(
            "admagan_request_seconds",
            "From a request to its pictures, for those that got them.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batch = Histogram(
            "admagan_batch_pictures",
            "Pictures that were computed together.",
            buckets=_PICTURES,
            registry=self.registry,
        )
        self.responses = Counter(
            "admagan_http_responses", "Answers of the API.", ["path", "status"], registry=self.registry
        )
        Gauge("admagan_queue_pictures", "Pictures that wait.", registry=self.registry).set_function(queue)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)
