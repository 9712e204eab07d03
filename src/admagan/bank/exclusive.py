"""Which groups of attributes are choices, of which a picture has one at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def exclusive_groups(groups: Mapping[str, Sequence[int]], present: NDArray[np.bool_]) -> frozenset[str]:
    """Return the named groups of which no picture has two attributes.

    Args:
        groups: Group -> indices, as the attribute bank has them; "" is no group.
        present: (N, n), what N pictures are known to have.
    """
    return frozenset(
        group
        for group, indices in groups.items()
        if group and bool((present[:, list(indices)].sum(1) <= 1).all())
    )
