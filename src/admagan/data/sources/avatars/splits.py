"""Where a picture goes: combinations of attributes that training never sees are what the test asks for."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from admagan.data.sources.avatars.vocabulary import vocabulary
from admagan.errors import InputError
from admagan.schema.base import Strict
from admagan.schema.records import Split

_FILE = Path(__file__).parent / "heldout.yaml"
VALIDATION = 0.05
"""Share of the pictures without a held-out pair that become validation."""


class _File(Strict):
    pairs: list[tuple[str, str]]


@cache
def heldout_pairs() -> tuple[frozenset[str], ...]:
    """Return the pairs of attributes that only test pictures have."""
    pairs = _File.read(_FILE).pairs
    for name in (name for pair in pairs for name in pair):
        if name not in vocabulary().entries:
            raise InputError(str(_FILE), "attributes of vocabulary.yaml", repr(name))
    return tuple(frozenset(pair) for pair in pairs)


def split_for(tags: frozenset[str], rng: random.Random) -> Split:
    """Return test where `tags` hold a held-out pair, else validation for one in twenty, else train."""
    if any(pair <= tags for pair in heldout_pairs()):
        return "test"
    return "validation" if rng.random() < VALIDATION else "train"
