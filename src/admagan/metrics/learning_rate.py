"""The course of the learning rate that the judges are trained with."""

from __future__ import annotations

import math

WARM_UP = 0.1


def warm_up_cosine(step: int, steps: int) -> float:
    """Return the share of the highest learning rate at `step` of `steps`: a rise over a tenth, then half a cosine."""
    progress = (step + 0.5) / steps
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))
