"""What a server takes on at most, and how it says no."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from admagan.errors import InputError
from admagan.schema.whole import Whole


@dataclass(frozen=True)
class Limits:
    """Bounds of what one client, and all together, can ask of a server.

    Raises:
        InputError: One of them is not above 0.
    """

    prompt: Whole = 2_000
    """Characters of a prompt; the model's own bound of 2,000 holds as well."""
    pictures: Whole = 16
    """Of one request."""
    body: Whole = 262_144
    """Bytes of a request."""
    queue: Whole = 128
    """Pictures that may wait; a request that finds others waiting and does not fit in with them is refused at once."""
    seconds: float = 30.0
    """From a request to its pictures; the batch that is being computed then is still finished."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"--limits.{field.name}", "a number above 0", value)


class Refused(Exception):  # noqa: N818 - a state of the server, not a mistake
    """A request that was right, but that the server does not answer with pictures now."""

    outcome = "refused"
    """How the metrics call it."""


class Overloaded(Refused):
    """Too many pictures wait already."""

    outcome = "overloaded"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} pictures wait already; try again in a moment")


class TimedOut(Refused):
    """The pictures were not made in time."""

    outcome = "timed_out"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the pictures were not made within {seconds:g} seconds")


class Closed(Refused):
    """The server is about to end."""

    outcome = "closed"

    def __init__(self) -> None:
        super().__init__("the server is shutting down")
