"""Noise that depends on seed and picture number only: not on machine, batch or how many pictures there are."""

from __future__ import annotations

import secrets
from numbers import Integral, Real

import numpy as np
import numpy.typing as npt

from admagan.errors import InputError

MOST = 2**63
"""Seeds are below this."""


def random_seed() -> int:
    """Return a seed that nobody chose, short enough to be typed."""
    return secrets.randbelow(2**32)


def image_noise(seed: int, index: int, width: int, truncation: float = 1.0) -> npt.NDArray[np.float32]:
    """Return z (Z,) of picture `index` of a seed: standard normal from the counter-based generator Philox.

    Args:
        seed: 0 up to 2^63.
        index: Number of the picture among those of the seed, from 0.
        width: Z.
        truncation: Factor on z, above 0 up to 1. Below 1 it pulls pictures of one prompt towards their common
            average: less variety, fewer failures.

    Raises:
        InputError: `seed` or `truncation` is out of range.
    """
    if not isinstance(truncation, Real) or not 0 < truncation <= 1:
        raise InputError("truncation", "a number above 0 up to 1 (1: none)", truncation)
    return image_random(seed, index).standard_normal(width, np.float32) * np.float32(truncation)


def image_random(seed: int, index: int, stream: int = 0) -> np.random.Generator:
    """Return random numbers of picture `index` of a seed; those of different streams have nothing in common.

    Raises:
        InputError: `seed` is out of range.
    """
    if not isinstance(seed, Integral) or not 0 <= seed < MOST:
        raise InputError("seed", "a whole number from 0 up to 2^63", seed)
    bits = np.random.Philox(key=np.array([seed, index], np.uint64), counter=[0, 0, 0, stream])
    return np.random.Generator(bits)
