"""Features of real pictures, computed once: they depend on nothing but the pictures and the network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from admagan.files import written_aside
from admagan.metrics.pictures import Extracted, FeatureNetwork, LabelledPictures

FORMAT = 1
"""Counted up when the same network and pictures would give other features."""


def real_features(network: FeatureNetwork, pictures: LabelledPictures, folder: Path, what: str) -> Extracted:
    """Return the activations of real pictures, from `folder` if they are there, else computed and kept there."""
    key = (FORMAT, network.name, network.sha256, network.size, network.resizing, pictures.pixel_hash)
    path = folder / f"features-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.npz"
    if not path.is_file():
        made = network.extract(pictures.batches(), len(pictures), what)
        with written_aside(path) as aside, aside.open("wb") as file:
            np.savez(file, features=made.features, logits=made.logits)
    with np.load(path, allow_pickle=False) as stored:
        return Extracted(stored["features"], stored["logits"])
