"""How different two colours look: distance in OKLab (Björn Ottosson, 2020)."""

from __future__ import annotations

import math
from functools import cache

Lab = tuple[float, float, float]


@cache
def oklab(colour: str) -> Lab:
    """Return (L, a, b) of a colour written #rrggbb; L is 0 for black and 1 for white."""
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def distance(left: str, right: str) -> float:
    """Return how far apart two colours look; black and white are 1 apart."""
    return math.dist(oklab(left), oklab(right))


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
